// What only the real disk can meet: pipes, devices, and files that grow while they are read.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { Disk } from "../../src/services/Disk.ts"
import { disks, Place, textOf } from "./Places.ts"

const layer = disks["the real disk"]

describe("on the real disk", () => {
  it.live("a pipe in a file's place is neither file nor directory, and reading it waits for nobody", () =>
    Effect.gen(function*() {
      const [disk, place] = [yield* Disk, yield* Place]
      spawnSync("mkfifo", [place("pipe")])
      assert.strictEqual((yield* disk.status(place("pipe"), true)).kind, "other")
      assert.strictEqual(yield* textOf(place("pipe")), "")
    }).pipe(Effect.provide(layer)))
  it.live("a directory that cannot be made where the one above is there is refused, not tried for ever", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Disk.use((disk) => disk.makeDirectory("/proc/wemixvisor")))
      assert.strictEqual(error.code, "ENOENT")
    }).pipe(Effect.provide(layer)))
  it.live("a device is neither file nor directory", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* Disk.use((disk) => disk.status("/dev/null", true))).kind, "other")
    }).pipe(Effect.provide(layer)))
  it.live("a name of more than 255 bytes is refused, not a defect", () =>
    Effect.gen(function*() {
      const [disk, place] = [yield* Disk, yield* Place]
      const error = yield* Effect.flip(disk.status(place("x".repeat(256)), false))
      assert.strictEqual(error.code, "ENAMETOOLONG")
    }).pipe(Effect.provide(layer)))
  it.live("a path with a zero byte in it is refused, not a defect", () =>
    Effect.gen(function*() {
      const [disk, place] = [yield* Disk, yield* Place]
      const path = place("a\0b")
      for (const operation of [Effect.asVoid(disk.read(path, 1)), Effect.asVoid(disk.status(path, true)), Effect.asVoid(disk.list(path))]) {
        assert.strictEqual((yield* Effect.flip(operation))._tag, "DiskError")
      }
      assert.strictEqual((yield* disk.glance(place("a\0b")))?.modifiedAtMillis, 0)
    }).pipe(Effect.provide(layer)))
})
