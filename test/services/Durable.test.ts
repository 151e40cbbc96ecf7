// What is written with care is written in one order only: aside, renamed, and then the directory is synced, that of the name and no other.
import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Effect, Fiber, Layer } from "effect"
import { Disk, type DiskError } from "../../src/services/Disk.ts"
import * as Durable from "../../src/services/Durable.ts"
import { layerMemory } from "../../src/services/MemoryDisk.ts"
import { bytes } from "../contracts/Places.ts"

type Service = Disk["Service"]

/** A disk in memory, and what was done to it that changes anything or makes it last. */
const noted = Effect.gen(function*() {
  const disk = Context.get(yield* Layer.build(layerMemory({ "/srv/there/old": "old" })), Disk)
  const deeds: Array<string> = []
  const note = <A>(deed: string, effect: Effect.Effect<A, DiskError>) => Effect.andThen(Effect.sync(() => void deeds.push(deed)), effect)
  const noting: Service = {
    ...disk,
    write: (path, content, mode) => note(`write ${path}`, disk.write(path, content, mode)),
    copy: (from, to, mode) => note(`copy ${from} to ${to}`, disk.copy(from, to, mode)),
    link: (text, path) => note(`link ${path}`, disk.link(text, path)),
    remove: (path) => note(`remove ${path}`, disk.remove(path)),
    rename: (from, to) => note(`rename ${from} to ${to}`, disk.rename(from, to)),
    makeDirectory: (path) => note(`make ${path}`, disk.makeDirectory(path)),
    syncDirectory: (path) => note(`sync ${path}`, disk.syncDirectory(path))
  }
  return { deeds, disk: noting }
})

const promises = (promise: string, deed: (disk: Service) => Effect.Effect<unknown, DiskError>, expected: ReadonlyArray<string>) =>
  it.effect(promise, () =>
    Effect.gen(function*() {
      const { deeds, disk } = yield* noted
      yield* deed(disk)
      assert.deepStrictEqual(deeds, expected)
    }))

const published = ["rename /srv/there/name.new to /srv/there/name", "sync /srv/there"]

describe("written with care", () => {
  promises("a file is synced in its directory once it has its name", (disk) => Durable.replaceFile(disk, "/srv/there/name", bytes("new"), 0o644), [
    "write /srv/there/name.new",
    ...published
  ])
  promises("a copy is synced in its directory once it has its name", (disk) => Durable.replaceWithCopy(disk, "/srv/there/old", "/srv/there/name"), [
    "copy /srv/there/old to /srv/there/name.new",
    ...published
  ])
  promises("a link is synced in its directory once it has its name", (disk) => Durable.replaceLink(disk, "old", "/srv/there/name"), [
    "remove /srv/there/name.new",
    "link /srv/there/name.new",
    ...published
  ])
  promises("a prepared link is renamed, and no more: who renames it syncs", (disk) =>
    Effect.andThen(Durable.prepareLink(disk, "old", "/srv/there/name"), Durable.renamePrepared(disk, "/srv/there/name")), [
    "remove /srv/there/name.new",
    "link /srv/there/name.new",
    "rename /srv/there/name.new to /srv/there/name"
  ])
  promises("each directory that had to be made is synced in the one above", (disk) => Durable.makeDirectory(disk, "/srv/there/a/b"), [
    "make /srv/there/a",
    "sync /srv/there",
    "make /srv/there/a/b",
    "sync /srv/there/a"
  ])
  promises("a directory that is there is left alone", (disk) => Durable.makeDirectory(disk, "/srv/there"), [])
  it.effect("a file that has begun to be replaced is replaced and synced, also when that is interrupted", () =>
    Effect.gen(function*() {
      const { deeds, disk } = yield* noted
      const [begun, written] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const write: Service["write"] = (path, content, mode) =>
        Effect.uninterruptible(Deferred.succeed(begun, undefined).pipe(Effect.andThen(Deferred.await(written)), Effect.andThen(disk.write(path, content, mode))))
      const replacing = yield* Effect.forkScoped(Durable.replaceFile({ ...disk, write }, "/srv/there/name", bytes("new"), 0o644), { startImmediately: true })
      yield* Deferred.await(begun)
      const interruption = yield* Effect.forkScoped(Fiber.interrupt(replacing), { startImmediately: true })
      yield* Deferred.succeed(written, undefined)
      yield* Fiber.join(interruption)
      assert.deepStrictEqual(deeds, ["write /srv/there/name.new", ...published])
    }))
})
