// What every disk promises of notices: each change of an entry in the directory, or of one entry alone, and a failure where there is no directory.
import { assert } from "@effect/vitest"
import { Effect, Fiber, Queue, Stream } from "effect"
import { Disk, type DiskError } from "../../src/services/Disk.ts"
import { codeOf, onEveryDisk, Place, write } from "./Places.ts"

/** Notices from now on; the first one says that somebody listens. */
const watched = Effect.fnUntraced(function*(path: string, entry?: string) {
  const [disk, notices] = [yield* Disk, yield* Queue.unbounded<void>()]
  yield* disk.changes(path, entry).pipe(
    Stream.runForEach((notice) => Queue.offer(notices, notice)),
    Effect.forkScoped({ startImmediately: true })
  )
  yield* arrives(notices)
  return notices
})

const arrives = (notices: Queue.Dequeue<void>) => Effect.timeout(Queue.take(notices), "4 seconds")

/** Until the notices end; those that do not are left after a while. */
const endOf = (notices: Stream.Stream<void, DiskError>) => Effect.timeoutOrElse(Stream.runDrain(notices), { duration: "2 seconds", orElse: () => Effect.void })

const furnish = Effect.gen(function*() {
  const [disk, place] = [yield* Disk, yield* Place]
  yield* disk.makeDirectory(place("directory"))
  yield* write(place("directory", "old"), "old")
  yield* write(place("outside"), "outside")
  return { disk, place, directory: place("directory") }
})

onEveryDisk("notices", (promises) => {
  const changesOf = Effect.gen(function*() {
    const { directory, disk, place } = yield* furnish
    return {
      "of a new file": write(`${directory}/new`, "new"),
      "of a file written again": write(`${directory}/old`, "rewritten"),
      "of a removed file": disk.remove(`${directory}/old`),
      "of a file renamed away": disk.rename(`${directory}/old`, place("gone")),
      "of a file renamed into it": disk.rename(place("outside"), `${directory}/old`),
      "of a new link": disk.link("old", `${directory}/link`),
      "of a new directory": disk.makeDirectory(`${directory}/below`)
    }
  })
  const names = ["of a new file", "of a file written again", "of a removed file", "of a file renamed away", "of a file renamed into it", "of a new link", "of a new directory"] as const
  for (const name of names) {
    promises(`come ${name}`, Effect.gen(function*() {
      const place = yield* Place
      const { [name]: change } = yield* changesOf
      const notices = yield* watched(place("directory"))
      yield* change
      yield* arrives(notices)
    }))
  }
  promises("come again after one was taken", Effect.gen(function*() {
    const { directory } = yield* furnish
    const notices = yield* watched(directory)
    for (const name of ["a", "b", "c"]) {
      yield* write(`${directory}/${name}`, name)
      yield* arrives(notices)
      yield* Queue.clear(notices)
    }
  }))
  promises("of one entry come for it alone: made, renamed over, removed", Effect.gen(function*() {
    const { directory, disk } = yield* furnish
    const notices = yield* watched(directory, "plan")
    const all = yield* watched(directory)
    yield* write(`${directory}/other`, "x")
    yield* disk.rename(`${directory}/other`, `${directory}/another`)
    yield* disk.remove(`${directory}/another`)
    yield* arrives(all)
    assert.strictEqual(yield* Queue.size(notices), 0)
    for (const change of [write(`${directory}/plan`, "1"), disk.rename(`${directory}/old`, `${directory}/plan`), disk.remove(`${directory}/plan`)]) {
      yield* change
      yield* arrives(notices)
      yield* Queue.clear(notices)
    }
  }))
  promises("come of a directory that is reached by a link", Effect.gen(function*() {
    const { directory, disk, place } = yield* furnish
    yield* disk.link("directory", place("to-directory"))
    const notices = yield* watched(place("to-directory"), "new")
    yield* write(`${directory}/new`, "new")
    yield* arrives(notices)
  }))
  promises("do not come of what lies further down", Effect.gen(function*() {
    const { directory, disk } = yield* furnish
    yield* disk.makeDirectory(`${directory}/below`)
    const notices = yield* watched(directory)
    const further = yield* watched(`${directory}/below`)
    yield* write(`${directory}/below/deep`, "deep")
    yield* arrives(further)
    assert.strictEqual(yield* Queue.size(notices), 0)
  }))
  promises("fail with ENOENT once the directory is moved away, whatever stands in its place", Effect.gen(function*() {
    const { directory, disk, place } = yield* furnish
    const watching = yield* Effect.forkScoped(codeOf(endOf(disk.changes(directory))), { startImmediately: true })
    yield* watched(directory)
    yield* disk.rename(directory, place("away"))
    yield* disk.makeDirectory(directory)
    assert.strictEqual(yield* Fiber.join(watching), "ENOENT")
  }))
  promises("go on when an entry that is named like the directory goes", Effect.gen(function*() {
    const { directory, disk } = yield* furnish
    yield* write(`${directory}/directory`, "same name")
    const notices = yield* watched(directory)
    yield* disk.remove(`${directory}/directory`)
    yield* arrives(notices)
    yield* write(`${directory}/new`, "new")
    yield* arrives(notices)
  }))
  promises("are refused for a missing directory with ENOENT", Effect.gen(function*() {
    const { disk, place } = yield* furnish
    assert.strictEqual(yield* codeOf(Stream.runDrain(disk.changes(place("nothing")))), "ENOENT")
  }))
  promises("are refused for a file with ENOTDIR", Effect.gen(function*() {
    const { disk, place } = yield* furnish
    assert.strictEqual(yield* codeOf(endOf(disk.changes(place("outside")))), "ENOTDIR")
  }))
})
