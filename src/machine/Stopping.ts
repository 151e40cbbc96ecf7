// A child, or what is left of its group, is being stopped: one SIGTERM, the grace, SIGKILL; the rest depends on why.
import { ChildExit, isKnown } from "../domain/ChildExit.ts"
import { Action } from "./Action.ts"
import type { Event, Now } from "./Event.ts"
import * as Node from "./Node.ts"
import { Notice } from "./Notice.ts"
import * as Orders from "./Orders.ts"
import * as Plans from "./Plans.ts"
import { withoutChild } from "./Recovery.ts"
import { CommitThen, type Policy, State, stay, type Step, StopReason, to } from "./State.ts"

type Stopping = Node.In<"Stopping">

export const stopping = (policy: Policy, state: Stopping, event: Event, now: Now): Step => {
  switch (event._tag) {
    case "ChildExited":
      return childExited(policy, state, event, now)
    case "GroupGone":
      return gone(policy, state, now)
    case "StopRequested":
      return stopRequested(policy, state, event, now)
    case "Rang":
      return rang(policy, state, event, now)
    case "Looked":
      return Node.looked(state, event)
    case "LookRequested":
      return Node.look(state)
    case "Committed":
      return committed(state)
    case "NotCommitted":
      return state.reason._tag === "AskedInProbation"
        ? to({ ...state, memory: Orders.refused(state.memory, state.reason.upgrade), reason: { ...state.reason, commit: "due" } })
        : stay(state)
    case "ChildStarted":
    case "ChildNotStarted":
    case "Recorded":
    case "NotRecorded":
    case "Switched":
    case "NotSwitched":
    case "Undone":
    case "NotUndone":
      return stay(state)
  }
}

/** The record that was under way when the stop was asked for. */
const committed = (state: Stopping): Step =>
  state.reason._tag === "AskedInProbation"
    ? to(
      { ...state, memory: Orders.applied(state.memory, state.reason.upgrade), reason: StopReason.Asked() },
      Orders.say(Notice.UpgradeDone({ upgrade: state.reason.upgrade }))
    )
    : stay(state)

const childExited = (policy: Policy, state: Stopping, event: Node.Fact<"ChildExited">, now: Now): Step => {
  const ended = { ...state, ended: { exit: event.exit, atMillis: now.atMillis } }
  return event.leftovers ? to(ended, Orders.say(Notice.LeftoversFound({ pid: state.pid })), Action.TerminateGroup()) : gone(policy, ended, now)
}

const gone = (policy: Policy, state: Stopping, now: Now): Step => {
  const tookMillis = now.atMillis - state.sinceMillis
  const notice = Orders.say(Notice.NodeStopped({ exit: state.ended?.exit ?? ChildExit.Unknown(), tookMillis }))
  const { state: next, actions } = afterStop(policy, state, now)
  return state.reason._tag === "Ended" ? to(next, ...actions) : to(next, notice, ...actions)
}

const afterStop = (policy: Policy, { ended, memory, reason }: Stopping, now: Now): Step => {
  const downSinceMillis = ended?.atMillis ?? now.atMillis
  switch (reason._tag) {
    case "Asked":
      return Orders.stopped(memory)
    case "AskedInProbation":
      return reason.commit === "due"
        ? Orders.commit(memory, reason.upgrade, CommitThen.Stop())
        : to(State.Committing({ memory, upgrade: reason.upgrade, next: CommitThen.Stop() }))
    case "AskedInUpgrade":
      return Orders.undo(memory, downSinceMillis, { upgrade: reason.upgrade, why: Orders.why.stopAsked, verdict: "abandoned", then: "stop" })
    case "AskedAfterTrial":
      return Plans.newer(memory, reason.upgrade) === undefined
        ? Orders.undo(memory, downSinceMillis, { upgrade: reason.upgrade, why: reason.why, verdict: "failed", then: "stop" })
        : Orders.commit(memory, reason.upgrade, CommitThen.Stop())
    case "ForUpgrade":
    case "Ended":
      return Orders.settle(memory, downSinceMillis, reason)
    case "Misfit":
      return withoutChild(memory, reason.inFlight, now, (remembered, atMillis, upgrade) => Orders.upgrade(remembered, atMillis, upgrade, policy))
  }
}

const stopRequested = (policy: Policy, state: Stopping, event: Node.Fact<"StopRequested">, now: Now): Step => {
  const requests = event.counts ? state.requests + 1 : state.requests
  const asked = { ...state, requests, reason: onceAsked(state.reason) }
  if (requests === 1 || !event.counts) return to(asked, Orders.say(Notice.StopRequested({ by: event.by })))
  if (requests === Orders.requestThatKills) return to(asked, Action.Kill(), Orders.say(Notice.Killed({ pid: state.pid, why: "request" })))
  return requests > Orders.requestThatKills ? to(asked) : to(asked, Orders.say(Notice.StopRepeated(times(policy, state, now))))
}

/** A stop request beats whatever the child is being stopped for. */
const onceAsked = (reason: StopReason): StopReason => {
  switch (reason._tag) {
    case "ForUpgrade":
      return StopReason.AskedInUpgrade(reason)
    case "Misfit":
      return StopReason.Asked()
    case "Ended":
      return reason.trial === undefined || !isKnown(reason.exit)
        ? StopReason.Asked()
        : StopReason.AskedAfterTrial({ upgrade: reason.trial, why: Orders.why.failed(reason) })
    case "Asked":
    case "AskedAfterTrial":
    case "AskedInProbation":
    case "AskedInUpgrade":
      return reason
  }
}

const times = (policy: Policy, state: Stopping, now: Now) => {
  const forMillis = now.atMillis - state.sinceMillis
  return { forMillis, leftMillis: Math.max(0, policy.graceMillis - forMillis) }
}

const rang = (policy: Policy, state: Stopping, { generation }: Node.Fact<"Rang">, now: Now): Step => {
  if (generation === state.graceGeneration) {
    return to(state, Action.Kill(), Orders.say(Notice.Killed({ pid: state.pid, why: "grace" })))
  }
  if (generation !== state.progressGeneration) return stay(state)
  const progress = Orders.timer(state.memory, "Progress", Orders.progressMillis)
  return to(
    State.Stopping({ ...state, memory: progress.memory, progressGeneration: progress.generation }),
    Orders.say(Notice.StillStopping(times(policy, state, now))),
    progress.order
  )
}
