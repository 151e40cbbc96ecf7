// What both home locks promise: one holder a home, free when its scope closes; and the real one: free when its holder dies, never a child's.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Scope } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdirSync } from "node:fs"
import { Config } from "../../src/services/Config.ts"
import { HomeLock } from "../../src/services/HomeLock.ts"
import * as FakeHomeLock from "../support/fakes/FakeHomeLock.ts"
import { layerConfig, layerTemporary } from "./Places.ts"
import { until } from "./Stages.ts"

const layerHome = Layer.provideMerge(layerConfig(), layerTemporary)

/** The root of the home, as `init` leaves it; the fake does not care. */
const furnish = Config.useSync(({ home }) => void mkdirSync(home.root, { recursive: true }))

const locks = {
  "the real lock": Layer.provideMerge(HomeLock.layer, layerHome),
  "the fake lock": Layer.provideMerge(FakeHomeLock.layer, layerHome)
}

/** The lock in a scope of its own, and what closes that. */
const taken = Effect.gen(function*() {
  const [lock, scope] = [yield* HomeLock, yield* Scope.fork(yield* Effect.scope)]
  const { isAbandoned } = yield* lock.acquire.pipe(Scope.provide(scope))
  return { isAbandoned, free: Scope.close(scope, Exit.void) }
})

for (const [which, layer] of Object.entries(locks)) {
  describe(which, () => {
    it.live("is taken once, and free again when the scope closes, as often as you like", () =>
      Effect.gen(function*() {
        yield* furnish
        for (let round = 0; round < 3; round++) yield* Effect.flatMap(taken, ({ free }) => free)
      }).pipe(Effect.provide(layer)))
    it.live("that is held fails with Held at once, and stays with its holder", () =>
      Effect.gen(function*() {
        const [lock, { home }] = [yield* HomeLock, yield* Config]
        yield* furnish
        const { free } = yield* taken
        for (let round = 0; round < 3; round++) {
          const error = yield* Effect.flip(Effect.scoped(lock.acquire))
          assert.deepStrictEqual([error._tag, error.reason, error.path], ["HomeLockError", "Held", home.lockFile])
        }
        yield* free
        yield* taken
      }).pipe(Effect.provide(layer)))
    it.live("of one home does not hold another", () =>
      Effect.gen(function*() {
        yield* furnish
        yield* taken
        yield* Effect.provide(Effect.andThen(furnish, taken), Layer.fresh(layer))
      }).pipe(Effect.provide(layer)))
    it.live("names a holder", () => Effect.provide(HomeLock.useSync(({ holder }) => assert.isAbove(holder, 0)), layer))
  })
}

/** Another process that takes the lock, says so, and holds it until it is killed. */
const script = (path: string) => `
  const { DatabaseSync } = await import("node:sqlite")
  const database = new DatabaseSync(${JSON.stringify(path)})
  database.exec("BEGIN EXCLUSIVE")
  process.stdout.write("held")
  setInterval(() => database, 1000)
`

const killed = (child: ChildProcess) =>
  Effect.promise(async () => {
    const exit = child.exitCode === null && child.signalCode === null ? once(child, "exit") : undefined
    child.kill("SIGKILL")
    await exit
  })

const holder = Effect.fnUntraced(function*(path: string) {
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => spawn(process.execPath, ["--input-type=module", "-e", script(path)], { stdio: ["ignore", "pipe", "inherit"] })),
    killed
  )
  yield* Effect.promise(() => once(child.stdout, "data"))
  return child
})

describe("the real lock among processes", () => {
  const layer = locks["the real lock"]
  it.live("that another process holds is Held, and free when that one is killed", () =>
    Effect.gen(function*() {
      const [lock, { home }] = [yield* HomeLock, yield* Config]
      yield* furnish
      const child = yield* holder(home.lockFile)
      assert.strictEqual((yield* Effect.flip(Effect.scoped(lock.acquire))).reason, "Held")
      yield* killed(child)
      const { free, isAbandoned } = yield* taken
      assert.isTrue(isAbandoned, "the holder died with it")
      yield* free
      assert.isFalse((yield* taken).isAbandoned, "the holder let go of it")
    }).pipe(Effect.provide(layer)), 20_000)
  it.live("is not a child's: free when its scope closes though a child that was started meanwhile lives", () =>
    Effect.gen(function*() {
      yield* furnish
      const { free } = yield* taken
      const child = yield* Effect.acquireRelease(Effect.sync(() => spawn("/bin/sleep", ["1000"], { stdio: "ignore" })), killed)
      yield* free
      const { home } = yield* Config
      const other = yield* holder(home.lockFile)
      assert.deepStrictEqual([child.exitCode, other.exitCode], [null, null])
    }).pipe(Effect.provide(layer)), 20_000)
  it.live("keeps another process out as long as it is held, a vain attempt in this one notwithstanding", () =>
    Effect.gen(function*() {
      const [lock, { home }] = [yield* HomeLock, yield* Config]
      yield* furnish
      yield* taken
      yield* Effect.flip(Effect.scoped(lock.acquire))
      const child = spawn(process.execPath, ["--input-type=module", "-e", script(home.lockFile)], { stdio: "ignore" })
      yield* Effect.addFinalizer(() => killed(child))
      yield* until("the other one gives up", Effect.sync(() => child.exitCode !== null))
      assert.strictEqual(child.exitCode, 1)
    }).pipe(Effect.provide(layer)), 20_000)
  it.live("that cannot be made is Refused, and names the path", () =>
    Effect.gen(function*() {
      const [lock, { home }] = [yield* HomeLock, yield* Config]
      const error = yield* Effect.flip(Effect.scoped(lock.acquire))
      assert.strictEqual(error.reason, "Refused")
      assert.include(error.message, `cannot lock ${home.lockFile}: `)
    }).pipe(Effect.provide(layer)))
})
