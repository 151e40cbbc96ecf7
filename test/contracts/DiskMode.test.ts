// What every disk promises of changing a file's mode (the file's alone, through links, and never its content) and of what it permits.
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Disk } from "../../src/services/Disk.ts"
import { codeOf, onEveryDisk, Place, textOf, write } from "./Places.ts"

onEveryDisk("a change of mode", (promises) => {
  promises("is the file's, also by way of a link, and leaves its content and its signature", Effect.gen(function*() {
    const [disk, place] = [yield* Disk, yield* Place]
    yield* write(place("file"), "text", 0o600)
    yield* disk.link("file", place("link"))
    const { signature } = yield* disk.status(place("file"), false)
    yield* disk.changeMode(place("file"), 0o700)
    assert.strictEqual((yield* disk.status(place("file"), false)).mode, 0o700)
    yield* disk.changeMode(place("link"), 0o751)
    const after = yield* disk.status(place("file"), false)
    assert.deepStrictEqual([after.mode, after.kind, after.signature, yield* textOf(place("file"))], [0o751, "file", signature, "text"])
    assert.strictEqual((yield* disk.status(place("link"), false)).kind, "link")
  }))
  promises("of what is not there is refused with ENOENT, below a file with ENOTDIR", Effect.gen(function*() {
    const [disk, place] = [yield* Disk, yield* Place]
    yield* write(place("file"), "")
    yield* disk.link("nowhere", place("dangling"))
    assert.strictEqual(yield* codeOf(disk.changeMode(place("nothing"), 0o700)), "ENOENT")
    assert.strictEqual(yield* codeOf(disk.changeMode(place("dangling"), 0o700)), "ENOENT")
    assert.strictEqual(yield* codeOf(disk.changeMode(place("file", "below"), 0o700)), "ENOTDIR")
  }))
})

onEveryDisk("a permission", (promises) => {
  promises("to execute needs a bit for it, and to write a directory; what is not there permits nothing", Effect.gen(function*() {
    const [disk, place] = [yield* Disk, yield* Place]
    yield* write(place("file"), "")
    yield* disk.write(place("program"), new Uint8Array(), 0o755)
    yield* disk.makeDirectory(place("directory"))
    const asked = [disk.permits(place("file"), "execute"), disk.permits(place("program"), "execute"), disk.permits(place("directory"), "write"), disk.permits(place("none"), "execute"), disk.permits(place("none"), "write")]
    assert.deepStrictEqual(yield* Effect.all(asked), [false, true, true, false, false])
  }))
})
