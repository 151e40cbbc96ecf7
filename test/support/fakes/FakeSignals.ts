// Requests from a test instead of signals from the system, behind the signals' service.
import { Context, Effect, Layer, Queue } from "effect"
import { type Request, Signals } from "../../../src/services/Signals.ts"

export class FakeSignals extends Context.Service<FakeSignals, {
  /** Everybody who listens gets it; false when nobody does, where the real signal would have ended the process. */
  readonly send: (request: Request) => Effect.Effect<boolean>
  /** How many listen now. */
  readonly listeners: Effect.Effect<number>
}>()("test/support/fakes/FakeSignals") {
  /** Both the service and its handle. */
  static readonly layer: Layer.Layer<FakeSignals | Signals> = Layer.effectContext(Effect.sync(() => {
    const queues = new Set<Queue.Queue<Request>>()
    const requests = Effect.acquireRelease(
      Effect.tap(Queue.unbounded<Request>(), (queue) => Effect.sync(() => queues.add(queue))),
      (queue) => Effect.andThen(Effect.sync(() => queues.delete(queue)), Queue.shutdown(queue))
    )
    return Context.make(Signals, Signals.of({ requests })).pipe(Context.add(
      FakeSignals,
      FakeSignals.of({
        send: (request) =>
          Effect.sync(() => {
            queues.forEach((queue) => Queue.offerUnsafe(queue, request))
            return queues.size > 0
          }),
        listeners: Effect.sync(() => queues.size)
      })
    ))
  }))
}
