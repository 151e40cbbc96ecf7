// What a person sees of a backup that takes its time: lines of the log, or one line on a terminal.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Logger, Option } from "effect"
import { TestClock } from "effect/testing"
import { StatusLine } from "../../src/services/copy/StatusLine.ts"
import type { Disk } from "../../src/services/Disk.ts"
import * as SimulatedDisk from "../simulation/SimulatedDisk.ts"
import { about } from "./Backups.ts"
import { backupsOn, home } from "./SimulatedHome.ts"

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
