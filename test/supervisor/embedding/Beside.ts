// A node inside a larger program: the supervisor runs beside another fiber, and the end of its scope stops the node.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Console, Effect, Fiber, Layer, Logger, Stream } from "effect"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { Config, Disk, type Entry, services, Signals, Supervisor, Transcript } from "wemixvisor"

/** Stands for a node: runs until SIGTERM, then ends with 0. */
const node = `#!/bin/sh
trap 'exit 0' TERM
while :; do sleep 0.1; done
`

/** A home for as long as the scope is open. */
const makeHome = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(`${tmpdir()}/beside-`)),
  (home) => Effect.promise(() => rm(home, { recursive: true }))
)

const layout = Effect.fnUntraced(function*(home: string) {
  const disk = yield* Disk
  const bin = `${home}/wemixvisor/genesis/bin`
  yield* disk.makeDirectory(bin)
  yield* disk.write(`${bin}/node`, new TextEncoder().encode(node), 0o755)
})

/** Everything of the real system but its signals: those are for the program around. */
const layers = (home: string) =>
  Layer.merge(services, Signals.layerNone).pipe(
    Layer.provideMerge(Config.layerOf({ DAEMON_HOME: home, DAEMON_NAME: "node", DAEMON_SHUTDOWN_GRACE: "30s" }))
  )

const print = ({ event, from, to }: Entry) => from?._tag === to._tag ? Effect.void : Console.log(`${event?._tag ?? "Begun"} -> ${to._tag}`)

/** What the program is about. Here it waits until the node runs; it would talk to it from then on. */
const work = Effect.gen(function*() {
  const { entries } = yield* Transcript
  yield* Stream.runHead(Stream.filter(entries, ({ to }) => to._tag === "Running"))
  yield* Console.log("the node runs")
})

const program = Effect.gen(function*() {
  const { entries } = yield* Transcript
  const printer = yield* entries.pipe(
    Stream.takeUntil(({ to }) => to._tag === "Done"),
    Stream.runForEach(print),
    Effect.forkScoped({ startImmediately: true })
  )
  yield* Effect.scoped(Effect.gen(function*() {
    const working = yield* Effect.forkScoped(work, { startImmediately: true })
    const supervisor = yield* Effect.forkScoped(Supervisor.run(["start"]))
    yield* Effect.raceFirst(Fiber.join(working), Fiber.join(supervisor))
  }))
  yield* Fiber.join(printer)
  yield* Console.log("the node is gone")
})

export const main = Effect.gen(function*() {
  const home = yield* makeHome
  yield* layout(home)
  yield* Effect.provide(program, layers(home))
}).pipe(Effect.scoped, Effect.provide(Disk.layer), Effect.provideService(Logger.LogToStderr, true))

if (import.meta.main) NodeRuntime.runMain(main)
