// What is going on, one shape for each situation; and what is remembered through all of them.
import { Data } from "effect"
import type { ChildExit } from "../domain/ChildExit.ts"
import type { InFlight } from "../domain/Journal.ts"
import type { Outcome } from "../domain/Outcome.ts"
import type { PlanLook } from "../domain/Readiness.ts"
import type { Release } from "../domain/Release.ts"
import type { Upgrade } from "../domain/Upgrade.ts"
import type { Action, Verdict } from "./Action.ts"
import type { RestartBudget, RestartPolicy } from "./RestartBudget.ts"

/** The settings that decisions depend on. Durations are in milliseconds; `graceMillis` may be `Infinity`. */
export interface Policy {
  readonly restartOnFailure: boolean
  readonly restart: RestartPolicy
  readonly graceMillis: number
  readonly probationMillis: number
  readonly restartDelayMillis: number
  readonly restartAfterUpgrade: boolean
}

export interface Memory {
  /** What the link points to. */
  readonly current: Release
  readonly appliedHeight: bigint | undefined
  readonly failedDigests: ReadonlyArray<string>
  readonly look: PlanLook
  /** Keys of the complaints about plans that were made already. */
  readonly told: ReadonlyArray<string>
  readonly budget: RestartBudget
  readonly everStarted: boolean
  /** An upgrade that counts as done, whose record the disk has refused so far. */
  readonly unrecorded: Upgrade | undefined
  /** Counts timers and looks, so that a ring or an answer that was already queued cannot meet a later state. */
  readonly generation: number
}

/** Why a child is being stopped, or why the rest of its group is. */
export type StopReason = Data.TaggedEnum<{
  Asked: {}
  /** Asked during probation: the upgrade counts as done. */
  AskedInProbation: { readonly upgrade: Upgrade; readonly commit: "due" | "ordered" }
  /** Asked while it was being stopped for an upgrade: that one is abandoned. */
  AskedInUpgrade: { readonly upgrade: Upgrade }
  /** Asked after the new release had ended in its probation: the upgrade is rolled back, nothing is started. */
  AskedAfterTrial: { readonly upgrade: Upgrade; readonly why: string }
  ForUpgrade: { readonly upgrade: Upgrade }
  /** A node that was found at the start and is not the one to run. */
  Misfit: { readonly inFlight: InFlight | undefined }
  /** It ended by itself; only the others of its group are left. `isHeld`: while an upgrade that could not be done was held back. */
  Ended: { readonly exit: ChildExit; readonly livedMillis: number; readonly trial: Upgrade | undefined; readonly isHeld: boolean }
}>
export const StopReason = Data.taggedEnum<StopReason>()

/** What comes after a step that is under way: a stop request does not break a step off, it changes what follows. */
export type Then = "run" | "stop"

export type CommitThen = Data.TaggedEnum<{
  Run: { readonly pid: number; readonly sinceMillis: number }
  Stop: {}
  /** `DAEMON_RESTART_AFTER_UPGRADE` is false. */
  Leave: {}
  /** The node is down and waits for the release of a plan. */
  Wait: Halt
  /** The node halted for a newer plan, or ended right after its probation. */
  Judge: { readonly exit: ChildExit; readonly livedMillis: number; readonly leftoversOf: number | undefined }
}>
export const CommitThen = Data.taggedEnum<CommitThen>()

/** The end of a node that is not judged yet. */
export interface NodeEnd {
  readonly exit: ChildExit
  readonly livedMillis: number
}

/** The end that a node came to for a plan whose release is not ready. */
export interface Halt {
  readonly end: NodeEnd
  readonly downSinceMillis: number
}

/** What a start is for: a new release on trial, the old one after an upgrade that the disk refused and that is held back for a while, or neither. */
export interface Purpose {
  readonly trial: Upgrade | undefined
  readonly held: { readonly upgrade: Upgrade; readonly why: string } | undefined
}

type Remembering<States extends Record<string, object>> = { [Tag in keyof States]: States[Tag] & { readonly memory: Memory } }

export type State = Data.TaggedEnum<
  Remembering<{
    Starting: Purpose & { readonly downSinceMillis: number; readonly then: Then; readonly requests: number }
    Running: { readonly pid: number; readonly sinceMillis: number; readonly holdGeneration: number }
    Recording: { readonly pid: number; readonly sinceMillis: number; readonly upgrade: Upgrade }
    Stopping: {
      readonly reason: StopReason
      readonly pid: number
      readonly sinceMillis: number
      readonly requests: number
      /** The child's own end, once that came: only others of its group are left. */
      readonly ended: { readonly exit: ChildExit; readonly atMillis: number } | undefined
      readonly graceGeneration: number
      readonly progressGeneration: number
    }
    Settling: {
      readonly reason: Extract<StopReason, { readonly _tag: "ForUpgrade" | "Ended" }>
      readonly downSinceMillis: number
      readonly answerGeneration: number
    }
    Delaying: { readonly upgrade: Upgrade; readonly downSinceMillis: number; readonly delayGeneration: number }
    Switching: { readonly upgrade: Upgrade; readonly downSinceMillis: number; readonly then: Then }
    Probation: {
      readonly upgrade: Upgrade
      readonly pid: number
      readonly sinceMillis: number
      readonly probationGeneration: number
      /** `passed`: it lived long enough, and the disk refused the record so far. */
      readonly trial: "running" | "passed"
    }
    Committing: { readonly upgrade: Upgrade; readonly next: CommitThen }
    RollingBack: {
      readonly upgrade: Upgrade
      readonly why: string
      readonly verdict: Verdict
      readonly then: Then
      readonly downSinceMillis: number
      readonly retryGeneration: number
    }
    BackingOff: { readonly downSinceMillis: number; readonly backoffGeneration: number }
    /** `retryGeneration`: of the next attempt at a record that the disk refused; 0 where there is none to make. */
    Waiting: Halt & { readonly retryGeneration: number }
    Done: { readonly outcome: Outcome }
  }>
>
export const State = Data.taggedEnum<State>()

export interface Step {
  readonly state: State
  readonly actions: ReadonlyArray<Action>
}

export const to = (state: State, ...actions: ReadonlyArray<Action>): Step => ({ state, actions })

/** The fact changes nothing here. */
export const stay = (state: State): Step => ({ state, actions: [] })
