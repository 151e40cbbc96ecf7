// Ways to break what all situations share: `src/machine/{Orders,Plans,Recovery,RestartBudget}.ts`, and the tables of facts and orders.
import { of } from "./Mutation.ts"

const orders = of("src/machine/Orders.ts", [
  { breaks: "a record that the disk refused is not tried a last time", from: "if (memory.unrecorded === undefined) return finish(memory, Outcome.Stopped(), ...says)", to: "if (says !== undefined) return finish(memory, Outcome.Stopped(), ...says)" },
  { breaks: "the timer of a record that was refused is not started while a release is waited for", from: "retryGeneration: retry.generation }), retry.order)", to: "retryGeneration: retry.generation }))" },
  { breaks: "the node is stopped before the upgrade is recorded", from: "to(State.Recording({ memory, pid, sinceMillis, upgrade }), Action.Record({ upgrade }))", to: "to(State.Recording({ memory, pid, sinceMillis, upgrade }), Action.Terminate(), Action.Record({ upgrade }))" },
  { breaks: "a node that had its SIGTERM gets another", from: "...(child.stopSent ? [] : [", to: "...(false ? [] : [" },
  { breaks: "the grace is not timed", from: "[progress.order, ...(Number.isFinite(policy.graceMillis) ? [grace.order] : [])]", to: "[progress.order]" },
  { breaks: "the plan is not read once more before an end is judged", from: "    Action.LookAtPlan({ generation })\n", to: "" },
  { breaks: "the switch is ordered twice", from: "then: \"run\" }), Action.Switch({ upgrade }))", to: "then: \"run\" }), Action.Switch({ upgrade }), Action.Switch({ upgrade }))" },
  { breaks: "an upgrade is undone without an order", from: "    Action.Undo({ upgrade, why, verdict })\n", to: "" },
  { breaks: "a node that ended with 0 is started again", from: "if (isClean(end.exit) || !policy.restartOnFailure)", to: "if (!policy.restartOnFailure)" }
])

const plans = of("src/machine/Plans.ts", [
  { breaks: "a plan at the applied height is passed over (<= for <)", from: "height < appliedHeight) return", to: "height <= appliedHeight) return" },
  { breaks: "a plan below the applied height is carried out", from: "  if (appliedHeight !== undefined && height < appliedHeight) return \"passed over\"\n", to: "" },
  { breaks: "a plan that failed is carried out again", from: "return failedDigests.includes(digest) ? \"failed\" : \"pending\"", to: "return \"pending\"" },
  { breaks: "an upgrade begins though its release is not ready", from: "found?.readiness._tag === \"Ready\" ? upgradeTo(found, memory) : undefined", to: "found === undefined ? undefined : upgradeTo(found, memory)" },
  { breaks: "a plan that became unusable ends the upgrade that has begun", from: "if (look._tag === \"Unusable\" || look.digest === begun.digest) return begun", to: "if (look._tag === \"Unusable\") return undefined\n  if (look.digest === begun.digest) return begun" },
  { breaks: "a complaint is made again and again", from: "complaint === undefined || memory.told.includes(complaint.key)", to: "complaint === undefined" }
])

const recovery = of("src/machine/Recovery.ts", [
  { breaks: "a plan that took the place of another is not announced", from: "Orders.retargeted(carryOut(memory, now.atMillis, target), upgrade, target)", to: "carryOut(memory, now.atMillis, target)" },
  { breaks: "what failed is forgotten at the start", from: "failedDigests: found.failedDigests,", to: "failedDigests: []," },
  { breaks: "a node with other arguments is taken over", from: "survivor.release === memory.current && survivor.sameArguments && !survivor.stopSent", to: "survivor.release === memory.current && !survivor.stopSent" },
  { breaks: "a node that is stopping is taken over", from: "survivor.sameArguments && !survivor.stopSent\n", to: "survivor.sameArguments\n" },
  { breaks: "a node that was cut off in its probation is taken over without one", from: "takenOver(Node.onTrial(policy, node, inFlight.upgrade), survivor)", to: "takenOver(Orders.consider(memory, node), survivor)" },
  { breaks: "the stop for an upgrade that was cut off is a stop of a wrong node", from: "inFlight?.step === \"stop\" && survivor.release === inFlight.upgrade.from", to: "inFlight?.step === \"switch\" && survivor.release === inFlight.upgrade.to" },
  { breaks: "a node that was found is not attended", from: "to(state, Action.Adopt(), Orders.say(Notice.NodeTakenOver(", to: "to(state, Orders.say(Notice.NodeTakenOver(" },
  { breaks: "recovery starts a new release without its probation", from: "Orders.start(memory, now.atMillis, { trial: upgrade })", to: "Orders.start(memory, now.atMillis)" },
  { breaks: "recovery forgets that the upgrade failed", from: "\"it was being rolled back\", verdict: \"failed\", then: \"run\"", to: "\"it was being rolled back\", verdict: \"abandoned\", then: \"run\"" }
])

const budget = of("src/machine/RestartBudget.ts", [
  { breaks: "one restart too many (> for >=)", from: "recent.length >= policy.maxRestarts", to: "recent.length > policy.maxRestarts" },
  { breaks: "a restart at the edge of the period counts (>= for >)", from: "at > end.atMillis - policy.periodMillis", to: "at >= end.atMillis - policy.periodMillis" },
  { breaks: "a minute of life is one millisecond too short (> for >=)", from: "end.livedMillis >= steadyMillis", to: "end.livedMillis > steadyMillis" },
  { breaks: "a minute of life does not reset the delay", from: "end.livedMillis >= steadyMillis ? 0 : budget.streak", to: "budget.streak" }
])

export const machineRules = [...orders, ...plans, ...recovery, ...budget]
