// Situations in which no node runs: between its end and whatever comes next.
import { isClean } from "../domain/ChildExit.ts"
import { Outcome } from "../domain/Outcome.ts"
import { Action } from "./Action.ts"
import type { Event, Now } from "./Event.ts"
import * as Node from "./Node.ts"
import { Notice } from "./Notice.ts"
import * as Orders from "./Orders.ts"
import * as Plans from "./Plans.ts"
import { CommitThen, type Halt, type Memory, type Policy, State, stay, type Step, to } from "./State.ts"

export const delaying = (state: Node.In<"Delaying">, event: Event): Step => {
  switch (event._tag) {
    case "Rang":
      return event.generation === state.delayGeneration ? delayOver(state) : stay(state)
    case "StopRequested": {
      const begun = { upgrade: state.upgrade, why: Orders.why.stopAsked, verdict: "abandoned", then: "stop" } as const
      const { state: next, actions } = Orders.undo(state.memory, state.downSinceMillis, begun)
      return to(next, Orders.say(Notice.StopRequested({ by: event.by })), ...actions)
    }
    case "Looked":
      return Node.looked(state, event)
    case "LookRequested":
      return Node.look(state)
    case "ChildStarted":
    case "ChildNotStarted":
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
      return stay(state)
  }
}

const delayOver = ({ downSinceMillis, memory, upgrade }: Node.In<"Delaying">): Step => {
  const target = Plans.latest(memory, upgrade)
  return target === undefined
    ? Orders.undo(memory, downSinceMillis, { upgrade, why: Orders.why.withdrawn, verdict: "abandoned", then: "run" })
    : Orders.retargeted(Orders.switchNow(memory, downSinceMillis, target), upgrade, target)
}

export const switching = (policy: Policy, state: Node.In<"Switching">, event: Event): Step => {
  const { downSinceMillis, memory, then, upgrade } = state
  switch (event._tag) {
    case "Switched":
      return switched(policy, state)
    case "NotSwitched":
      return Orders.undo(memory, downSinceMillis, { upgrade, why: event.why, verdict: event.verdict, then })
    case "StopRequested":
      return to({ ...state, then: "stop" }, Orders.say(Notice.StopRequested({ by: event.by })))
    case "Looked":
      return Node.looked(state, event)
    case "LookRequested":
      return Node.look(state)
    case "ChildStarted":
    case "ChildNotStarted":
    case "ChildExited":
    case "GroupGone":
    case "Recorded":
    case "NotRecorded":
    case "Committed":
    case "NotCommitted":
    case "Undone":
    case "NotUndone":
    case "Rang":
      return stay(state)
  }
}

const switched = (policy: Policy, { downSinceMillis, memory, then, upgrade }: Node.In<"Switching">): Step => {
  // The record of this upgrade took the one before it for done.
  const moved = { ...memory, current: upgrade.to, unrecorded: undefined }
  const notice = Orders.say(Notice.UpgradeSwitched({ upgrade }))
  const { state, actions } = afterSwitch(policy, moved, downSinceMillis, upgrade, then)
  return to(state, notice, ...actions)
}

const afterSwitch = (policy: Policy, memory: State["memory"], downSinceMillis: number, upgrade: Node.In<"Switching">["upgrade"], then: "run" | "stop"): Step => {
  if (then === "stop") return Orders.undo(memory, downSinceMillis, { upgrade, why: Orders.why.stopAsked, verdict: "abandoned", then })
  const next = Plans.newer(memory, upgrade)
  if (next?.to === upgrade.from) return Orders.undo(memory, downSinceMillis, { upgrade, why: Orders.why.withdrawn, verdict: "abandoned", then })
  if (next !== undefined) return Orders.announced(Orders.switchNow(memory, downSinceMillis, { ...next, from: upgrade.from }), next)
  return policy.restartAfterUpgrade
    ? Orders.start(memory, downSinceMillis, { trial: upgrade })
    : Orders.commit(memory, upgrade, CommitThen.Leave())
}

export const rollingBack = (policy: Policy, state: Node.In<"RollingBack">, event: Event): Step => {
  switch (event._tag) {
    case "Undone":
      return undone(policy, state)
    case "NotUndone":
      return notUndone(state, event.why)
    case "Rang":
      return event.generation === state.retryGeneration ? undoAgain(state) : stay(state)
    case "StopRequested":
      return state.retryGeneration === 0
        ? to({ ...state, then: "stop" }, Orders.say(Notice.StopRequested({ by: event.by })))
        : Orders.finish(state.memory, Outcome.Stopped(), Orders.say(Notice.StopRequested({ by: event.by })))
    case "Looked":
      return Node.looked(state, event)
    case "LookRequested":
      return Node.look(state)
    case "ChildStarted":
    case "ChildNotStarted":
    case "ChildExited":
    case "GroupGone":
    case "Recorded":
    case "NotRecorded":
    case "Switched":
    case "NotSwitched":
    case "Committed":
    case "NotCommitted":
      return stay(state)
  }
}

const undone = (policy: Policy, { downSinceMillis, memory, then, upgrade, verdict, why }: Node.In<"RollingBack">): Step => {
  const failedDigests = verdict === "failed" ? [...memory.failedDigests, upgrade.digest] : memory.failedDigests
  const back = { ...memory, current: upgrade.from, failedDigests }
  const notice = Orders.say(verdict === "failed" ? Notice.RolledBack({ upgrade, why }) : Notice.UpgradeAbandoned({ upgrade, why }))
  const held = verdict === "held" ? { upgrade, why } : undefined
  if (then === "stop") return Orders.finish(back, Outcome.Stopped(), notice)
  const next = Plans.ready(back)
  const { state, actions } = next === undefined || next.digest === upgrade.digest
    ? Orders.start(back, downSinceMillis, { held })
    : Orders.announced(Orders.upgrade(back, downSinceMillis, next, policy), next)
  return to(state, notice, ...actions)
}

const undoAgain = (state: Node.In<"RollingBack">): Step => {
  const { upgrade, verdict, why } = state
  return to({ ...state, retryGeneration: 0 }, Action.Undo({ upgrade, why, verdict }))
}

const notUndone = (state: Node.In<"RollingBack">, why: string): Step => {
  if (state.then === "stop") return Orders.finish(state.memory, Outcome.Stopped())
  const { generation, memory, order } = Orders.timer(state.memory, "Retry", Orders.retryMillis.rollBack)
  const notice = Notice.RollBackHeld({ upgrade: state.upgrade, why, retryMillis: Orders.retryMillis.rollBack })
  const told = Plans.tell(memory, { key: `roll-back held ${state.upgrade.digest} ${why}`, notice })
  return to({ ...state, memory: told.memory, retryGeneration: generation }, ...told.says, order)
}

export const backingOff = (policy: Policy, state: Node.In<"BackingOff">, event: Event): Step => {
  switch (event._tag) {
    case "Rang":
      return event.generation === state.backoffGeneration ? Orders.start(state.memory, state.downSinceMillis) : stay(state)
    case "Looked": {
      const { memory, says } = Plans.remember(state.memory, event.look)
      const backing = { ...state, memory }
      const { state: next, actions } = readyWhileDown(policy, backing) ?? stay(backing)
      return to(next, ...says, ...actions)
    }
    case "StopRequested":
      return Orders.stopped(state.memory, Orders.say(Notice.StopRequested({ by: event.by })))
    case "LookRequested":
      return Node.look(state)
    case "ChildStarted":
    case "ChildNotStarted":
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
      return stay(state)
  }
}

export const waiting = (policy: Policy, state: Node.In<"Waiting">, event: Event, now: Now): Step => {
  switch (event._tag) {
    case "Looked": {
      const { memory, says } = Plans.remember(state.memory, event.look)
      const waited = { ...state, memory }
      const { state: next, actions } = readyWhileDown(policy, waited) ?? withdrawn(policy, waited, now) ?? stay(waited)
      return to(next, ...says, ...actions)
    }
    case "Rang":
      return event.generation === state.retryGeneration && state.memory.unrecorded !== undefined
        ? Orders.commit(state.memory, state.memory.unrecorded, CommitThen.Wait(state))
        : stay(state)
    case "StopRequested":
      return Orders.stopped(state.memory, Orders.say(Notice.StopRequested({ by: event.by })))
    case "LookRequested":
      return Node.look(state)
    case "ChildStarted":
    case "ChildNotStarted":
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
      return stay(state)
  }
}

/** Goes on waiting after an attempt at the record, unless a look that came meanwhile says otherwise. */
export const waitOn = (policy: Policy, memory: Memory, halt: Halt, now: Now): Step => {
  const halted = { ...halt, memory }
  return readyWhileDown(policy, halted) ?? withdrawn(policy, halted, now) ?? Orders.wait(memory, halt)
}

/** The plan that the node ended for is no more. One that ended with 0 did so for it, and goes on without it; a failure is judged like any other. */
const withdrawn = (policy: Policy, { downSinceMillis, end, memory }: Halt & { readonly memory: Memory }, now: Now): Step | undefined => {
  if (Plans.pending(memory) !== undefined) return undefined
  return isClean(end.exit) ? Orders.start(memory, downSinceMillis) : Orders.judgeEnd(memory, now, policy, { ...end, downSinceMillis })
}

/** The node is down: a ready plan is carried out at once. */
const readyWhileDown = (policy: Policy, { downSinceMillis, memory }: { readonly memory: Memory; readonly downSinceMillis: number }): Step | undefined => {
  const upgrade = Plans.ready(memory)
  return upgrade && Orders.announced(Orders.upgrade(memory, downSinceMillis, upgrade, policy), upgrade)
}
