// Every decision: what follows from a fact in a situation. Pure; the clock and chance come in with the fact.
import type { Event, Now } from "./Event.ts"
import * as Down from "./Down.ts"
import { type Policy, type State, stay, type Step } from "./State.ts"
import { settling } from "./Settling.ts"
import { stopping } from "./Stopping.ts"
import * as Trial from "./Trial.ts"
import * as Up from "./Up.ts"

/** Takes one fact. The orders of a step are carried out before the next fact is taken. */
export const step = (policy: Policy, state: State, event: Event, now: Now): Step => {
  switch (state._tag) {
    case "Starting":
      return Up.starting(policy, state, event, now)
    case "Running":
      return Up.running(policy, state, event, now)
    case "Recording":
      return Up.recording(policy, state, event, now)
    case "Stopping":
      return stopping(policy, state, event, now)
    case "Settling":
      return settling(policy, state, event, now)
    case "Delaying":
      return Down.delaying(state, event)
    case "Switching":
      return Down.switching(policy, state, event)
    case "Probation":
      return Trial.probation(policy, state, event, now)
    case "Committing":
      return Trial.committing(policy, state, event, now)
    case "RollingBack":
      return Down.rollingBack(policy, state, event)
    case "BackingOff":
      return Down.backingOff(policy, state, event)
    case "Waiting":
      return Down.waiting(policy, state, event, now)
    case "Done":
      return stay(state)
  }
}
