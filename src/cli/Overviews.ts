// What `upgrade list` and `upgrade show` print: as columns for a person, and as one JSON value for a program.
import { amount } from "../domain/Backup.ts"
import { span } from "../domain/GoDuration.ts"
import { label } from "../domain/Release.ts"
import type { PlanLook } from "../domain/Readiness.ts"
import { obstacleText } from "../domain/Readiness.ts"
import { toJson } from "../domain/UpgradePlan.ts"
import { printable } from "../services/Log.ts"
import type { Entry, PlanState } from "../supervisor/Overview.ts"
import type { Rehearsed } from "../supervisor/Rehearsal.ts"
import * as Answers from "./Answers.ts"

/** An entry, and what its program said of its version. */
export interface Listed extends Entry {
  readonly version: string | undefined
}

const headings = ["NAME", "STATE", "HEIGHT", "VERSION", "MACHINE", "BYTES", "SHA256", "STAGED", "SINCE", "PROBLEM"]

export const list = (format: Answers.Format, entries: ReadonlyArray<Listed>): string =>
  format === "json" ? JSON.stringify(entries.map(asJson)) : Answers.columns([headings, ...entries.map(asRow)])

const asJson = ({ at, bytes, height, isCurrent, machine, name, problem, release, sha256, stagedAt, standing, version }: Listed) => ({
  name,
  release,
  state: standing,
  current: isCurrent,
  height: height === undefined ? null : String(height),
  version: version ?? null,
  machine: machine ?? null,
  bytes: bytes ?? null,
  sha256: sha256 ?? null,
  stagedAt: stagedAt ?? null,
  at: at ?? null,
  problem: problem ?? null
})

/** The first line of a version says which it is; the rest is for the JSON. */
const asRow = ({ at, bytes, height, machine, name, problem, sha256, stagedAt, standing, version }: Listed): ReadonlyArray<string> =>
  [name, standing, height, version?.split("\n")[0]?.slice(0, 40), machine, bytes, sha256?.slice(0, 12), stagedAt, at, problem]
    .map((cell) => cell === undefined ? "-" : printable(String(cell)))

/** The plan as it is read now. */
export const plan = (format: Answers.Format, path: string, look: PlanLook, state: PlanState | undefined): string => {
  if (format === "json") return planJson(path, look, state)
  switch (look._tag) {
    case "Absent":
      return `there is no plan at ${printable(path)}`
    case "Unusable":
      return printable(look.why)
    case "Found":
      return Answers.columns([
        ["plan", printable(look.plan.name)],
        ["height", String(look.plan.height)],
        ["release", printable(`${label(look.release)} (${look.release})`)],
        ["state", stateText(state)],
        ["ready", look.readiness._tag === "Ready" ? "yes" : printable(`no: ${obstacleText(look.readiness.obstacle)}`)],
        ["digest", look.digest],
        ["file", printable(path)],
        ["content", printable(toJson(look.plan))]
      ])
  }
}

const stateText = (state: PlanState | undefined): string => {
  switch (state) {
    case undefined:
      return "-"
    case "in flight":
      return "under way"
    case "current":
      return "done: its release is the current one"
    case "passed over":
      return "passed over: its height is below that of the upgrade applied last"
    case "failed":
      return "failed before: wemixvisor upgrade retry has it tried again"
    case "pending":
      return "to be carried out as soon as a wemixvisor runs and the release is ready, whatever the node's height"
  }
}

/** Numbers of the plan beyond JavaScript's keep their digits: its own text stands in the answer. */
const planJson = (path: string, look: PlanLook, state: PlanState | undefined): string => {
  if (look._tag !== "Found") return JSON.stringify({ path, plan: null, state: null, problem: look._tag === "Absent" ? null : look.why })
  const { digest, plan: found, readiness, release } = look
  const rest = JSON.stringify({ path, release, digest, state: state ?? null, ready: readiness._tag === "Ready", problem: readiness._tag === "Ready" ? null : obstacleText(readiness.obstacle) })
  return `{"plan":${toJson(found)},${rest.slice(1)}`
}

/** A rehearsal: its steps in order, and what the day will add. */
export const rehearsal = (format: Answers.Format, name: string, { backup, downMillis, isDone, laps, problem, why }: Rehearsed): string => {
  if (format === "json") return JSON.stringify({ name, done: isDone, why: why ?? null, problem: problem ?? null, downMillis, steps: laps.map(({ millis, step }) => ({ step: step.trim(), millis })), backup: backup ?? null })
  const outcome = isDone ? `${name} was rehearsed: ${span(downMillis)} without a node` : `${name} would not be done: ${why ?? "see the log"}`
  const room = backup === undefined
    ? "no backup is made on the day"
    : `on the day a backup (${backup.method}) of ${amount(backup.bytes)} in ${backup.files} files is made on top; ${backup.isEnough ? "there is room for it" : `there is no room for it: ${amount(backup.neededBytes)} are needed and ${amount(backup.freeBytes)} are free`}`
  return [Answers.columns(laps.map(({ millis, step }) => [step, span(millis)])), printable(outcome), ...(problem === undefined ? [] : [printable(`the release itself is not ready: ${problem}`)]), room].join("\n")
}
