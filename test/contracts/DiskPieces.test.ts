// What every disk promises of large files, which are written and read a piece at a time, and of directories that are taken away.
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Disk } from "../../src/services/Disk.ts"
import { bytes, codeOf, onEveryDisk, Place, textOf, write } from "./Places.ts"

const both = Effect.gen(function*() {
  return { disk: yield* Disk, place: yield* Place }
})

onEveryDisk("pieces", (promises) => {
  promises("are added to a file's end, and make it when it is missing", Effect.gen(function*() {
    const { disk, place } = yield* both
    for (const piece of ["one ", "two ", "", "three"]) yield* disk.append(place("file"), bytes(piece))
    assert.strictEqual(yield* textOf(place("file")), "one two three")
  }))
  promises("change the file's signature", Effect.gen(function*() {
    const { disk, place } = yield* both
    yield* disk.append(place("file"), bytes("one"))
    const before = yield* disk.status(place("file"), true)
    yield* disk.append(place("file"), bytes("two"))
    assert.notStrictEqual((yield* disk.status(place("file"), true)).signature, before.signature)
  }))
  promises("are not the bytes of whoever goes on writing to them", Effect.gen(function*() {
    const { disk, place } = yield* both
    const piece = bytes("one")
    yield* disk.append(place("file"), piece)
    piece.fill(0)
    assert.strictEqual(yield* textOf(place("file")), "one")
  }))
  promises("are read from any place, and none is behind the end", Effect.gen(function*() {
    const { disk, place } = yield* both
    yield* write(place("file"), "content")
    const read = (offset: number, limit: number) => Effect.map(disk.readAt(place("file"), offset, limit), (piece) => new TextDecoder().decode(piece))
    assert.deepStrictEqual([yield* read(0, 3), yield* read(3, 100), yield* read(7, 5), yield* read(20, 5)], ["con", "tent", "", ""])
  }))
  promises("are refused with the system's code", Effect.gen(function*() {
    const { disk, place } = yield* both
    yield* disk.makeDirectory(place("directory"))
    assert.strictEqual(yield* codeOf(disk.append(place("no", "file"), bytes("x"))), "ENOENT")
    assert.strictEqual(yield* codeOf(disk.append(place("directory"), bytes("x"))), "EISDIR")
    assert.strictEqual(yield* codeOf(disk.readAt(place("nothing"), 0, 1)), "ENOENT")
    assert.strictEqual(yield* codeOf(disk.seal(place("nothing"), 0o755)), "ENOENT")
  }))
  promises("are sealed with a mode, and the content stays", Effect.gen(function*() {
    const { disk, place } = yield* both
    yield* disk.append(place("file"), bytes("content"))
    yield* disk.seal(place("file"), 0o755)
    assert.strictEqual((yield* disk.status(place("file"), true)).mode, 0o755)
    assert.strictEqual(yield* textOf(place("file")), "content")
  }))
})

onEveryDisk("a directory", (promises) => {
  promises("is removed when it is empty; a missing one is no error", Effect.gen(function*() {
    const { disk, place } = yield* both
    yield* disk.makeDirectory(place("a", "b"))
    yield* disk.removeDirectory(place("a", "b"))
    yield* disk.removeDirectory(place("a", "b"))
    yield* disk.removeDirectory(place("x", "y"))
    assert.deepStrictEqual(yield* disk.list(place("a")), [])
  }))
  promises("with something in it is not, nor is what is no directory", Effect.gen(function*() {
    const { disk, place } = yield* both
    yield* write(place("file"), "")
    yield* disk.makeDirectory(place("a"))
    yield* write(place("a", "file"), "")
    yield* disk.link("a", place("to-a"))
    assert.deepStrictEqual([yield* codeOf(disk.removeDirectory(place("a"))), yield* codeOf(disk.removeDirectory(place("file"))), yield* codeOf(disk.removeDirectory(place("to-a")))], ["ENOTEMPTY", "ENOTDIR", "ENOTDIR"])
  }))
})
