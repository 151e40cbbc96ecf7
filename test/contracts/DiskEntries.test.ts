// What every disk promises of names: directories, links, renames, and the signature that tells one content from the next.
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Disk } from "../../src/services/Disk.ts"
import { codeOf, onEveryDisk, Place, textOf, write } from "./Places.ts"

const both = Effect.gen(function*() {
  return { disk: yield* Disk, place: yield* Place }
})

onEveryDisk("directories", (promises) => {
  promises("are made with those above them, and making them again is no error", Effect.gen(function*() {
    const { disk, place } = yield* both
    yield* disk.makeDirectory(place("a", "b", "c"))
    yield* disk.makeDirectory(place("a", "b", "c"))
    assert.strictEqual((yield* disk.status(place("a", "b", "c"), false)).kind, "directory")
  }))
  promises("stand behind a link that points to one", Effect.gen(function*() {
    const { disk, place } = yield* both
    yield* disk.makeDirectory(place("a"))
    yield* disk.link("a", place("to-a"))
    yield* disk.makeDirectory(place("to-a"))
    yield* disk.makeDirectory(place("to-a", "b"))
    assert.strictEqual((yield* disk.status(place("a", "b"), false)).kind, "directory")
  }))
  promises("are refused where a file is, with EEXIST, and below one, with ENOTDIR", Effect.gen(function*() {
    const { disk, place } = yield* both
    yield* write(place("file"), "")
    assert.strictEqual(yield* codeOf(disk.makeDirectory(place("file"))), "EEXIST")
    assert.strictEqual(yield* codeOf(disk.makeDirectory(place("file", "below"))), "ENOTDIR")
  }))
  promises("list the names of their entries, and not those further down", Effect.gen(function*() {
    const { disk, place } = yield* both
    yield* disk.makeDirectory(place("a", "b"))
    yield* write(place("a", "file"), "")
    yield* write(place("a", "b", "deep"), "")
    yield* disk.link("nowhere", place("a", "link"))
    yield* disk.link("a", place("to-a"))
    assert.deepStrictEqual((yield* disk.list(place("a"))).toSorted(), ["b", "file", "link"])
    assert.deepStrictEqual((yield* disk.list(place("to-a"))).toSorted(), ["b", "file", "link"])
  }))
  promises("that are missing, or files, cannot be listed", Effect.gen(function*() {
    const { disk, place } = yield* both
    yield* write(place("file"), "")
    assert.strictEqual(yield* codeOf(disk.list(place("nothing"))), "ENOENT")
    assert.strictEqual(yield* codeOf(disk.list(place("file"))), "ENOTDIR")
  }))
  promises("can be synced, and a missing one cannot", Effect.gen(function*() {
    const { disk, place } = yield* both
    yield* disk.syncDirectory(place())
    assert.strictEqual(yield* codeOf(disk.syncDirectory(place("nothing"))), "ENOENT")
  }))
  promises("have space on their file system", Effect.gen(function*() {
    const { disk, place } = yield* both
    assert.isAbove(yield* disk.freeBytes(place()), 0)
  }))
})

onEveryDisk("links", (promises) => {
  promises("keep their text, whatever it is", Effect.gen(function*() {
    const { disk, place } = yield* both
    for (const [index, text] of ["genesis", "./genesis/", "/srv//x", "upgrades/some%20spaces", "ünïcode"].entries()) {
      yield* disk.link(text, place(`link-${index}`))
      assert.strictEqual(yield* disk.readLink(place(`link-${index}`)), text)
    }
  }))
  promises("lead on relative to their own directory, through dots and other links", Effect.gen(function*() {
    const { disk, place } = yield* both
    yield* disk.makeDirectory(place("a", "b"))
    yield* write(place("a", "file"), "found")
    yield* disk.link("../file", place("a", "b", "up"))
    yield* disk.link("./a/b", place("short"))
    yield* disk.link("short/up", place("twice"))
    yield* disk.link("a/b/../../a/./file", place("crooked"))
    assert.deepStrictEqual([yield* textOf(place("twice")), yield* textOf(place("crooked"))], ["found", "found"])
  }))
  promises("lead on with a slash at their end", Effect.gen(function*() {
    const { disk, place } = yield* both
    yield* disk.makeDirectory(place("a"))
    yield* write(place("a", "file"), "found")
    yield* disk.link("a/", place("to-a"))
    assert.strictEqual(yield* textOf(place("to-a", "file")), "found")
    assert.strictEqual((yield* disk.status(place("to-a"), true)).kind, "directory")
  }))
  promises("have a status of their own, and that of their target when it is asked for", Effect.gen(function*() {
    const { disk, place } = yield* both
    yield* write(place("file"), "four", 0o755)
    yield* disk.link("file", place("link"))
    assert.strictEqual((yield* disk.status(place("link"), false)).kind, "link")
    assert.deepStrictEqual(yield* disk.status(place("link"), true), yield* disk.status(place("file"), false))
  }))
  promises("are refused over any entry with EEXIST, a dangling link too", Effect.gen(function*() {
    const { disk, place } = yield* both
    yield* write(place("file"), "")
    yield* disk.makeDirectory(place("directory"))
    yield* disk.link("nowhere", place("dangling"))
    for (const name of ["file", "directory", "dangling"]) assert.strictEqual(yield* codeOf(disk.link("x", place(name))), "EEXIST")
    assert.strictEqual(yield* disk.readLink(place("dangling")), "nowhere")
  }))
  promises("cannot be made in a missing directory or below a file", Effect.gen(function*() {
    const { disk, place } = yield* both
    yield* write(place("file"), "")
    assert.strictEqual(yield* codeOf(disk.link("x", place("no", "where"))), "ENOENT")
    assert.strictEqual(yield* codeOf(disk.link("x", place("file", "below"))), "ENOTDIR")
  }))
  promises("are all that a link's text can be read of: EINVAL for files and directories", Effect.gen(function*() {
    const { disk, place } = yield* both
    yield* write(place("file"), "")
    assert.strictEqual(yield* codeOf(disk.readLink(place("file"))), "EINVAL")
    assert.strictEqual(yield* codeOf(disk.readLink(place())), "EINVAL")
    assert.strictEqual(yield* codeOf(disk.readLink(place("nothing"))), "ENOENT")
    assert.strictEqual(yield* codeOf(disk.readLink(place("file", "below"))), "ENOTDIR")
  }))
  promises("in a circle are refused with ELOOP when followed, and can be looked at", Effect.gen(function*() {
    const { disk, place } = yield* both
    yield* disk.link("self", place("self"))
    assert.strictEqual(yield* codeOf(disk.status(place("self"), true)), "ELOOP")
    assert.strictEqual((yield* disk.status(place("self"), false)).kind, "link")
  }))
  promises("that dangle have no status of a target", Effect.gen(function*() {
    const { disk, place } = yield* both
    yield* disk.link("nowhere", place("dangling"))
    assert.strictEqual(yield* codeOf(disk.status(place("dangling"), true)), "ENOENT")
  }))
})

onEveryDisk("renaming", (promises) => {
  const furnish = Effect.gen(function*() {
    const { disk, place } = yield* both
    yield* write(place("file"), "content", 0o755)
    yield* write(place("other"), "other")
    yield* disk.makeDirectory(place("directory"))
    yield* write(place("directory", "inside"), "inside")
    yield* disk.makeDirectory(place("empty"))
    yield* disk.link("file", place("link"))
    return { disk, place }
  })
  promises("moves a file with its content, mode and signature", Effect.gen(function*() {
    const { disk, place } = yield* furnish
    const before = yield* disk.status(place("file"), false)
    yield* disk.rename(place("file"), place("directory", "moved"))
    assert.deepStrictEqual(yield* disk.status(place("directory", "moved"), false), before)
    assert.strictEqual(yield* codeOf(disk.status(place("file"), false)), "ENOENT")
  }))
  promises("puts a file in the place of a link and leaves what the link pointed to", Effect.gen(function*() {
    const { disk, place } = yield* furnish
    yield* disk.rename(place("other"), place("link"))
    assert.strictEqual((yield* disk.status(place("link"), false)).kind, "file")
    assert.deepStrictEqual([yield* textOf(place("link")), yield* textOf(place("file"))], ["other", "content"])
  }))
  promises("puts a link in the place of a link, and of a file", Effect.gen(function*() {
    const { disk, place } = yield* furnish
    yield* disk.link("directory", place("new"))
    yield* disk.rename(place("new"), place("link"))
    assert.strictEqual(yield* disk.readLink(place("link")), "directory")
    yield* disk.rename(place("link"), place("other"))
    assert.strictEqual(yield* disk.readLink(place("other")), "directory")
  }))
  promises("moves a directory with all that is in it", Effect.gen(function*() {
    const { disk, place } = yield* furnish
    yield* disk.rename(place("directory"), place("moved"))
    assert.strictEqual(yield* textOf(place("moved", "inside")), "inside")
    assert.strictEqual(yield* codeOf(disk.status(place("directory", "inside"), false)), "ENOENT")
  }))
  promises("to its own name changes nothing", Effect.gen(function*() {
    const { disk, place } = yield* furnish
    yield* disk.rename(place("file"), place("file"))
    yield* disk.rename(place("directory"), place("directory"))
    assert.deepStrictEqual([yield* textOf(place("file")), yield* textOf(place("directory", "inside"))], ["content", "inside"])
  }))
  for (const [from, to, code] of [
    ["nothing", "x", "ENOENT"],
    ["file", "no/where", "ENOENT"],
    ["file", "other/below", "ENOTDIR"],
    ["file", "directory", "EISDIR"],
    ["link", "empty", "EISDIR"],
    ["directory", "file", "ENOTDIR"],
    ["directory", "link", "ENOTDIR"],
    ["empty", "directory", "ENOTEMPTY"],
    ["directory", "directory/below", "EINVAL"]
  ] as const) {
    promises(`${from} to ${to} is refused with ${code} and moves nothing`, Effect.gen(function*() {
      const { disk, place } = yield* furnish
      assert.strictEqual(yield* codeOf(disk.rename(place(from), place(to))), code)
      assert.deepStrictEqual((yield* disk.list(place())).toSorted(), ["directory", "empty", "file", "link", "other"])
      assert.strictEqual(yield* textOf(place("directory", "inside")), "inside")
    }))
  }
})

onEveryDisk("a glance", (promises) => {
  promises("says the same of a file, or what a link leads to, as its status", Effect.gen(function*() {
    const { disk, place } = yield* both
    yield* write(place("file"), "content")
    yield* disk.link("file", place("link"))
    const { modifiedAtMillis, signature } = yield* disk.status(place("file"), true)
    for (const name of ["file", "link"]) {
      const glance = yield* disk.glance(place(name))
      assert.deepStrictEqual([glance?.modifiedAtMillis, glance?.signature], [modifiedAtMillis, signature])
    }
  }))
  promises("says nothing where there is nothing, and the refusal where the system refuses", Effect.gen(function*() {
    const { disk, place } = yield* both
    yield* write(place("file"), "")
    yield* disk.link("nowhere", place("dangling"))
    yield* disk.link("self", place("self"))
    for (const name of ["nothing", "no/where", "file/below", "dangling"]) assert.isUndefined(yield* disk.glance(place(name)))
    assert.strictEqual((yield* disk.glance(place("self")))?.signature, "ELOOP")
  }))
})

onEveryDisk("a signature", (promises) => {
  promises("stays while nothing is done", Effect.gen(function*() {
    const { disk, place } = yield* both
    yield* write(place("file"), "content")
    const before = yield* disk.status(place("file"), true)
    yield* disk.read(place("file"), 100)
    yield* write(place("neighbour"), "")
    assert.strictEqual((yield* disk.status(place("file"), true)).signature, before.signature)
  }))
  promises("changes when another file takes the place, even one with the same content", Effect.gen(function*() {
    const { disk, place } = yield* both
    yield* write(place("file"), "content")
    const before = yield* disk.status(place("file"), true)
    yield* write(place("aside"), "content")
    yield* disk.rename(place("aside"), place("file"))
    assert.notStrictEqual((yield* disk.status(place("file"), true)).signature, before.signature)
  }))
  promises("changes when the file is written to another length", Effect.gen(function*() {
    const { disk, place } = yield* both
    yield* write(place("file"), "content")
    const before = yield* disk.status(place("file"), true)
    yield* write(place("file"), "contents")
    assert.notStrictEqual((yield* disk.status(place("file"), true)).signature, before.signature)
  }))
  promises("changes when what a followed link points to is another", Effect.gen(function*() {
    const { disk, place } = yield* both
    yield* write(place("one"), "content")
    yield* write(place("two"), "content")
    yield* disk.link("one", place("link"))
    const before = yield* disk.status(place("link"), true)
    yield* disk.remove(place("link"))
    yield* disk.link("two", place("link"))
    assert.notStrictEqual((yield* disk.status(place("link"), true)).signature, before.signature)
  }))
})
