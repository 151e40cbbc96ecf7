// Situations in which the node runs or is being started.
import { Outcome } from "../domain/Outcome.ts"
import type { Upgrade } from "../domain/Upgrade.ts"
import { Action } from "./Action.ts"
import type { Event, Now } from "./Event.ts"
import { Notice } from "./Notice.ts"
import * as Node from "./Node.ts"
import * as Orders from "./Orders.ts"
import * as Plans from "./Plans.ts"
import { type Policy, State, stay, type Step, StopReason, to } from "./State.ts"

export const starting = (policy: Policy, state: Node.In<"Starting">, event: Event, now: Now): Step => {
  switch (event._tag) {
    case "ChildStarted":
      return started(policy, state, event.pid, now)
    case "ChildNotStarted":
      return notStarted(policy, state, event, now)
    case "StopRequested":
      return to({ ...state, then: "stop", requests: state.requests + (event.counts ? 1 : 0) }, Orders.say(Notice.StopRequested({ by: event.by })))
    case "Looked":
      return Node.looked(state, event)
    case "LookRequested":
      return Node.look(state)
    case "ChildExited":
    case "GroupGone":
    case "Recorded":
    case "NotRecorded":
    case "Switched":
    case "NotSwitched":
    case "Committed":
    case "NotCommitted":
    case "Undone":
    case "NotUndone":
    case "Rang":
      return stay(state)
  }
}

const started = (policy: Policy, state: Node.In<"Starting">, pid: number, now: Now): Step => {
  const { trial } = state
  const memory = { ...state.memory, everStarted: true }
  const node = { memory, pid, sinceMillis: now.atMillis }
  const downMillis = now.atMillis - state.downSinceMillis
  const notice = trial === undefined
    ? Notice.NodeStarted({ release: memory.current, pid, downMillis: state.memory.everStarted ? downMillis : undefined })
    : Notice.UpgradeStarted({ upgrade: trial, pid, downMillis, probationMillis: policy.probationMillis })
  const { state: next, actions } = afterStart(policy, state, node, now)
  return to(next, Orders.say(notice), ...actions)
}

const afterStart = (policy: Policy, { held, requests, then, trial }: Node.In<"Starting">, node: Node.Node, now: Now): Step => {
  if (then === "stop") {
    const reason = trial === undefined ? StopReason.Asked() : StopReason.AskedInProbation({ upgrade: trial, commit: "due" })
    const { actions, state } = Orders.stop(node.memory, now, { pid: node.pid, requests, stopSent: false }, policy, reason)
    return requests < Orders.requestThatKills
      ? to(state, ...actions)
      : to(state, ...actions, Action.Kill(), Orders.say(Notice.Killed({ pid: node.pid, why: "request" })))
  }
  if (held !== undefined) return hold(node, held.upgrade, held.why, Orders.retryMillis.switch)
  if (trial === undefined) return Orders.consider(node.memory, node)
  return Node.onTrial(policy, node, trial)
}

const notStarted = (policy: Policy, state: Node.In<"Starting">, event: Node.Fact<"ChildNotStarted">, now: Now): Step => {
  const { memory, then, trial } = state
  const notice = Orders.say(Notice.NodeNotStarted({ release: memory.current, why: event.why }))
  if (trial !== undefined) {
    const verdict = event.isPassing ? "held" : "failed"
    const begun = { upgrade: trial, why: "the new release could not be started", verdict, then } as const
    const { state: next, actions } = Orders.undo(memory, state.downSinceMillis, begun)
    return to(next, notice, ...actions)
  }
  return then === "stop" ? Orders.finish(memory, Outcome.Stopped(), notice) : Orders.judgeLaunch(memory, now, policy, state.downSinceMillis, event.why)
}

export const running = (policy: Policy, state: Node.In<"Running">, event: Event, now: Now): Step => {
  switch (event._tag) {
    case "ChildExited":
      return Node.ended(policy, state, event, now, Orders.ended(event.exit, now.atMillis - state.sinceMillis, undefined, state.holdGeneration !== 0))
    case "StopRequested":
      return Node.stop(policy, state, event, now, StopReason.Asked())
    case "Looked": {
      const { memory, says } = Plans.remember(state.memory, event.look)
      if (state.holdGeneration !== 0) return to({ ...state, memory }, ...says)
      const { state: next, actions } = Orders.consider(memory, state)
      return to(next, ...says, ...actions)
    }
    case "LookRequested":
      return Node.look(state)
    case "Rang":
      return event.timer === "Retry" && event.generation === state.holdGeneration ? Orders.consider(state.memory, state) : stay(state)
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

export const recording = (policy: Policy, state: Node.In<"Recording">, event: Event, now: Now): Step => {
  const { upgrade } = state
  switch (event._tag) {
    case "Recorded":
      return Orders.announced(
        Orders.stop(state.memory, now, { pid: state.pid, requests: 0, stopSent: false }, policy, StopReason.ForUpgrade({ upgrade })),
        upgrade
      )
    case "NotRecorded":
      return hold(state, upgrade, event.why, Orders.retryMillis.record)
    case "ChildExited":
      return Orders.announced(Node.ended(policy, state, event, now, StopReason.ForUpgrade({ upgrade })), upgrade)
    case "StopRequested":
      return Node.stop(policy, state, event, now, StopReason.AskedInUpgrade({ upgrade }))
    case "Looked":
      return Node.looked(state, event)
    case "LookRequested":
      return Node.look(state)
    case "ChildStarted":
    case "ChildNotStarted":
    case "GroupGone":
    case "Switched":
    case "NotSwitched":
    case "Committed":
    case "NotCommitted":
    case "Undone":
    case "NotUndone":
    case "Rang":
      return stay(state)
  }
}

/** The node runs on; the upgrade is tried again later. */
const hold = (node: Node.Node, upgrade: Upgrade, why: string, afterMillis: number): Step => {
  const { generation, memory, order } = Orders.timer(node.memory, "Retry", afterMillis)
  const complaint = { key: `held ${upgrade.digest} ${afterMillis} ${why}`, notice: Notice.UpgradeHeld({ upgrade, why, retryMillis: afterMillis }) }
  const told = Plans.tell(memory, complaint)
  return to(State.Running({ memory: told.memory, pid: node.pid, sinceMillis: node.sinceMillis, holdGeneration: generation }), ...told.says, order)
}

