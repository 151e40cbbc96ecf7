// Orders that the machine gives. They are carried out in the order of their list, what is to be said after all the others; each to its end before the next begins.
import { Data } from "effect"
import type { Release } from "../domain/Release.ts"
import type { Upgrade } from "../domain/Upgrade.ts"
import type { Notice } from "./Notice.ts"

/** One timer of a kind runs at a time; starting it again replaces it. */
export type Timer = "Grace" | "Progress" | "Probation" | "Backoff" | "Delay" | "Retry"

export type Action = Data.TaggedEnum<{
  Say: { readonly notice: Notice }
  /** Answered by ChildStarted or ChildNotStarted, later by ChildExited. */
  Spawn: { readonly release: Release }
  /** Takes over the node that was found at the start; answered later by ChildExited. */
  Adopt: {}
  /** SIGTERM to the child alone; the launcher sends it once, however often it is ordered. */
  Terminate: {}
  /** SIGTERM to what is left of the group; answered by GroupGone. */
  TerminateGroup: {}
  /** SIGKILL to the whole group. */
  Kill: {}
  StartTimer: { readonly timer: Timer; readonly generation: number; readonly afterMillis: number }
  /** Answered by Looked with this generation. */
  LookAtPlan: { readonly generation: number }
  /** Before the old release is stopped: the record, and all of the switch that can be prepared. Answered by Recorded or NotRecorded. */
  Record: { readonly upgrade: Upgrade }
  /** The node is down: the steps up to the link. Answered by Switched or NotSwitched. */
  Switch: { readonly upgrade: Upgrade }
  /** Records the upgrade as applied. Answered by Committed or NotCommitted. */
  Commit: { readonly upgrade: Upgrade }
  /** Link back, record. `failed`: the plan is not tried again. Answered by Undone or NotUndone. */
  Undo: { readonly upgrade: Upgrade; readonly why: string; readonly verdict: Verdict }
}>
export const Action = Data.taggedEnum<Action>()

/**
 * `failed` remembers the plan as one that does not work; `abandoned` forgets that it was begun;
 * `held` forgets it too, but waits before it is begun again, since the disk refused it.
 */
export type Verdict = "failed" | "abandoned" | "held"
