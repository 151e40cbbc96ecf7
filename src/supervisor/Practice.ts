// An upgrade, decided and put into words in memory while the node runs: code that runs for the first time takes two to three times as long,
// and the next time it runs the node may be down. Touches nothing and is told to nobody.
import { ChildExit } from "../domain/ChildExit.ts"
import { PlanLook, Readiness } from "../domain/Readiness.ts"
import { inUpgrades, type Release } from "../domain/Release.ts"
import type { Upgrade } from "../domain/Upgrade.ts"
import { Height, make } from "../domain/UpgradePlan.ts"
import type { Action } from "../machine/Action.ts"
import { Event } from "../machine/Event.ts"
import { begin } from "../machine/Recovery.ts"
import type { Policy, State } from "../machine/State.ts"
import { step } from "../machine/Step.ts"
import { lineOf } from "./Wording.ts"

/** An upgrade that nobody asked for, to the release that runs. */
export const upgradeOf = (current: Release): Upgrade => ({ name, height: Height.make(1n), digest, from: current, to: current })

const name = "practice"
const digest = "0".repeat(64)

/** What the log would say, and where it ends: with the new release, its probation over. */
export interface Practised {
  readonly state: State
  readonly lines: ReadonlyArray<string>
}

export const upgrade = (policy: Policy, current: Release): Practised => {
  const nothing = { appliedHeight: undefined, failedDigests: [], inFlight: undefined, survivor: undefined, look: PlanLook.Absent() }
  const look = PlanLook.Found({ plan: make(name, 1n), digest, release: inUpgrades(name), readiness: Readiness.Ready() })
  const answer = answering(look)
  const now = { atMillis: 0, roll: 0 }
  const lines = new Array<string>()
  const first = begin(policy, { current, ...nothing }, now)
  const due = [...first.actions.flatMap(answer), Event.Looked({ look, answers: 0 })]
  let state = first.state
  for (let event = due.shift(); event !== undefined; event = due.shift()) {
    const next = step(policy, state, event, now)
    for (const action of next.actions) if (action._tag === "Say") lines.push(lineOf(action.notice).text)
    due.push(...next.actions.flatMap(answer))
    state = next.state
  }
  return { state, lines }
}

/** The fact that follows when all goes well. */
const answering = (look: PlanLook) => (action: Action): ReadonlyArray<Event> => {
  switch (action._tag) {
    case "Spawn":
      return [Event.ChildStarted({ pid: 1 })]
    case "Terminate":
      return [Event.ChildExited({ exit: ChildExit.Code({ code: 0 }), leftovers: false })]
    case "StartTimer":
      return action.timer === "Probation" || action.timer === "Delay" ? [Event.Rang({ timer: action.timer, generation: action.generation })] : []
    case "LookAtPlan":
      return [Event.Looked({ look, answers: action.generation })]
    case "Record":
      return [Event.Recorded()]
    case "Switch":
      return [Event.Switched()]
    case "Commit":
      return [Event.Committed()]
    case "Say":
    case "Adopt":
    case "TerminateGroup":
    case "Kill":
    case "Undo":
      return []
  }
}
