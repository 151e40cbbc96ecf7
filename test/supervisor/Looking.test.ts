// What a look finds reaches the loop, also when the look is broken off by the next one.
import { assert, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer } from "effect"
import { Config } from "../../src/services/Config.ts"
import { FileWatcher } from "../../src/services/FileWatcher.ts"
import { layerMemory } from "../../src/services/MemoryDisk.ts"
import { Releases } from "../../src/services/Releases.ts"
import * as Looking from "../../src/supervisor/Looking.ts"

const layer = Layer.mergeAll(FileWatcher.layer, Releases.layerFor({ platform: "linux", architecture: "x64" })).pipe(
  Layer.provideMerge(Layer.merge(Config.layerOf({ DAEMON_HOME: "/node" }), layerMemory({ "/node/data/upgrade-info.json": `{"name":"v2","height":5}` })))
)

it.effect("a look that is broken off while it is told of is told of all the same", () =>
  Effect.gen(function*() {
    const [begun, goesOn, heard] = [yield* Deferred.make<void>(), yield* Deferred.make<void>(), new Array<string>()]
    const looking = yield* Looking.make((look) =>
      Deferred.succeed(begun, undefined).pipe(Effect.andThen(Deferred.await(goesOn)), Effect.andThen(Effect.sync(() => void heard.push(look._tag)))))
    const follower = yield* Effect.forkChild(looking.follow)
    yield* Deferred.await(begun)
    const end = yield* Effect.forkChild(Fiber.interrupt(follower), { startImmediately: true })
    yield* Deferred.succeed(goesOn, undefined)
    yield* Fiber.await(end)
    assert.deepStrictEqual(heard, ["Found"])
  }).pipe(Effect.provide(layer)))
