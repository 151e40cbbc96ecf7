// Which plan is pending, which upgrade follows from it, and what is said about those that are not carried out.
import type { PlanLook, Readiness } from "../domain/Readiness.ts"
import type { Upgrade } from "../domain/Upgrade.ts"
import { Action } from "./Action.ts"
import { Notice } from "./Notice.ts"
import type { Memory } from "./State.ts"

type Found = Extract<PlanLook, { readonly _tag: "Found" }>

/** What becomes of a plan: it asks for what runs already, for less than was applied last, for what failed, or for what is to be done. */
export type Standing = "current" | "passed over" | "failed" | "pending"

/** The plan's own facts, and those that it is judged by. */
type Judged = Pick<Found, "digest" | "release"> & { readonly height: bigint }
type Judge = Pick<Memory, "appliedHeight" | "failedDigests"> & { readonly current: Memory["current"] | undefined }

export const standing = ({ appliedHeight, current, failedDigests }: Judge, { digest, height, release }: Judged): Standing => {
  if (release === current) return "current"
  if (appliedHeight !== undefined && height < appliedHeight) return "passed over"
  return failedDigests.includes(digest) ? "failed" : "pending"
}

const standingOf = (memory: Memory, { digest, plan: { height }, release }: Found): Standing => standing(memory, { digest, height, release })

/** The plan that is to be carried out. */
export const pending = (memory: Memory): Found | undefined =>
  memory.look._tag === "Found" && standingOf(memory, memory.look) === "pending" ? memory.look : undefined

const upgradeTo = (found: Found, memory: Memory): Upgrade => ({
  name: found.plan.name,
  height: found.plan.height,
  digest: found.digest,
  from: memory.current,
  to: found.release
})

/** The upgrade that can begin now, if there is one. */
export const ready = (memory: Memory): Upgrade | undefined => {
  const found = pending(memory)
  return found?.readiness._tag === "Ready" ? upgradeTo(found, memory) : undefined
}

/**
 * What becomes of an upgrade whose node is down and whose link has not moved: the newest ready plan wins,
 * a plan that asks for nothing any more (removed, or replaced by one that is not pending) ends it.
 */
export const latest = (memory: Memory, begun: Upgrade): Upgrade | undefined => {
  const { look } = memory
  if (look._tag === "Absent") return undefined
  if (look._tag === "Unusable" || look.digest === begun.digest) return begun
  const before = { ...memory, current: begun.from }
  const found = pending(before)
  if (found === undefined) return undefined
  return found.readiness._tag === "Ready" ? upgradeTo(found, before) : begun
}

/** A ready plan other than the one whose release runs on trial. */
export const newer = (memory: Memory, trial: Upgrade): Upgrade | undefined => {
  const upgrade = ready(memory)
  return upgrade?.digest === trial.digest ? undefined : upgrade
}

/** How many complaints are remembered; older ones may be made again. */
const toldLimit = 1024

/** Takes a look in: what is remembered of it, and what is said, each complaint once. Unusable content leaves the last plan standing. */
export const remember = (memory: Memory, look: PlanLook): { readonly memory: Memory; readonly says: ReadonlyArray<Action> } => {
  const next = look._tag === "Unusable" && memory.look._tag === "Found" ? memory : { ...memory, look }
  return tell(next, complaint(next, look))
}

/** Says a notice unless its key was used before. */
export const tell = (memory: Memory, complaint: { readonly key: string; readonly notice: Notice } | undefined) => {
  if (complaint === undefined || memory.told.includes(complaint.key)) return { memory, says: [] }
  const told = [...memory.told, complaint.key].slice(-toldLimit)
  return { memory: { ...memory, told }, says: [Action.Say({ notice: complaint.notice })] }
}

const complaint = (memory: Memory, look: PlanLook): { readonly key: string; readonly notice: Notice } | undefined => {
  if (look._tag === "Absent") return undefined
  if (look._tag === "Unusable") return { key: `unusable ${look.key}`, notice: Notice.PlanUnusable({ why: look.why }) }
  const { name, height } = look.plan
  switch (standingOf(memory, look)) {
    case "current":
      return undefined
    case "passed over":
      return { key: `passed ${look.digest}`, notice: Notice.PlanPassed({ name, height, appliedHeight: memory.appliedHeight ?? height }) }
    case "failed":
      return { key: `failed ${look.digest}`, notice: Notice.PlanFailedBefore({ name, height }) }
    case "pending":
      return look.readiness._tag === "Ready" ? undefined : notReady(look, look.readiness)
  }
}

const notReady = ({ digest, plan: { height, name } }: Found, { obstacle }: Extract<Readiness, { readonly _tag: "NotReady" }>) =>
  ({ key: `${obstacle._tag} ${obstacle.path} ${digest}`, notice: Notice.PlanNotReady({ name, height, obstacle }) })
