// Ways to break the machine while a node runs or is being started: `src/machine/{Up,Node,Trial,Step}.ts`.
import { of } from "./Mutation.ts"

const up = of("src/machine/Up.ts", [
  {
    breaks: "Starting forgets that a stop was asked for",
    from: "to({ ...state, then: \"stop\", requests: state.requests + (event.counts ? 1 : 0) }, Orders",
    to: "to({ ...state, requests: state.requests + (event.counts ? 1 : 0) }, Orders"
  },
  {
    breaks: "a third request during a start does not kill (< for <=)",
    from: "return requests < Orders.requestThatKills",
    to: "return requests <= Orders.requestThatKills",
    catches: "walk"
  },
  {
    breaks: "a stop during the start of a new release forgets the upgrade",
    from: "trial === undefined ? StopReason.Asked() : StopReason.AskedInProbation({ upgrade: trial, commit: \"due\" })",
    to: "StopReason.Asked()"
  },
  {
    breaks: "an upgrade that the disk refused is not held back once the old release runs",
    from: "  if (held !== undefined) return hold(node, held.upgrade, held.why, Orders.retryMillis.switch)\n",
    to: ""
  },
  { breaks: "a refused switch is tried again as soon as a refused record", from: "held.why, Orders.retryMillis.switch)", to: "held.why, Orders.retryMillis.record)" },
  { breaks: "a new release that cannot be started is held, not failed", from: "event.isPassing ? \"held\" : \"failed\"", to: "\"held\"" },
  { breaks: "a start that the system refuses for the moment condemns the release", from: "event.isPassing ? \"held\" : \"failed\"", to: "\"failed\"" },
  {
    breaks: "Running forgets the generation of its retry",
    from: "event.timer === \"Retry\" && event.generation === state.holdGeneration",
    to: "event.timer === \"Retry\"",
    catches: "walk"
  },
  {
    breaks: "the node is stopped for an upgrade that was not recorded",
    from: "return hold(state, upgrade, event.why, Orders.retryMillis.record)",
    to: "return Orders.stop(state.memory, now, { pid: state.pid, requests: 0, stopSent: false }, policy, StopReason.ForUpgrade({ upgrade }))"
  },
  {
    breaks: "a node that ends in Recording is judged as a failure",
    from: "Orders.announced(Node.ended(policy, state, event, now, StopReason.ForUpgrade({ upgrade })), upgrade)",
    to: "Node.ended(policy, state, event, now)"
  },
  {
    breaks: "a stop in Recording goes on with the upgrade",
    from: "Node.stop(policy, state, event, now, StopReason.AskedInUpgrade({ upgrade }))",
    to: "Node.stop(policy, state, event, now, StopReason.ForUpgrade({ upgrade }))"
  },
  { breaks: "the timer of an upgrade that is held back is not started", from: "holdGeneration: generation }), ...told.says, order)", to: "holdGeneration: generation }), ...told.says)" }
])

const node = of("src/machine/Node.ts", [
  { breaks: "the rest of a group is not waited for", from: "const { state, actions } = leftovers\n", to: "const { state, actions } = leftovers && false\n" },
  { breaks: "a stop is ordered without SIGTERM", from: "...(terminate === undefined ? [] : [terminate]), ", to: "" },
  { breaks: "SIGTERM twice", from: "[terminate]), ", to: "[terminate, terminate]), " },
  { breaks: "no probation begins where one is set", from: "policy.probationMillis === 0", to: "policy.probationMillis >= 0" },
  { breaks: "the timer of the probation is not started", from: "probationGeneration: generation, trial }), order)", to: "probationGeneration: generation, trial }))" }
])

const trial = of("src/machine/Trial.ts", [
  {
    breaks: "a release that passed is judged by its probation once more",
    from: "return state.trial === \"passed\"\n        ? endedUnrecorded(state, event, now)\n        : Node",
    to: "return Node"
  },
  { breaks: "Probation forgets the generation of its timer", from: "event.generation === state.probationGeneration ? Orders", to: "event.generation !== 0 ? Orders", catches: "walk" },
  {
    breaks: "an end in its probation is one like any other",
    from: "Orders.ended(event.exit, now.atMillis - state.sinceMillis, upgrade))",
    to: "Orders.ended(event.exit, now.atMillis - state.sinceMillis))"
  },
  {
    breaks: "a stop in Probation leaves the upgrade unrecorded",
    from: "StopReason.AskedInProbation({ upgrade, commit: \"due\" })",
    to: "StopReason.Asked()"
  },
  {
    breaks: "the height that was applied is not remembered",
    from: "{ ...state, memory: Orders.applied(state.memory, state.upgrade) }",
    to: "state"
  },
  { breaks: "a refused record is not tried again", from: "const { state: after, actions } = next._tag === \"Run\"\n", to: "const { state: after, actions } = next._tag !== next._tag\n" },
  { breaks: "Committing ignores the end of the node", from: "      return endedWhileCommitting(state, event, now)\n", to: "      return stay(state)\n" },
  { breaks: "Committing starts again after a stop request", from: "return to({ ...state, next: CommitThen.Stop() }, notice)", to: "return to(state, notice)" }
])

const steps = of("src/machine/Step.ts", [
  { breaks: "Waiting is treated like a node that waits for its restart", from: "Down.waiting(policy, state, event, now)", to: "Down.backingOff(policy, state, event)" }
])

export const machineUp = [...up, ...node, ...trial, ...steps]
