// Tells one run of the machine: facts in, with their times; situations and orders out, as text for people.
import { span } from "../../src/domain/GoDuration.ts"
import type { PlanLook } from "../../src/domain/Readiness.ts"
import type { Timer } from "../../src/machine/Action.ts"
import { Event } from "../../src/machine/Event.ts"
import { begin, type Found } from "../../src/machine/Recovery.ts"
import type { Policy, Step } from "../../src/machine/State.ts"
import { step } from "../../src/machine/Step.ts"
import { found, policy } from "./Cast.ts"
import { wordsOfAction, wordsOfEvent, wordsOfFound, wordsOfState } from "./Words.ts"

/** A fact; or a timer, or a look that was ordered, with the generation that it was ordered with last. */
export type Fact = Event | { readonly rings: Timer } | { readonly finds: PlanLook }

export interface Story {
  readonly policy?: Partial<Policy>
  readonly found?: Partial<Found>
  /** Each fact with the second in which it comes. */
  readonly facts: ReadonlyArray<readonly [number, Fact]>
}

export const tell = (story: Story): string => {
  const [rules, beginning] = [{ ...policy, ...story.policy }, found(story.found)]
  let now = begin(rules, beginning, { atMillis: 0, roll: 0.5 })
  const ordered = new Map<string, number>()
  const lines = [wordsOfFound(beginning), ...outcomeOf(now)]
  for (const [seconds, fact] of story.facts) {
    remember(ordered, now)
    const event = eventOf(fact, ordered)
    now = step(rules, now.state, event, { atMillis: seconds * 1000, roll: 0.5 })
    lines.push("", `${span(seconds * 1000)} ${wordsOfEvent(event)}`, ...outcomeOf(now))
  }
  return `${lines.join("\n")}\n`
}

const outcomeOf = ({ actions, state }: Step): ReadonlyArray<string> => [
  ...actions.map((action) => `    ${wordsOfAction(action)}`),
  `  = ${wordsOfState(state)}`
]

const remember = (ordered: Map<string, number>, { actions }: Step): void => {
  for (const action of actions) {
    if (action._tag === "StartTimer") ordered.set(action.timer, action.generation)
    if (action._tag === "LookAtPlan") ordered.set("look", action.generation)
  }
}

const eventOf = (fact: Fact, ordered: ReadonlyMap<string, number>): Event => {
  if ("_tag" in fact) return fact
  return "rings" in fact
    ? Event.Rang({ timer: fact.rings, generation: ordered.get(fact.rings) ?? 0 })
    : Event.Looked({ look: fact.finds, answers: ordered.get("look") ?? 0 })
}
