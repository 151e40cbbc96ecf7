// Plays a story in a world on a simulated disk, without knowing its steps: deeds are done when their moment has come, and time passes
// only when nothing else happens.
import { Effect, Exit, Scope } from "effect"
import { TestClock } from "effect/testing"
import * as Plans from "../../src/machine/Plans.ts"
import type { State } from "../../src/machine/State.ts"
import * as World from "../support/World.ts"
import type { Image } from "./Platter.ts"
import * as SimulatedDisk from "./SimulatedDisk.ts"

/** What somebody outside does, as soon as its moment has come. */
export interface Deed {
  readonly when: (state: State) => boolean
  readonly does: (world: World.World) => Effect.Effect<unknown, never, Scope.Scope>
}

/** Nothing is under way, and nothing that is known asks for anything. */
export const isAtRest = (state: State): boolean => {
  switch (state._tag) {
    case "Done":
      return true
    case "Waiting":
      return state.retryGeneration === 0
    case "Running":
      return state.holdGeneration === 0 && Plans.ready(state.memory) === undefined && state.memory.unrecorded === undefined
    default:
      return false
  }
}

/** Each world has a clock of its own, which begins at 0. */
export const onStage = <A, E>(story: Effect.Effect<A, E, Scope.Scope>): Effect.Effect<A, E> =>
  Effect.scoped(story).pipe(Effect.provide(TestClock.layer()))

/** How many turns of the event loop without anything happening are taken for rest: more than any chain of silent steps needs. */
const restfulTurns = 8

/** Lets everything happen that waits for nothing but its turn. */
const quiet = (happenings: () => number): Effect.Effect<void> =>
  Effect.promise(async () => {
    for (let turns = 0, seen = happenings(); turns < restfulTurns; turns++) {
      await new Promise<void>((turn) => void setImmediate(turn))
      if (happenings() !== seen) [turns, seen] = [0, happenings()]
    }
  })

/** A step of time that ends every wait of a situation, in milliseconds. */
const stepMillis = (state: State | undefined): number => {
  switch (state?._tag) {
    case "Probation":
      return 10_000
    case "RollingBack":
    case "Running":
      return 5000
    case "BackingOff":
    case "Delaying":
      return 1000
    default:
      return 200
  }
}

/** What the last wemixvisor failed with, if it did. */
export const failureOf = ({ life }: World.World): string | undefined => {
  const exit = life.fiber.pollUnsafe()
  return exit !== undefined && Exit.isFailure(exit) ? String(exit.cause) : undefined
}

/** The situation that the last wemixvisor is in; none while it still begins. */
const situation = ({ life }: World.World): State | undefined => life.entries.all.at(-1)?.to

export interface Stage {
  readonly world: World.World
  readonly disk: SimulatedDisk.SimulatedDisk
  /** How many calls of the disk there were; the one that is about to be done counts. */
  readonly calls: () => number
}

/** What somebody outside does in the middle of something: right before the first call of this kind, once in a world. */
export interface Interruption {
  readonly before: (call: SimulatedDisk.Call) => boolean
  readonly does: Deed["does"]
}

/** Where a story is played: the disk, what comes before each of its calls, and what the programs do. */
export interface Setting {
  readonly home: Image
  readonly interruption?: Interruption | undefined
  readonly settings?: Readonly<Record<string, string>>
  readonly programs: (world: World.World) => Effect.Effect<unknown>
}

/** Sets the stage, and starts wemixvisor. `before` is told the number of the call, from 1. */
export const open = Effect.fnUntraced(function*({ home, interruption, programs, settings = {} }: Setting, before: (disk: SimulatedDisk.SimulatedDisk, number: number, call: SimulatedDisk.Call) => ReturnType<SimulatedDisk.Before>) {
  const disk = yield* SimulatedDisk.make(home)
  let calls = 0
  const scope = yield* Effect.scope
  let interrupt = (_call: SimulatedDisk.Call): Effect.Effect<unknown> => Effect.void
  const inside = disk.inside((call) => Effect.andThen(Effect.suspend(() => interrupt(call)), Effect.suspend(() => before(disk, ++calls, call))))
  const world = yield* World.make({ settings, disk: { outside: disk.outside, inside } })
  interrupt = (call) => {
    if (interruption?.before(call) !== true) return Effect.void
    interrupt = () => Effect.void
    return Scope.provide(interruption.does(world), scope)
  }
  yield* programs(world)
  yield* world.run()
  const stage: Stage = { world, disk, calls: () => calls }
  return stage
})

/** Plays until all deeds are done and wemixvisor is at rest, or has failed, or for so many steps of time; gives the situation at the end. */
export const play = Effect.fnUntraced(function*({ calls, world }: Stage, deeds: ReadonlyArray<Deed>, mostSteps = 100) {
  let [state, left] = [situation(world), deeds]
  for (let steps = 0; steps < mostSteps; steps++) {
    yield* quiet(() => world.happenings + calls())
    state = situation(world)
    const [deed, ...later] = left
    if (failureOf(world) !== undefined) return undefined
    if (deed !== undefined && state !== undefined && deed.when(state)) {
      yield* deed.does(world)
      left = later
    } else if (state !== undefined && isAtRest(state)) return state
    else yield* TestClock.adjust(stepMillis(state))
  }
  return state
})
