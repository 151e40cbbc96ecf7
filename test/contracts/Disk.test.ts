// What every disk promises of files: their content, their status, and the refusals of every operation on them.
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Disk } from "../../src/services/Disk.ts"
import { bytes, codeOf, onEveryDisk, Place, textOf, write } from "./Places.ts"

/** A file, a directory with a file, links to both, a dangling link and two links to each other. */
const furnish = Effect.gen(function*() {
  const [disk, place] = [yield* Disk, yield* Place]
  yield* write(place("file"), "content")
  yield* disk.makeDirectory(place("directory"))
  yield* write(place("directory", "inside"), "in a directory")
  yield* disk.link("file", place("to-file"))
  yield* disk.link(place("directory"), place("to-directory"))
  yield* disk.link("nothing", place("dangling"))
  yield* disk.link("loop-b", place("loop-a"))
  yield* disk.link("loop-a", place("loop-b"))
  return { disk, place }
})

onEveryDisk("reading", (promises) => {
  promises("gives the bytes that were written", Effect.gen(function*() {
    const { disk, place } = yield* furnish
    assert.deepStrictEqual(yield* disk.read(place("file"), 100), bytes("content"))
  }))
  promises("gives no more than the limit, and all of a file that is exactly as long", Effect.gen(function*() {
    const { place } = yield* furnish
    assert.strictEqual(new TextDecoder().decode(yield* Disk.use((disk) => disk.read(place("file"), 4))), "cont")
    assert.strictEqual(new TextDecoder().decode(yield* Disk.use((disk) => disk.read(place("file"), 7))), "content")
  }))
  promises("gives nothing of an empty file", Effect.gen(function*() {
    const { disk, place } = yield* furnish
    yield* write(place("empty"), "")
    assert.strictEqual((yield* disk.read(place("empty"), 100)).byteLength, 0)
  }))
  promises("follows links, in the last name and on the way", Effect.gen(function*() {
    const { place } = yield* furnish
    assert.strictEqual(yield* textOf(place("to-file")), "content")
    assert.strictEqual(yield* textOf(place("to-directory", "inside")), "in a directory")
  }))
  promises("is refused with the system's code, the operation and the path", Effect.gen(function*() {
    const { disk, place } = yield* furnish
    const error = yield* Effect.flip(disk.read(place("nothing"), 1))
    assert.deepStrictEqual([error._tag, error.code, error.path], ["DiskError", "ENOENT", place("nothing")])
    assert.strictEqual(error.message, `cannot read ${place("nothing")}: ENOENT`)
  }))
  promises("of a path that is empty, or begins nowhere, is refused with ENOENT", Effect.gen(function*() {
    const { disk } = yield* furnish
    for (const path of ["", "no/such/place"]) {
      assert.deepStrictEqual([yield* codeOf(disk.status(path, true)), yield* codeOf(disk.read(path, 1)), yield* codeOf(disk.list(path))], ["ENOENT", "ENOENT", "ENOENT"])
      assert.isUndefined(yield* disk.glance(path))
    }
  }))
  for (const [name, code] of Object.entries({ nothing: "ENOENT", "no/where": "ENOENT", directory: "EISDIR", "file/below": "ENOTDIR", dangling: "ENOENT", "loop-a": "ELOOP", "loop-a/below": "ELOOP" })) {
    promises(`of ${name} is refused with ${code}`, Effect.gen(function*() {
      const { disk, place } = yield* furnish
      assert.strictEqual(yield* codeOf(disk.read(place(name), 1)), code)
    }))
  }
})

onEveryDisk("writing", (promises) => {
  promises("makes the file with its mode", Effect.gen(function*() {
    const { disk, place } = yield* furnish
    yield* write(place("program"), "#!/bin/sh", 0o755)
    const { bytes: size, kind, mode } = yield* disk.status(place("program"), false)
    assert.deepStrictEqual({ size, kind, mode }, { size: 9, kind: "file", mode: 0o755 })
  }))
  promises("replaces all of the old content", Effect.gen(function*() {
    const { place } = yield* furnish
    yield* write(place("file"), "new")
    assert.strictEqual(yield* textOf(place("file")), "new")
  }))
  promises("leaves the mode of a file that was there", Effect.gen(function*() {
    const { disk, place } = yield* furnish
    yield* write(place("file"), "new", 0o755)
    assert.strictEqual((yield* disk.status(place("file"), false)).mode, 0o644)
  }))
  promises("keeps what it was given when the caller's bytes change later", Effect.gen(function*() {
    const { disk, place } = yield* furnish
    const given = bytes("given")
    yield* disk.write(place("copy"), given, 0o644)
    given.fill(0)
    assert.strictEqual(yield* textOf(place("copy")), "given")
  }))
  promises("to a link writes the file that it points to, and leaves the link", Effect.gen(function*() {
    const { disk, place } = yield* furnish
    yield* write(place("to-file"), "by way of the link")
    assert.strictEqual(yield* disk.readLink(place("to-file")), "file")
    assert.strictEqual(yield* textOf(place("file")), "by way of the link")
  }))
  promises("to a dangling link makes the file that it points to", Effect.gen(function*() {
    const { disk, place } = yield* furnish
    yield* write(place("dangling"), "now there")
    assert.strictEqual(yield* disk.readLink(place("dangling")), "nothing")
    assert.strictEqual(yield* textOf(place("nothing")), "now there")
  }))
  for (const [name, code] of Object.entries({ "no/where": "ENOENT", directory: "EISDIR", "to-directory": "EISDIR", "file/below": "ENOTDIR", "loop-a": "ELOOP" })) {
    promises(`to ${name} is refused with ${code}`, Effect.gen(function*() {
      const { place } = yield* furnish
      assert.strictEqual(yield* codeOf(write(place(name), "x")), code)
    }))
  }
  promises("that is refused changes nothing", Effect.gen(function*() {
    const { disk, place } = yield* furnish
    yield* Effect.ignore(write(place("directory"), "x"))
    assert.strictEqual((yield* disk.status(place("directory"), false)).kind, "directory")
    assert.strictEqual(yield* textOf(place("directory", "inside")), "in a directory")
  }))
})

onEveryDisk("copying", (promises) => {
  promises("makes a file with the same content and the mode asked for", Effect.gen(function*() {
    const { disk, place } = yield* furnish
    yield* disk.copy(place("file"), place("copy"), 0o755)
    assert.strictEqual(yield* textOf(place("copy")), "content")
    assert.strictEqual((yield* disk.status(place("copy"), false)).mode, 0o755)
  }))
  promises("replaces content and mode of a file that was there", Effect.gen(function*() {
    const { disk, place } = yield* furnish
    yield* write(place("old"), "much longer than the new one")
    yield* disk.copy(place("file"), place("old"), 0o755)
    assert.strictEqual(yield* textOf(place("old")), "content")
    assert.strictEqual((yield* disk.status(place("old"), false)).mode, 0o755)
  }))
  promises("of a link copies what it points to", Effect.gen(function*() {
    const { disk, place } = yield* furnish
    yield* disk.copy(place("to-file"), place("copy"), 0o644)
    assert.strictEqual((yield* disk.status(place("copy"), false)).kind, "file")
    assert.strictEqual(yield* textOf(place("copy")), "content")
  }))
  promises("leaves the original as it was", Effect.gen(function*() {
    const { disk, place } = yield* furnish
    const before = yield* disk.status(place("file"), false)
    yield* disk.copy(place("file"), place("copy"), 0o755)
    assert.deepStrictEqual(yield* disk.status(place("file"), false), before)
  }))
  for (const [from, to, code] of [["nothing", "copy", "ENOENT"], ["dangling", "copy", "ENOENT"], ["file", "no/where", "ENOENT"], ["file", "directory", "EISDIR"], ["file", "file/below", "ENOTDIR"], ["loop-a", "copy", "ELOOP"]] as const) {
    promises(`from ${from} to ${to} is refused with ${code}`, Effect.gen(function*() {
      const { disk, place } = yield* furnish
      assert.strictEqual(yield* codeOf(disk.copy(place(from), place(to), 0o644)), code)
    }))
  }
  promises("of a directory is refused", Effect.gen(function*() {
    const { disk, place } = yield* furnish
    assert.notStrictEqual(yield* codeOf(disk.copy(place("directory"), place("copy"), 0o644)), "done")
  }))
})

onEveryDisk("removing", (promises) => {
  promises("takes a file away", Effect.gen(function*() {
    const { disk, place } = yield* furnish
    yield* disk.remove(place("file"))
    assert.strictEqual(yield* codeOf(disk.status(place("file"), false)), "ENOENT")
  }))
  promises("takes a link away and leaves what it points to", Effect.gen(function*() {
    const { disk, place } = yield* furnish
    yield* disk.remove(place("to-file"))
    yield* disk.remove(place("to-directory"))
    assert.deepStrictEqual([yield* textOf(place("file")), yield* textOf(place("directory", "inside"))], ["content", "in a directory"])
  }))
  promises("of what is not there is no error, nor is its directory missed", Effect.gen(function*() {
    const { disk, place } = yield* furnish
    yield* disk.remove(place("nothing"))
    yield* disk.remove(place("no", "where"))
    yield* disk.remove(place("dangling"))
    assert.strictEqual(yield* codeOf(disk.readLink(place("dangling"))), "ENOENT")
  }))
  promises("of a directory is refused, and it stands", Effect.gen(function*() {
    const { disk, place } = yield* furnish
    assert.notStrictEqual(yield* codeOf(disk.remove(place("directory"))), "done")
    assert.strictEqual(yield* textOf(place("directory", "inside")), "in a directory")
  }))
  promises("of a link to a directory takes the link only", Effect.gen(function*() {
    const { disk, place } = yield* furnish
    yield* disk.remove(place("to-directory"))
    assert.strictEqual(yield* codeOf(disk.readLink(place("to-directory"))), "ENOENT")
    assert.strictEqual((yield* disk.status(place("directory"), false)).kind, "directory")
  }))
})

onEveryDisk("removing a directory", (promises) => {
  promises("takes an empty one away, and a missing one is no error", Effect.gen(function*() {
    const { disk, place } = yield* furnish
    yield* disk.remove(place("directory", "inside"))
    for (const name of ["directory", "directory", "nothing", "no/where"]) yield* disk.removeDirectory(place(name))
    assert.notInclude(yield* disk.list(place()), "directory")
  }))
  for (const [name, code] of Object.entries({ directory: "ENOTEMPTY", file: "ENOTDIR", "to-directory": "ENOTDIR", "file/below": "ENOTDIR" })) {
    promises(`is refused for ${name} with ${code}, and it stands`, Effect.gen(function*() {
      const { disk, place } = yield* furnish
      assert.strictEqual(yield* codeOf(disk.removeDirectory(place(name))), code)
      assert.strictEqual(yield* textOf(place("to-directory", "inside")), "in a directory")
    }))
  }
})
