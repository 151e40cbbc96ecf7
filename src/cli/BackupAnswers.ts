// The answers of the backup commands, as text for a person and as one JSON value for a program.
import { Option } from "effect"
import { amount, type Manifest } from "../domain/Backup.ts"
import { label } from "../domain/Release.ts"
import type { Listed, Made, Verdict } from "../services/backup/BackupStore.ts"
import { printable } from "../services/Log.ts"
import { columns, type Format } from "./Answers.ts"

/** Heights are larger than what every reader of JSON keeps exact: they are texts, as in the manifest. */
const json = (value: unknown): string => JSON.stringify(value, (_key, field: unknown) => typeof field === "bigint" ? String(field) : field)

const pluralOf = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`

const omissions = ({ excluded, skipped, vanished }: Manifest): ReadonlyArray<string> =>
  [["excluded", excluded], ["sockets, pipes and devices, which no copy has", skipped], ["vanished while it was copied", vanished]].flatMap(([what, paths]) =>
    Array.isArray(paths) && paths.length > 0 ? [`  ${String(what)}: ${printable(some(paths))}`] : [])

/** The rest is in the manifest. */
const some = (paths: ReadonlyArray<string>): string => paths.length <= 5 ? paths.join(", ") : `${paths.slice(0, 5).join(", ")} and ${paths.length - 5} more`

export const created = (format: Format, made: Made, removed: ReadonlyArray<string>): string =>
  format === "json"
    ? json({ ...made, removed })
    : [
      `made ${made.path}: ${pluralOf(made.manifest.files, "file")}, ${amount(made.manifest.bytes)}, by ${made.manifest.method}, in ${made.manifest.durationMillis / 1000} s`,
      ...omissions(made.manifest),
      ...removed.map((name) => `removed ${name}`)
    ].join("\n")

const row = ({ manifest, name, problem }: Listed): ReadonlyArray<string> =>
  Option.match(manifest, {
    onNone: () => [printable(name), "-", "-", "-", "-", "-", printable(problem ?? "")],
    onSome: ({ at, bytes, files, height, method, plan, to }) => [printable(name), at, printable(plan === "" ? label(to) : plan), String(height), String(files), amount(bytes), method]
  })

export const listed = (format: Format, backups: ReadonlyArray<Listed>, root: string): string => {
  if (format === "json") return json(backups.map(({ manifest, name, path, problem }) => ({ name, path, manifest: Option.getOrNull(manifest), ...(problem !== undefined && { problem }) })))
  if (backups.length === 0) return `no backups in ${printable(root)}`
  return columns([["NAME", "MADE", "PLAN", "HEIGHT", "FILES", "SIZE", "BY"], ...backups.map(row)])
}

/** So many problems are said to a person; a program gets them all. */
const mostProblems = 20

export const verified = (format: Format, verdict: Verdict): string => {
  if (format === "json") return json(verdict)
  const { bytes, files, isSound, path, problems } = verdict
  const more = problems.length > mostProblems ? [`  and ${problems.length - mostProblems} more`] : []
  return isSound
    ? `${path} is sound: ${pluralOf(files, "file")}, ${amount(bytes)}`
    : [`${path} is not as it was made:`, ...problems.slice(0, mostProblems).map((problem) => `  ${printable(problem)}`), ...more].join("\n")
}

const risk = "a validator whose old state knows less than it has signed can sign twice and be slashed: "
  + "see that it is behind nothing that it has signed, and that no other node has its key, before it runs"

export const restored = (format: Format, name: string, data: string, replaced: string | undefined, before: ReadonlyArray<string>): string =>
  format === "json"
    ? json({ name, data, replaced: replaced ?? null, before, risk })
    : [`restored ${name} to ${data}`, ...(replaced === undefined ? [] : [`the former data are in ${replaced}: remove them once the node runs well`]), ...before.map(printable), `take care: ${risk}`].join("\n")

export const pruned = (format: Format, removed: ReadonlyArray<string>): string => {
  if (format === "json") return json({ removed })
  return removed.length === 0 ? "nothing to remove" : removed.map((name) => `removed ${name}`).join("\n")
}
