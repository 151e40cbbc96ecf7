// Refuses each call of the disk in its turn, once or from then on, with each error that a system gives; then the cause goes away.
import { Effect, Exit, type Scope } from "effect"
import { TestClock } from "effect/testing"
import type { State } from "../../src/machine/State.ts"
import { refusal } from "../support/world/Refusal.ts"
import type * as World from "../support/World.ts"
import * as Judge from "./Judge.ts"
import { failureOf, onStage, open, play } from "./Rehearsal.ts"
import type { Scenario } from "./Scenarios.ts"
import type { Call } from "./SimulatedDisk.ts"

export const errnos = ["ENOSPC", "EIO", "EACCES", "EROFS", "EMFILE"] as const

export interface Refused {
  /** The number of the call. */
  readonly at: number
  readonly errno: (typeof errnos)[number]
  /** `once`, or from then on: everything that writes, if the call did; else the same again. */
  readonly lasting: boolean
}

interface Run {
  readonly calls: number
  readonly faults: Judge.Faults
}

const reading = new Set<Call["operation"]>(["read", "readAt", "readLink", "list", "status", "freeBytes"])
const isSameKind = (one: Call, other: Call): boolean =>
  reading.has(one.operation) ? one.operation === other.operation && one.path === other.path : !reading.has(other.operation)

/** Refuses what it should, until the cause is gone. */
class Cause {
  /** The call that was refused first. */
  first: Call | undefined = undefined
  readonly paths = new Set<string>()
  isGone = false
  private readonly refused: Refused

  constructor(refused: Refused) {
    this.refused = refused
  }

  before(number: number, call: Call) {
    const { at, errno, lasting } = this.refused
    if (number === at) this.first = call
    const isMeant = number === at || (lasting && this.first !== undefined && isSameKind(this.first, call))
    if (!isMeant || this.isGone) return Effect.void
    this.paths.add(call.path)
    return Effect.fail(refusal(call.operation, call.path, errno))
  }
}

const run = Effect.fnUntraced(function*(scenario: Scenario, refused: Refused): Effect.fn.Return<Run, never, Scope.Scope> {
  const cause = new Cause(refused)
  const on = yield* open(scenario, (_disk, number, call) => cause.before(number, call))
  const { world } = on
  const state = yield* play(on, scenario.deeds, 40)
  const calls = on.calls()
  const meanwhile = yield* ofMeanwhile(world, state, cause)
  cause.isGone = true
  yield* world.tell("the disk refuses nothing any more")
  const ended = yield* ofEnded(world, state)
  if (world.life.fiber.pollUnsafe() !== undefined) yield* world.run()
  // What could not be looked at is looked at again at the next poll, and what could not be written is written a while later.
  yield* TestClock.adjust("10 seconds")
  yield* scenario.wants(world)
  const faults = [...meanwhile, ...ended, ...yield* Judge.ofEnd(world, yield* play(on, []), scenario)]
  return { calls, faults: faults.map((fault) => `${title(scenario, refused, cause.first)}: ${fault}\n${world.account()}`) }
})

const title = (scenario: Scenario, { at, errno, lasting }: Refused, call?: Call): string =>
  `${scenario.title}, call ${at}${call === undefined ? "" : ` (${call.operation} ${call.path}, ${call.part})`} refused with ${errno}${lasting ? " and so on" : ""}`

/** While something is refused: the node runs, but for one that a roll-back has to bring back first; and what is wrong is said, with its path. */
const ofMeanwhile = Effect.fnUntraced(function*(world: World.World, state: State | undefined, { paths }: Cause) {
  const living = yield* world.nodes.living
  const isDown = living.length === 0 && state !== undefined && state._tag !== "Done" && state._tag !== "RollingBack"
  const isHeld = failureOf(world) !== undefined || state?._tag === "RollingBack" || (state?._tag === "Running" && state.holdGeneration !== 0)
  const account = `${world.account()}${failureOf(world) ?? ""}`
  return [
    ...world.broken,
    ...(living.length > 1 ? ["two children live"] : []),
    ...(isDown ? [`the node is down, in ${state._tag}`] : []),
    ...(isHeld && ![...paths].some((path) => account.includes(path)) ? [`nothing that is said names ${[...paths].join(", ")}`] : [])
  ]
})

/** It ends of a refusal only where it begins, which it says; or where the first start of a node, which came to nothing, is all that it did. */
const ofEnded = Effect.fnUntraced(function*({ life }: World.World, state: State | undefined) {
  const exit = life.fiber.pollUnsafe()
  if (exit === undefined) return []
  if (Exit.isFailure(exit)) return Exit.hasDies(exit) ? [`a bug ends it: ${String(exit.cause)}`] : state === undefined ? [] : [`it ends: ${String(exit.cause)}`]
  const isFirst = exit.value._tag === "NotStarted" && state !== undefined && !state.memory.everStarted
  return exit.value._tag === "Stopped" || isFirst ? [] : [`it ends, with ${exit.value._tag}`]
})

/** What comes of one refusal: for one printed line. */
export const refuse = (scenario: Scenario, refused: Refused): Effect.Effect<Run> =>
  onStage(Effect.catchCause(run(scenario, refused), (cause) => Effect.succeed({ calls: 0, faults: [`${title(scenario, refused)}: ${String(cause)}`] })))

/** Every `stride`th call in turn, beginning with `first`, with all errors, or with each in its turn. Stops at the first fault. */
export const refuseEverywhere = Effect.fnUntraced(function*(scenario: Scenario, { allErrors, first, stride }: {
  readonly first: number
  readonly stride: number
  readonly allErrors: boolean
}) {
  const { calls } = yield* refuse(scenario, { at: Infinity, errno: "EIO", lasting: false })
  let [refusals, faults]: [number, Judge.Faults] = [0, []]
  for (let at = first; at <= calls && faults.length === 0; at += stride) {
    const some = allErrors ? errnos : errnos.filter((_, index) => index === Math.floor(at / stride) % errnos.length)
    for (const refused of some.flatMap((errno) => [{ at, errno, lasting: false }, { at, errno, lasting: true }])) {
      refusals += 1
      faults = [...faults, ...(yield* refuse(scenario, refused)).faults]
    }
  }
  return { refusals, faults }
})
