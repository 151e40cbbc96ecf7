// Walks every pair of state and world that a run can come into, from every beginning. Breadth first, so that the way to a pair is
// the shortest one.
import type { Action } from "../../src/machine/Action.ts"
import type { Event } from "../../src/machine/Event.ts"
import { begin, type Found } from "../../src/machine/Recovery.ts"
import type { State, Step } from "../../src/machine/State.ts"
import { step } from "../../src/machine/Step.ts"
import { type Beginning, beginningsWith } from "./Beginnings.ts"
import { canonical } from "./Canonical.ts"
import { now } from "./Cast.ts"
import { type Fact, facts } from "./Facts.ts"
import type { Setting } from "./Settings.ts"
import { wordsOfEvent, wordsOfFound } from "./Words.ts"
import { ofFound, take, type World } from "./World.ts"

export interface Pair {
  readonly id: number
  readonly state: State
  readonly world: World
  /** How it was come to first: by a fact, or by a beginning. */
  readonly by: { readonly event: Event; readonly from: Pair } | { readonly found: Found }
}

/** One step of the walk: a fact that comes in a pair, or a beginning. `before` is the world in which the orders were given. */
export interface Transition {
  readonly by: Pair["by"]
  readonly before: World
  readonly to: Pair
  readonly actions: ReadonlyArray<Action>
}

export interface Walked {
  readonly pairs: ReadonlyArray<Pair>
  /** Whether all of them were gone on from. */
  readonly isComplete: boolean
  readonly transitions: number
  /** For each pair, the pairs that are one fact away; and those that follow by themselves. */
  readonly next: ReadonlyArray<ReadonlyArray<number>>
  readonly calmly: ReadonlyArray<ReadonlyArray<number>>
}

/** Several times what the largest walk comes to. */
const mostPairs = 100_000

export const walk = (setting: Setting, look: (transition: Transition) => void): Walked => {
  const { enter, pairs } = makePairs()
  const next: Array<Array<number>> = []
  const calmly: Array<Array<number>> = []
  let transitions = 0

  const start = ({ confirmed, found }: Beginning): void => {
    const [by, before] = [{ found }, ofFound(found, confirmed)]
    const first = begin(setting.policy, found, now)
    transitions += 1
    look({ by, before, to: enter(first, before, by), actions: first.actions })
  }
  const follow = (from: Pair, { calm, event, world }: Fact): void => {
    const by = { event, from }
    const taken = step(setting.policy, from.state, event, now)
    const changesNothing = taken.state === from.state && taken.actions.length === 0 && world === from.world
    const to = changesNothing ? from : enter(taken, world, by)
    transitions += 1
    if (!changesNothing) next[from.id]?.push(to.id)
    if (calm) calmly[from.id]?.push(to.id)
    look({ by, before: world, to, actions: taken.actions })
  }

  beginningsWith(setting.looks).forEach(start)
  for (const pair of pairs) {
    if (pairs.length > mostPairs) break
    next.push([])
    calmly.push([])
    for (const fact of facts(setting, pair.state, pair.world)) follow(pair, fact)
  }
  return { pairs, isComplete: pairs.length <= mostPairs, transitions, next, calmly }
}

/** The pairs that were come to so far; one that was come to before is the same pair. */
const makePairs = () => {
  const pairs: Array<Pair> = []
  const known = new Map<string, Pair>()
  const enter = ({ actions, state }: Step, before: World, by: Pair["by"]): Pair => {
    const { key, world } = canonical(state, actions.reduce(take, before))
    const met = known.get(key)
    if (met !== undefined) return met
    const pair = { id: pairs.length, state, world, by }
    known.set(key, pair)
    pairs.push(pair)
    return pair
  }
  return { enter, pairs }
}

/** The shortest way to a pair, or by a transition, a fact a line. */
export const wayTo = ({ by, state }: Pick<Pair, "by" | "state">): ReadonlyArray<string> =>
  "event" in by
    ? [...wayTo(by.from), `${wordsOfEvent(by.event)} -> ${state._tag}`]
    : [`${wordsOfFound(by.found)} -> ${state._tag}`]
