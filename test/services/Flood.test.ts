// A hook that writes without end, in lines or in one, to a log that is read or is not: memory stays small, and what is read is whole.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { text } from "node:stream/consumers"
import { Config } from "../../src/services/Config.ts"
import { putHook, realHooks } from "../contracts/HookParts.ts"

const mebibyte = 1024 * 1024

/** Much less than the flood. The runtime lets about half of it pile up of what nobody needs any more before it throws that away. */
const bound = 128 * mebibyte

/** Runs the flood, its log read as it comes or not at all before its end; gives what it grew by, and the lines of the log. */
const flood = Effect.fnUntraced(function*(sh: string, isRead: boolean) {
  yield* putHook("pre-upgrade", "flood", sh)
  const { home } = yield* Config
  return yield* Effect.promise(async () => {
    const child = spawn(process.execPath, [`${import.meta.dirname}/FloodProgram.ts`, home.directory], { stdio: ["ignore", "pipe", "pipe"] })
    const ended = once(child, "exit")
    const grown = once(child.stdout, "data")
    if (!isRead) await grown
    const log = await text(child.stderr)
    assert.deepStrictEqual(await ended, [0, null], log.slice(-1000))
    return { grown: Number(await grown), lines: log.split("\n").filter((line) => line.includes("flood: ")) }
  })
})

describe("a flood of 200 MB, or 400", { timeout: 120_000 }, () => {
  it.live("in lines comes whole to a log that is read", () =>
    Effect.gen(function*() {
      const { grown, lines } = yield* flood(`yes ${"x".repeat(7999)} | head -n 25000`, true)
      assert.lengthOf(lines, 25_000)
      assert.isBelow(grown, bound)
    }).pipe(Effect.provide(realHooks())))
  it.live("in one line is one that is cut", () =>
    Effect.gen(function*() {
      const { grown, lines } = yield* flood("head -c 400000000 /dev/zero | tr '\\0' x", true)
      assert.lengthOf(lines, 1)
      assert.include(lines[0], "xxx … cut after 16384 bytes")
      assert.isBelow(grown, bound)
    }).pipe(Effect.provide(realHooks())))
  it.live("in lines as long as may be does not wait for a log that nobody reads", () =>
    Effect.gen(function*() {
      const { grown, lines } = yield* flood(`yes ${"x".repeat(15_999)} | head -n 12500`, false)
      assert.isBelow(lines.length, 12_500)
      assert.isBelow(grown, bound)
    }).pipe(Effect.provide(realHooks())))
})
