// The node is down and the plan is being read once more, before its end is judged or the upgrade goes on.
import { isKnown } from "../domain/ChildExit.ts"
import type { Upgrade } from "../domain/Upgrade.ts"
import type { Event, Now } from "./Event.ts"
import type * as Node from "./Node.ts"
import { Notice } from "./Notice.ts"
import * as Orders from "./Orders.ts"
import * as Plans from "./Plans.ts"
import { CommitThen, type Memory, type NodeEnd, type Policy, stay, type Step, type StopReason, to } from "./State.ts"

export const settling = (policy: Policy, state: Node.In<"Settling">, event: Event, now: Now): Step => {
  switch (event._tag) {
    case "Looked": {
      const { memory, says } = Plans.remember(state.memory, event.look)
      if (event.answers !== state.answerGeneration) return to({ ...state, memory }, ...says)
      const { state: next, actions } = settled(policy, { ...state, memory }, now)
      return to(next, ...says, ...actions)
    }
    case "StopRequested": {
      const { state: next, actions } = stopWhileSettling(state)
      return to(next, Orders.say(Notice.StopRequested({ by: event.by })), ...actions)
    }
    case "LookRequested":
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
    case "Rang":
      return stay(state)
  }
}

const settled = (policy: Policy, state: Node.In<"Settling">, now: Now): Step => {
  const { downSinceMillis, memory, reason } = state
  if (reason._tag === "ForUpgrade") {
    const target = Plans.latest(memory, reason.upgrade)
    return target === undefined
      ? Orders.undo(memory, downSinceMillis, { upgrade: reason.upgrade, why: Orders.why.withdrawn, verdict: "abandoned", then: "run" })
      : Orders.retargeted(Orders.upgrade(memory, downSinceMillis, target, policy), reason.upgrade, target)
  }
  const { trial } = reason
  if (trial !== undefined) return trialEnded(memory, downSinceMillis, reason, trial)
  const upgrade = Plans.ready(memory)
  if (upgrade !== undefined) return Orders.announced(Orders.upgrade(memory, downSinceMillis, upgrade, isHasty(reason) ? paused(policy) : policy), upgrade)
  const found = Plans.pending(memory)
  if (found?.readiness._tag !== "NotReady") return Orders.judgeEnd(memory, now, policy, { ...reason, downSinceMillis })
  const { state: waiting, actions } = Orders.wait(memory, { end: reason, downSinceMillis })
  return to(waiting, Orders.say(Notice.WaitingForBinary({ name: found.plan.name, obstacle: found.readiness.obstacle })), ...actions)
}

/** A node that ends as soon as it is started would make what is held back be tried again as fast as that. */
const isHasty = ({ isHeld, livedMillis }: Extract<StopReason, { readonly _tag: "Ended" }>): boolean => isHeld && livedMillis < Orders.retryMillis.record

const paused = (policy: Policy): Policy => ({ ...policy, restartDelayMillis: Math.max(policy.restartDelayMillis, Orders.retryMillis.record) })

/** A newer plan that is ready says that it halted for that. An end whose status cannot be known condemns no release: its trial begins anew. */
const trialEnded = (memory: Memory, downSinceMillis: number, { exit, livedMillis }: NodeEnd, upgrade: Upgrade): Step => {
  if (Plans.newer(memory, upgrade) !== undefined) return Orders.commit(memory, upgrade, CommitThen.Judge({ exit, livedMillis, leftoversOf: undefined }))
  return isKnown(exit)
    ? Orders.undo(memory, downSinceMillis, { upgrade, why: Orders.why.failed({ exit, livedMillis }), verdict: "failed", then: "run" })
    : Orders.start(memory, downSinceMillis, { trial: upgrade })
}

const stopWhileSettling = ({ downSinceMillis, memory, reason }: Node.In<"Settling">): Step => {
  if (reason._tag === "ForUpgrade") {
    return Orders.undo(memory, downSinceMillis, { upgrade: reason.upgrade, why: Orders.why.stopAsked, verdict: "abandoned", then: "stop" })
  }
  if (reason.trial === undefined) return Orders.stopped(memory)
  if (Plans.newer(memory, reason.trial) !== undefined) return Orders.commit(memory, reason.trial, CommitThen.Stop())
  return isKnown(reason.exit)
    ? Orders.undo(memory, downSinceMillis, { upgrade: reason.trial, why: Orders.why.failed(reason), verdict: "failed", then: "stop" })
    : Orders.stopped(memory)
}
