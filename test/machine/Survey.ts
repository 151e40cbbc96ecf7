// Does all the walks, holds every step of them to the promises, and keeps what was seen for the page about the machine.
import type { Action } from "../../src/machine/Action.ts"
import { ofOrders, ofPairs, ofSteps, ofWalks } from "./Promises.ts"
import { type Setting, settings } from "./Settings.ts"
import { note, nothingSeen, type Sightings } from "./Sightings.ts"
import { type Pair, type Transition, walk, wayTo } from "./Walk.ts"
import { wordsOfAction } from "./Words.ts"
import { take, type World } from "./World.ts"

export interface Survey {
  readonly pairs: number
  readonly transitions: number
  /** For each promise that was broken, the shortest way to it. */
  readonly breaches: ReadonlyMap<string, string>
  readonly sightings: Sightings
}

export const promises = [ofOrders, ofSteps, ofPairs, ofWalks].flatMap((group) => Object.keys(group))

type Breach = (promise: string, way: () => ReadonlyArray<string>) => void

export const survey = (): Survey => {
  const breaches = new Map<string, string>()
  const sightings = nothingSeen()
  let [pairs, transitions] = [0, 0]
  for (const [name, setting] of Object.entries(settings)) {
    const breach: Breach = (promise, way) => {
      if (!breaches.has(promise)) breaches.set(promise, [`${name}:`, ...way()].join("\n  "))
    }
    const walked = walk(setting, (transition) => {
      judge(transition, breach)
      note(sightings, transition)
    })
    for (const pair of walked.pairs) judgePair(pair, setting, breach)
    for (const [promise, find] of Object.entries(ofWalks)) {
      const pair = find(walked)
      if (pair !== undefined) breach(promise, () => wayTo(pair))
    }
    pairs += walked.pairs.length
    transitions += walked.transitions
  }
  return { pairs, transitions, breaches, sightings }
}

const judge = (transition: Transition, breach: Breach): void => {
  for (const [promise, isKept] of steps) if (!isKept(transition)) breach(promise, () => wayOf(transition))
  let world: World = transition.before
  for (const action of transition.actions) {
    if (action._tag === "Say") continue
    for (const [promise, isKept] of orders) if (!isKept(action, world, transition)) breach(promise, () => wayOf(transition, action))
    world = take(world, action)
  }
}
const [steps, orders] = [Object.entries(ofSteps), Object.entries(ofOrders)]

const judgePair = (pair: Pair, setting: Setting, breach: Breach): void => {
  for (const [promise, isKept] of Object.entries(ofPairs)) if (!isKept(pair, setting)) breach(promise, () => wayTo(pair))
}

const wayOf = ({ actions, by, to }: Transition, culprit?: Action): ReadonlyArray<string> => [
  ...wayTo({ by, state: to.state }),
  `orders: ${actions.filter(({ _tag }) => _tag !== "Say").map(wordsOfAction).join(", ")}`,
  ...(culprit === undefined ? [] : [`the one at fault: ${wordsOfAction(culprit)}`])
]
