// What a look finds reaches the loop, also when the look is broken off by the next one.
import { assert, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Queue } from "effect"
import { TestClock } from "effect/testing"
import { empty } from "../../src/domain/Journal.ts"
import { Backups } from "../../src/services/backup/Backups.ts"
import { Config } from "../../src/services/Config.ts"
import { layerOverDisk } from "../../src/services/copy/DiskCopy.ts"
import { Disk } from "../../src/services/Disk.ts"
import { FileWatcher } from "../../src/services/FileWatcher.ts"
import { LinkManager } from "../../src/services/LinkManager.ts"
import { layerMemory } from "../../src/services/MemoryDisk.ts"
import { Releases } from "../../src/services/Releases.ts"
import { Staging } from "../../src/services/staging/Staging.ts"
import * as Looking from "../../src/supervisor/Looking.ts"
import * as Ready from "../../src/supervisor/Ready.ts"
import { FakeDownloads } from "../support/fakes/FakeDownloads.ts"
import { refusal } from "../support/world/Refusal.ts"

const machine = { platform: "linux", architecture: "x64" }
const layerOn = (disk: Layer.Layer<Disk>) => Layer.mergeAll(
  Backups.layer.pipe(Layer.provide(layerOverDisk)),
  FakeDownloads.layer,
  FileWatcher.layer,
  LinkManager.layer,
  Releases.layerFor(machine),
  Staging.layerFor(machine)
).pipe(
  Layer.provideMerge(Layer.merge(Config.layerOf({ DAEMON_HOME: "/node" }), disk))
)
const memory = layerMemory({ "/node/data/upgrade-info.json": `{"name":"v2","height":5}` })

/** Refuses one reading of the plan: the watcher has the first, and a look the second. */
const refusing = (nth: number) => Layer.effect(Disk, Effect.map(Disk, (disk) => {
  let readings = 0
  return Disk.of({ ...disk, read: (path, limit) => path.endsWith("upgrade-info.json") && ++readings === nth ? Effect.fail(refusal("read", path, "EMFILE")) : disk.read(path, limit) })
})).pipe(Layer.provide(memory))

it.effect("a look that is broken off while it is told of is told of all the same", () =>
  Effect.gen(function*() {
    const [begun, goesOn, heard] = [yield* Deferred.make<void>(), yield* Deferred.make<void>(), new Array<string>()]
    const looking = yield* Looking.make(yield* Ready.make, Effect.succeed(empty), (look) =>
      Deferred.succeed(begun, undefined).pipe(Effect.andThen(Deferred.await(goesOn)), Effect.andThen(Effect.sync(() => void heard.push(look._tag)))))
    const follower = yield* Effect.forkChild(looking.follow)
    yield* Deferred.await(begun)
    const end = yield* Effect.forkChild(Fiber.interrupt(follower), { startImmediately: true })
    yield* Deferred.succeed(goesOn, undefined)
    yield* Fiber.await(end)
    assert.deepStrictEqual(heard, ["Found"])
  }).pipe(Effect.provide(layerOn(memory))))

it.effect("a plan that a look could not read is looked at again, though its watcher has read it", () =>
  Effect.gen(function*() {
    // A file that was written just now is read twice by its watcher.
    yield* TestClock.adjust("10 seconds")
    const heard = yield* Queue.unbounded<string>()
    const looking = yield* Looking.make(yield* Ready.make, Effect.succeed(empty), (look) => Effect.asVoid(Queue.offer(heard, look._tag)))
    yield* Effect.forkChild(looking.follow)
    assert.strictEqual(yield* Queue.take(heard), "Unusable")
    yield* TestClock.adjust("10 seconds")
    assert.strictEqual(yield* Queue.take(heard), "Found")
  }).pipe(Effect.provide(layerOn(refusing(2)))))
