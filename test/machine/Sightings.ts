// What was seen on the walks: from which situation, by which fact, with which orders, to which situation; and how runs began.
import type { Action } from "../../src/machine/Action.ts"
import type { Found } from "../../src/machine/Recovery.ts"
import type { Transition } from "./Walk.ts"

/** From a state, or from what was found, by a fact, to a state. */
export interface Sighting {
  readonly from: string
  readonly event: string
  readonly to: string
  /** The lists of orders that were given on the way, each in words. */
  readonly orders: Set<string>
}

export interface Sightings {
  readonly steps: Map<string, Sighting>
  readonly beginnings: Map<string, Sighting>
}

export const nothingSeen = (): Sightings => ({ steps: new Map(), beginnings: new Map() })

/** Facts that changed nothing are not kept. */
export const note = (seen: Sightings, { actions, by, to }: Transition): void => {
  if ("found" in by) see(seen.beginnings, recordOf(by.found), survivorOf(by.found), to.state._tag, actions)
  else if (by.from !== to || actions.some(isOrder)) see(seen.steps, by.from.state._tag, by.event._tag, to.state._tag, actions)
}

const isOrder = ({ _tag }: Action): boolean => _tag !== "Say"

const see = (map: Map<string, Sighting>, from: string, event: string, to: string, actions: ReadonlyArray<Action>): void => {
  const key = `${from} ${event} ${to}`
  const sighting = map.get(key) ?? { from, event, to, orders: new Set() }
  map.set(key, sighting)
  sighting.orders.add(actions.filter(isOrder).map(nameOf).join(", "))
}

const nameOf = (action: Action): string => {
  switch (action._tag) {
    case "StartTimer":
      return `StartTimer ${action.timer}`
    case "Undo":
      return `Undo as ${action.verdict}`
    default:
      return action._tag
  }
}

/** What the state file can have in flight, and what can still run, as the page names it. */
export const records = ["nothing", "`stop`", "`switch`", "`probation`", "`roll-back`"]
export const survivors = ["none", "one that fits", "one with other arguments", "one of another release", "one that got SIGTERM"]

const recordOf = ({ inFlight }: Found): string => inFlight === undefined ? "nothing" : `\`${inFlight.step}\``

const survivorOf = ({ current, survivor }: Found): string => {
  if (survivor === undefined) return "none"
  if (survivor.stopSent) return "one that got SIGTERM"
  if (survivor.release !== current) return "one of another release"
  return survivor.sameArguments ? "one that fits" : "one with other arguments"
}
