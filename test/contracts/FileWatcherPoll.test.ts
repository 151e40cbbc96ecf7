// How often the watcher of the plan polls: seldom while the system tells of every change, and at each interval as soon as it does not.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Queue, Stream } from "effect"
import { TestClock } from "effect/testing"
import { Disk, DiskError } from "../../src/services/Disk.ts"
import { FileWatcher } from "../../src/services/FileWatcher.ts"
import { disks, layerConfig } from "./Places.ts"
import { phrase, plan, planFile, watching } from "./Plans.ts"

/** A disk in memory whose notices come from a queue, and that counts how often it is asked. */
const scene = Effect.fnUntraced(function*(tellsAll: boolean) {
  const notices = yield* Queue.unbounded<void, DiskError>()
  yield* Queue.offer(notices, undefined)
  let [looks, isRefusing] = [0, false]
  const disk = Layer.effect(Disk, Effect.map(Disk, (whole) =>
    Disk.of({
      ...whole,
      read: (path, limit) => isRefusing ? Effect.fail(new DiskError({ operation: "read", path, code: "EMFILE", cause: "refused" })) : whole.read(path, limit),
      changes: () => Stream.fromQueue(notices),
      tellsAll: () => Effect.succeed(tellsAll),
      glance: (path) => Effect.andThen(Effect.sync(() => void looks++), whole.glance(path))
    }))).pipe(Layer.provideMerge(disks["the disk in memory"]))
  const services = FileWatcher.layer.pipe(Layer.provideMerge(layerConfig({ DAEMON_POLL_INTERVAL: "100ms" })), Layer.provideMerge(disk))
  return { notices, services, looks: Effect.sync(() => looks), refuse: (is: boolean) => Effect.sync(() => void (isRefusing = is)) }
})

const breaksOff = new DiskError({ operation: "watch", path: "/node/data", code: "EIO", cause: "broken" })

describe("the poll of the plan", () => {
  it.effect("rests while the system tells of every change, and finds what was not told all the same", () =>
    Effect.gen(function*() {
      const { looks, services } = yield* scene(true)
      yield* Effect.gen(function*() {
        const { put } = yield* planFile
        const { next, waiting } = yield* watching
        yield* TestClock.adjust("4 seconds")
        yield* next
        const before = yield* looks
        yield* TestClock.adjust("30 seconds")
        assert.isBelow((yield* looks) - before, 15)
        yield* put(plan("v2", 100))
        yield* TestClock.adjust("3 seconds")
        assert.strictEqual(yield* waiting, 1)
        assert.strictEqual(phrase(yield* next), "v2 at 100")
      }).pipe(Effect.provide(services))
    }))
  it.effect("does not rest while the system will not let the plan be read", () =>
    Effect.gen(function*() {
      const { notices, refuse, services } = yield* scene(true)
      yield* Effect.gen(function*() {
        const { put } = yield* planFile
        const { next, waiting } = yield* watching
        yield* TestClock.adjust("4 seconds")
        yield* next
        yield* refuse(true)
        yield* put(plan("v2", 100))
        yield* Queue.offer(notices, undefined)
        yield* TestClock.adjust("200 millis")
        assert.include(phrase(yield* next), "EMFILE")
        yield* refuse(false)
        yield* TestClock.adjust("100 millis")
        assert.strictEqual(yield* waiting, 1)
        assert.strictEqual(phrase(yield* next), "v2 at 100")
      }).pipe(Effect.provide(services))
    }))
  it.effect("does not rest any more once the notices have broken off", () =>
    Effect.gen(function*() {
      const { notices, services } = yield* scene(true)
      yield* Effect.gen(function*() {
        const { put } = yield* planFile
        const { next, waiting } = yield* watching
        yield* TestClock.adjust("4 seconds")
        yield* next
        yield* Queue.fail(notices, breaksOff)
        for (const name of ["v2", "v3"]) {
          yield* put(plan(name, 100))
          yield* TestClock.adjust("100 millis")
          assert.strictEqual(yield* waiting, 1)
          assert.strictEqual(phrase(yield* next), `${name} at 100`)
        }
      }).pipe(Effect.provide(services))
    }))
  it.effect("does not rest where the system does not tell of every change", () =>
    Effect.gen(function*() {
      const { services } = yield* scene(false)
      yield* Effect.gen(function*() {
        const { put } = yield* planFile
        const { next, waiting } = yield* watching
        yield* TestClock.adjust("4 seconds")
        yield* next
        yield* put(plan("v2", 100))
        yield* TestClock.adjust("100 millis")
        assert.strictEqual(yield* waiting, 1)
      }).pipe(Effect.provide(services))
    }))
})

describe("a plan that was written a moment before it was read", () => {
  /** A file system whose clock ticks too seldom: two files of one length look the same. */
  const coarse = (modifiedAtMillis: number) =>
    Layer.effect(Disk, Effect.map(Disk, (whole) => Disk.of({ ...whole, glance: () => Effect.succeed({ signature: "same", modifiedAtMillis }) }))).pipe(
      Layer.provideMerge(disks["the disk in memory"])
    )
  const readings = Effect.gen(function*() {
    const { put } = yield* planFile
    yield* put(plan("v2", 100))
    const { next, waiting } = yield* watching
    yield* TestClock.adjust("100 millis")
    assert.strictEqual(phrase(yield* next), "v2 at 100")
    yield* put(plan("v3", 100))
    yield* TestClock.adjust("200 millis")
    return yield* waiting
  })
  const on = (modifiedAtMillis: number) =>
    Effect.provide(readings, FileWatcher.layer.pipe(Layer.provideMerge(layerConfig({ DAEMON_POLL_INTERVAL: "100ms" })), Layer.provideMerge(coarse(modifiedAtMillis))))

  it.effect("is read again, since another may have been written in the same tick of the file system's clock", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* on(59_000), 1)
    }))
  it.effect("is not read again when it was written long before", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* on(50_000), 0)
    }))
})
