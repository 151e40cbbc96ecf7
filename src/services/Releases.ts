// The release directories: which one a plan means, and whether the program in one could be started. Reads only, starts nothing.
import { Context, Effect, Layer, Result, Stream } from "effect"
import { type Home, releaseBinary } from "../domain/Home.ts"
import { Obstacle, Readiness } from "../domain/Readiness.ts"
import { directoryOf, inUpgrades, type Release } from "../domain/Release.ts"
import { Config } from "./Config.ts"
import { Disk, type DiskError } from "./Disk.ts"
import { type Machine, thisMachine, unfitness, unreadable } from "./ProgramFile.ts"

export { type Machine, thisMachine } from "./ProgramFile.ts"

export class Releases extends Context.Service<Releases, {
  /** The release of a plan with this name: the directory of that name, or the one that differs from it only in case. The name is a legal one. */
  readonly locate: (name: string) => Effect.Effect<Release>
  /** Whether the release could be started now; reads the beginning of its binary. */
  readonly inspect: (release: Release) => Effect.Effect<Readiness>
  /** Emits when something changed in the release's directories, or those above it; ends where the system gives no notices. */
  readonly changes: (release: Release) => Stream.Stream<void>
}>()("wemixvisor/services/Releases") {
  static readonly layerFor = (machine: Machine) =>
    Layer.effect(
      Releases,
      Effect.gen(function*() {
        const { home } = yield* Config
        const disk = yield* Disk
        return Releases.of({
          locate: (name) => locate(disk, home, name),
          inspect: (release) => inspectBinary(disk, releaseBinary(home, release), machine),
          changes: (release) => changes(disk, home, release)
        })
      })
    )
  /** Programs for the machine that this runs on. */
  static readonly layer = Releases.layerFor(thisMachine)
}

const locate = Effect.fnUntraced(function*(disk: Disk["Service"], home: Home, name: string) {
  const directory = Result.getOrElse(directoryOf(name), () => "invalid")
  const entries = yield* disk.list(home.upgrades).pipe(Effect.orElseSucceed((): ReadonlyArray<string> => []))
  if (entries.includes(directory)) return inUpgrades(directory)
  const alike = entries.filter((entry) => entry.toLowerCase() === directory.toLowerCase() && !entry.endsWith(".new"))
  return inUpgrades(alike.toSorted()[0] ?? directory)
})

/** Less than this on the home's file system, in bytes, and an upgrade is not begun: its records could not be written. */
const spaceNeeded = 1024 * 1024

/** Judges a program file for this machine; also used for one that is to become a release. */
export const inspectBinary = Effect.fnUntraced(function*(disk: Disk["Service"], path: string, machine: Machine) {
  const obstacle = yield* obstacleOf(disk, path, machine).pipe(Effect.catch((error) => Effect.succeed(unreadable(path, error))))
  return obstacle === undefined ? Readiness.Ready() : Readiness.NotReady({ obstacle })
})

const obstacleOf = Effect.fnUntraced(function*(disk: Disk["Service"], path: string, machine: Machine): Effect.fn.Return<Obstacle | undefined, DiskError> {
  const unfit = yield* unfitness(disk, path, machine)
  if (unfit !== undefined) return unfit
  const freeBytes = yield* disk.freeBytes(path)
  return freeBytes < spaceNeeded ? Obstacle.DiskFull({ path, freeBytes, neededBytes: spaceNeeded }) : undefined
})

/** Each directory is watched from the moment it is there: a change in the one above watches anew all that lies below. */
const changes = (disk: Disk["Service"], home: Home, release: Release): Stream.Stream<void> =>
  changesBelow(disk, [home.root, home.upgrades, `${home.root}/${release}`, `${home.root}/${release}/bin`])

const changesBelow = (disk: Disk["Service"], [directory, ...below]: ReadonlyArray<string>): Stream.Stream<void> => {
  if (directory === undefined) return Stream.empty
  return disk.changes(directory).pipe(
    Stream.catch(() => Stream.empty),
    Stream.switchMap(() => Stream.concat(Stream.succeed(undefined), changesBelow(disk, below)))
  )
}
