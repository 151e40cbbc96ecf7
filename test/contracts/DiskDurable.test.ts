// What the real disk asks of the system, which no look at the files shows: that everything is synced, that all of it is written, and which file systems tell of every change.
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import { vi } from "vitest"
import { Disk, type DiskError } from "../../src/services/Disk.ts"
import { bytes, codeOf, disks, Place, textOf, write } from "./Places.ts"
import { deeds, fs, refuseSync, systemError, whileTested } from "./Spied.ts"

const promises = <A, E>(promise: string, test: Effect.Effect<A, E, Disk | Place | Scope.Scope>) =>
  it.live(promise, () => Effect.provide(test, disks["the real disk"]))

const furnish = Effect.gen(function*() {
  const [disk, place] = [yield* Disk, yield* Place]
  yield* write(place("file"), "content")
  return { disk, place }
})

/** Everything that is done when it returns, with what it does to the file that it is about. */
const lasting: Readonly<Record<string, readonly [(disk: Disk["Service"], place: Place["Service"]) => Effect.Effect<void, DiskError>, string, ReadonlyArray<string>]>> = {
  "a file that is written": [(disk, place) => disk.write(place("new"), bytes("new"), 0o644), "new", ["write", "sync", "close"]],
  "a file that is written again": [(disk, place) => disk.write(place("file"), bytes("new"), 0o644), "file", ["write", "sync", "close"]],
  "a file that is sealed": [(disk, place) => disk.seal(place("file"), 0o755), "file", ["mode", "sync", "close"]],
  "a copy": [(disk, place) => disk.copy(place("file"), place("copy"), 0o755), "copy", ["mode", "sync", "close"]],
  "a directory that is synced": [(disk, place) => disk.syncDirectory(place()), "", ["sync", "close"]]
}

describe("on the real disk", () => {
  for (const [what, [run, name, expected]] of Object.entries(lasting)) {
    promises(`${what} has been synced when that is done, last of all`, Effect.gen(function*() {
      const { disk, place } = yield* furnish
      const path = name === "" ? place() : place(name)
      const noted = yield* deeds
      yield* run(disk, place)
      assert.deepStrictEqual(noted, expected.map((deed) => `${deed} ${path}`))
    }))
    promises(`${what} is refused, with the system's code, where the device does not keep it`, Effect.gen(function*() {
      const { disk, place } = yield* furnish
      const noted = yield* deeds
      yield* refuseSync("EIO")
      const error = yield* Effect.flip(run(disk, place))
      const path = name === "" ? place() : place(name)
      assert.deepStrictEqual([error.code, error.path], ["EIO", path])
      assert.deepStrictEqual(noted.at(-1), `close ${path}`)
    }))
  }
})

/** The system takes, or gives, no more than so many bytes at a time. */
const sparing = 3

describe("on the real disk, of which the system takes or gives a few bytes at a time", () => {
  const { readSync, writeSync } = fs
  promises("a file that is written is whole", Effect.gen(function*() {
    const { place } = yield* furnish
    yield* whileTested(() =>
      vi.spyOn(fs, "writeSync").mockImplementation((descriptor: number, content: string | NodeJS.ArrayBufferView, offset?: number | null) =>
        typeof content === "string" ? writeSync(descriptor, content) : writeSync(descriptor, content, offset, Math.min(sparing, content.byteLength - (offset ?? 0)))))
    yield* write(place("file"), "longer than the content before")
    assert.strictEqual(yield* textOf(place("file")), "longer than the content before")
  }))
  promises("a file for which there is no room after some of it is refused", Effect.gen(function*() {
    const { place } = yield* furnish
    let left = 2
    yield* whileTested(() =>
      vi.spyOn(fs, "writeSync").mockImplementation((descriptor: number, content: string | NodeJS.ArrayBufferView, offset?: number | null) => {
        if (left-- === 0) throw systemError("ENOSPC")
        return typeof content === "string" ? writeSync(descriptor, content) : writeSync(descriptor, content, offset, sparing)
      }))
    assert.strictEqual(yield* codeOf(write(place("file"), "longer than there is room")), "ENOSPC")
  }))
  promises("a file that is read is whole", Effect.gen(function*() {
    const { disk, place } = yield* furnish
    yield* whileTested(() =>
      vi.spyOn(fs, "readSync").mockImplementation((descriptor: number, into: NodeJS.ArrayBufferView, offset?: unknown, length?: unknown) =>
        readSync(descriptor, into, Number(offset), Math.min(sparing, Number(length)), null)))
    assert.strictEqual(yield* textOf(place("file")), "content")
    assert.deepStrictEqual(yield* disk.read(place("file"), 5), bytes("conte"))
  }))
  promises("a piece that is read is whole", Effect.gen(function*() {
    const { disk, place } = yield* furnish
    const { open } = fs.promises
    yield* whileTested(() =>
      vi.spyOn(fs.promises, "open").mockImplementation(async (path, flags, mode) => {
        const file = await open(path, flags, mode)
        const read = file.read.bind(file)
        file.read = (into: unknown, offset?: unknown, length?: unknown, position?: unknown): ReturnType<typeof read> =>
          into instanceof Uint8Array ? read(into, Number(offset), Math.min(sparing, Number(length)), Number(position)) : Promise.reject(new Error("read in another way"))
        return file
      }))
    assert.deepStrictEqual(yield* disk.readAt(place("file"), 2, 100), bytes("ntent"))
  }))
})

describe("the room on a disk", () => {
  promises("is what this user may write, not what the system keeps for root", Effect.gen(function*() {
    const { disk, place } = yield* furnish
    const { statfsSync } = fs
    yield* whileTested(() => vi.spyOn(fs, "statfsSync").mockImplementation((path) => Object.assign(statfsSync(String(path)), { bsize: 4096, blocks: 9, bfree: 5, bavail: 3 })))
    assert.strictEqual(yield* disk.freeBytes(place()), 3 * 4096)
  }))
})

describe("whether the system tells of every change", () => {
  /** `f_type` as statfs(2) has it; and what only another machine, or the host, would be told of. */
  const types: Readonly<Record<string, readonly [number, boolean]>> = {
    ext4: [0xef53, true],
    xfs: [0x58465342, true],
    btrfs: [0x9123683e, true],
    tmpfs: [0x01021994, true],
    NFS: [0x6969, false],
    CIFS: [0xff534d42, false],
    "SMB 2": [0xfe534d42, false],
    Ceph: [0x00c36400, false],
    FUSE: [0x65735546, false],
    "9p": [0x01021997, false],
    "a file system that is not known": [0x12345678, false]
  }
  const { statfsSync } = fs
  for (const [name, [type, tells]] of Object.entries(types)) {
    it.live.skipIf(process.platform !== "linux")(`is ${tells ? "so" : "not so"} on ${name}`, () =>
      Effect.gen(function*() {
        const { disk, place } = yield* furnish
        const asked = new Array<string>()
        yield* whileTested(() =>
          vi.spyOn(fs, "statfsSync").mockImplementation((path) => {
            asked.push(String(path))
            return Object.assign(statfsSync(String(path)), { type })
          }))
        assert.strictEqual(yield* disk.tellsAll(place()), tells)
        assert.deepStrictEqual(asked, [place()])
      }).pipe(Effect.provide(disks["the real disk"])))
  }
  promises("is not so where there is nothing, nor in what the kernel makes up", Effect.gen(function*() {
    const { disk, place } = yield* furnish
    assert.isFalse(yield* disk.tellsAll(place("nothing")))
    assert.isFalse(yield* disk.tellsAll("/proc"))
  }))
})
