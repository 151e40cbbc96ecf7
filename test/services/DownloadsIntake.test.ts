// What comes in is held to the room on the disk again and again, and to being the only one that writes; one part of a download has one owner.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Config } from "../../src/services/Config.ts"
import { Disk } from "../../src/services/Disk.ts"
import { resume } from "../../src/services/download/Intake.ts"
import { take } from "../../src/services/download/Partial.ts"
import { layerMemory } from "../../src/services/MemoryDisk.ts"
import { short, v2 } from "../support/Fetching.ts"

const mebibyte = 1024 * 1024
const options = { path: "/node/part/body", from: "https://example.test/node", algorithms: ["sha256"], limit: 1e9, limits: short } as const
const onDisk = Effect.provide(layerMemory({ "/node/part/body": "" }))

describe("what comes in", () => {
  it.effect("is stopped as soon as a look finds that the disk is filling up", () =>
    Effect.gen(function*() {
      const looks = [1e12, 1e12, 0]
      const disk: Disk["Service"] = { ...(yield* Disk), append: () => Effect.void, freeBytes: () => Effect.sync(() => looks.shift() ?? 0) }
      const intake = yield* resume(disk, options)
      const error = yield* Effect.flip(Effect.forever(intake.add(new Uint8Array(mebibyte))))
      assert.deepStrictEqual([error.reason, intake.bytes(), looks], ["NoSpace", 48 * mebibyte, []])
    }).pipe(onDisk))
  it.effect("has no digest when somebody else wrote to the file too", () =>
    Effect.gen(function*() {
      const disk = yield* Disk
      const intake = yield* resume(disk, options)
      yield* intake.add(new Uint8Array(3))
      yield* disk.append(options.path, new Uint8Array(1))
      const error = yield* Effect.flip(intake.digests)
      assert.deepStrictEqual([error.reason, error.mayPass], ["Disk", true])
    }).pipe(onDisk))
})

describe("a part of a download", () => {
  it.effect("is taken away from the one who had it", () =>
    Effect.gen(function*() {
      const [disk, { home }] = [yield* Disk, yield* Config]
      const first = yield* take(disk, home, v2)
      yield* disk.write(first.body, new Uint8Array(5), 0o644)
      const second = yield* take(disk, home, v2)
      assert.strictEqual((yield* disk.status(second.body, false)).bytes, 5)
      assert.strictEqual((yield* Effect.flip(disk.status(first.body, false))).code, "ENOENT")
    }).pipe(Effect.provide(Config.layerOf({ DAEMON_HOME: "/node" })), onDisk))
})
