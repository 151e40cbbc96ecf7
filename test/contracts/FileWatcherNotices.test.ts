// What the watcher of the plan promises of its two ways to notice: notices at once, the poll alone where there are none; and plans from a queue.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Queue, Schedule, Stream } from "effect"
import { TestClock } from "effect/testing"
import { PlanReading } from "../../src/domain/Readiness.ts"
import { make } from "../../src/domain/UpgradePlan.ts"
import { Disk, DiskError } from "../../src/services/Disk.ts"
import { FileWatcher, readingOf } from "../../src/services/FileWatcher.ts"
import { disks, inHomesOnEveryDisk, layerConfig } from "./Places.ts"
import { keepingLogs, phrase, plan, planFile, watching } from "./Plans.ts"

inHomesOnEveryDisk("notices of the plan", FileWatcher.layer, (promises) => {
  promises("tell of a plan at once where the poll would take an hour", Effect.gen(function*() {
    const { inPlace, put, remove } = yield* planFile
    const { next } = yield* watching
    assert.strictEqual(phrase(yield* next), "absent")
    // The first one may come before the watch stands: it is put until it is seen.
    const putting = yield* Effect.forkScoped(Effect.repeat(put(plan("v2", 100)), Schedule.spaced("50 millis")))
    assert.strictEqual(phrase(yield* next), "v2 at 100")
    yield* Fiber.interrupt(putting)
    yield* put(plan("v3", 200))
    assert.strictEqual(phrase(yield* next), "v3 at 200")
    yield* inPlace(plan("v4", 3000))
    assert.strictEqual(phrase(yield* next), "v4 at 3000")
    yield* remove
    assert.strictEqual(phrase(yield* next), "absent")
  }))
}, { DAEMON_POLL_INTERVAL: "1h" })

const refusal = new DiskError({ operation: "watch", path: "/data", code: "EMFILE", cause: "too many" })

const troubles: Readonly<Record<string, (disk: Disk["Service"]) => Stream.Stream<void, DiskError>>> = {
  "are refused": () => Stream.fail(refusal),
  "break off": () => Stream.concat(Stream.succeed(undefined), Stream.fail(refusal)),
  "end": () => Stream.empty
}

for (const [which, layer] of Object.entries(disks)) {
  describe(`without notices of the plan, on ${which}`, () => {
    for (const [what, changes] of Object.entries(troubles)) {
      it.live(`where they ${what}, the poll goes on and the log says so at most once`, () => {
        const lines: Array<string> = []
        const troubled = Layer.effect(Disk, Effect.map(Disk, (disk) => Disk.of({ ...disk, changes: () => changes(disk) })))
        const services = FileWatcher.layer.pipe(Layer.provideMerge(layerConfig({ DAEMON_POLL_INTERVAL: "10ms" })), Layer.provideMerge(Layer.provideMerge(troubled, layer)))
        return Effect.gen(function*() {
          const { put } = yield* planFile
          const { next } = yield* watching
          yield* next
          for (const name of ["v2", "v3", "v4"]) {
            yield* put(plan(name, 100))
            assert.strictEqual(phrase(yield* next), `${name} at 100`)
          }
          assert.deepStrictEqual(lines, what === "end" ? [] : ["Warn no notices of changes from the system; the poll alone watches the plan"])
        }).pipe(Effect.provide([services, keepingLogs(lines)]))
      })
    }
  })
}

describe("a notice and a poll at the same time", () => {
  it.effect("give one reading of one change, also on a disk that takes its time to read", () => {
    const slow = Layer.effect(Disk, Effect.map(Disk, (disk) => Disk.of({ ...disk, read: (path, limit) => Effect.delay(disk.read(path, limit), "60 millis") })))
    const services = FileWatcher.layer.pipe(
      Layer.provideMerge(layerConfig({ DAEMON_POLL_INTERVAL: "100ms" })),
      Layer.provideMerge(Layer.provideMerge(slow, disks["the disk in memory"]))
    )
    return Effect.gen(function*() {
      const { put } = yield* planFile
      const { next, waiting } = yield* watching
      yield* TestClock.adjust("1150 millis")
      assert.strictEqual(phrase(yield* next), "absent")
      for (const height of [100, 200, 300]) {
        yield* put(plan("v2", height))
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual([phrase(yield* next), yield* waiting], [`v2 at ${height}`, 0])
      }
    }).pipe(Effect.provide(services))
  })
})

describe("plans from a queue", () => {
  it.effect("are readings one after another, after Absent, and the latest is what is read", () =>
    Effect.gen(function*() {
      const plans = yield* Queue.unbounded<ReturnType<typeof make>>()
      yield* Effect.gen(function*() {
        const { read } = yield* FileWatcher
        const { next } = yield* watching
        assert.deepStrictEqual([yield* next, yield* read], [PlanReading.Absent(), PlanReading.Absent()])
        for (const name of ["v2", "v3"]) {
          yield* Queue.offer(plans, make(name, 100n))
          const reading = yield* next
          assert.deepStrictEqual(reading, readingOf(make(name, 100n)))
          assert.deepStrictEqual(yield* read, reading)
        }
      }).pipe(Effect.provide(FileWatcher.layerQueue(plans)))
    }))
  it.effect("have the digest that a file with the same plan has", () =>
    Effect.gen(function*() {
      const { put } = yield* planFile
      yield* put("{ \"height\": \"100\", \"name\": \"v2\" }")
      assert.deepStrictEqual(yield* FileWatcher.use(({ read }) => read), readingOf(make("v2", 100n)))
    }).pipe(Effect.provide(FileWatcher.layer.pipe(Layer.provideMerge(layerConfig()), Layer.provideMerge(disks["the disk in memory"])))))
})
