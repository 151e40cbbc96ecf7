// Facts and orders in a few words, for messages, for the transcripts and for the page that is printed from the walk.
import { describe } from "../../src/domain/ChildExit.ts"
import { span } from "../../src/domain/GoDuration.ts"
import { exitStatus } from "../../src/domain/Outcome.ts"
import type { PlanLook } from "../../src/domain/Readiness.ts"
import type { Action } from "../../src/machine/Action.ts"
import type { Event } from "../../src/machine/Event.ts"
import type { Found } from "../../src/machine/Recovery.ts"
import type { State } from "../../src/machine/State.ts"

export const wordsOfLook = (look: PlanLook): string => {
  switch (look._tag) {
    case "Absent":
      return "no plan"
    case "Unusable":
      return "an unusable plan"
    case "Found":
      return look.readiness._tag === "Ready" ? `${look.plan.name}, ready` : `${look.plan.name}, not ready`
  }
}

export const wordsOfEvent = (event: Event): string => {
  switch (event._tag) {
    case "StopRequested":
      return event.counts ? "StopRequested" : "StopRequested by a scope"
    case "Looked":
      return `Looked: ${wordsOfLook(event.look)}`
    case "ChildExited":
      return `ChildExited: ${describe(event.exit)}${event.leftovers ? ", with leftovers" : ""}`
    case "Rang":
      return `Rang: ${event.timer}`
    default:
      return event._tag
  }
}

export const wordsOfState = (state: State): string => {
  switch (state._tag) {
    case "Stopping":
    case "Settling":
      return `${state._tag} (${state.reason._tag})`
    case "Done":
      return `Done (${state.outcome._tag}, exit status ${exitStatus(state.outcome)})`
    default:
      return state._tag
  }
}

export const wordsOfAction = (action: Action): string => {
  switch (action._tag) {
    case "Say":
      return `say ${action.notice._tag}`
    case "Spawn":
      return `Spawn ${action.release}`
    case "StartTimer":
      return `StartTimer ${action.timer}, ${span(action.afterMillis)}`
    case "Record":
    case "Switch":
    case "Commit":
      return `${action._tag} ${action.upgrade.name}`
    case "Undo":
      return `Undo ${action.upgrade.name} (${action.verdict})`
    default:
      return action._tag
  }
}

export const wordsOfFound = ({ appliedHeight, current, failedDigests, inFlight, look, survivor }: Found): string =>
  [
    `begin: current ${current}`,
    wordsOfLook(look),
    ...(inFlight === undefined ? [] : [`in flight ${inFlight.step} ${inFlight.upgrade.from} -> ${inFlight.upgrade.to}`]),
    ...(survivor === undefined ? [] : [`survivor ${survivor.release}${survivor.sameArguments ? "" : ", other arguments"}${survivor.stopSent ? ", SIGTERM sent" : ""}`]),
    ...(appliedHeight === undefined ? [] : [`applied ${appliedHeight}`]),
    ...(failedDigests.length === 0 ? [] : [`failed ${failedDigests.join()}`])
  ].join("; ")
