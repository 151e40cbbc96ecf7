// A rehearsal of an upgrade without a file or a process: plans come from a queue, files lie in memory, and programs are fibers of this one.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Console, Deferred, Effect, Fiber, Layer, Logger, Option, Queue, Stream } from "effect"
import {
  ChildExit,
  Config,
  Disk,
  type Entry,
  FileWatcher,
  HomeLock,
  Launcher,
  LaunchError,
  layerMemory,
  Release,
  services,
  Signals,
  Supervisor,
  Transcript,
  UpgradePlan
} from "wemixvisor"

const files = layerMemory({
  "/bin/sh": "the interpreter that both releases name",
  "/srv/wemixvisor/genesis/bin/wemixd": "#!/bin/sh\nversion 1",
  "/srv/wemixvisor/upgrades/v2/bin/wemixd": "#!/bin/sh\nversion 2"
})

/** A program of this launcher: ends with 0 when it is asked to. */
const begin = Effect.fnUntraced(function*(pid: number, title: string) {
  const exit = yield* Deferred.make<ChildExit>()
  const end = (how: ChildExit) => Effect.asVoid(Deferred.succeed(exit, how))
  yield* Console.log(`${title} has begun`)
  return {
    pid,
    identity: Option.none(),
    exit: Effect.tap(Deferred.await(exit), Console.log(`${title} has ended`)),
    terminate: end(ChildExit.Code({ code: 0 })),
    signalGroup: (signal: "SIGTERM" | "SIGKILL") => end(ChildExit.Signal({ signal, number: signal === "SIGTERM" ? 15 : 9 })),
    hasGroup: Effect.succeed(false)
  }
})

/** What every launcher promises: when the scope closes on a living child, it is stopped, and is gone afterwards. */
const launcher = Layer.effect(
  Launcher,
  Effect.gen(function*() {
    const disk = yield* Disk
    let pid = 0
    return Launcher.of({
      start: Effect.fnUntraced(function*({ path }) {
        const bytes = yield* Effect.mapError(disk.read(path, 1024), ({ code }) => new LaunchError({ path, code }))
        const [, title = ""] = new TextDecoder().decode(bytes).split("\n")
        return yield* Effect.acquireRelease(Effect.suspend(() => begin(++pid, title)), (child) => child.terminate)
      }),
      find: () => Effect.succeedNone
    })
  })
)

/** A later layer replaces an earlier one. */
const layers = (plans: Queue.Dequeue<UpgradePlan.UpgradePlan>) =>
  Layer.mergeAll(
    services,
    Signals.layerNone,
    launcher,
    FileWatcher.layerQueue(plans),
    Layer.succeed(HomeLock, { holder: process.pid, acquire: Effect.succeed({ isAbandoned: false }) })
  ).pipe(
    Layer.provideMerge(Config.layerOf({ DAEMON_HOME: "/srv", DAEMON_UPGRADE_PROBATION: "100ms" })),
    Layer.provideMerge(files)
  )

const beginsToRun = ({ from, to }: Entry): boolean => to._tag === "Running" && from?._tag !== "Running"

const program = Effect.fnUntraced(function*(plans: Queue.Queue<UpgradePlan.UpgradePlan>) {
  const { entries } = yield* Transcript
  const upgraded = yield* entries.pipe(
    Stream.filter(beginsToRun),
    Stream.map(({ to }) => to.memory.current),
    Stream.tap((release) => Console.log(`${Release.label(release)} runs`)),
    Stream.tap((release) => release === Release.genesis ? Queue.offer(plans, UpgradePlan.make("v2", 100n)) : Effect.void),
    Stream.takeUntil((release) => release === Release.inUpgrades("v2")),
    Stream.runDrain,
    Effect.forkScoped({ startImmediately: true })
  )
  yield* Effect.forkScoped(Supervisor.run([]))
  yield* Fiber.join(upgraded)
}, Effect.scoped)

export const main = Effect.gen(function*() {
  const plans = yield* Queue.unbounded<UpgradePlan.UpgradePlan>()
  yield* Effect.provide(program(plans), layers(plans))
}).pipe(Effect.provideService(Logger.LogToStderr, true))

if (import.meta.main) NodeRuntime.runMain(main)
