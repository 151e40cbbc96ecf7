// The answers of the commands about releases, as text for a person and as one JSON value for a program.
import { Option } from "effect"
import { label } from "../domain/Release.ts"
import { printable } from "../services/Log.ts"
import type { Format } from "./Answers.ts"
import type { Added, Verdict } from "./Upgrades.ts"

export const added = (format: Format, { path, plan, release, staged }: Added): string => {
  const height = Option.map(plan, (written) => ({ path: written.path, height: String(written.height) }))
  if (format === "json") return JSON.stringify({ name: label(release), release, path, ...staged, plan: Option.getOrNull(height) })
  const verified = staged.checksum === null ? "no checksum was given" : `verified by ${staged.checksum}`
  return [
    printable(`${label(release)} is at ${path}: ${staged.bytes} bytes from ${staged.from}, ${verified}`),
    ...Option.toArray(height).map((written) => printable(`${written.path} asks for it at height ${written.height}: a wemixvisor that runs carries it out now, whatever the node's height; else the next one does at its start`))
  ].join("\n")
}

export const removed = (format: Format, { path, release }: Pick<Verdict, "path" | "release">): string =>
  format === "json" ? JSON.stringify({ name: label(release), release, path }) : printable(`removed ${path}`)

export const verdicts = (format: Format, all: ReadonlyArray<Verdict>): string => {
  if (format === "text") return all.map((one) => printable(textOf(one))).join("\n")
  return JSON.stringify(all.map(({ path, problem, record, release }) => ({
    name: label(release),
    release,
    path,
    ok: Option.isNone(problem),
    sha256: Option.getOrNull(Option.map(record, ({ sha256 }) => sha256)),
    ...Option.match(problem, { onNone: () => ({}), onSome: (text) => ({ problem: text }) })
  })))
}

const textOf = ({ problem, record, release }: Verdict): string => {
  if (Option.isSome(problem)) return `${label(release)}: ${problem.value}`
  return `${label(release)}: as it should be, ${Option.match(record, { onNone: () => "put there by init or by hand, without a record of its sha256", onSome: ({ sha256 }) => `sha256 ${sha256}` })}`
}
