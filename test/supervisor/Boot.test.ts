// Which child of a state file is looked for among the processes: one of this home, and never one of the home that this one is a copy of.
// And that a state file which cannot be read is no reason to begin anew.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { empty } from "../../src/domain/Journal.ts"
import { genesis } from "../../src/domain/Release.ts"
import { Backups } from "../../src/services/backup/Backups.ts"
import { Config } from "../../src/services/Config.ts"
import { Disk } from "../../src/services/Disk.ts"
import { layerOverDisk } from "../../src/services/copy/DiskCopy.ts"
import { FileWatcher } from "../../src/services/FileWatcher.ts"
import { LaunchError, Launcher } from "../../src/services/Launcher.ts"
import { LinkManager } from "../../src/services/LinkManager.ts"
import { layerMemory } from "../../src/services/MemoryDisk.ts"
import { Releases } from "../../src/services/Releases.ts"
import { Staging } from "../../src/services/staging/Staging.ts"
import { StateFile } from "../../src/services/StateFile.ts"
import { boot } from "../../src/supervisor/Boot.ts"
import * as FakeHomeLock from "../support/fakes/FakeHomeLock.ts"
import { refusal } from "../support/world/Refusal.ts"

const services = Layer.mergeAll(
  Backups.layer.pipe(Layer.provide(layerOverDisk)),
  FakeHomeLock.layer,
  FileWatcher.layer,
  LinkManager.layer,
  Releases.layer,
  Staging.layer,
  StateFile.layer
)

/** Whether a child that was recorded with this path is looked for, in the home of this name. */
const isLookedFor = (path: string, directory: string) => {
  const home = directory === "/" ? "" : directory
  const disk = layerMemory({ [`${home}/wemixvisor/genesis/bin/wemixd`]: "", "/srv/other/wemixvisor/genesis/bin/wemixd": "", "/bin/sh": "" })
  let isAsked = false
  const launcher = Launcher.of({
    start: (program) => Effect.fail(new LaunchError({ path: program.path, code: "ENOENT" })),
    find: () => Effect.sync(() => {
      isAsked = true
      return Option.none()
    })
  })
  return Effect.gen(function*() {
    yield* Disk.use((files) => Effect.andThen(files.link("genesis", `${home}/wemixvisor/current`), files.link(directory, "/srv/alias")))
    const identity = { pid: 4711, startTicks: "1", bootId: "b" }
    yield* StateFile.use((state) => state.write({ ...empty, child: { release: genesis, path, arguments: [], stopSent: false, identity } }))
    yield* boot([])
    return isAsked
  }).pipe(Effect.provide(services), Effect.provideService(Launcher, launcher), Effect.provide(Layer.provideMerge(Config.layerOf({ DAEMON_HOME: directory }), disk)))
}

const deaf = Launcher.of({ start: (program) => Effect.fail(new LaunchError({ path: program.path, code: "ENOENT" })), find: () => Effect.succeedNone })

describe("a state file", () => {
  for (const code of ["EIO", "EACCES", "EMFILE"]) {
    it.effect(`that cannot be read for ${code} ends the start, and the link is not made anew`, () => {
      const memory = layerMemory({ "/srv/node/wemixvisor/genesis/bin/wemixd": "", "/srv/node/wemixvisor/state.json": "{}" })
      const refusing = Layer.effect(Disk, Effect.map(Disk, (disk) => Disk.of({
        ...disk,
        read: (path, limit) => path.endsWith("/state.json") ? Effect.fail(refusal("read", path, code)) : disk.read(path, limit)
      }))).pipe(Layer.provide(memory))
      return Effect.gen(function*() {
        const error = yield* Effect.flip(boot([]))
        assert.deepStrictEqual([error._tag, error.reason, error.message], ["StateError", "Refused", `cannot read /srv/node/wemixvisor/state.json: ${code}`])
        assert.deepStrictEqual((yield* Disk.use((disk) => disk.list("/srv/node/wemixvisor"))).toSorted(), ["genesis", "state.json"])
      }).pipe(Effect.provide(services), Effect.provideService(Launcher, deaf), Effect.provide(Layer.provideMerge(Config.layerOf({ DAEMON_HOME: "/srv/node" }), refusing)))
    })
  }
})

describe("the child in a state file", () => {
  for (const [what, path, directory] of [
    ["is of this home", "/srv/node/wemixvisor/current/bin/wemixd", "/srv/node"],
    ["is of this home, which is the root", "/wemixvisor/current/bin/wemixd", "/"],
    ["had another name", "/srv/node/wemixvisor/current/bin/gethd", "/srv/node"],
    ["was started by another path to this home", "/srv/alias/wemixvisor/current/bin/wemixd", "/srv/node"],
    ["was started where this home was before it was moved", "/srv/before/wemixvisor/current/bin/wemixd", "/srv/node"]
  ] as const) it.effect(`is looked for when it ${what}`, () => Effect.map(isLookedFor(path, directory), (found) => assert.isTrue(found)))

  for (const [what, path] of [
    ["is of the home that this one is a copy of", "/srv/other/wemixvisor/current/bin/wemixd"],
    ["is a program of the system", "/bin/sh"],
    ["has no path", ""],
    ["has a path that is none of a home", "/srv/node/wemixvisor/current/bin/"],
    ["has a relative path", "wemixvisor/current/bin/wemixd"]
  ] as const) it.effect(`is left alone when it ${what}`, () => Effect.map(isLookedFor(path, "/srv/node"), (found) => assert.isFalse(found)))
})
