// Facts that reach the machine, in the past tense. Every order that can fail has its pair of facts.
import { Data } from "effect"
import type { ChildExit } from "../domain/ChildExit.ts"
import type { LaunchProblem, PlanLook } from "../domain/Readiness.ts"
import type { Timer, Verdict } from "./Action.ts"

export type Event = Data.TaggedEnum<{
  /** `counts`: a person asked (a signal); a scope that closes asks once and is not a repetition. */
  StopRequested: { readonly by: string; readonly counts: boolean }
  LookRequested: {}
  /** The plan was looked at; `answers` is the generation of the order, 0 when nobody ordered it. */
  Looked: { readonly look: PlanLook; readonly answers: number }
  ChildStarted: { readonly pid: number }
  /** `isPassing`: it is the system's trouble of the moment, or one that a look at the binary shows before the next attempt. */
  ChildNotStarted: { readonly why: LaunchProblem; readonly isPassing: boolean }
  /** The child itself is gone; `leftovers`: others of its group are not. */
  ChildExited: { readonly exit: ChildExit; readonly leftovers: boolean }
  GroupGone: {}
  Recorded: {}
  NotRecorded: { readonly why: string }
  Switched: {}
  /** What was done was undone again. `verdict`: whether the release is to blame, the moment, or nobody: a stop broke it off. */
  NotSwitched: { readonly why: string; readonly verdict: Verdict }
  Committed: {}
  NotCommitted: { readonly why: string }
  Undone: {}
  NotUndone: { readonly why: string }
  Rang: { readonly timer: Timer; readonly generation: number }
}>
export const Event = Data.taggedEnum<Event>()

/** When a fact was taken up, in milliseconds on a clock that only goes forward, and a random number in [0, 1) for decisions that want chance. */
export interface Now {
  readonly atMillis: number
  readonly roll: number
}
