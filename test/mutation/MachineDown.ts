// Ways to break the machine while no node runs, or one is being stopped: `src/machine/{Down,Settling,Stopping}.ts`.
import { of } from "./Mutation.ts"

const down = of("src/machine/Down.ts", [
  { breaks: "a plan that follows a roll-back is not announced", from: "Orders.announced(Orders.upgrade(back, downSinceMillis, next, policy), next)", to: "Orders.upgrade(back, downSinceMillis, next, policy)" },
  { breaks: "Delaying forgets the generation of its timer", from: "event.generation === state.delayGeneration ? delayOver(state)", to: "event.generation !== 0 ? delayOver(state)", catches: "walk" },
  {
    breaks: "a plan that was withdrawn during the delay is carried out",
    from: "const target = Plans.latest(memory, upgrade)\n",
    to: "const target = Plans.latest(memory, upgrade) ?? upgrade\n"
  },
  {
    breaks: "Switching forgets that a stop was asked for",
    from: "return to({ ...state, then: \"stop\" }, Orders.say(Notice.StopRequested({ by: event.by })))\n    case \"Looked\"",
    to: "return to(state, Orders.say(Notice.StopRequested({ by: event.by })))\n    case \"Looked\""
  },
  {
    breaks: "after a stop request the switched release stays",
    from: "if (then === \"stop\") return Orders.undo(memory, downSinceMillis, { upgrade, why: Orders.why.stopAsked, verdict: \"abandoned\", then })",
    to: "if (then === \"stop\") return Orders.finish(memory, Outcome.Stopped())"
  },
  { breaks: "the old release is started before the roll-back is done", from: "event.generation === state.retryGeneration ? undoAgain(state)", to: "event.generation === state.retryGeneration ? undone(policy, state)" },
  { breaks: "a plan that failed is not remembered", from: "verdict === \"failed\" ? [...memory.failedDigests, upgrade.digest]", to: "verdict === \"failed\" ? [...memory.failedDigests]" },
  {
    breaks: "an upgrade that was undone is begun again at once",
    from: "next === undefined || next.digest === upgrade.digest\n",
    to: "next === undefined\n"
  },
  { breaks: "the timer of a refused roll-back is not started", from: "...told.says, order)\n}\n\nexport const backingOff", to: "...told.says)\n}\n\nexport const backingOff" },
  { breaks: "BackingOff forgets the generation of its timer", from: "event.generation === state.backoffGeneration ? Orders", to: "event.generation !== 0 ? Orders", catches: "walk" },
  { breaks: "Waiting goes on waiting for a plan that was withdrawn", from: "  if (Plans.pending(memory) !== undefined) return undefined\n", to: "  if (memory.current !== \"\") return undefined\n" },
  { breaks: "Waiting never tries a record again that the disk refused", from: "event.generation === state.retryGeneration && state.memory.unrecorded !== undefined", to: "event.generation !== event.generation && state.memory.unrecorded !== undefined" },
  { breaks: "Waiting does not notice what a look said while the record was tried again", from: "readyWhileDown(policy, halted) ?? withdrawn(policy, halted, now) ?? Orders.wait(memory, halt)", to: "Orders.wait(memory, now.atMillis < 0 ? { ...halt, downSinceMillis: policy.graceMillis } : halt)" }
])

const settling = of("src/machine/Settling.ts", [
  { breaks: "Settling takes a look that it did not order", from: "      if (event.answers !== state.answerGeneration) return to({ ...state, memory }, ...says)\n", to: "" },
  { breaks: "what is held back is tried again as fast as the node ends", from: "isHasty(reason) ? paused(policy) : policy", to: "policy" },
  { breaks: "an upgrade waits for a node that lived long enough", from: "isHeld && livedMillis < Orders.retryMillis.record", to: "isHeld" },
  { breaks: "the node's own end is followed by a pause", from: "isHeld && livedMillis < Orders.retryMillis.record", to: "livedMillis < Orders.retryMillis.record" },
  { breaks: "a newer plan does not take the place of the one the node was stopped for", from: "Orders.upgrade(memory, downSinceMillis, target, policy), reason.upgrade, target)", to: "Orders.upgrade(memory, downSinceMillis, reason.upgrade, policy), reason.upgrade, target)" },
  {
    breaks: "a node that halted in its probation for a newer plan is rolled back",
    from: "  if (Plans.newer(memory, upgrade) !== undefined) return Orders.commit(memory, upgrade, CommitThen.Judge({ exit, livedMillis, leftoversOf: undefined }))\n",
    to: ""
  },
  { breaks: "an end that cannot be known condemns a release", from: "  return isKnown(exit)\n", to: "  return isKnown(exit) || exit !== undefined\n" },
  { breaks: "a halted node whose plan is not ready is restarted", from: "if (found?.readiness._tag !== \"NotReady\") return Orders.judgeEnd(", to: "if (found?.readiness._tag !== \"Ready\") return Orders.judgeEnd(" }
])

const stopping = of("src/machine/Stopping.ts", [
  { breaks: "a stop condemns a release whose end cannot be known", from: "reason.trial === undefined || !isKnown(reason.exit)", to: "reason.trial === undefined" },
  { breaks: "a refused record is not due again after the stop", from: "reason: { ...state.reason, commit: \"due\" } })", to: "reason: state.reason })" },
  { breaks: "the end of the child is taken for that of its group", from: "return event.leftovers ? to(ended", to: "return event.leftovers && state.pid < 0 ? to(ended" },
  { breaks: "after the stop of a wrong node what was in flight is forgotten", from: "withoutChild(memory, reason.inFlight, now", to: "withoutChild(memory, undefined, now" },
  { breaks: "the fourth request kills, not the third", from: "if (requests === Orders.requestThatKills) return", to: "if (requests === Orders.requestThatKills + 1) return" },
  { breaks: "a stop request does not beat the upgrade", from: "      return StopReason.AskedInUpgrade(reason)\n", to: "      return reason\n" },
  { breaks: "nobody is killed after the grace", from: "return to(state, Action.Kill(), Orders.say(Notice.Killed({ pid: state.pid, why: \"grace\" })))", to: "return to(state, Orders.say(Notice.Killed({ pid: state.pid, why: \"grace\" })))" }
])

export const machineDown = [...down, ...settling, ...stopping]
