// One finding of the doctor: how a thing is, in a line, and what would mend it. As text for a person, and as JSON for a program.
import { printable } from "../services/Log.ts"
import type { Format } from "./Answers.ts"

export type State = "ok" | "warning" | "wrong"

export interface Finding {
  readonly state: State
  /** What was looked at, in a word. */
  readonly check: string
  readonly text: string
  /** What to do, where something is to be done and the text does not say it. */
  readonly remedy: string | undefined
}

/** The words of one check. */
export const about = (check: string) => ({
  ok: (text: string): Finding => ({ state: "ok", check, text, remedy: undefined }),
  warning: (text: string, remedy: string): Finding => ({ state: "warning", check, text, remedy }),
  wrong: (text: string, remedy?: string): Finding => ({ state: "wrong", check, text, remedy })
})

export const isWrong = (findings: ReadonlyArray<Finding>): boolean => findings.some(({ state }) => state === "wrong")

export const render = (format: Format, findings: ReadonlyArray<Finding>): string => {
  if (format === "json") return JSON.stringify({ isWrong: isWrong(findings), findings: findings.map((finding) => ({ ...finding, remedy: finding.remedy ?? null })) })
  const width = Math.max(...findings.map(({ check }) => check.length))
  return findings.map(({ check, remedy, state, text }) =>
    `${state.padEnd("warning".length)}  ${check.padEnd(width)}  ${printable(remedy === undefined ? text : `${text}: ${remedy}`)}`).join("\n")
}
