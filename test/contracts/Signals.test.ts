// What both sources of signals promise: requests in their order, all of them, from the moment `requests` returns until its scope closes.
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Exit, Layer, Queue, Scope } from "effect"
import { type Request, Signals } from "../../src/services/Signals.ts"
import { FakeSignals } from "../support/fakes/FakeSignals.ts"

/** Signals are sent with this, and listeners counted. */
class Sender extends Context.Service<Sender, {
  readonly send: (request: Request) => Effect.Effect<void>
  readonly listeners: Effect.Effect<number>
}>()("test/contracts/Sender") {}

/** Listeners hear of a signal that `emit` tells of just as of a real one. */
const byProcess = Layer.sync(Sender, () => {
  const before = process.listenerCount("SIGTERM")
  return Sender.of({
    send: (request) => Effect.sync(() => void process.emit(request._tag === "Look" ? "SIGHUP" : request.by)),
    listeners: Effect.sync(() => process.listenerCount("SIGTERM") - before)
  })
})

const byHand = Layer.effect(Sender, Effect.map(FakeSignals, ({ listeners, send }) => Sender.of({ listeners, send: (request) => Effect.asVoid(send(request)) })))

const sources = {
  "the signals of this process": Layer.merge(Signals.layer, byProcess),
  "the fake signals": Layer.provideMerge(byHand, FakeSignals.layer)
}

const stop = (by: "SIGTERM" | "SIGINT" | "SIGQUIT"): Request => ({ _tag: "Stop", by })
const look: Request = { _tag: "Look" }

for (const [which, layer] of Object.entries(sources)) {
  describe(which, () => {
    it.effect("are heard as soon as requests are asked for, in their order, none merged", () =>
      Effect.gen(function*() {
        const [signals, { send }] = [yield* Signals, yield* Sender]
        const requests = yield* signals.requests
        const sent = [stop("SIGTERM"), look, look, stop("SIGINT"), stop("SIGQUIT"), stop("SIGTERM"), stop("SIGTERM"), look]
        for (const request of sent) yield* send(request)
        assert.deepStrictEqual(yield* Queue.takeN(requests, sent.length), sent)
        assert.strictEqual(yield* Queue.size(requests), 0)
      }).pipe(Effect.provide(layer)))
    it.effect("are heard until the scope closes, and not longer", () =>
      Effect.gen(function*() {
        const [signals, { listeners }] = [yield* Signals, yield* Sender]
        const scope = yield* Scope.make()
        assert.strictEqual(yield* listeners, 0)
        yield* signals.requests.pipe(Scope.provide(scope))
        assert.strictEqual(yield* listeners, 1)
        yield* Scope.close(scope, Exit.void)
        assert.strictEqual(yield* listeners, 0)
      }).pipe(Effect.provide(layer)))
    it.effect("are heard by everybody who asked", () =>
      Effect.gen(function*() {
        const [signals, { send }] = [yield* Signals, yield* Sender]
        const [one, other] = [yield* signals.requests, yield* signals.requests]
        yield* send(stop("SIGTERM"))
        assert.deepStrictEqual([yield* Queue.take(one), yield* Queue.take(other)], [stop("SIGTERM"), stop("SIGTERM")])
      }).pipe(Effect.provide(layer)))
  })
}

describe("the signals of this process, sent by the system", () => {
  it.live("arrive as requests", () =>
    Effect.gen(function*() {
      const requests = yield* Signals.use((signals) => signals.requests)
      for (const [signal, request] of [["SIGTERM", stop("SIGTERM")], ["SIGINT", stop("SIGINT")], ["SIGQUIT", stop("SIGQUIT")], ["SIGHUP", look]] as const) {
        process.kill(process.pid, signal)
        assert.deepStrictEqual(yield* Effect.timeout(Queue.take(requests), "4 seconds"), request)
      }
    }).pipe(Effect.provide(Signals.layer)))
  it.live("that mean nothing are dropped instead of ending this process", () =>
    Effect.gen(function*() {
      const requests = yield* Signals.use((signals) => signals.requests)
      for (const signal of ["SIGUSR1", "SIGUSR2", "SIGHUP"] as const) process.kill(process.pid, signal)
      assert.deepStrictEqual(yield* Effect.timeout(Queue.take(requests), "4 seconds"), look)
      assert.strictEqual(yield* Queue.size(requests), 0)
    }).pipe(Effect.provide(Signals.layer)))
  it.effect("leave no listener of any kind behind", () =>
    Effect.gen(function*() {
      const names = ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1", "SIGUSR2"] as const
      const count = () => names.map((name) => process.listenerCount(name))
      const before = count()
      yield* Effect.scoped(Effect.gen(function*() {
        yield* Signals.use((signals) => signals.requests)
        assert.deepStrictEqual(count(), before.map((listeners) => listeners + 1))
      }))
      assert.deepStrictEqual(count(), before)
    }).pipe(Effect.provide(Signals.layer)))
  it.effect("are none in a program that has its own way with them", () =>
    Effect.gen(function*() {
      const before = process.listenerCount("SIGTERM")
      yield* Signals.use((signals) => signals.requests)
      assert.strictEqual(process.listenerCount("SIGTERM"), before)
    }).pipe(Effect.provide(Signals.layerNone)))
})
