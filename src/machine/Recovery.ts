// Where a run begins: a total function over what the last one left behind, the link, the record in flight and the node that outlived it.
import type { InFlight } from "../domain/Journal.ts"
import type { PlanLook } from "../domain/Readiness.ts"
import type { Release } from "../domain/Release.ts"
import { Action } from "./Action.ts"
import type { Now } from "./Event.ts"
import * as Node from "./Node.ts"
import { Notice } from "./Notice.ts"
import * as Orders from "./Orders.ts"
import * as Plans from "./Plans.ts"
import * as RestartBudget from "./RestartBudget.ts"
import { type Memory, type Policy, type Step, StopReason, to } from "./State.ts"

/** A node of this home that was found running. */
export interface Survivor {
  readonly pid: number
  readonly release: Release
  readonly sameArguments: boolean
  /** SIGTERM was sent to it already; it does not get a second one. */
  readonly stopSent: boolean
}

/** What is found at the start. */
export interface Found {
  readonly current: Release
  readonly appliedHeight: bigint | undefined
  readonly failedDigests: ReadonlyArray<string>
  readonly inFlight: InFlight | undefined
  readonly survivor: Survivor | undefined
  readonly look: PlanLook
}

export const begin = (policy: Policy, found: Found, now: Now): Step => {
  const { memory, says } = Plans.remember(
    {
      current: found.current,
      appliedHeight: found.appliedHeight,
      failedDigests: found.failedDigests,
      look: found.look,
      told: [],
      budget: RestartBudget.full,
      everStarted: false,
      unrecorded: undefined,
      generation: 0
    },
    found.look
  )
  const { survivor } = found
  const { state, actions } = survivor === undefined
    ? withoutChild(memory, found.inFlight, now, Orders.switchNow)
    : withSurvivor(policy, { ...memory, everStarted: true }, survivor, found.inFlight, now)
  return to(state, ...says, ...actions)
}

const withSurvivor = (policy: Policy, memory: Memory, survivor: Survivor, inFlight: InFlight | undefined, now: Now): Step => {
  const fits = survivor.release === memory.current && survivor.sameArguments && !survivor.stopSent
  const node = { memory, pid: survivor.pid, sinceMillis: now.atMillis }
  if (inFlight === undefined && fits) return takenOver(Orders.consider(memory, node), survivor)
  if (inFlight?.step === "probation" && fits && survivor.release === inFlight.upgrade.to) {
    return takenOver(Node.onTrial(policy, node, inFlight.upgrade), survivor)
  }
  const forUpgrade = inFlight?.step === "stop" && survivor.release === inFlight.upgrade.from
  const reason = forUpgrade ? StopReason.ForUpgrade({ upgrade: inFlight.upgrade }) : StopReason.Misfit({ inFlight })
  const { state, actions } = Orders.stop(memory, now, { pid: survivor.pid, requests: 0, stopSent: survivor.stopSent }, policy, reason)
  return to(state, Action.Adopt(), Orders.say(Notice.NodeMisfit({ release: survivor.release, pid: survivor.pid, isStopping: survivor.stopSent })), ...actions)
}

const takenOver = ({ actions, state }: Step, survivor: Survivor): Step =>
  to(state, Action.Adopt(), Orders.say(Notice.NodeTakenOver({ release: survivor.release, pid: survivor.pid })), ...actions)

/** How an upgrade goes on that finds no node: at once, or, where one has just ended, after the delay that the operator set. */
type CarryOut = typeof Orders.switchNow

/** No child runs: an upgrade that was cut off is finished or undone before anything is started. */
export const withoutChild = (memory: Memory, inFlight: InFlight | undefined, now: Now, carryOut: CarryOut): Step => {
  if (inFlight === undefined) {
    const upgrade = Plans.ready(memory)
    if (upgrade === undefined) return Orders.start(memory, now.atMillis)
    return Orders.announced(carryOut(memory, now.atMillis, upgrade), upgrade)
  }
  const { state, actions } = resume(memory, inFlight, now, carryOut)
  return to(state, Orders.say(Notice.UpgradeResumed({ upgrade: inFlight.upgrade, step: inFlight.step })), ...actions)
}

const resume = (memory: Memory, { step, upgrade, why }: InFlight, now: Now, carryOut: CarryOut): Step => {
  switch (step) {
    case "stop":
    case "switch": {
      const target = Plans.latest(memory, upgrade)
      return target === undefined
        ? Orders.undo(memory, now.atMillis, { upgrade, why: Orders.why.withdrawn, verdict: "abandoned", then: "run" })
        : Orders.retargeted(carryOut(memory, now.atMillis, target), upgrade, target)
    }
    case "probation":
      return memory.current === upgrade.to
        ? Orders.start(memory, now.atMillis, { trial: upgrade })
        : carryOut(memory, now.atMillis, upgrade)
    case "roll-back":
      return Orders.undo(memory, now.atMillis, { upgrade, why: why ?? "it was being rolled back", verdict: "failed", then: "run" })
  }
}
