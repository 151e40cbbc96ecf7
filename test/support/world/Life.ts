// One wemixvisor in a world: its own services over the world's disk, processes and locks, until it ends or is killed.
import { Deferred, Effect, Exit, Fiber, Layer, Option, Random, Stream } from "effect"
import type { Outcome } from "../../../src/domain/Outcome.ts"
import { Backups } from "../../../src/services/backup/Backups.ts"
import { Config } from "../../../src/services/Config.ts"
import { layerOverDisk } from "../../../src/services/copy/DiskCopy.ts"
import { Disk } from "../../../src/services/Disk.ts"
import { Downloads } from "../../../src/services/download/Downloads.ts"
import { FileWatcher } from "../../../src/services/FileWatcher.ts"
import { Hooks } from "../../../src/services/hooks/Hooks.ts"
import { type Child, Launcher } from "../../../src/services/Launcher.ts"
import { LinkManager } from "../../../src/services/LinkManager.ts"
import { Releases } from "../../../src/services/Releases.ts"
import { Signals } from "../../../src/services/Signals.ts"
import { Staging } from "../../../src/services/staging/Staging.ts"
import { StateFile } from "../../../src/services/StateFile.ts"
import type { BootError } from "../../../src/supervisor/Boot.ts"
import * as Supervisor from "../../../src/supervisor/Supervisor.ts"
import { type Entry, Transcript } from "../../../src/supervisor/Transcript.ts"
import * as FakeHomeLock from "../fakes/FakeHomeLock.ts"
import { atOnce } from "./AtOnce.ts"
import * as Trail from "./Trail.ts"

export interface Life {
  readonly entries: Trail.Trail<Entry>
  readonly fiber: Fiber.Fiber<Outcome, BootError>
  /** SIGKILL: from now on it does nothing any more, and what it holds is free. */
  readonly kill: Effect.Effect<void>
}

/** What a life needs of its world. */
export interface Surroundings {
  readonly config: Config["Service"]
  readonly locks: FakeHomeLock.FakeLocks["Service"]
  readonly launcher: Launcher["Service"]
  readonly signals: Signals["Service"]
  readonly hooks: Hooks["Service"]
  readonly downloads: Downloads["Service"]
  /** The world's disk as this life sees it; every operation waits for `alive`. */
  readonly disk: (alive: Effect.Effect<void>) => Disk["Service"]
  readonly logger: (isAlive: () => boolean) => Layer.Layer<never>
  /** Done with the death, before anything of it is cleared away. */
  readonly whenKilled: Effect.Effect<void>
  /** In place of the usual one. */
  readonly watcher: Layer.Layer<FileWatcher, never, Config | Disk> | undefined
  /** In place of the usual one, whose entries a life has as a trail. */
  readonly transcript?: Layer.Layer<Transcript>
}

/** Every restart delay is the nominal one: the middle of its jitter. */
const evenly = { nextDoubleUnsafe: () => 0.5, nextIntUnsafe: () => 0 }

/** What programs must be built for, wherever the tests run. */
const machine = { platform: "linux", architecture: "x64" }

const layersOf = (pid: number, world: Surroundings, alive: Effect.Effect<void>, death: Effect.Effect<never>) =>
  Layer.mergeAll(
    Backups.layer.pipe(Layer.provide(layerOverDisk)),
    Layer.succeed(Downloads, world.downloads),
    Layer.succeed(Hooks, world.hooks),
    Staging.layerFor(machine),
    world.watcher ?? FileWatcher.layer,
    FakeHomeLock.layerFor(pid),
    Layer.succeed(Launcher, mortal(world.launcher, alive, death)),
    LinkManager.layer,
    Releases.layerFor(machine),
    Layer.succeed(Signals, world.signals),
    StateFile.layer,
    world.transcript ?? Transcript.layer
  ).pipe(
    Layer.provideMerge(Layer.mergeAll(
      Layer.succeed(Config, world.config),
      Layer.succeed(Disk, world.disk(alive)),
      Layer.succeed(FakeHomeLock.FakeLocks, world.locks),
      Layer.succeed(Random.Random, evenly)
    ))
  )

/** The launcher in the hands of one who may die: its children are the system's, and live on. */
const mortal = (launcher: Launcher["Service"], alive: Effect.Effect<void>, death: Effect.Effect<never>): Launcher["Service"] => {
  const held = (child: Child): Child => ({
    pid: child.pid,
    identity: child.identity,
    exit: Effect.raceFirst(child.exit, death),
    terminate: atOnce(Effect.andThen(alive, child.terminate)),
    signalGroup: (signal) => atOnce(Effect.andThen(alive, child.signalGroup(signal))),
    hasGroup: atOnce(Effect.andThen(alive, child.hasGroup))
  })
  return Launcher.of({
    start: (program) => atOnce(Effect.andThen(alive, Effect.map(launcher.start(program), held))),
    find: (record) => atOnce(Effect.andThen(alive, Effect.map(launcher.find(record), Option.map(held))))
  })
}

export const begin = Effect.fnUntraced(function*(pid: number, args: ReadonlyArray<string>, world: Surroundings) {
  const death = yield* Deferred.make<never>()
  let isAlive = true
  const alive = Effect.suspend(() => isAlive ? Effect.void : Effect.die("killed"))
  const context = yield* Layer.build(layersOf(pid, world, alive, Deferred.await(death)).pipe(Layer.provideMerge(world.logger(() => isAlive))))
  const entries = yield* Trail.make<Entry>()
  const life = Effect.gen(function*() {
    const transcript = yield* Transcript
    yield* Effect.forkScoped(Stream.runForEach(transcript.entries, (entry) => Effect.sync(() => entries.add(entry))), { startImmediately: true })
    return yield* Effect.forkScoped(Supervisor.run(args))
  })
  const fiber = yield* Effect.provideContext(life, context)
  const kill = Effect.gen(function*() {
    yield* atOnce(Effect.andThen(Effect.sync(() => void (isAlive = false)), world.whenKilled))
    yield* Deferred.done(death, Exit.die("killed"))
    yield* Fiber.interrupt(fiber)
  })
  yield* Effect.addFinalizer(() => kill)
  return { entries, fiber, kill }
})
