// What the real copier asks of the system once all is copied: that the whole copy is synced. And what is left when a file cannot be copied to its end.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, type Scope } from "effect"
import { vi } from "vitest"
import { type CopyError, type CopyOptions, DataCopy } from "../../src/services/copy/DataCopy.ts"
import { layerTemporary, Place } from "./Places.ts"
import { fs, systemError, whileTested } from "./Spied.ts"

const layer = Layer.merge(DataCopy.layer, layerTemporary)

const promises = <A, E>(promise: string, test: Effect.Effect<A, E, DataCopy | Place | Scope.Scope>) =>
  it.live(promise, () => Effect.provide(test, layer))

/** Two files in two directories, one that is a mebibyte, a link and a second name. */
const furnish = Effect.gen(function*() {
  const [copies, place] = [yield* DataCopy, yield* Place]
  fs.mkdirSync(place("data", "directory"), { recursive: true })
  fs.writeFileSync(place("data", "file"), "x", { mode: 0o400 })
  fs.writeFileSync(place("data", "directory", "large"), Buffer.alloc(1024 * 1024, 7))
  fs.linkSync(place("data", "file"), place("data", "directory", "file"))
  fs.symlinkSync("nowhere", place("data", "link"))
  const options: CopyOptions = { from: place("data"), to: place("copy"), method: "copy", exclude: [], onProgress: () => Effect.void }
  return { place, copy: copies.copy(options) }
})

/** A `sync` that writes down how it was called, and what was in the copy by then; the only program that is found from now on. */
const syncTool = Effect.fnUntraced(function*(status: number) {
  const place = yield* Place
  fs.mkdirSync(place("bin"))
  fs.writeFileSync(place("bin", "sync"), `#!/bin/sh\n{ echo "$@"; cd "$2" && PATH=/bin:/usr/bin find . | PATH=/bin:/usr/bin sort; } >> '${place("calls")}'\nexit ${status}\n`, { mode: 0o755 })
  const path = process.env["PATH"]
  yield* Effect.acquireRelease(Effect.sync(() => void (process.env["PATH"] = place("bin"))), () => Effect.sync(() => void (process.env["PATH"] = path)))
})

/** The paths below the copy that are synced one by one from now on; or the system refuses to. */
const syncedAlone = Effect.fnUntraced(function*(code?: string) {
  const [place, synced, { open }] = [yield* Place, new Array<string>(), fs.promises]
  yield* whileTested(() =>
    vi.spyOn(fs.promises, "open").mockImplementation(async (path, flags, mode) => {
      const file = await open(path, flags, mode)
      const sync = file.sync.bind(file)
      file.sync = async () => {
        if (code !== undefined) throw systemError(code)
        await sync()
        synced.push(String(path).slice(place("copy").length))
      }
      return file
    }))
  return synced
})

const everything = [".", "./directory", "./directory/file", "./directory/large", "./file", "./link"]
const withoutLinks = ["/", "/directory", "/directory/file", "/directory/large", "/file"]
const reported = ({ code, reason }: CopyError) => [reason, code]

describe("a copy that is said to be made", () => {
  it.live.skipIf(process.platform !== "linux")("has been synced, once and with all that is in it", () =>
    Effect.gen(function*() {
      const { copy, place } = yield* furnish
      yield* syncTool(0)
      const alone = yield* syncedAlone()
      yield* copy
      assert.deepStrictEqual(fs.readFileSync(place("calls"), "utf8").trimEnd().split("\n"), [`-f ${place("copy")}`, ...everything])
      assert.deepStrictEqual(alone, [])
    }).pipe(Effect.provide(layer)))
  promises("has been synced file by file, with its directories, where the tool for all at once fails", Effect.gen(function*() {
    const { copy } = yield* furnish
    yield* syncTool(1)
    const alone = yield* syncedAlone()
    yield* copy
    assert.deepStrictEqual(alone.map((path) => path === "" ? "/" : path).toSorted(), withoutLinks)
  }))
  promises("has been synced file by file where there is no such tool", Effect.gen(function*() {
    const { copy, place } = yield* furnish
    yield* syncTool(0)
    fs.rmSync(place("bin", "sync"))
    const alone = yield* syncedAlone()
    yield* copy
    assert.deepStrictEqual(alone.map((path) => path === "" ? "/" : path).toSorted(), withoutLinks)
  }))
  promises("is none, and nothing is left of it, where the device keeps nothing", Effect.gen(function*() {
    const { copy, place } = yield* furnish
    yield* syncTool(1)
    yield* syncedAlone("EIO")
    const error = yield* Effect.flip(copy)
    assert.deepStrictEqual(reported(error), ["Refused", "EIO"])
    assert.isTrue(error.path.startsWith(place("copy")))
    assert.isFalse(fs.existsSync(place("copy")))
  }))
  promises("is none where a file that is written out at once is refused by the device", Effect.gen(function*() {
    const { copy, place } = yield* furnish
    yield* whileTested(() => vi.spyOn(fs, "fdatasync").mockImplementation((_, done) => process.nextTick(() => done(systemError("EIO")))))
    assert.deepStrictEqual(reported(yield* Effect.flip(copy)), ["Refused", "EIO"])
    assert.isFalse(fs.existsSync(place("copy")))
  }))
})

const mebibyte = 1024 * 1024

/** A file that is copied in pieces, with no two of them alike: because it is large, or because it has holes. */
const large = Effect.fnUntraced(function*(hasHoles: boolean) {
  const { copy, place } = yield* furnish
  const content = Buffer.alloc(hasHoles ? 3 * mebibyte : 17 * mebibyte)
  for (let at = 0; at + 4 < content.byteLength; at += 1021) content.writeUInt32LE(at + 1, at)
  const file = fs.openSync(place("data", "pieces"), "w")
  for (const at of hasHoles ? [mebibyte, 7 * mebibyte + 4096] : [0]) fs.writeSync(file, content, 0, content.byteLength, at)
  fs.closeSync(file)
  return { copy, place }
})

/** The system's answer to the nth time that a piece is read or written: so many bytes at most, or an error. */
const answers = (call: "read" | "write", answer: (nth: number) => number | NodeJS.ErrnoException) => {
  const original = fs[call]
  let calls = 0
  return whileTested(() =>
    vi.spyOn(fs, call).mockImplementation((descriptor: number, ...rest: ReadonlyArray<unknown>) => {
      const [buffer, start, length, position, done] = rest
      const given = answer(++calls)
      if (typeof given === "number") return void Reflect.apply(original, fs, [descriptor, buffer, start, Math.min(given, Number(length)), position, done])
      process.nextTick(() => typeof done === "function" && done(given))
    }))
}

for (const hasHoles of [false, true]) {
  describe(`a file ${hasHoles ? "with holes" : "that is large"}, copied in pieces`, () => {
    for (const call of ["read", "write"] as const) {
      promises(`is the same where the system ${call}s less than a piece at a time`, Effect.gen(function*() {
        const { copy, place } = yield* large(hasHoles)
        yield* answers(call, (nth) => nth % 2 === 0 ? 300_001 : 70_001)
        yield* copy
        assert.isTrue(fs.readFileSync(place("copy", "pieces")).equals(fs.readFileSync(place("data", "pieces"))))
      }))
      promises(`leaves nothing, and says why, where a piece in the middle cannot be ${call === "read" ? "read" : "written"}`, Effect.gen(function*() {
        const { copy, place } = yield* large(hasHoles)
        const half = new Array<boolean>()
        yield* answers(call, (nth) => {
          if (nth < 3) return mebibyte
          half.push(fs.existsSync(place("copy", "pieces")))
          return systemError("EIO")
        })
        assert.deepStrictEqual(reported(yield* Effect.flip(copy)), ["Refused", "EIO"])
        assert.deepStrictEqual([half, fs.readdirSync(place())], [[true], ["data"]])
      }))
    }
    promises("leaves nothing where there is no more room after some of a piece", Effect.gen(function*() {
      const { copy, place } = yield* large(hasHoles)
      yield* answers("write", (nth) => nth < 3 ? 1000 : systemError("ENOSPC"))
      const error = yield* Effect.flip(copy)
      assert.deepStrictEqual([...reported(error), error.path], ["Full", "ENOSPC", place("copy", "pieces")])
      assert.deepStrictEqual(fs.readdirSync(place()), ["data"])
    }))
  })
}
