// Kills wemixvisor at every part of every operation, as the system does with SIGKILL: what was written stays as it is, the node lives on,
// and the next one goes on from there. The next one is killed too.
import { Deferred, Effect, Fiber, type Scope } from "effect"
import { Dice } from "../support/Dice.ts"
import * as Judge from "./Judge.ts"
import { onStage, open, play, type Stage } from "./Rehearsal.ts"
import type { Scenario } from "./Scenarios.ts"

export interface Report {
  readonly kills: number
  readonly faults: Judge.Faults
}

interface Trap {
  /** The number of the call at which whoever makes it waits to be killed. */
  readonly at: number
  readonly reached: Deferred.Deferred<void>
  readonly released: Deferred.Deferred<void>
}

const trapAt = (at: number): Trap => ({ at, reached: Deferred.makeUnsafe(), released: Deferred.makeUnsafe() })

const wait = ({ reached, released }: Trap): Effect.Effect<never> =>
  Deferred.succeed(reached, undefined).pipe(Effect.andThen(Deferred.await(released)), Effect.andThen(Effect.die("killed")))

const kill = Effect.fnUntraced(function*({ world }: Stage, { released }: Trap) {
  const killing = yield* Effect.forkChild(world.kill, { startImmediately: true })
  yield* Deferred.succeed(released, undefined)
  yield* Fiber.join(killing)
})

interface Run {
  /** Until the story was over, and the operator had not yet asked once more for what he wants. */
  readonly calls: number
  readonly kills: number
  readonly faults: Judge.Faults
}

/** Kills the first wemixvisor at its call of the first number, the next one at its call of the next, as far as they come to those. */
const run = Effect.fnUntraced(function*(scenario: Scenario, numbers: ReadonlyArray<number>): Effect.fn.Return<Run, never, Scope.Scope> {
  let [kills, trap, excused] = [0, trapAt(numbers[0] ?? Infinity), new Array<string>()]
  const on = yield* open(scenario, (_disk, number) => number === trap.at ? wait(trap) : Effect.void)
  const { world } = on
  while (yield* Effect.raceFirst(Effect.as(play(on, kills === 0 ? scenario.deeds : []), false), Effect.as(Deferred.await(trap.reached), true))) {
    excused = [...excused, ...(yield* Judge.unrecordedSignals(world))]
    yield* kill(on, trap)
    kills += 1
    trap = trapAt(on.calls() + (numbers[kills] ?? Infinity))
    yield* world.run()
  }
  const calls = on.calls()
  trap = trapAt(Infinity)
  const rest = yield* Judge.ofRest(world, yield* play(on, []))
  if (world.life.fiber.pollUnsafe() !== undefined) yield* world.run()
  yield* scenario.wants(world)
  const faults = [...rest, ...yield* Judge.ofEnd(world, yield* play(on, []), scenario), ...Judge.ofSignals(world, excused)]
  return { calls, kills, faults: faults.map((fault) => `${scenario.title}, killed at ${numbers.join(" ")}: ${fault}\n${world.account()}`) }
})

/** What comes of it when they are killed at these calls: for one printed line. */
export const killAt = (scenario: Scenario, numbers: ReadonlyArray<number>): Effect.Effect<Run> =>
  onStage(Effect.catchCause(run(scenario, numbers), (cause) =>
    Effect.succeed({ calls: 0, kills: 0, faults: [`${scenario.title}, killed at ${numbers.join(" ")}: ${String(cause)}`] })))

/**
 * Every `stride`th call in turn, beginning with `first`; after each of them so many further kills of the next wemixvisor, at calls
 * that chance draws. Stops at the first fault.
 */
export const killEverywhere = Effect.fnUntraced(function*(scenario: Scenario, { first, further, stride }: {
  readonly first: number
  readonly stride: number
  readonly further: number
}): Effect.fn.Return<Report> {
  const { calls, faults } = yield* killAt(scenario, [])
  let report: Report = { kills: 0, faults }
  for (let number = first; number <= calls && report.faults.length === 0; number += stride) {
    const dice = new Dice(number)
    const runs = [[number], ...Array.from({ length: further }, () => [number, dice.between(1, 60)])]
    for (const numbers of runs) {
      const { faults, kills } = yield* killAt(scenario, numbers)
      report = { kills: report.kills + kills, faults: [...report.faults, ...faults] }
    }
  }
  return report
})
