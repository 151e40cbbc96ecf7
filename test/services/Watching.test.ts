// A transfer that is watched: ended when nothing comes or too little, shown to whoever waits for it.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Logger } from "effect"
import { TestClock } from "effect/testing"
import { limits } from "../../src/services/download/DownloadError.ts"
import { lineOf, meterFor, type Progress, watch } from "../../src/services/download/Watching.ts"

/** Watches a transfer that has `bytesAt(second)`, for so many seconds; what was shown, and the error there was. */
const watched = Effect.fnUntraced(function*(bytesAt: (second: number) => number, seconds: number, total: number | null = null) {
  const state = { second: 0 }
  const shown: Array<Progress> = []
  const meter = { show: (progress: Progress) => Effect.sync(() => void shown.push(progress)), clear: Effect.void }
  const fiber = yield* Effect.forkChild(Effect.flip(watch({ url: "https://example.test/node?token=x", bytes: () => bytesAt(state.second), total, limits, meter })), { startImmediately: true })
  for (let second = 1; second <= seconds; second++) {
    state.second = second
    yield* TestClock.adjust("1 second")
  }
  const exit = fiber.pollUnsafe()
  yield* Fiber.interrupt(fiber)
  return { shown, error: exit?._tag === "Success" ? exit.value : undefined }
})

describe("a transfer", () => {
  it.effect("is left in peace while enough comes", () =>
    Effect.gen(function*() {
      const { error, shown } = yield* watched((second) => second * 2000, 600)
      assert.deepStrictEqual([error, shown.length], [undefined, 600])
    }))

  it.effect("in which nothing comes any more is ended after that time, and not before", () =>
    Effect.gen(function*() {
      const bytesAt = (second: number) => Math.min(second, 100) * 1_000_000
      assert.isUndefined((yield* watched(bytesAt, 129)).error)
      const { error } = yield* watched(bytesAt, 130)
      assert.deepStrictEqual([error?.reason, error?.message, error?.mayPass], ["TooSlow", "https://example.test/node sent nothing for 30 s, after 100000000 bytes", true])
    }))

  it.effect("in which too little comes for a whole window is ended, and one that pauses is not", () =>
    Effect.gen(function*() {
      const slow = yield* watched((second) => second * 1000, 60)
      assert.deepStrictEqual([slow.error?.reason, slow.error?.message], ["TooSlow", "https://example.test/node sent 60000 bytes in 60 s, and less than 61440 are too slow"])
      assert.isUndefined((yield* watched((second) => Math.floor(second / 25) * 1_000_000, 600)).error)
    }))
})

describe("what is shown", () => {
  const progress = { url: "https://example.test/node?token=x", bytes: 12_340_000, total: 45_600_000, bytesPerSecond: 4_500_000, elapsedMillis: 0 }

  it("is how far it is, how fast, and how long it takes", () => {
    assert.strictEqual(lineOf(progress), "12.3 of 45.6 MB, 4.5 MB/s, 8 s left")
    assert.strictEqual(lineOf({ ...progress, total: null }), "12.3 MB, 4.5 MB/s")
    assert.strictEqual(lineOf({ ...progress, bytesPerSecond: 0 }), "12.3 of 45.6 MB, 0.0 MB/s")
  })

  it.effect("is the rate of late", () =>
    Effect.gen(function*() {
      const { shown } = yield* watched((second) => second < 50 ? second * 1_000_000 : 50_000_000 + (second - 50) * 10_000_000, 70)
      assert.deepStrictEqual([shown[9]?.bytesPerSecond, shown.at(-1)?.bytesPerSecond], [1_000_000, 10_000_000])
    }))

  it.effect("in a log is a line every 10 s, without what is secret", () => {
    const lines: Array<string> = []
    const meter = meterFor(false)
    return Effect.gen(function*() {
      for (let second = 1; second <= 35; second++) yield* meter.show({ ...progress, elapsedMillis: second * 1000 })
      assert.deepStrictEqual(lines, new Array(3).fill("fetching https://example.test/node: 12.3 of 45.6 MB, 4.5 MB/s, 8 s left"))
    }).pipe(Effect.provide(Logger.layer([Logger.make(({ message }) => lines.push(String(message)))])))
  })
})
