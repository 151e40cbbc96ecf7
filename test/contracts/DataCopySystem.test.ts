// What only a real file system has: holes, owners, times, names that are no text, pipes and sockets, a second name for a file, a disk that is full.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, type Scope } from "effect"
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { createServer } from "node:net"
import { type CopyOptions, DataCopy } from "../../src/services/copy/DataCopy.ts"
import { layerTemporary, Place } from "./Places.ts"

const layer = Layer.merge(DataCopy.layer, layerTemporary)

const promises = <A, E>(promise: string, test: Effect.Effect<A, E, DataCopy | Place | Scope.Scope>) =>
  it.live(promise, () => Effect.provide(test, layer))

const furnish = Effect.gen(function*() {
  const [copies, place] = [yield* DataCopy, yield* Place]
  fs.mkdirSync(place("data"))
  const options = (more: Partial<CopyOptions> = {}): CopyOptions =>
    ({ from: place("data"), to: place("copy"), method: "copy", exclude: [], onProgress: () => Effect.void, ...more })
  return { copies, place, options, copy: copies.copy(options()) }
})

const bytesOf = (path: string): number => fs.statSync(path).blocks * 512
/** What this process has written by now, as the system counts it (proc_pid_io(5)); elsewhere nothing. */
const written = (): number => Number(fs.existsSync("/proc/self/io") ? /wchar: (\d+)/.exec(fs.readFileSync("/proc/self/io", "utf8"))?.[1] : 0)
const isRoot = process.getuid?.() === 0
const mebibyte = 1024 * 1024

describe("a copy on a real file system", () => {
  promises("keeps holes: at the beginning, in the middle, at the end, and a file that is nothing else", Effect.gen(function*() {
    const { copy, place } = yield* furnish
    const file = fs.openSync(place("data", "sparse"), "w")
    for (const at of [20, 20.5, 35]) fs.writeSync(file, Buffer.alloc(5000, at), 0, 5000, at * mebibyte)
    fs.ftruncateSync(file, 40 * mebibyte + 7)
    fs.closeSync(file)
    fs.writeFileSync(place("data", "hole"), "")
    fs.truncateSync(place("data", "hole"), 3 * mebibyte)
    const survey = yield* copy
    for (const name of ["sparse", "hole"]) {
      assert.strictEqual(fs.statSync(place("copy", name)).size, fs.statSync(place("data", name)).size)
      assert.isAtMost(bytesOf(place("copy", name)), bytesOf(place("data", name)))
    }
    assert.strictEqual(spawnSync("cmp", [place("data", "sparse"), place("copy", "sparse")]).status, 0)
    assert.isBelow(survey.allocatedBytes, mebibyte)
    assert.strictEqual(survey.bytes, 43 * mebibyte + 7)
  }))
  promises("of a file larger than what is copied at once is the same to the last byte", Effect.gen(function*() {
    const { copy, place } = yield* furnish
    const content = Buffer.alloc(17 * mebibyte + 123)
    for (let at = 0; at + 4 < content.byteLength; at += 1021) content.writeUInt32LE(at, at)
    fs.writeFileSync(place("data", "large"), content, { mode: 0o640 })
    yield* copy
    assert.isTrue(fs.readFileSync(place("copy", "large")).equals(content))
    assert.strictEqual(fs.statSync(place("copy", "large")).mode & 0o7777, 0o640)
  }))
  promises("keeps modes, those too that forbid everything, of directories as of files", Effect.gen(function*() {
    const { copies, copy, place } = yield* furnish
    const modes = { key: 0o400, locked: 0o000, open: 0o666, program: 0o4755 }
    for (const [name, mode] of Object.entries(modes)) {
      if (mode === 0 && !isRoot) continue
      fs.writeFileSync(place("data", name), "x")
      fs.chmodSync(place("data", name), mode)
    }
    for (const [name, mode] of [["shut", 0o500], ["common", 0o2777], ["sticky", 0o1777]] as const) {
      fs.mkdirSync(place("data", name))
      fs.writeFileSync(place("data", name, "inside"), "x")
      fs.chmodSync(place("data", name), mode)
    }
    fs.chmodSync(place("data"), 0o750)
    yield* copy
    for (const name of ["", ...fs.readdirSync(place("data"))]) {
      assert.strictEqual(fs.statSync(place("copy", name)).mode, fs.statSync(place("data", name)).mode, name)
    }
    // Which it also takes away again, though nobody may write in some of it.
    for (const name of ["copy", "data"]) yield* copies.remove(place(name))
    assert.deepStrictEqual(fs.readdirSync(place()), [])
  }))
  promises("keeps times to a microsecond, of files, directories and links", Effect.gen(function*() {
    const { copy, place } = yield* furnish
    fs.mkdirSync(place("data", "directory"))
    fs.writeFileSync(place("data", "directory", "file"), "x")
    fs.symlinkSync("file", place("data", "directory", "link"))
    fs.lutimesSync(place("data", "directory", "link"), 1_700_000_000.000_002, 1_700_000_001.000_003)
    fs.utimesSync(place("data", "directory", "file"), 1_600_000_000.123_456, 1_600_000_001.654_321)
    fs.utimesSync(place("data", "directory"), 1_500_000_000.5, 1_500_000_001.25)
    yield* copy
    for (const name of ["directory", "directory/file", "directory/link"]) {
      const [original, copied] = [fs.lstatSync(place("data", name), { bigint: true }), fs.lstatSync(place("copy", name), { bigint: true })]
      const apart = original.mtimeNs - copied.mtimeNs
      assert.isTrue(apart >= -1000n && apart <= 1000n, `${name}: ${apart} ns`)
    }
  }))
  promises("keeps links as they are: dangling, absolute, to what is outside, to themselves", Effect.gen(function*() {
    const { copy, place } = yield* furnish
    const texts = { dangling: "../nowhere", absolute: place("data"), outside: "../..", loop: "loop", "trailing slash": "dir/" }
    for (const [name, text] of Object.entries(texts)) fs.symlinkSync(text, place("data", name))
    yield* copy
    for (const [name, text] of Object.entries(texts)) assert.strictEqual(fs.readlinkSync(place("copy", name)), text)
  }))
  promises("keeps owners, when root makes it", Effect.gen(function*() {
    const { copy, place } = yield* furnish
    fs.mkdirSync(place("data", "directory"))
    fs.writeFileSync(place("data", "directory", "file"), "x", { mode: 0o640 })
    fs.symlinkSync("nowhere", place("data", "directory", "link"))
    if (isRoot) for (const name of ["directory", "directory/file", "directory/link"]) fs.lchownSync(place("data", name), 1234, 4321)
    yield* copy
    for (const name of ["directory", "directory/file", "directory/link"]) {
      const [original, copied] = [fs.lstatSync(place("data", name)), fs.lstatSync(place("copy", name))]
      assert.deepStrictEqual([copied.uid, copied.gid, copied.mode], [original.uid, original.gid, original.mode])
    }
  }))
  promises("keeps two names of one file together", Effect.gen(function*() {
    const { copy, place } = yield* furnish
    fs.mkdirSync(place("data", "checkpoint"))
    fs.writeFileSync(place("data", "1.sst"), "x".repeat(5000))
    fs.linkSync(place("data", "1.sst"), place("data", "checkpoint", "1.sst"))
    const survey = yield* copy
    assert.strictEqual(fs.statSync(place("copy", "1.sst")).ino, fs.statSync(place("copy", "checkpoint", "1.sst")).ino)
    assert.deepStrictEqual([survey.files, survey.bytes], [2, 10_000])
  }))
  promises("passes over sockets, pipes and devices, and says which", Effect.gen(function*() {
    const { copy, place } = yield* furnish
    fs.writeFileSync(place("data", "file"), "x")
    spawnSync("mkfifo", [place("data", "pipe")])
    const server = createServer()
    yield* Effect.promise(() => new Promise<void>((done) => server.listen(place("data", "geth.ipc"), done)))
    const survey = yield* copy
    yield* Effect.promise(() => new Promise<void>((done) => server.close(() => done())))
    assert.deepStrictEqual(survey.skipped.toSorted(), ["geth.ipc", "pipe"])
    assert.deepStrictEqual(fs.readdirSync(place("copy")), ["file"])
  }))
  promises("keeps names with spaces, in any script, and those that are no UTF-8 or break a line", Effect.gen(function*() {
    const { copies, copy, place } = yield* furnish
    const odd = Buffer.concat([Buffer.from(place("data", "")), Buffer.from([0x66, 0xff, 0xfe])])
    fs.mkdirSync(odd)
    fs.writeFileSync(Buffer.concat([odd, Buffer.from("/100%")]), "odd")
    for (const name of ["two words", "위믹스", "a\nb", "été"]) fs.writeFileSync(place("data", name), name)
    const survey = yield* copy
    const names = (directory: string) => fs.readdirSync(place(directory), { recursive: true, encoding: "latin1" }).toSorted()
    assert.deepStrictEqual(names("copy"), names("data"))
    assert.deepStrictEqual(survey.entries.map(({ path }) => copies.spelt(path)).toSorted(), ["", "a%0Ab", "f%FF%FE", "f%FF%FE/100%25", "two words", "été", "위믹스"])
    assert.strictEqual(fs.readFileSync(place("copy", "위믹스"), "utf8"), "위믹스")
  }))
  promises("has of a file that has grown since it was surveyed what it is by then", Effect.gen(function*() {
    const { copies, options, place } = yield* furnish
    fs.writeFileSync(place("data", "log"), "short")
    const survey = yield* copies.survey(place("data"), [])
    fs.appendFileSync(place("data", "log"), " and longer")
    const copied = yield* copies.copy(options({ survey }))
    assert.deepStrictEqual([copied.bytes, fs.readFileSync(place("copy", "log"), "utf8")], [16, "short and longer"])
  }))
  promises("syncs each file where there is no tool that syncs all at once", Effect.gen(function*() {
    const { copy, place } = yield* furnish
    fs.mkdirSync(place("data", "directory"))
    fs.writeFileSync(place("data", "directory", "file"), "x", { mode: 0o400 })
    fs.symlinkSync("nowhere", place("data", "link"))
    const path = process.env["PATH"]
    process.env["PATH"] = place("nothing")
    yield* Effect.ensuring(copy, Effect.sync(() => void (process.env["PATH"] = path)))
    assert.strictEqual(fs.readFileSync(place("copy", "directory", "file"), "utf8"), "x")
  }))
  promises("fails where a file may not be read, names it, and leaves nothing", Effect.gen(function*() {
    const { copies, options, place } = yield* furnish
    fs.writeFileSync(place("data", "file"), "x")
    const survey = yield* copies.survey(place("data"), [])
    fs.rmSync(place("data", "file"))
    fs.symlinkSync("file", place("data", "file"))
    const error = yield* Effect.flip(copies.copy(options({ survey })))
    assert.deepStrictEqual([error.reason, error.code, error.path], ["Refused", "ELOOP", place("data", "file")])
    assert.isFalse(fs.existsSync(place("copy")))
  }))
  promises("that is interrupted in the middle of a large file stops there, and leaves nothing", Effect.gen(function*() {
    const { copies, options, place } = yield* furnish
    const piece = Buffer.alloc(mebibyte, 7)
    const file = fs.openSync(place("data", "large"), "w")
    for (let pieces = 0; pieces < 200; pieces++) fs.writeSync(file, piece)
    fs.closeSync(file)
    const before = written()
    const copying = yield* Effect.forkScoped(copies.copy(options()))
    while (fs.statSync(place("copy", "large"), { throwIfNoEntry: false })?.size === undefined) yield* Effect.yieldNow
    yield* Fiber.interrupt(copying)
    assert.isBelow(written() - before, 200 * mebibyte)
    assert.deepStrictEqual(fs.readdirSync(place()), ["data"])
    assert.strictEqual(fs.statSync(place("data", "large")).size, 200 * mebibyte)
  }))
})

describe("trying whether clones can be made", () => {
  promises("leaves nothing behind, whatever the answer", Effect.gen(function*() {
    const { copies, place } = yield* furnish
    const answer = yield* copies.canClone(place("data"), place())
    assert.deepStrictEqual([fs.readdirSync(place()), fs.readdirSync(place("data"))], [["data"], []])
    assert.strictEqual(yield* copies.canClone(place("data"), place()), answer)
  }))
  // No other test asks about this file system.
  it.live.skipIf(!fs.existsSync("/dev/shm"))("is done once for two file systems, not among the data where they are one, and again where it could not even be tried", () => Effect.gen(function*() {
    const directory = fs.mkdtempSync("/dev/shm/clones-")
    const [data, backups] = [`${directory}/data`, `${directory}/backups`]
    for (const path of [data, backups]) fs.mkdirSync(path)
    const touched = Effect.gen(function*() {
      for (const path of [data, backups]) fs.utimesSync(path, 1, 1)
      yield* DataCopy.use((copies) => copies.canClone(data, backups))
      return [data, backups].filter((path) => fs.statSync(path).mtimeMs !== 1000)
    })
    fs.mkdirSync(`${backups}/.wemixvisor-probe`)
    yield* touched
    fs.rmdirSync(`${backups}/.wemixvisor-probe`)
    assert.deepStrictEqual([yield* touched, fs.readdirSync(backups), yield* touched], [[backups], [], []])
    fs.rmSync(directory, { recursive: true })
  }).pipe(Effect.provide(layer)))
  promises("says no where there is no directory, and where two file systems are", Effect.gen(function*() {
    const { copies, place } = yield* furnish
    assert.isFalse(yield* copies.canClone(place("nothing"), place()))
    assert.isFalse(yield* copies.canClone(place("data"), place("nothing")))
    assert.isFalse(yield* copies.canClone(place("data"), "/proc"))
  }))
})
