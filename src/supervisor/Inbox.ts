// The one way into the run loop: every source puts its facts here, the loop takes them one at a time, none is lost or overtaken.
import { type Cause, Deferred, Effect, Queue, Random } from "effect"
import * as Clock from "effect/Clock"
import type { Event, Now } from "../machine/Event.ts"

export interface Inbox {
  readonly put: (event: Event) => Effect.Effect<void>
  /** Whether a stop was asked for already: before anything was started, nothing is. */
  readonly isStopAsked: Effect.Effect<boolean>
  /** Returns once a stop was asked for: what can be broken off is raced with this. */
  readonly stopAsked: Effect.Effect<void>
  /** A bug in a source or a step ends the loop with it, instead of leaving the loop to wait for a fact that never comes. */
  readonly fail: (cause: Cause.Cause<never>) => Effect.Effect<void>
  /** Waits for the next fact, and says when it was taken up. */
  readonly take: Effect.Effect<{ readonly event: Event; readonly now: Now }>
}

/** The time, on a clock that nobody can set back, and a random number, for one decision. */
export const now: Effect.Effect<Now> = Effect.zipWith(Clock.monotonicTimeNanos, Random.next, (nanos, roll) => ({ atMillis: Number(nanos / 1_000_000n), roll }))

export const make: Effect.Effect<Inbox> = Effect.map(Effect.all([Queue.unbounded<Event>(), Deferred.make<void>()]), ([queue, stop]) => ({
  put: (event) => Effect.andThen(event._tag === "StopRequested" ? Deferred.succeed(stop, undefined) : Effect.void, Queue.offer(queue, event)).pipe(Effect.asVoid),
  isStopAsked: Deferred.isDone(stop),
  stopAsked: Deferred.await(stop),
  fail: (cause) => Effect.asVoid(Queue.failCause(queue, cause)),
  take: Effect.zipWith(Queue.take(queue), now, (event, now) => ({ event, now }))
}))
