// Backups on disks in trouble: power cuts at every part of every operation, refusals of each of them, little room, interruptions.
// At no time is there a finished backup that is not whole, and the data are never without a way back.
import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Effect, Fiber, Layer, Option } from "effect"
import { Backups } from "../../src/services/backup/Backups.ts"
import type { BackupError } from "../../src/services/backup/BackupError.ts"
import { Config } from "../../src/services/Config.ts"
import { DataCopy } from "../../src/services/copy/DataCopy.ts"
import { Disk, type DiskError } from "../../src/services/Disk.ts"
import { layerOverDisk } from "../../src/services/copy/DiskCopy.ts"
import { type Image, keyOf } from "../simulation/Platter.ts"
import * as SimulatedDisk from "../simulation/SimulatedDisk.ts"
import { Dice } from "../support/Dice.ts"
import { refusal } from "../support/world/Refusal.ts"
import { about } from "./Backups.ts"
import { backupsOn, file, home } from "./SimulatedHome.ts"

/** What a cut may leave, judged by the next one who looks: each finished backup is sound; the data are there, or beside their place. */
const judge = Effect.fnUntraced(function*(image: Image) {
  const { outside } = yield* SimulatedDisk.make(image)
  const backups = yield* backupsOn(outside)
  const listed = yield* backups.list
  for (const { manifest, name } of listed) {
    assert.isTrue(Option.isSome(manifest), `${name} has no manifest`)
    assert.deepStrictEqual((yield* backups.verify(name)).problems, [])
  }
  const names = yield* outside.list("/srv/home")
  const replaced = names.find((name) => name.startsWith("data.replaced-"))
  assert.isTrue(names.includes("data") || replaced !== undefined, names.join())
  const none = Option.map(Option.fromUndefinedOr(replaced), (name) => ({ place: "/srv/home/data", replaced: `/srv/home/${name}` }))
  assert.deepStrictEqual(yield* backups.brokenOff, names.includes("data") ? Option.none() : none)
  return { outside, backups, listed }
})

/** Cuts the power before each part of each operation of a deed; gives how often. */
const cutEverywhere = Effect.fnUntraced(function*(image: Image, deed: (backups: Backups["Service"]) => Effect.Effect<unknown, BackupError>, then: (judged: Effect.Success<ReturnType<typeof judge>>) => Effect.Effect<void, BackupError | DiskError>) {
  const disk = yield* SimulatedDisk.make(image)
  const images = new Map<string, Image>()
  const cut = Effect.sync(() => disk.cuts(new Dice(images.size)).forEach((left) => images.set(keyOf(left), left)))
  yield* deed(yield* backupsOn(disk.inside(() => cut)))
  yield* cut
  yield* Effect.forEach(images.values(), (left) => Effect.flatMap(judge(left), then), { discard: true })
  return images.size
})

const afterOne = Effect.fnUntraced(function*() {
  const disk = yield* SimulatedDisk.make(home)
  const made = Option.getOrThrow(yield* (yield* backupsOn(disk.outside)).create(about))
  return { image: disk.cuts(new Dice(1))[0] ?? home, name: made.name }
})

describe("a power cut", () => {
  it.effect("while a backup is made leaves it whole or not at all, and the next attempt succeeds and clears away what is left", () =>
    Effect.gen(function*() {
      const cuts = yield* cutEverywhere(home, (backups) => backups.create(about), ({ backups, outside }) =>
        Effect.gen(function*() {
          yield* backups.create(about)
          assert.deepStrictEqual((yield* outside.list("/srv/home/backups")).filter((name) => name.startsWith(".")), [])
        }))
      assert.isAbove(cuts, 30)
    }))
  it.effect("leaves a backup that was said to be made", () =>
    Effect.gen(function*() {
      const disk = yield* SimulatedDisk.make(home)
      const { name } = Option.getOrThrow(yield* (yield* backupsOn(disk.inside(() => Effect.void))).create(about))
      for (const image of disk.cuts(new Dice(1))) assert.deepStrictEqual((yield* judge(image)).listed.map((listed) => listed.name), [name])
    }))
  it.effect("while a backup is removed leaves it whole or not at all", () =>
    Effect.gen(function*() {
      const { image } = yield* afterOne()
      const cuts = yield* cutEverywhere(image, (backups) => backups.prune(0, []), ({ backups, outside }) =>
        Effect.gen(function*() {
          yield* backups.prune(0, [])
          assert.deepStrictEqual(yield* outside.list("/srv/home/backups"), [])
        }))
      assert.isAbove(cuts, 10)
    }))
  it.effect("while a backup is restored leaves the data as they were, or restored, or beside their place until it is done again", () =>
    Effect.gen(function*() {
      const { image, name } = yield* afterOne()
      const changed: Image = new Map([...image, ["/srv/home/data/geth/blocks", file("changed")]])
      const cuts = yield* cutEverywhere(changed, (backups) => backups.restore(name), ({ backups, outside }) =>
        Effect.gen(function*() {
          const { replaced = "" } = yield* backups.restore(name)
          assert.deepStrictEqual((yield* outside.status(`${replaced}/geth/blocks`, false)).kind, "file")
          assert.strictEqual(new TextDecoder().decode(yield* outside.read("/srv/home/data/geth/blocks", 100)), "blocks")
          const kept = (yield* outside.list("/srv/home")).filter((entry) => entry.startsWith("data.replaced-"))
          const contents = yield* Effect.forEach(kept, (entry) => outside.read(`/srv/home/${entry}/geth/blocks`, 100))
          assert.include(contents.map((bytes) => new TextDecoder().decode(bytes)), "changed")
        }))
      assert.isAbove(cuts, 10)
    }))
})

describe("a restoration that was said to be done", () => {
  it.effect("is there after a power cut", () =>
    Effect.gen(function*() {
      const { image, name } = yield* afterOne()
      const disk = yield* SimulatedDisk.make(new Map([...image, ["/srv/home/data/geth/blocks", file("changed")]]))
      yield* (yield* backupsOn(disk.inside(() => Effect.void))).restore(name)
      for (const left of disk.cuts(new Dice(1))) assert.deepStrictEqual(left.get("/srv/home/data/geth/blocks"), file("blocks"))
    }))
})

describe("a refusal", () => {
  it.effect("of any operation while a backup is made is said, and leaves nothing of it", () =>
    Effect.gen(function*() {
      for (let nth = 1;; nth++) {
        const disk = yield* SimulatedDisk.make(home)
        let calls = 0
        const inside = disk.inside(({ operation, path }) =>
          Effect.suspend(() => ++calls === nth ? Effect.fail(refusal(operation, path, "EIO")) : Effect.void))
        const result = yield* Effect.result((yield* backupsOn(inside)).create(about))
        if (calls < nth) return assert.isAbove(nth, 30)
        const { listed } = yield* judge(disk.cuts(new Dice(1)).at(-1) ?? home)
        if (result._tag === "Success") continue
        assert.include(result.failure.message, "EIO")
        const left = yield* Effect.orElseSucceed(disk.outside.list("/srv/home/backups"), () => [])
        // Only the last sync comes after the backup has its name.
        assert.isTrue(left.length === 0 || (left.length === 1 && listed.length === 1), left.join())
      }
    }))
  it.effect("to read a file of a backup is found by a check of it", () =>
    Effect.gen(function*() {
      const disk = yield* SimulatedDisk.make(home)
      const { name, path } = Option.getOrThrow(yield* (yield* backupsOn(disk.outside)).create(about))
      const inside = disk.inside((call) => call.operation === "read" && call.path === `${path}/data/geth/blocks` ? Effect.fail(refusal(call.operation, call.path, "EIO")) : Effect.void)
      assert.deepStrictEqual((yield* (yield* backupsOn(inside)).verify(name)).problems, ["geth/blocks cannot be read"])
    }))
  it.effect("of the second rename of a restoration puts the data back", () =>
    Effect.gen(function*() {
      const { image, name } = yield* afterOne()
      const disk = yield* SimulatedDisk.make(image)
      let renames = 0
      const inside = disk.inside(({ operation, path }) =>
        Effect.suspend(() => operation === "rename" && ++renames === 2 ? Effect.fail(refusal(operation, path, "EIO")) : Effect.void))
      assert.strictEqual((yield* Effect.flip((yield* backupsOn(inside)).restore(name))).reason, "Refused")
      assert.deepStrictEqual((yield* disk.outside.list("/srv/home")).toSorted(), ["backups", "data"])
    }))
  it.effect("to rename a directory that is a mount point is said in words", () =>
    Effect.gen(function*() {
      const { image, name } = yield* afterOne()
      const disk = yield* SimulatedDisk.make(image)
      const inside = disk.inside(({ operation, path }) =>
        operation === "rename" && path.startsWith("/srv/home/data.replaced-") ? Effect.fail(refusal(operation, path, "EBUSY")) : Effect.void)
      assert.include((yield* Effect.flip((yield* backupsOn(inside)).restore(name))).message, "mounted")
    }))
})

describe("too little room", () => {
  const withFree = (disk: Disk["Service"], bytes: number): Disk["Service"] => ({ ...disk, freeBytes: () => Effect.succeed(bytes) })
  it.effect("is what the reckoning says, and what making one fails for before anything is copied", () =>
    Effect.gen(function*() {
      const { outside } = yield* SimulatedDisk.make(home)
      const backups = yield* backupsOn(withFree(outside, 20_000_000))
      const { isEnough, neededBytes } = Option.getOrThrow(yield* backups.reckon)
      assert.isTrue(isEnough)
      const short = yield* backupsOn(withFree(outside, neededBytes - 1))
      assert.isFalse(Option.getOrThrow(yield* short.reckon).isEnough)
      const error = yield* Effect.flip(short.create(about))
      assert.strictEqual(error.reason, "NoRoom")
      for (const word of ["/srv/home/backups", "DAEMON_DATA_BACKUP_DIR", "DAEMON_BACKUP_EXCLUDE"]) assert.include(error.message, word)
      assert.deepStrictEqual(yield* outside.list("/srv/home/backups"), [])
      assert.isTrue(Option.isSome(yield* (yield* backupsOn(withFree(outside, neededBytes))).create(about)))
    }))
  it.effect("keeps a restoration from beginning", () =>
    Effect.gen(function*() {
      const { image, name } = yield* afterOne()
      const { outside } = yield* SimulatedDisk.make(image)
      assert.strictEqual((yield* Effect.flip((yield* backupsOn(withFree(outside, 1000))).restore(name))).reason, "NoRoom")
      assert.deepStrictEqual((yield* outside.list("/srv/home")).toSorted(), ["backups", "data"])
    }))
})

describe("a file that cannot be cloned though others can", () => {
  /** Says that clones can be made, and makes none. */
  const promising = Effect.fnUntraced(function*(environment: Readonly<Record<string, string>>) {
    const { outside } = yield* SimulatedDisk.make(home)
    const copies = Layer.effect(DataCopy, Effect.map(DataCopy, (copies) => DataCopy.of({ ...copies, canClone: () => Effect.succeed(true) }))).pipe(
      Layer.provide(layerOverDisk)
    )
    const layer = Backups.layer.pipe(
      Layer.provideMerge(Layer.orDie(Config.layerOf({ DAEMON_HOME: "/srv/home", ...environment }))), Layer.provide(copies), Layer.provide(Layer.succeed(Disk, outside)))
    return { outside, backups: Context.get(yield* Layer.build(layer), Backups) }
  })
  it.effect("has all copied instead, which the manifest says", () =>
    Effect.gen(function*() {
      const { backups } = yield* promising({})
      assert.strictEqual(Option.getOrThrow(yield* backups.reckon).method, "reflink")
      assert.strictEqual(Option.getOrThrow(yield* backups.create(about)).manifest.method, "copy")
    }))
  it.effect("is an error where clones were asked for, and leaves nothing", () =>
    Effect.gen(function*() {
      const { backups, outside } = yield* promising({ DAEMON_BACKUP: "reflink" })
      assert.strictEqual((yield* Effect.flip(backups.create(about))).reason, "CannotClone")
      assert.deepStrictEqual(yield* outside.list("/srv/home/backups"), [])
    }))
})

describe("an interruption", () => {
  it.effect("while a backup is made leaves nothing of it", () =>
    Effect.gen(function*() {
      const { outside } = yield* SimulatedDisk.make(home)
      const reached = yield* Deferred.make<void>()
      const copy: Disk["Service"]["copy"] = () => Effect.andThen(Deferred.succeed(reached, undefined), Effect.never)
      const making = yield* Effect.forkScoped((yield* backupsOn({ ...outside, copy })).create(about))
      yield* Deferred.await(reached)
      yield* Fiber.interrupt(making)
      assert.deepStrictEqual(yield* outside.list("/srv/home/backups"), [])
    }))
  it.effect("between the renames of a restoration waits for the second", () =>
    Effect.gen(function*() {
      const { image, name } = yield* afterOne()
      const { outside } = yield* SimulatedDisk.make(image)
      const [reached, goesOn] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const pause = Effect.andThen(Deferred.succeed(reached, undefined), Deferred.await(goesOn))
      const rename: Disk["Service"]["rename"] = (from, to) => Effect.tap(outside.rename(from, to), to.includes(".replaced-") ? pause : Effect.void)
      const restoring = yield* Effect.forkScoped((yield* backupsOn({ ...outside, rename })).restore(name))
      yield* Deferred.await(reached)
      const end = yield* Effect.forkScoped(Fiber.interrupt(restoring), { startImmediately: true })
      yield* Deferred.succeed(goesOn, undefined)
      yield* Fiber.await(end)
      assert.deepStrictEqual((yield* outside.list("/srv/home")).map((entry) => entry.replace(/-.*/, "")).toSorted(), ["backups", "data", "data.replaced"])
    }))
})
