// What the loop did, step by step, as a stream of values: for tests, and for programs that embed the supervisor.
import { Context, Effect, Layer, PubSub, Stream } from "effect"
import type { Action } from "../machine/Action.ts"
import type { Event } from "../machine/Event.ts"
import type { State } from "../machine/State.ts"

/** One step, in milliseconds on a clock that only goes forward: the fact, the situation before and after, the orders given. The first entry of a run has no fact. */
export interface Entry {
  readonly atMillis: number
  readonly event: Event | undefined
  readonly from: State | undefined
  readonly to: State
  readonly actions: ReadonlyArray<Action>
}

/** A subscriber that is this many entries behind loses the oldest; the loop never waits for one. */
const backlog = 4096

export class Transcript extends Context.Service<Transcript, {
  readonly write: (entry: Entry) => Effect.Effect<void>
  /** Entries from the moment of subscription on. Does not end by itself. */
  readonly entries: Stream.Stream<Entry>
}>()("wemixvisor/supervisor/Transcript") {
  static readonly layer = Layer.effect(
    Transcript,
    Effect.map(PubSub.sliding<Entry>(backlog), (hub) =>
      Transcript.of({
        write: (entry) => Effect.asVoid(PubSub.publish(hub, entry)),
        entries: Stream.fromPubSub(hub)
      }))
  )
}
