// Situations of a new release that runs and is not yet, or just, confirmed.
import { Outcome } from "../domain/Outcome.ts"
import type { Upgrade } from "../domain/Upgrade.ts"
import * as Down from "./Down.ts"
import type { Event, Now } from "./Event.ts"
import * as Node from "./Node.ts"
import { Notice } from "./Notice.ts"
import * as Orders from "./Orders.ts"
import * as Plans from "./Plans.ts"
import { CommitThen, type Policy, State, stay, type Step, StopReason, to } from "./State.ts"

export const probation = (policy: Policy, state: Node.In<"Probation">, event: Event, now: Now): Step => {
  const { upgrade } = state
  switch (event._tag) {
    case "ChildExited":
      return state.trial === "passed"
        ? endedUnrecorded(state, event, now)
        : Node.ended(policy, state, event, now, Orders.ended(event.exit, now.atMillis - state.sinceMillis, upgrade))
    case "Rang":
      return event.generation === state.probationGeneration ? Orders.commit(state.memory, upgrade, CommitThen.Run({ pid: state.pid, sinceMillis: state.sinceMillis })) : stay(state)
    case "StopRequested":
      return Node.stop(policy, state, event, now, StopReason.AskedInProbation({ upgrade, commit: "due" }))
    case "Looked":
      return lookedInProbation(state, event)
    case "LookRequested":
      return Node.look(state)
    case "ChildStarted":
    case "ChildNotStarted":
    case "GroupGone":
    case "Recorded":
    case "NotRecorded":
    case "Switched":
    case "NotSwitched":
    case "Committed":
    case "NotCommitted":
    case "Undone":
    case "NotUndone":
      return stay(state)
  }
}

const lookedInProbation = (state: Node.In<"Probation">, event: Node.Fact<"Looked">): Step => {
  const { memory, says } = Plans.remember(state.memory, event.look)
  const waiting = Plans.newer(memory, state.upgrade)
  const told = Plans.tell(memory, waiting && { key: `waits ${waiting.digest}`, notice: Notice.PlanWaits({ name: waiting.name, height: waiting.height }) })
  return to({ ...state, memory: told.memory }, ...says, ...told.says)
}

export const committing = (policy: Policy, state: Node.In<"Committing">, event: Event, now: Now): Step => {
  switch (event._tag) {
    case "Committed":
      return committed(policy, { ...state, memory: Orders.applied(state.memory, state.upgrade) }, now, Notice.UpgradeDone({ upgrade: state.upgrade }))
    case "NotCommitted":
      return notCommitted(policy, state, event.why, now)
    case "ChildExited":
      return endedWhileCommitting(state, event, now)
    case "StopRequested":
      return stopWhileCommitting(policy, state, event, now)
    case "Looked":
      return Node.looked(state, event)
    case "LookRequested":
      return Node.look(state)
    case "ChildStarted":
    case "ChildNotStarted":
    case "GroupGone":
    case "Recorded":
    case "NotRecorded":
    case "Switched":
    case "NotSwitched":
    case "Undone":
    case "NotUndone":
    case "Rang":
      return stay(state)
  }
}

const committed = (policy: Policy, { memory, next, upgrade }: Node.In<"Committing">, now: Now, notice: Notice): Step => {
  const { state, actions } = afterCommit(policy, memory, upgrade, next, now)
  return to(state, Orders.say(notice), ...actions)
}

const afterCommit = (policy: Policy, memory: State["memory"], upgrade: Upgrade, next: CommitThen, now: Now): Step => {
  switch (next._tag) {
    case "Run":
      return Orders.consider(memory, next)
    case "Stop":
      return Orders.finish(memory, Outcome.Stopped())
    case "Leave":
      return Orders.finish(memory, Outcome.Upgraded({ release: upgrade.to }), Orders.say(Notice.RestartOff({ release: upgrade.to })))
    case "Wait":
      return Down.waitOn(policy, memory, next, now)
    case "Judge": {
      const reason = Orders.ended(next.exit, next.livedMillis)
      return next.leftoversOf === undefined
        ? Orders.settle(memory, now.atMillis, reason)
        : Orders.sweep(memory, now, next.leftoversOf, policy, reason, next.exit)
    }
  }
}

/** A living node stays on probation until the disk takes the record; what else follows does not wait for it, the next start finds it open. */
const notCommitted = (policy: Policy, state: Node.In<"Committing">, why: string, now: Now): Step => {
  const { next, upgrade } = state
  const told = Plans.tell(Orders.refused(state.memory, upgrade), { key: `unconfirmed ${upgrade.digest} ${why}`, notice: Notice.UpgradeNotConfirmed({ upgrade, why }) })
  const { state: after, actions } = next._tag === "Run"
    ? Node.probationBegins({ memory: told.memory, pid: next.pid, sinceMillis: next.sinceMillis }, upgrade, Orders.retryMillis.commit, "passed")
    : afterCommit(policy, told.memory, upgrade, next, now)
  return to(after, ...told.says, ...actions)
}

const endedWhileCommitting = (state: Node.In<"Committing">, event: Node.Fact<"ChildExited">, now: Now): Step => {
  if (state.next._tag !== "Run") return stay(state)
  const { judge, notice } = endOf({ memory: state.memory, ...state.next }, event, now)
  return to({ ...state, next: judge }, notice)
}

/** The record is tried once more before the end is judged: whatever follows may be the end of the run. */
const endedUnrecorded = (state: Node.In<"Probation">, event: Node.Fact<"ChildExited">, now: Now): Step => {
  const { judge, notice } = endOf(state, event, now)
  const { actions, state: next } = Orders.commit(state.memory, state.upgrade, judge)
  return to(next, notice, ...actions)
}

const endOf = ({ memory, pid, sinceMillis }: Node.Node, { exit, leftovers }: Node.Fact<"ChildExited">, now: Now) => {
  const livedMillis = now.atMillis - sinceMillis
  return {
    judge: CommitThen.Judge({ exit, livedMillis, leftoversOf: leftovers ? pid : undefined }),
    notice: Orders.say(Notice.NodeEnded({ release: memory.current, exit, livedMillis }))
  }
}

const stopWhileCommitting = (policy: Policy, state: Node.In<"Committing">, event: Node.Fact<"StopRequested">, now: Now): Step => {
  const { memory, next } = state
  const reason = StopReason.AskedInProbation({ upgrade: state.upgrade, commit: "ordered" })
  if (next._tag === "Run") return Node.stop(policy, { memory, pid: next.pid, sinceMillis: next.sinceMillis }, event, now, reason)
  if (next._tag !== "Judge" && next._tag !== "Wait") return stay(state)
  const notice = Orders.say(Notice.StopRequested({ by: event.by }))
  if (next._tag === "Wait" || next.leftoversOf === undefined) return to({ ...state, next: CommitThen.Stop() }, notice)
  const { actions, state: sweeping } = Orders.sweep(memory, now, next.leftoversOf, policy, reason, next.exit, event.counts ? 1 : 0)
  return to(sweeping, notice, ...actions)
}
