// `npm run proof`: everything that is claimed about reliability, in full, and a table of what was counted. Exit status 1 when a promise broke.
import { spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { availableParallelism, tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import type { Counts } from "../support/Account.ts"

interface Section {
  readonly name: string
  readonly command: ReadonlyArray<string>
}

const vitest = (project: string, ...files: ReadonlyArray<string>) => ["npx", "vitest", "run", "--project", project, ...files]

const sections: ReadonlyArray<Section> = [
  { name: "the machine's walk", command: vitest("pure", "test/machine/Walk.test.ts") },
  { name: "power cuts", command: vitest("pure", "test/simulation/PowerCuts.test.ts", "test/simulation/Inits.test.ts") },
  { name: "power cuts, releases", command: vitest("pure", "test/simulation/Stagings.test.ts", "test/simulation/Fetchings.test.ts") },
  { name: "kills, simulated", command: vitest("pure", "test/simulation/Kills.test.ts") },
  { name: "refusals", command: vitest("pure", "test/simulation/Refusals.test.ts") },
  { name: "time and order", command: vitest("pure", "test/simulation/Stories", "test/simulation/Repeatable.test.ts") },
  { name: "fuzz", command: vitest("pure", "test/fuzz") },
  { name: "kills, real", command: vitest("process", "test/process/KillMatrix.test.ts") },
  { name: "steps, real", command: vitest("process", ...["Hooked", "Evening", "Rehearsal", "Adopt", "Crash"].map((file) => `test/process/${file}.test.ts`)) },
  { name: "limits of real disks", command: vitest("process", "test/process/FullDisk.test.ts", "test/process/Descriptors.test.ts", "test/process/Time.test.ts") },
  { name: "soak", command: ["node", "test/soak/main.ts", "--kills", "1000"] }
]

/** As long as all the others together, so it runs beside them; not with less of the processor, since a test that times out counts as one that noticed. */
const beside: Section = { name: "mutation", command: ["node", "test/mutation/main.ts", "--jobs", "1"] }

interface Result {
  readonly name: string
  readonly isKept: boolean
  readonly counts: Counts
  readonly seconds: number
}

const add = (sum: Counts, counts: Counts): Counts =>
  Object.entries(counts).reduce((all, [name, count]) => ({ ...all, [name]: (all[name] ?? 0) + count }), sum)

/** What the tests of a section counted, a line each. */
const countsIn = (file: string): Counts => {
  const lines = readFileSync(file, { encoding: "utf8", flag: "a+" }).split("\n").filter((line) => line !== "")
  return lines.reduce<Counts>((sum, line) => add(sum, JSON.parse(line)), {})
}

const prove = async (scratch: string, { command: [program = "", ...words], name }: Section): Promise<Result> => {
  process.stderr.write(`\n== ${name}\n`)
  const accounts = join(scratch, name.replaceAll(/\W+/g, "-"))
  const env = { ...process.env, WEMIXVISOR_PROOF: "full", WEMIXVISOR_ACCOUNTS: accounts }
  const began = performance.now()
  const status = await new Promise((done) => spawn(program, words, { env, stdio: ["ignore", 2, 2] }).once("close", done))
  return { name, isKept: status === 0, counts: countsIn(accounts), seconds: (performance.now() - began) / 1000 }
}

const row = ({ counts, isKept, name, seconds }: Result): string =>
  `${name.padEnd(22)} ${(isKept ? "kept" : "BROKEN").padEnd(7)} ${`${Math.round(seconds)} s`.padStart(7)}   ${
    Object.entries(counts).map(([what, count]) => `${count.toLocaleString("en")} ${what}`).join(", ")}`

const { values: { only } } = parseArgs({ options: { only: { type: "string", multiple: true, default: [] } } })
const scratch = mkdtempSync(join(tmpdir(), "wemixvisor-proof-"))
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }))

const proveAll = async (wanted: ReadonlyArray<Section>): Promise<ReadonlyArray<Result>> => {
  const results: Array<Result> = []
  for (const section of wanted) if (only.length === 0 || only.includes(section.name)) results.push(await prove(scratch, section))
  return results
}

const results = (await Promise.all([proveAll(sections), proveAll([beside])])).flat()
process.stdout.write(`\n${availableParallelism()} cores, node ${process.version}\n\n${results.map(row).join("\n")}\n`)
process.exitCode = results.length > 0 && results.every(({ isKept }) => isKept) ? 0 : 1
