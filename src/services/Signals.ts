// The signals that wemixvisor gets, as requests. The only place that listens to them.
import { Context, Effect, Layer, Queue, type Scope } from "effect"

export type Request =
  | { readonly _tag: "Stop"; readonly by: "SIGTERM" | "SIGINT" | "SIGQUIT" }
  | { readonly _tag: "Look" }

export class Signals extends Context.Service<Signals, {
  /** The listeners stand when this returns, and are removed when the scope closes. Requests arrive in their order; none is lost or merged. */
  readonly requests: Effect.Effect<Queue.Dequeue<Request>, never, Scope.Scope>
}>()("wemixvisor/services/Signals") {
  /** This process's signals. Those that would end it and mean nothing here (SIGUSR1, SIGUSR2) are taken and dropped. */
  static readonly layer = Layer.sync(Signals, () => Signals.of({ requests: listen(() => undefined) }))
  /** The same for a program that ends with its supervisor: a stop request that comes once the scope has closed does not break off what is left to do. */
  static readonly layerToTheEnd = Layer.sync(Signals, () => Signals.of({ requests: listen((signal) => void process.on(signal, () => undefined)) }))
  /** No signals, for a program that has its own way with them: it stops the supervisor by closing its scope. */
  static readonly layerNone = Layer.sync(Signals, () => Signals.of({ requests: Queue.unbounded<Request>() }))
}

const stops = ["SIGTERM", "SIGINT", "SIGQUIT"] as const
const dropped = ["SIGUSR1", "SIGUSR2"] as const

const listen = (afterwards: (signal: NodeJS.Signals) => void) =>
  Effect.acquireRelease(
    Effect.gen(function*() {
      const queue = yield* Queue.unbounded<Request>()
      const listeners: ReadonlyArray<readonly [NodeJS.Signals, () => void]> = [
        ...stops.map((by) => [by, () => void Queue.offerUnsafe(queue, { _tag: "Stop", by })] as const),
        ["SIGHUP", () => void Queue.offerUnsafe(queue, { _tag: "Look" })],
        ...dropped.map((signal) => [signal, () => undefined] as const)
      ]
      for (const [signal, listener] of listeners) process.on(signal, listener)
      return { queue, listeners }
    }),
    ({ listeners, queue }) =>
      Effect.suspend(() => {
        for (const [signal, listener] of listeners) {
          afterwards(signal)
          process.removeListener(signal, listener)
        }
        return Queue.shutdown(queue)
      })
  ).pipe(Effect.map(({ queue }) => queue))
