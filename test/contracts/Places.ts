// The disks that a contract is held against, each with an empty directory to work in that goes when the test ends.
import { describe, it } from "@effect/vitest"
import { Context, Effect, Layer, type Scope } from "effect"
import { mkdtemp, realpath, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { Config } from "../../src/services/Config.ts"
import { Disk, type DiskError } from "../../src/services/Disk.ts"
import { layerMemory } from "../../src/services/MemoryDisk.ts"
import * as SimulatedDisk from "../simulation/SimulatedDisk.ts"

/** An absolute path below the directory of the test; the directory itself for none. */
export class Place extends Context.Service<Place, (...names: ReadonlyArray<string>) => string>()("test/contracts/Place") {
  static readonly at = (directory: string) => Place.of((...names) => [directory, ...names].join("/"))
}

const temporary = Effect.acquireRelease(
  Effect.promise(async () => realpath(await mkdtemp(`${tmpdir()}/wemixvisor-contract-`))),
  (directory) => Effect.promise(() => rm(directory, { recursive: true, force: true }))
)

/** Where tests of the real system work. */
export const layerTemporary = Layer.effect(Place, Effect.map(temporary, Place.at))

const inMemory = Layer.effect(
  Place,
  Effect.gen(function*() {
    yield* (yield* Disk).makeDirectory("/srv/test")
    return Place.at("/srv/test")
  })
)

export const disks = {
  "the real disk": Layer.merge(Disk.layer, layerTemporary),
  "the disk in memory": Layer.orDie(Layer.provideMerge(inMemory, layerMemory())),
  "the simulated disk": Layer.orDie(Layer.provideMerge(inMemory, SimulatedDisk.layer))
}

/** Settings of a home in the test's directory. */
export const layerConfig = (environment: Readonly<Record<string, string>> = {}) =>
  Layer.orDie(Layer.unwrap(Effect.map(Place, (place) => Config.layerOf({ DAEMON_HOME: place("home"), DAEMON_NAME: "node", ...environment }))))

type Promises<R> = <A, E>(promise: string, test: Effect.Effect<A, E, R | Scope.Scope>) => void

/** Holds one suite against every disk, each promise on a fresh one. */
export const onEveryDisk = (name: string, suite: (promises: Promises<Disk | Place>) => void): void => {
  for (const [which, layer] of Object.entries(disks)) {
    describe(`${name}, on ${which}`, () => suite((promise, test) => it.live(promise, () => Effect.provide(test, layer))))
  }
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** The whole file as text. */
export const textOf = (path: string): Effect.Effect<string, DiskError, Disk> =>
  Disk.use((disk) => Effect.map(disk.read(path, 1024 * 1024), (content) => new TextDecoder().decode(content)))

export const write = (path: string, text: string, mode = 0o644): Effect.Effect<void, DiskError, Disk> =>
  Disk.use((disk) => disk.write(path, bytes(text), mode))

/** The code of the refusal; `done` when there was none. */
export const codeOf = <A, R>(effect: Effect.Effect<A, DiskError, R>): Effect.Effect<string, never, R> =>
  Effect.match(effect, { onFailure: ({ code }) => code, onSuccess: () => "done" })

/** Paths of the home in the test's directory; its root and `data` are there. */
export const furnishHome = Effect.gen(function*() {
  const [disk, { home }] = [yield* Disk, yield* Config]
  for (const directory of [home.genesis, `${home.upgrades}/v2`, `${home.upgrades}/v3`, home.data]) yield* disk.makeDirectory(directory)
  return { disk, home }
})

/** As `onEveryDisk`, with the services of a home on that disk. */
export const inHomesOnEveryDisk = <R>(
  name: string,
  services: Layer.Layer<R, never, Config | Disk>,
  suite: (promises: Promises<Config | Disk | Place | R>) => void,
  environment: Readonly<Record<string, string>> = {}
): void =>
  onEveryDisk(name, (promises) =>
    suite((promise, test) =>
      promises(promise, Effect.provide(test, Layer.provideMerge(services, layerConfig(environment))))
    ))
