// What must hold of every order and of every pair in the walk, each promise with the test that finds it broken.
import { exitStatus } from "../../src/domain/Outcome.ts"
import type { Action } from "../../src/machine/Action.ts"
import type { Event } from "../../src/machine/Event.ts"
import type { State } from "../../src/machine/State.ts"
import { stale } from "./Facts.ts"
import type { Setting } from "./Settings.ts"
import type { Pair, Transition, Walked } from "./Walk.ts"
import { linkMoves, type World } from "./World.ts"

type Of<Tag extends Action["_tag"]> = Extract<Action, { readonly _tag: Tag }>
const isStart = (action: Action): action is Of<"Spawn"> => action._tag === "Spawn"
const movesLink = (action: Action): action is Of<"Switch" | "Undo"> => action._tag === "Switch" || action._tag === "Undo"
const begins = (action: Action): action is Of<"Record" | "Switch"> => action._tag === "Record" || action._tag === "Switch"
const hasChild = ({ child, spawning }: World): boolean => child !== "none" || spawning

/** Of an order, in the world in which it is given. */
export const ofOrders: Readonly<Record<string, (action: Action, world: World, transition: Transition) => boolean>> = {
  "starts no child while one lives, is being started, or has left others behind": (action, world) => !isStart(action) || !hasChild(world),
  "starts no child while the link may move, and then what the link points to": (action, world) =>
    !isStart(action) || (!linkMoves(world) && action.release === world.link),
  "moves the link only while no child lives, is being started, or has left others behind": (action, world) => !movesLink(action) || !hasChild(world),
  "gives one order at a time that moves the link": (action, world) => !movesLink(action) || !linkMoves(world),
  "starts nothing after a stop request": (action, world) => !isStart(action) || !world.stopAsked,
  "begins no upgrade after a stop request": (action, world) => !begins(action) || !world.stopAsked,
  "orders SIGTERM once for a child, and none for one that had it before it was taken over": (action, world) =>
    action._tag !== "Terminate" || (world.child === "alive" && world.terms === 0),
  "asks the rest of a group to end once, after the child itself": (action, world) => action._tag !== "TerminateGroup" || world.child === "leftovers",
  "kills only what is there": (action, world) => action._tag !== "Kill" || world.child !== "none",
  "never begins an upgrade again that is recorded as failed": (action, world) => !begins(action) || !world.failedDigests.includes(action.upgrade.digest),
  "never begins an upgrade below the height of the one applied last": (action, world) =>
    !begins(action) || world.appliedHeight === undefined || action.upgrade.height >= world.appliedHeight,
  "confirms only the upgrade that the link points to": (action, world) =>
    action._tag !== "Commit" || (action.upgrade.to === world.link && !linkMoves(world)),
  "rolls nothing back as failed that has lived through its probation": (action, world) =>
    action._tag !== "Undo" || action.verdict !== "failed" || action.upgrade.digest !== world.passed?.digest,
  "confirms a release that ended in its probation only when a newer plan is ready": (action, world, { to }) =>
    action._tag !== "Commit" || action.upgrade.digest !== world.endedOnTrial || hasNewer(to.state, action.upgrade.digest),
  "rolls back a release that ended in its probation, unless a newer plan is ready": (action, world, { to }) =>
    action._tag !== "Undo" || action.upgrade.digest !== world.endedOnTrial || (action.verdict === "failed" && !hasNewer(to.state, action.upgrade.digest)),
  "records as failed only what ended in its probation, could not be started whatever else the system does, was refused by a step that blames it, or was being rolled back already": (action, world, { by }) =>
    action._tag !== "Undo" || action.verdict !== "failed" || action.upgrade.digest === world.endedOnTrial || (isOf(by, "ChildNotStarted") && !by.event.isPassing) ||
    (isOf(by, "NotSwitched") && by.event.verdict === "failed") || wasRollingBack(by)
}

const wasRollingBack = (by: Transition["by"]): boolean => {
  if ("found" in by) return by.found.inFlight?.step === "roll-back"
  const { state } = by.from
  if (state._tag === "RollingBack") return state.verdict === "failed"
  return state._tag === "Stopping" && state.reason._tag === "Misfit" && state.reason.inFlight?.step === "roll-back"
}

/** Written without the machine's own notion of it, so that the two check each other. */
const hasNewer = ({ memory }: State, digest: string): boolean => {
  const { appliedHeight, current, failedDigests, look } = memory
  return look._tag === "Found" && look.readiness._tag === "Ready" && look.digest !== digest && look.release !== current &&
    (appliedHeight === undefined || look.plan.height >= appliedHeight) && !failedDigests.includes(look.digest)
}

/** Of one step: what was, the fact, and what came of it. */
export const ofSteps: Readonly<Record<string, (transition: Transition) => boolean>> = {
  "kills at a person's third request, and at no other": ({ actions, before, by }) =>
    !isOf(by, "StopRequested") || before.child === "none" || actions.some(isKill) === (by.event.counts && before.requests === 3),
  "kills a child as soon as it is there when three requests came before it": ({ actions, before, by }) =>
    !isOf(by, "ChildStarted") || before.requests < 3 || actions.some(isKill),
  "takes no ring of a timer that it does not wait for any more": ({ actions, by, to }) =>
    !isOf(by, "Rang") || by.event.generation !== stale || (to === by.from && actions.length === 0),
  "judges an end, or goes on, only by the look that it ordered for it": ({ by, to }) =>
    !isOf(by, "Looked") || by.from.state._tag !== "Settling" || by.event.answers > 0 || to.state._tag === "Settling",
  "starts the old release after a roll-back, when it starts anything": ({ actions, by }) =>
    !isOf(by, "Undone") || actions.every((action) => !isStart(action) || (by.from.state._tag === "RollingBack" && action.release === by.from.state.upgrade.from))
}

const isKill = ({ _tag }: Action): boolean => _tag === "Kill"
const isOf = <Tag extends Event["_tag"]>(by: Transition["by"], tag: Tag): by is { readonly event: Extract<Event, { readonly _tag: Tag }>; readonly from: Pair } =>
  "event" in by && by.event._tag === tag

/** Nothing has to happen any more. */
export const isAtRest = ({ state, world }: Pair): boolean => {
  switch (state._tag) {
    case "Done":
      return true
    case "Running":
      return world.child === "alive" && world.terms === 0 && world.disk.length === 0 && state.holdGeneration === 0
    case "Waiting":
      return !hasChild(world) && world.disk.length === 0 && state.retryGeneration === 0 && state.memory.look._tag === "Found" && state.memory.look.readiness._tag === "NotReady"
    default:
      return false
  }
}

/** The disk has nothing to do, and the link is not being moved: what the machine remembers must be what is there. */
const isSettled = ({ state, world }: Pair): boolean => world.disk.length === 0 && state._tag !== "RollingBack" && state._tag !== "Done"

/** The record of a next upgrade takes the one before it for done, also when the step after that is refused; then it is recorded twice. */
const knowsHeight = ({ state: { memory: { appliedHeight, unrecorded } }, world }: Pair): boolean => {
  if (unrecorded === undefined) return appliedHeight === world.appliedHeight
  return appliedHeight === unrecorded.height && (unrecorded.digest === world.passed?.digest || world.appliedHeight === appliedHeight)
}

/** Of a state together with the world. */
export const ofPairs: Readonly<Record<string, (pair: Pair, setting: Setting) => boolean>> = {
  "is not done while a child lives, is being started, or has left others behind": ({ state, world }) => state._tag !== "Done" || !hasChild(world),
  "is not done while the disk has an order to carry out": ({ state, world }) => state._tag !== "Done" || world.disk.length === 0,
  "ends with 0 when a stop was asked for": ({ state, world }) => state._tag !== "Done" || !world.stopAsked || exitStatus(state.outcome) === 0,
  "says that it was stopped only when that was asked for": ({ state, world }) => state._tag !== "Done" || state.outcome._tag !== "Stopped" || world.stopAsked,
  "comes to rest nowhere but at its end when a stop was asked for": (pair) => pair.state._tag === "Done" || !pair.world.stopAsked || !isAtRest(pair),
  "knows what the link points to": (pair) => !isSettled(pair) || pair.state.memory.current === pair.world.link,
  "knows which height was applied last, also when the disk refused to record it": (pair) => !isSettled(pair) || knowsHeight(pair),
  "runs on with a record that the disk refused only while it waits to try again": ({ state }) =>
    state._tag !== "Running" || state.memory.unrecorded === undefined || state.holdGeneration !== 0,
  "waits for a release with a record that the disk refused only while that is to be tried again": ({ state, world }) =>
    state._tag !== "Waiting" || state.memory.unrecorded === undefined || world.timers.get("Retry") === state.retryGeneration,
  "ends with an upgrade that counts as done and is not recorded only when the disk refused that": ({ state, world }, { diskRefuses }) =>
    state._tag !== "Done" || world.passed === undefined || diskRefuses,
  "knows which plans have failed": (pair) => !isSettled(pair) || pair.state.memory.failedDigests.join() === pair.world.failedDigests.join(),
  "comes to rest with the old release, unless the new one has passed or the upgrade is still on record": (pair) =>
    !isAtRest(pair) || [pair.world.confirmed, pair.world.passed?.to].includes(pair.world.link) || pair.world.open !== "no",
  "comes to rest with every upgrade it took up done or undone, while the disk refuses nothing": (pair, { diskRefuses }) =>
    diskRefuses || !isAtRest(pair) || pair.world.open === "found" || (pair.world.link === pair.world.confirmed && pair.world.open === "no"),
  "forgets no release that ended in its probation": (pair) => !isAtRest(pair) || pair.world.endedOnTrial === undefined
}

/** Of all pairs together: each finds the first one that breaks it. */
export const ofWalks: Readonly<Record<string, (walked: Walked) => Pair | undefined>> = {
  "comes into a bounded number of situations": ({ isComplete, pairs }) => isComplete ? undefined : pairs.at(-1),
  "comes to rest by itself once nothing happens any more": ({ calmly, isComplete, pairs }) => {
    if (!isComplete) return undefined
    const restless = findRestless(pairs, calmly)
    return pairs.find((pair) => restless.has(pair.id))
  },
  "can be brought to its end from everywhere": ({ isComplete, next, pairs }) => {
    if (!isComplete) return undefined
    const ending = findEnding(pairs, next)
    return pairs.find((pair) => !ending.has(pair.id))
  }
}

/** Pairs that nothing leads on from though they are not at rest, and pairs that lead back to themselves. */
const findRestless = (pairs: ReadonlyArray<Pair>, calmly: Walked["calmly"]): ReadonlySet<number> => {
  const open = calmly.map((targets) => targets.length)
  const before = invert(calmly)
  const quiet = pairs.filter((pair) => open[pair.id] === 0 && isAtRest(pair)).map(({ id }) => id)
  const restless = new Set(pairs.map(({ id }) => id))
  for (const id of quiet) {
    restless.delete(id)
    for (const earlier of before[id] ?? []) {
      const left = (open[earlier] ?? 0) - 1
      open[earlier] = left
      if (left === 0) quiet.push(earlier)
    }
  }
  return restless
}

const findEnding = (pairs: ReadonlyArray<Pair>, next: Walked["next"]): ReadonlySet<number> => {
  const before = invert(next)
  const ending = new Set(pairs.filter(({ state }) => state._tag === "Done").map(({ id }) => id))
  for (const id of ending) for (const earlier of before[id] ?? []) ending.add(earlier)
  return ending
}

const invert = (edges: ReadonlyArray<ReadonlyArray<number>>): ReadonlyArray<ReadonlyArray<number>> => {
  const before = edges.map((): Array<number> => [])
  edges.forEach((targets, from) => targets.forEach((target) => before[target]?.push(from)))
  return before
}
