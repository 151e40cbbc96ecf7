// The ways from one situation to another that several states share: each gives the next state with the orders that bring it about.
import type { ChildExit } from "../domain/ChildExit.ts"
import { describe, isClean } from "../domain/ChildExit.ts"
import { span } from "../domain/GoDuration.ts"
import { Outcome } from "../domain/Outcome.ts"
import type { LaunchProblem } from "../domain/Readiness.ts"
import type { Upgrade } from "../domain/Upgrade.ts"
import { Action, type Timer, type Verdict } from "./Action.ts"
import type { Now } from "./Event.ts"
import { Notice } from "./Notice.ts"
import * as Plans from "./Plans.ts"
import * as RestartBudget from "./RestartBudget.ts"
import { CommitThen, type Halt, type Memory, type Policy, type Purpose, State, type Step, StopReason, type Then, to } from "./State.ts"

/** How long until a step that the disk refused is tried again; a repeated stop of a node that runs would cost it blocks, so that one waits longer. */
export const retryMillis = { record: 5000, switch: 60_000, commit: 5000, rollBack: 5000 } as const

/** The request that loses patience: the first asks, the second is told how long, the third kills. */
export const requestThatKills = 3

/** Between two lines about a stop that goes on. */
export const progressMillis = 10_000

/** Why an upgrade did not come to its end, as the log and the state file say it. */
export const why = {
  withdrawn: "the plan asks for it no more",
  stopAsked: "a stop was asked for",
  failed: ({ exit, livedMillis }: { readonly exit: ChildExit; readonly livedMillis: number }): string =>
    `the new release ended with ${describe(exit)} after ${span(livedMillis)}`
}

export const say = (notice: Notice): Action => Action.Say({ notice })

/** A new generation, and the order that starts a timer with it. */
export const timer = (memory: Memory, kind: Timer, afterMillis: number) => {
  const generation = memory.generation + 1
  return {
    memory: { ...memory, generation },
    generation,
    order: Action.StartTimer({ timer: kind, generation, afterMillis })
  }
}

export const finish = (memory: Memory, outcome: Outcome, ...says: ReadonlyArray<Action>): Step => to(State.Done({ memory, outcome }), ...says)

/** A stop was asked for and nothing runs; a record that the disk refused is tried a last time. */
export const stopped = (memory: Memory, ...says: ReadonlyArray<Action>): Step => {
  if (memory.unrecorded === undefined) return finish(memory, Outcome.Stopped(), ...says)
  const { state, actions } = commit(memory, memory.unrecorded, CommitThen.Stop())
  return to(state, ...says, ...actions)
}

/** Starts the current release. */
export const start = (memory: Memory, downSinceMillis: number, purpose: Partial<Purpose> = {}): Step =>
  to(
    State.Starting({ memory, trial: purpose.trial, held: purpose.held, downSinceMillis, then: "run", requests: 0 }),
    Action.Spawn({ release: memory.current })
  )

/** A node runs: goes on with the record or the upgrade that is due, or just goes on. */
export const consider = (memory: Memory, { pid, sinceMillis }: { readonly pid: number; readonly sinceMillis: number }): Step => {
  if (memory.unrecorded !== undefined) return commit(memory, memory.unrecorded, CommitThen.Run({ pid, sinceMillis }))
  const upgrade = Plans.ready(memory)
  return upgrade === undefined
    ? to(State.Running({ memory, pid, sinceMillis, holdGeneration: 0 }))
    : to(State.Recording({ memory, pid, sinceMillis, upgrade }), Action.Record({ upgrade }))
}

/** A stop of a living child: one SIGTERM unless it had its own already, then the grace. */
export const stop = (memory: Memory, now: Now, child: { readonly pid: number; readonly requests: number; readonly stopSent: boolean }, policy: Policy, reason: StopReason): Step => {
  const clocks = startStopClocks(memory, policy)
  return to(
    State.Stopping({
      memory: clocks.memory,
      reason,
      pid: child.pid,
      requests: child.requests,
      sinceMillis: now.atMillis,
      ended: undefined,
      graceGeneration: clocks.graceGeneration,
      progressGeneration: clocks.progressGeneration
    }),
    ...(child.stopSent ? [] : [Action.Terminate(), say(Notice.StopSent({ pid: child.pid, graceMillis: policy.graceMillis }))]),
    ...clocks.orders
  )
}

/** The child ended by itself and others of its group did not: they are asked to, and get the grace. */
export const sweep = (memory: Memory, now: Now, pid: number, policy: Policy, reason: StopReason, exit: ChildExit, requests = 0): Step => {
  const clocks = startStopClocks(memory, policy)
  return to(
    State.Stopping({
      memory: clocks.memory,
      reason,
      pid,
      requests,
      sinceMillis: now.atMillis,
      ended: { exit, atMillis: now.atMillis },
      graceGeneration: clocks.graceGeneration,
      progressGeneration: clocks.progressGeneration
    }),
    say(Notice.LeftoversFound({ pid })),
    Action.TerminateGroup(),
    ...clocks.orders
  )
}

const startStopClocks = (memory: Memory, policy: Policy) => {
  const progress = timer(memory, "Progress", progressMillis)
  const grace = timer(progress.memory, "Grace", policy.graceMillis)
  return {
    memory: grace.memory,
    progressGeneration: progress.generation,
    graceGeneration: grace.generation,
    orders: [progress.order, ...(Number.isFinite(policy.graceMillis) ? [grace.order] : [])]
  }
}

/** The node is down and its end must be judged: the plan is read once more first. */
export const settle = (memory: Memory, downSinceMillis: number, reason: Extract<State, { readonly _tag: "Settling" }>["reason"]): Step => {
  const generation = memory.generation + 1
  return to(
    State.Settling({ memory: { ...memory, generation }, reason, downSinceMillis, answerGeneration: generation }),
    Action.LookAtPlan({ generation })
  )
}

/** The node is down: the link moves now, or after the delay that the operator set. */
export const upgrade = (memory: Memory, downSinceMillis: number, upgrade: Upgrade, policy: Policy): Step => {
  if (policy.restartDelayMillis === 0) return switchNow(memory, downSinceMillis, upgrade)
  const delay = timer(memory, "Delay", policy.restartDelayMillis)
  return to(State.Delaying({ memory: delay.memory, upgrade, downSinceMillis, delayGeneration: delay.generation }), delay.order)
}

/** The newest ready plan took the place of the one that the node was stopped for, or did not. */
export const retargeted = (step: Step, begun: Upgrade, target: Upgrade): Step => target.digest === begun.digest ? step : announced(step, target)

/** An upgrade that begins now. */
export const announced = ({ actions, state }: Step, upgrade: Upgrade): Step => to(state, say(Notice.UpgradeBegun({ upgrade })), ...actions)

export const switchNow = (memory: Memory, downSinceMillis: number, upgrade: Upgrade): Step =>
  to(State.Switching({ memory, upgrade, downSinceMillis, then: "run" }), Action.Switch({ upgrade }))

export const undo = (memory: Memory, downSinceMillis: number, { then, upgrade, verdict, why }: {
  readonly upgrade: Upgrade
  readonly why: string
  readonly verdict: Verdict
  readonly then: Then
}): Step =>
  to(
    State.RollingBack({ memory, upgrade, why, verdict, then, downSinceMillis, retryGeneration: 0 }),
    ...(verdict === "failed" ? [say(Notice.RollingBack({ upgrade, why }))] : []),
    Action.Undo({ upgrade, why, verdict })
  )

export const commit = (memory: Memory, upgrade: Upgrade, next: CommitThen): Step =>
  to(State.Committing({ memory, upgrade, next }), Action.Commit({ upgrade }))

/** What is remembered once an upgrade counts as applied. */
export const applied = (memory: Memory, upgrade: Upgrade): Memory => ({ ...memory, appliedHeight: upgrade.height, unrecorded: undefined })

/** It counts as done all the same. */
export const refused = (memory: Memory, upgrade: Upgrade): Memory => ({ ...memory, appliedHeight: upgrade.height, unrecorded: upgrade })

/** The node is down until the release of a plan is ready; a record that the disk refused is tried again meanwhile. */
export const wait = (memory: Memory, { downSinceMillis, end }: Halt): Step => {
  const halt = { end, downSinceMillis }
  if (memory.unrecorded === undefined) return to(State.Waiting({ ...halt, memory, retryGeneration: 0 }))
  const retry = timer(memory, "Retry", retryMillis.commit)
  return to(State.Waiting({ ...halt, memory: retry.memory, retryGeneration: retry.generation }), retry.order)
}

/** A child ended that nobody asked to, and no plan waits for it: restart, or the end of the run. */
export const judgeEnd = (memory: Memory, now: Now, policy: Policy, end: {
  readonly exit: ChildExit
  readonly livedMillis: number
  readonly downSinceMillis: number
}): Step => {
  const outcome = Outcome.NodeEnded({ exit: end.exit })
  if (isClean(end.exit) || !policy.restartOnFailure) return finish(memory, outcome)
  return restartOr(memory, now, policy, end, outcome)
}

/** The current release could not be started. A first start is not tried again: nothing ran yet that could come back. */
export const judgeLaunch = (memory: Memory, now: Now, policy: Policy, downSinceMillis: number, why: LaunchProblem): Step => {
  const outcome = Outcome.NotStarted({ release: memory.current })
  const notice = say(Notice.NodeNotStarted({ release: memory.current, why }))
  if (!memory.everStarted || !policy.restartOnFailure) return finish(memory, outcome, notice)
  const { state, actions } = restartOr(memory, now, policy, { livedMillis: 0, downSinceMillis }, outcome)
  return to(state, notice, ...actions)
}

const restartOr = (memory: Memory, now: Now, policy: Policy, end: { readonly livedMillis: number; readonly downSinceMillis: number }, otherwise: Outcome): Step => {
  const verdict = RestartBudget.judge(policy.restart, memory.budget, { atMillis: now.atMillis, livedMillis: end.livedMillis, roll: now.roll })
  if (verdict._tag === "GiveUp") {
    return finish(memory, otherwise, say(Notice.GaveUp({ restarts: policy.restart.maxRestarts, periodMillis: policy.restart.periodMillis })))
  }
  const backoff = timer({ ...memory, budget: verdict.budget }, "Backoff", verdict.afterMillis)
  const restart = verdict.budget.restartsAtMillis.length
  return to(
    State.BackingOff({ memory: backoff.memory, downSinceMillis: end.downSinceMillis, backoffGeneration: backoff.generation }),
    say(Notice.RestartDue({ afterMillis: verdict.afterMillis, restart, maxRestarts: policy.restart.maxRestarts })),
    backoff.order
  )
}

/** The reasons a child that ended by itself is judged by. */
export const ended = (exit: ChildExit, livedMillis: number, trial?: Upgrade, isHeld = false): Extract<StopReason, { readonly _tag: "Ended" }> =>
  StopReason.Ended({ exit, livedMillis, trial, isHeld })
