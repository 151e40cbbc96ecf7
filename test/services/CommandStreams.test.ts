// What programs write and read: streams that can be opened, a reader that is waited for, and nothing lost or left behind.
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { readdir } from "node:fs/promises"
import * as CommandRunner from "../../src/services/hooks/CommandRunner.ts"
import { Disk } from "../../src/services/Disk.ts"
import { contentOf, put, quick } from "../contracts/HookParts.ts"
import { Place } from "../contracts/Places.ts"
import { code, layer, runPath, sh, usual } from "./Commands.ts"

/** With another directory for what is temporary. */
const inTemporary = (directory: string) => <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const before = process.env["TMPDIR"]
      process.env["TMPDIR"] = directory
      return before
    }),
    () => effect,
    (before) =>
      Effect.sync(() => {
        if (before === undefined) delete process.env["TMPDIR"]
        else process.env["TMPDIR"] = before
      })
  )

describe("streams", () => {
  const reopening = "cat /dev/stdin; echo two > /dev/stderr; echo three | tee /dev/stderr > /dev/null"
  it.live("can be opened by their names in /dev, and come in the order of what was written", () =>
    Effect.gen(function*() {
      const { exit, lines } = yield* sh(`${reopening}; echo four >&2; echo five`, { input: "one\n" })
      assert.deepStrictEqual([exit, lines], [code(0), ["one", "two", "three", "four", "five"]])
    }).pipe(Effect.provide(layer)))
  it.live("leave nothing behind in the directory that they were made in, nor descriptors", () =>
    Effect.gen(function*() {
      const place = yield* Place
      const open = Effect.map(Effect.promise(() => readdir("/proc/self/fd")), ({ length }) => length)
      yield* inTemporary(place())(sh("exit 0", { input: "x" }))
      const before = yield* open
      yield* inTemporary(place())(Effect.gen(function*() {
        for (let round = 0; round < 5; round++) yield* sh("cat", { input: "x" })
        yield* Effect.flip(runPath(place("nothing"), { input: "x" }))
      }))
      assert.deepStrictEqual([yield* open, yield* Effect.promise(() => readdir(place()))], [before, ["program"]])
    }).pipe(Effect.provide(layer)))
  it.live("are there all the same where no pipe can be made", () =>
    Effect.gen(function*() {
      const place = yield* Place
      const { exit, lines } = yield* inTemporary(place("nowhere"))(sh("cat; echo two; exit 3", { input: "one\n" }))
      assert.deepStrictEqual([exit, lines], [code(3), ["one", "two"]])
    }).pipe(Effect.provide(layer)))
})

describe("output", () => {
  it.live("waits for the one who is told, so that a program cannot say more than is heard", () =>
    Effect.gen(function*() {
      const place = yield* Place
      yield* put(place("program"), `#!/bin/sh\nfor i in 1 2 3 4 5 6 7 8; do head -c 65536 /dev/zero | tr '\\0' x; echo; echo $i > '${place("said")}'; done\n`)
      let [heard, most] = [0, 0]
      const tell = () => contentOf("said").pipe(
        Effect.provideService(Place, place),
        Effect.provideService(Disk, diskOf),
        Effect.delay("20 millis"),
        Effect.map((said) => {
          heard++
          most = Math.max(most, Number(said) - heard)
        })
      )
      const diskOf = yield* Disk
      yield* CommandRunner.run({ ...usual, path: place("program"), tell }, { ...quick, lastWords: Duration.minutes(1) })
      // What the system keeps between the two, and Node's one chunk.
      assert.deepStrictEqual([heard, most <= 5], [8, true])
    }).pipe(Effect.provide(layer)))
  it.live("of both streams is heard to its last byte", () =>
    Effect.gen(function*() {
      const { lines } = yield* sh("seq 1 20000; seq 1 20000 >&2; printf end", {}, { ...quick, lastWords: Duration.minutes(1) })
      const numbers = Array.from({ length: 20_000 }, (_, index) => String(index + 1))
      assert.deepStrictEqual(lines.toSorted(), [...numbers, ...numbers, "end"].toSorted())
    }).pipe(Effect.provide(layer)))
})
