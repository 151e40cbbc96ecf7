// The outside, as the machine's orders change it: the child, the disk, the timers and the answers that are still to come.
import type { Release } from "../../src/domain/Release.ts"
import type { Upgrade } from "../../src/domain/Upgrade.ts"
import type { Action, Timer } from "../../src/machine/Action.ts"
import type { Found } from "../../src/machine/Recovery.ts"

/** Orders to the disk; they are carried out one after another, as they were given. */
export type DiskOrder = Extract<Action, { readonly _tag: "Record" | "Switch" | "Commit" | "Undo" }>

export interface World {
  /**
   * `found` outlived its wemixvisor and is not taken over yet; `leftovers` outlive the child itself, `swept` were asked to end.
   * A Spawn that is not answered yet is not a child: it may become one.
   */
  readonly child: "none" | "found" | "alive" | "leftovers" | "swept"
  /** The child was taken over: how it ends cannot be known. */
  readonly adopted: boolean
  /** How often the child was ordered to get SIGTERM. */
  readonly terms: number
  readonly spawning: boolean
  readonly disk: ReadonlyArray<DiskOrder>
  readonly looks: ReadonlyArray<number>
  readonly timers: ReadonlyMap<Timer, number>
  readonly link: Release
  /** The release that the link has to come back to unless the upgrade is confirmed. */
  readonly confirmed: Release
  /** Whether the state file has an upgrade in flight, which the next start finishes or undoes. `found`: since before the run, and untouched. */
  readonly open: "no" | "found" | "yes"
  readonly appliedHeight: bigint | undefined
  readonly failedDigests: ReadonlyArray<string>
  readonly stopAsked: boolean
  /** How often a person has asked since there was a child, or one that was being started. */
  readonly requests: number
  /** The plan whose release ended in its probation, until it is judged. */
  readonly endedOnTrial: string | undefined
  /** The upgrade that counts as done, whether or not the disk took that down: its release lived through its probation, or need not any more. */
  readonly passed: Upgrade | undefined
}

/** The world in which a run begins, before its first order. */
export const ofFound = ({ appliedHeight, current, failedDigests, inFlight, survivor }: Found, confirmed: Release): World => ({
  child: survivor === undefined ? "none" : "found",
  adopted: false,
  terms: survivor?.stopSent === true ? 1 : 0,
  spawning: false,
  disk: [],
  looks: [],
  timers: new Map(),
  link: current,
  confirmed,
  open: inFlight === undefined ? "no" : "found",
  appliedHeight,
  failedDigests,
  stopAsked: false,
  requests: 0,
  endedOnTrial: undefined,
  passed: undefined
})

/** Takes an order; what it brings about comes later, as a fact. */
export const take = (world: World, action: Action): World => {
  switch (action._tag) {
    case "Say":
    case "Kill":
      return world
    case "Spawn":
      return { ...world, spawning: true }
    case "Adopt":
      return world.child === "found" ? { ...world, child: "alive", adopted: true } : world
    case "Terminate":
      return { ...world, terms: world.terms + 1 }
    case "TerminateGroup":
      return world.child === "leftovers" ? { ...world, child: "swept" } : world
    case "StartTimer":
      return { ...world, timers: new Map([...world.timers, [action.timer, action.generation]]) }
    case "LookAtPlan":
      return action.generation === 0 ? world : { ...world, looks: [...world.looks, action.generation] }
    case "Record":
    case "Switch":
      return { ...world, disk: [...world.disk, action] }
    case "Commit":
      return { ...judged(world, action), passed: action.upgrade }
    case "Undo":
      return judged(world, action)
  }
}

const judged = (world: World, order: DiskOrder): World => ({
  ...world,
  disk: [...world.disk, order],
  endedOnTrial: order.upgrade.digest === world.endedOnTrial ? undefined : world.endedOnTrial
})

/** Whether the link is about to move, or may be moving. */
export const linkMoves = ({ disk }: World): boolean => disk.some(({ _tag }) => _tag === "Switch" || _tag === "Undo")

/** What an order leaves on the disk when it succeeds. */
export const succeeded = (world: World, order: DiskOrder): World => {
  const { upgrade } = order
  switch (order._tag) {
    case "Record":
      return opened(world, order)
    case "Switch":
      return { ...opened(world, order), link: upgrade.to }
    case "Commit":
      return { ...world, open: "no", appliedHeight: upgrade.height, confirmed: upgrade.to, passed: undefined }
    case "Undo": {
      const failedDigests = order.verdict === "failed" ? [...world.failedDigests, upgrade.digest] : world.failedDigests
      return { ...world, link: upgrade.from, open: isUnrecorded(world, order) ? world.open : "no", failedDigests }
    }
  }
}

/** An upgrade before this one counts as done and is not on record as applied. */
const isUnrecorded = ({ passed }: World, { upgrade }: DiskOrder): boolean =>
  passed !== undefined && passed.digest !== upgrade.digest && passed.to === upgrade.from

/** The record that an upgrade is in flight; it takes the one before it for done. */
const opened = (world: World, order: DiskOrder): World =>
  isUnrecorded(world, order)
    ? { ...world, open: "yes", appliedHeight: world.passed?.height, confirmed: order.upgrade.from, passed: undefined }
    : { ...world, open: "yes" }

/** Everything that an order may leave on the disk when it is refused. */
export const refused = (world: World, order: DiskOrder): ReadonlyArray<World> => {
  const { upgrade } = order
  switch (order._tag) {
    case "Record":
    case "Commit":
      return [world]
    case "Switch":
      return [world, opened(world, order), { ...opened(world, order), link: upgrade.to }]
    case "Undo":
      return [world, { ...world, open: "yes", link: upgrade.from }]
  }
}
