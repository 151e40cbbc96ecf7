// What the documents say of settings and exit codes is what the program has.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { ExitStatus } from "../src/domain/Outcome.ts"
import { type Setting, settings } from "../src/domain/Settings.ts"

const operating = readFileSync(join(import.meta.dirname, "../docs/OPERATING.md"), "utf8")
const all: ReadonlyArray<Setting> = Object.values(settings)

it.each(all.map((setting) => [setting.variable, setting] as const))("OPERATING has %s with its flag and its default", (variable, { fallback, flag }) => {
  const row = operating.split("\n").find((line) => line.startsWith(`| \`${variable}\``))
  expect(row).toContain(`\`--${flag}\``)
  if (fallback !== undefined) expect(row).toContain(`| \`${fallback}\` |`)
})

it.each(Object.entries(ExitStatus))("OPERATING has the exit status of %s", (_name, status) => {
  expect(operating.split("\n").some((line) => line.startsWith(`| ${status} |`))).toBe(true)
})
