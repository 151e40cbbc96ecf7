// Things that happen one after another, kept, and waited for: a wait takes up where the last one of its trail ended.
import { Clock, Effect, Queue } from "effect"
import { TestClock } from "effect/testing"

export interface Trail<in out A> {
  readonly all: ReadonlyArray<A>
  /** Synchronous, for loggers and observers. */
  readonly add: (item: A) => void
  /** Waits for the next item that matches, passing over others. An item is met once: the same wait a second time waits for a second one. */
  readonly next: (matches: (item: A) => boolean) => Effect.Effect<A>
}

export const make = <A>(): Effect.Effect<Trail<A>> =>
  Effect.map(Queue.unbounded<A>(), (queue) => {
    const all: Array<A> = []
    return {
      all,
      add: (item) => {
        all.push(item)
        Queue.offerUnsafe(queue, item)
      },
      next: (matches) => Effect.repeat(Queue.take(queue), { until: matches })
    }
  })

/** Real time; a world without real waits needs milliseconds. */
const patience = "5 seconds"

/** Turns a wait for what never comes into a failure that says what it was, and shows `account`. */
export const patiently = <A, E, R>(what: string, account: () => string, wait: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(Clock.clockWith(Effect.succeed), (clock) =>
    Effect.provideService(wait, Clock.Clock, clock).pipe(
      Effect.timeoutOrElse({ duration: patience, orElse: () => Effect.die(new Error(`${what} never came\n${account()}`)) }),
      TestClock.withLive
    ))
