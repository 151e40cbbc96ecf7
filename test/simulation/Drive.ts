// Runs an effect to its end without the event loop: turn by turn as a seed draws them, and time passes when nobody has anything to do.
import { Clock, Effect, type Exit } from "effect"
import type { Dice } from "../support/Dice.ts"
import { SeededScheduler } from "./SeededScheduler.ts"
import { VirtualClock } from "./VirtualClock.ts"

export interface Pace {
  /** How likely it is that a fiber loses its turn before an operation. */
  readonly yields: number
  /** How likely it is at each turn that a millisecond passes though somebody has something to do. */
  readonly slips: number
}

export interface Driven<A, E> {
  readonly exit: Exit.Exit<A, E>
  readonly turns: number
}

/** Many times what the longest story takes. */
const mostTurns = 4_000_000

export const drive = <A, E>(dice: Dice, { slips, yields }: Pace, make: (clock: VirtualClock) => Effect.Effect<A, E>): Driven<A, E> => {
  const scheduler = new SeededScheduler(dice.fork(), yields)
  const clock = new VirtualClock(scheduler)
  const passing = dice.fork()
  const fiber = Effect.runFork(Effect.provideService(make(clock), Clock.Clock, clock), { scheduler })
  for (let turns = 0; turns < mostTurns; turns++) {
    const exit = fiber.pollUnsafe()
    if (exit !== undefined) return { exit, turns }
    if (slips > 0 && passing.chance(slips)) clock.pass(1)
    if (!scheduler.runOne() && !clock.advance()) throw new Error("nobody has anything to do, now or later")
  }
  throw new Error(`it goes on after ${mostTurns} turns`)
}
