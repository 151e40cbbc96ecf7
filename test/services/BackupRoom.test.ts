// How much must be free for a backup, in bytes, and where none can be made.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { type Entry, surveyOf } from "../../src/domain/Tree.ts"
import { roomFor } from "../../src/services/backup/BackupRoom.ts"
import { Backups } from "../../src/services/backup/Backups.ts"
import { Config } from "../../src/services/Config.ts"
import { layerOverDisk } from "../../src/services/copy/DiskCopy.ts"
import { Disk } from "../../src/services/Disk.ts"
import { layerMemory } from "../../src/services/MemoryDisk.ts"

const entry = (path: string, bytes: number, allocatedBytes = bytes): Entry => ({
  kind: "file", path, bytes, allocatedBytes, mode: 0o644, owner: 0, group: 0, accessedAtSeconds: 0, modifiedAtSeconds: 0, device: 0
})
const survey = (...entries: ReadonlyArray<Entry>) => surveyOf(entries, { skipped: [], excluded: [], vanished: [] })
const margin = 16 * 1024 * 1024

describe("the room for a backup", () => {
  it("is what is allocated, not what holes feign, with an entry for each file and a margin", () => {
    assert.strictEqual(roomFor("copy", survey(entry("a", 1e12, 1000), entry("b", 500))), 1500 + 2 * 1024 + margin)
  })
  it("has a margin of a fiftieth where that is more", () => {
    assert.strictEqual(roomFor("copy", survey(entry("a", 50e9 - 1024))), 51e9)
  })
  it("is next to nothing for a clone", () => {
    assert.strictEqual(roomFor("reflink", survey(entry("a", 1e12))), 1024 + margin)
  })
})

describe("a place for backups", () => {
  const reckonedIn = (home: string, backups: string, files: Readonly<Record<string, string>>, permits?: Disk["Service"]["permits"]) => {
    const config = Config.layerOf({ DAEMON_HOME: home, DAEMON_DATA_BACKUP_DIR: backups, DAEMON_BACKUP: "copy" })
    const disk = Layer.effect(Disk, Effect.map(Disk, (whole) => Disk.of({ ...whole, ...(permits && { permits }) }))).pipe(Layer.provide(layerMemory(files)))
    const layer = Backups.layer.pipe(Layer.provide(layerOverDisk), Layer.provide(Layer.merge(disk, config)))
    return Effect.result(Backups.use(({ reckon }) => reckon)).pipe(
      Effect.map((result) => result._tag === "Failure" ? result.failure.reason : Option.isSome(result.success)),
      Effect.provide(layer)
    )
  }
  it.effect("is beside the data, or elsewhere", () =>
    Effect.gen(function*() {
      const files = { "/node/data/one": "1", "/srv/kept": "" }
      assert.deepStrictEqual([yield* reckonedIn("/node", "/node/backups", files), yield* reckonedIn("/node", "/srv/backups", files)], [true, true])
    }))
  it.effect("is none where this user may not write", () =>
    Effect.gen(function*() {
      const permits: Disk["Service"]["permits"] = (path, what) => Effect.succeed(path !== "/srv/kept" || what !== "write")
      assert.strictEqual(yield* reckonedIn("/node", "/srv/kept", { "/node/data/one": "1", "/srv/kept/file": "" }, permits), "Refused")
    }))
  it.effect("is not what the data lie in, though it be the root, which is its own parent", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* reckonedIn("/", "/", { "/data/one": "1" }), "Nested")
    }))
  it.effect("is not in the data, however few levels down", () =>
    Effect.gen(function*() {
      const files = { "/node/data/one": "1" }
      assert.deepStrictEqual([yield* reckonedIn("/node", "/node/data/backups", files), yield* reckonedIn("/node", "/node/data", files)], ["Nested", "Nested"])
    }))
})
