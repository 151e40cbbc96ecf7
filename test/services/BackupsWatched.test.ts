// What a person sees of a backup that takes its time: lines of the log, or one line on a terminal.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Logger, Option } from "effect"
import { TestClock } from "effect/testing"
import { appendFileSync, statSync, truncateSync } from "node:fs"
import { expect } from "vitest"
import { StatusLine } from "../../src/services/copy/StatusLine.ts"
import type { Disk } from "../../src/services/Disk.ts"
import { until } from "../contracts/Stages.ts"
import * as SimulatedDisk from "../simulation/SimulatedDisk.ts"
import { about, furnish, withBackups } from "./Backups.ts"
import { backupsOn, file, home } from "./SimulatedHome.ts"

describe("a copy that lasts", () => {
  /** 25 seconds for the one file; what was logged, and what a terminal showed. */
  const watchOne = Effect.fnUntraced(function*(hasTerminal: boolean) {
    const { outside } = yield* SimulatedDisk.make(home)
    const [logged, shown] = [new Array<string>(), new Array<string>()]
    const note = (text: string) => Effect.sync(() => void shown.push(text))
    const copy: Disk["Service"]["copy"] = (from, to, mode) => Effect.andThen(Effect.sleep("25 seconds"), outside.copy(from, to, mode))
    const making = yield* (yield* backupsOn({ ...outside, copy })).create(about).pipe(
      Effect.provideService(StatusLine, hasTerminal ? { show: note, clear: note("") } : undefined),
      Effect.provide(Logger.layer([Logger.make(({ message }) => void logged.push(String(message)))])),
      Effect.forkScoped
    )
    yield* TestClock.adjust("25 seconds")
    assert.strictEqual(Option.getOrThrow(yield* Fiber.join(making)).manifest.durationMillis, 25_000)
    return { logged, shown }
  })
  it.effect("is told of in the log where there is no terminal", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* watchOne(false), { logged: ["backup: 100 %, 6 B of 6 B, 1 of 1 files, 0 B/s, 0 s left"], shown: [] })
    }))
  it.effect("is told of in one line on a terminal, which is gone at its end", () =>
    Effect.gen(function*() {
      const { logged, shown } = yield* watchOne(true)
      assert.deepStrictEqual([logged, shown.at(0), shown.at(-1)], [[], "backup: 0 %, 0 B of 6 B, 0 of 1 files", ""])
    }))
})

describe("a copy that goes on", () => {
  /** The lines of the log, each behind its second. */
  const timed = () => {
    const lines = new Array<string>()
    return { lines, layer: Logger.layer([Logger.make(({ date, message }) => void lines.push(`${date.getTime() / 1000}: ${String(message)}`))]) }
  }
  it.effect("is told of in the log every ten seconds", () =>
    Effect.gen(function*() {
      const names = ["1", "2", "3", "4", "5", "6"].map((name) => `/srv/home/data/geth/${name}`)
      const { outside } = yield* SimulatedDisk.make(new Map([...home, ...names.map((name) => [name, file("blocks")] as const)]))
      const copy: Disk["Service"]["copy"] = (from, to, mode) => Effect.andThen(Effect.sleep("3500 millis"), outside.copy(from, to, mode))
      const { layer, lines } = timed()
      const making = yield* (yield* backupsOn({ ...outside, copy })).create(about).pipe(Effect.provide(layer), Effect.forkScoped)
      yield* TestClock.adjust("60 seconds")
      yield* Fiber.join(making)
      assert.deepStrictEqual(lines, [
        "10.5: backup: 42 %, 18 B of 42 B, 3 of 7 files, 2 B/s, 14 s left",
        "21: backup: 85 %, 36 B of 42 B, 6 of 7 files, 2 B/s, 4 s left"
      ])
    }))
  it.effect("is told of in the log at ten seconds and at twenty, though it is in the midst of one large file", () =>
    withBackups(
      Effect.gen(function*() {
        const { backups, data, disk, root } = yield* furnish
        // Data at first, so that bytes are counted; then a hole, which takes no room and half a minute to read.
        appendFileSync(`${data}/large`, Buffer.alloc(2 * 2 ** 20, 1))
        truncateSync(`${data}/large`, 64 * 2 ** 30)
        const { layer, lines } = timed()
        const making = yield* backups.create(about).pipe(Effect.provide(layer), Effect.forkChild)
        const isUnderWay = Effect.map(Effect.orElseSucceed(disk.list(root), (): ReadonlyArray<string> => []), ([name]) =>
          (statSync(`${root}/${name}/data/large`, { throwIfNoEntry: false })?.size ?? 0) > 2 ** 20 && statSync(`${root}/${name}/data/geth/nodekey`, { throwIfNoEntry: false })?.size === 6)
        yield* TestClock.withLive(until("it is in the midst of the large file", isUnderWay))
        yield* TestClock.adjust("29 seconds")
        const far = String.raw`backup: \d+ %, [\d.]+ [MG]B of 68\.7 GB, \d of 4 files, [\d.]+ .?B/s, [\d.]+ (?:s|min|h) left`
        expect(lines).toEqual([expect.stringMatching(`^10: ${far}$`), expect.stringMatching(`^20: ${far}$`)])
        yield* Fiber.interrupt(making)
        assert.deepStrictEqual(yield* disk.list(root), [])
      }),
      "the real disk",
      { DAEMON_BACKUP: "copy" }
    ))
})
