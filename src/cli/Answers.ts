// The answers of `version` and `config`, as text for a person and as one JSON value for a program.
import { Flag } from "effect/cli"
import { displayWidth } from "effect/cli/CliOutput"
import { label, type Release } from "../domain/Release.ts"
import type { Row } from "../services/Config.ts"
import { printable } from "../services/Log.ts"

export type Format = "text" | "json"

/** The flag of every command that answers. */
export const output = Flag.Literals("output", ["text", "json"]).pipe(
  Flag.withAlias("o"),
  Flag.withDescription("how the answer is printed"),
  Flag.withDefault("text" as const)
)

export interface Versions {
  readonly wemixvisor: string
  readonly release: Release | undefined
  readonly program: string | undefined
  /** Why there is no release or no version of it. */
  readonly problem: string | undefined
}

export const versions = (format: Format, { problem, program, release, wemixvisor }: Versions): string => {
  if (format === "json") {
    return JSON.stringify({ wemixvisor, release: release ?? null, version: program ?? null, ...(problem !== undefined && { problem }) })
  }
  const name = release === undefined ? "no release" : printable(label(release))
  return [`wemixvisor ${wemixvisor}`, problem === undefined ? `${name}: ${program ?? "unknown"}` : `${name}: ${printable(problem)}`].join("\n")
}

export const rows = (format: Format, settings: ReadonlyArray<Row>): string =>
  format === "json"
    ? JSON.stringify(Object.fromEntries(settings.map(({ origin, text, variable }) => [variable, { value: text ?? null, origin }])))
    : columns(settings.map(({ origin, text, variable }) => [variable, printable(text ?? "-"), origin]))

/** Columns padded to their widest cell, two spaces between them. */
export const columns = (table: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => displayWidth(row[column] ?? ""))))
  const pad = (cell: string, column: number) => cell + " ".repeat(Math.max(0, (widths[column] ?? 0) - displayWidth(cell)))
  return table.map((row) => row.map(pad).join("  ").trimEnd()).join("\n")
}
