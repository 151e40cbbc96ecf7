// What every copier of trees promises, the real one and the one over a Disk: what a survey finds, what a copy keeps, what is left when one fails.
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer } from "effect"
import type { Survey } from "../../src/domain/Tree.ts"
import { type CopyOptions, DataCopy } from "../../src/services/copy/DataCopy.ts"
import { Disk } from "../../src/services/Disk.ts"
import { layerOverDisk } from "../../src/services/copy/DiskCopy.ts"
import { codeOf, disks, Place, textOf, write } from "./Places.ts"

const copiers = {
  "the real one": Layer.provideMerge(DataCopy.layer, disks["the real disk"]),
  "the one over a disk in memory": Layer.provideMerge(layerOverDisk, disks["the disk in memory"]),
  "the one over the simulated disk": Layer.provideMerge(layerOverDisk, disks["the simulated disk"])
}

type Promises = <A, E>(promise: string, test: Effect.Effect<A, E, DataCopy | Disk | Place>) => void

const onEveryCopier = (name: string, suite: (promises: Promises) => void): void => {
  for (const [which, layer] of Object.entries(copiers)) {
    describe(`${name}, by ${which}`, () => suite((promise, test) => it.live(promise, () => Effect.provide(test, layer))))
  }
}

/** `data`: three files, one of them empty, in two directories, an empty directory, links of three kinds. */
const furnish = Effect.gen(function*() {
  const [copies, disk, place] = [yield* DataCopy, yield* Disk, yield* Place]
  yield* disk.makeDirectory(place("data", "geth", "chaindata"))
  yield* disk.makeDirectory(place("data", "empty"))
  yield* write(place("data", "config"), "settings", 0o600)
  yield* write(place("data", "geth", "chaindata", "000001.log"), "x".repeat(10_000), 0o644)
  yield* write(place("data", "geth", "none"), "", 0o400)
  yield* disk.link("chaindata/000001.log", place("data", "geth", "to-file"))
  yield* disk.link("/nowhere/at all", place("data", "dangling"))
  yield* disk.link("geth", place("data", "to-directory"))
  return { copies, disk, place, from: place("data"), to: place("copy") }
})

const pathsOf = ({ entries }: Survey): ReadonlyArray<string> => entries.map(({ path }) => path).toSorted()

const everything = ["", "config", "dangling", "empty", "geth", "geth/chaindata", "geth/chaindata/000001.log", "geth/none", "geth/to-file", "to-directory"]

const silent = () => Effect.void

const plain = (from: string, to: string): CopyOptions => ({ from, to, method: "copy", exclude: [], onProgress: silent })

/** All that is below a directory, with what it holds. */
const treeOf = (path: string): Effect.Effect<ReadonlyArray<string>, unknown, Disk> =>
  Effect.gen(function*() {
    const disk = yield* Disk
    const trees = yield* Effect.forEach((yield* disk.list(path)).toSorted(), (name) => Effect.gen(function*() {
      const at = `${path}/${name}`
      const { kind, mode } = yield* disk.status(at, false)
      if (kind === "directory") return [`${name}/`, ...(yield* treeOf(at)).map((line) => `${name}/${line}`)]
      return [kind === "link" ? `${name} -> ${yield* disk.readLink(at)}` : `${name} ${mode.toString(8)} ${yield* textOf(at)}`]
    }))
    return trees.flat()
  })

onEveryCopier("a survey", (promises) => {
  promises("has every entry, a directory before what is in it, and counts them", Effect.gen(function*() {
    const { copies, from } = yield* furnish
    const survey = yield* copies.survey(from, [])
    assert.deepStrictEqual(pathsOf(survey), everything)
    const order = new Map(survey.entries.map(({ path }, index) => [path, index]))
    for (const { path } of survey.entries.filter(({ path }) => path.includes("/"))) {
      assert.isBelow(order.get(path.slice(0, path.lastIndexOf("/"))) ?? Infinity, order.get(path) ?? -1)
    }
    const { bytes, directories, excluded, files, links, skipped, vanished } = survey
    assert.deepStrictEqual({ bytes, directories, excluded, files, links, skipped, vanished },
      { bytes: 10_008, directories: 4, excluded: [], files: 3, links: 3, skipped: [], vanished: [] })
    assert.isAtLeast(survey.allocatedBytes, 10_008)
  }))
  promises("follows the root where that is a link, and no other link", Effect.gen(function*() {
    const { copies, disk, place } = yield* furnish
    yield* disk.link("data", place("to-data"))
    assert.deepStrictEqual(pathsOf(yield* copies.survey(place("to-data"), [])), everything)
  }))
  promises("leaves out what globs match, a directory with all below it, and says so", Effect.gen(function*() {
    const { copies, from } = yield* furnish
    const whole = yield* copies.survey(from, ["geth"])
    assert.deepStrictEqual([pathsOf(whole), whole.excluded], [["", "config", "dangling", "empty", "to-directory"], ["geth"]])
    const deep = yield* copies.survey(from, ["**/*.log", "./empty/", "/config"])
    assert.deepStrictEqual(deep.excluded.toSorted(), ["config", "empty", "geth/chaindata/000001.log"])
    assert.deepStrictEqual(pathsOf(deep), ["", "dangling", "geth", "geth/chaindata", "geth/none", "geth/to-file", "to-directory"])
  }))
  promises("lets a glob without a slash match at the top only, and hidden names as all others", Effect.gen(function*() {
    const { copies, from, place } = yield* furnish
    yield* write(place("data", ".hidden"), "")
    assert.deepStrictEqual((yield* copies.survey(from, ["*o*"])).excluded.toSorted(), ["config", "to-directory"])
    assert.deepStrictEqual((yield* copies.survey(from, [".h*"])).excluded, [".hidden"])
    assert.deepStrictEqual((yield* copies.survey(from, ["!config"])).excluded, [])
  }))
  promises("of what is not there fails, and names it", Effect.gen(function*() {
    const { copies, place } = yield* furnish
    const error = yield* Effect.flip(copies.survey(place("nothing"), []))
    assert.deepStrictEqual([error.reason, error.code, error.path], ["Refused", "ENOENT", place("nothing")])
  }))
  promises("of a file fails", Effect.gen(function*() {
    const { copies, place } = yield* furnish
    assert.strictEqual((yield* Effect.flip(copies.survey(place("data", "config"), []))).code, "ENOTDIR")
  }))
})

onEveryCopier("a copy", (promises) => {
  promises("has the same names, contents, modes and link texts", Effect.gen(function*() {
    const { copies, from, to } = yield* furnish
    const copied = yield* copies.copy(plain(from, to))
    assert.deepStrictEqual(yield* treeOf(to), yield* treeOf(from))
    assert.deepStrictEqual(pathsOf(copied), everything)
    assert.deepStrictEqual([copied.files, copied.bytes], [3, 10_008])
  }))
  promises("leaves out what is excluded", Effect.gen(function*() {
    const { copies, disk, from, to } = yield* furnish
    const copied = yield* copies.copy({ ...plain(from, to), exclude: ["geth/*data"] })
    assert.deepStrictEqual((yield* disk.list(`${to}/geth`)).toSorted(), ["none", "to-file"])
    assert.deepStrictEqual(copied.excluded, ["geth/chaindata"])
  }))
  promises("goes by the survey that it is given, and passes over what has vanished since", Effect.gen(function*() {
    const { copies, disk, from, place, to } = yield* furnish
    const survey = yield* copies.survey(from, [])
    yield* write(place("data", "later"), "")
    yield* disk.remove(place("data", "config"))
    yield* disk.remove(place("data", "dangling"))
    const copied = yield* copies.copy({ ...plain(from, to), survey })
    assert.deepStrictEqual(copied.vanished.toSorted(), ["config", "dangling"])
    assert.deepStrictEqual((yield* disk.list(to)).toSorted(), ["empty", "geth", "to-directory"])
    assert.deepStrictEqual([copied.files, copied.links, copied.bytes], [2, 2, 10_000])
  }))
  promises("tells how far it is, at the end that all is done", Effect.gen(function*() {
    const { copies, from, to } = yield* furnish
    const told = new Array<string>()
    yield* copies.copy({ ...plain(from, to), onProgress: ({ bytes, files, totalBytes, totalFiles }) => Effect.sync(() => void told.push(`${files}/${totalFiles} ${bytes}/${totalBytes}`)) })
    assert.strictEqual(told.at(-1), "3/3 10008/10008")
  }))
  promises("to a place that is taken is refused, and what is there stands", Effect.gen(function*() {
    const { copies, disk, from, place, to } = yield* furnish
    yield* disk.makeDirectory(to)
    yield* write(place("copy", "mine"), "mine")
    const error = yield* Effect.flip(copies.copy(plain(from, to)))
    assert.deepStrictEqual([error.reason, error.code, error.path], ["Refused", "EEXIST", to])
    assert.strictEqual(yield* textOf(place("copy", "mine")), "mine")
  }))
  promises("that cannot be cloned is refused when clones are asked for, and leaves nothing", Effect.gen(function*() {
    const { copies, disk, from, place, to } = yield* furnish
    if (yield* copies.canClone(from, place())) return
    const error = yield* Effect.flip(copies.copy({ ...plain(from, to), method: "reflink" }))
    assert.strictEqual(error.reason, "CannotClone")
    assert.strictEqual(yield* codeOf(disk.status(to, false)), "ENOENT")
  }))
  promises("that is interrupted leaves nothing", Effect.gen(function*() {
    const { copies, disk, from, to } = yield* furnish
    const begun = yield* Deferred.make<void>()
    const onProgress = () => Effect.andThen(Deferred.succeed(begun, undefined), Effect.never)
    const copying = yield* Effect.forkChild(copies.copy({ ...plain(from, to), onProgress }))
    yield* Deferred.await(begun)
    yield* Fiber.interrupt(copying)
    assert.strictEqual(yield* codeOf(disk.status(to, false)), "ENOENT")
  }))
  promises("leaves the original as it was", Effect.gen(function*() {
    const { copies, from, to } = yield* furnish
    const before = yield* treeOf(from)
    yield* copies.copy(plain(from, to))
    assert.deepStrictEqual(yield* treeOf(from), before)
  }))
  promises("can be read, file by file", Effect.gen(function*() {
    const { copies, disk, from, to } = yield* furnish
    yield* copies.copy(plain(from, to))
    const survey = yield* copies.survey(to, [])
    assert.deepStrictEqual(yield* copies.unreadable(to, survey), [])
    yield* disk.remove(`${to}/config`)
    assert.deepStrictEqual(yield* copies.unreadable(to, survey), ["config"])
  }))
})

onEveryCopier("removing a tree", (promises) => {
  promises("takes all of it and follows no link", Effect.gen(function*() {
    const { copies, disk, from, place } = yield* furnish
    yield* write(place("outside"), "stands")
    yield* disk.link(place("outside"), place("data", "to-outside"))
    yield* disk.link(place(), place("data", "to-above"))
    yield* copies.remove(from)
    assert.strictEqual(yield* codeOf(disk.status(from, false)), "ENOENT")
    assert.strictEqual(yield* textOf(place("outside")), "stands")
  }))
  promises("that is a link or a file takes that only; one that is not there is no error", Effect.gen(function*() {
    const { copies, disk, place } = yield* furnish
    yield* disk.link("data", place("to-data"))
    for (const name of ["to-data", "nothing", "data/config"]) yield* copies.remove(place(name))
    assert.deepStrictEqual((yield* disk.list(place("data"))).toSorted(), ["dangling", "empty", "geth", "to-directory"])
    assert.strictEqual(yield* codeOf(disk.readLink(place("to-data"))), "ENOENT")
  }))
})
