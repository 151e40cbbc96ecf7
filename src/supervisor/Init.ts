// Makes a home: its directories, the first release, the link; or takes over one that cosmovisor laid out. Starts nothing.
import { Effect, Option, Schema, type Scope } from "effect"
import { type Home, releaseBinary } from "../domain/Home.ts"
import { empty } from "../domain/Journal.ts"
import { obstacleText } from "../domain/Readiness.ts"
import { genesis, type Release } from "../domain/Release.ts"
import type { Settings } from "../domain/Settings.ts"
import { Config } from "../services/Config.ts"
import { Disk, type DiskError } from "../services/Disk.ts"
import * as Durable from "../services/Durable.ts"
import { HomeLock, type HomeLockError } from "../services/HomeLock.ts"
import { type LinkError, LinkManager } from "../services/LinkManager.ts"
import { inspectBinary, thisMachine } from "../services/Releases.ts"
import { type StateError, StateFile } from "../services/StateFile.ts"
import * as Adopt from "./Adopt.ts"
import { type HomeError, lostRelease } from "./Boot.ts"

/** `NoBinary`: there is none, or none that this machine could run. `OtherBinary`: the home has another one. `Cosmovisor`: it is to be moved first. */
export class InitError extends Schema.TaggedError<InitError>()("InitError", {
  reason: Schema.Literals(["NoBinary", "OtherBinary", "Cosmovisor"]),
  why: Schema.String
}) {
  override get message() {
    return this.why
  }
}

export interface Options {
  /** Absolute path of the node's program; none when only a cosmovisor home is moved. */
  readonly binary: Option.Option<string>
  /** Replaces a genesis binary that is another one. */
  readonly force: boolean
  /** Moves a home that cosmovisor laid out. */
  readonly adopt: boolean
}

/** What was done, a line each; nothing when all was there already. */
export const init = Effect.fn("init")(function*(options: Options): Effect.fn.Return<
  ReadonlyArray<string>,
  InitError | DiskError | HomeError | HomeLockError | LinkError | StateError,
  Config | Disk | HomeLock | LinkManager | StateFile | Scope.Scope
> {
  const { home, settings } = yield* Config
  yield* Effect.forEach(Option.toArray(options.binary), checkBinary)
  const moved = yield* adopt(options)
  if (moved.length === 0 && (yield* isDone(options))) return []
  const disk = yield* Disk
  yield* Effect.forEach([`${home.genesis}/bin`, home.upgrades, home.data, ...backupsIn(home, settings)], (path) => Durable.makeDirectory(disk, path))
  yield* (yield* HomeLock).acquire
  const missing = yield* missingLink
  const copied = yield* Effect.forEach(Option.toArray(options.binary), (binary) => placeBinary(binary, options.force))
  const linked = yield* Effect.forEach(Option.toArray(missing), placeLink)
  return [...moved, ...copied.flat(), ...linked]
})

/** The backups' directory is part of the layout where it has its usual place; elsewhere it may be on a disk that is not there yet. */
const backupsIn = ({ directory }: Home, { dataBackupDir }: Settings): ReadonlyArray<string> =>
  dataBackupDir === `${directory}/backups` ? [dataBackupDir] : []

/** Found without the lock: who provisions a machine does it again while the node runs. */
const isDone = Effect.fnUntraced(function*({ binary }: Options) {
  const { home } = yield* Config
  const links = yield* LinkManager
  const kinds = yield* Effect.forEach([home.upgrades, home.data], Adopt.kindOf)
  const place = releaseBinary(home, genesis)
  return kinds.every((kind) => kind !== undefined) && Option.isSome(yield* links.current) && (yield* Adopt.kindOf(place)) !== undefined &&
    (Option.isNone(binary) || (yield* isSame(binary.value, place)))
})

const checkBinary = Effect.fnUntraced(function*(binary: string) {
  const disk = yield* Disk
  const readiness = yield* inspectBinary(disk, binary, thisMachine)
  if (readiness._tag === "Ready" || readiness.obstacle._tag === "NotExecutable" || readiness.obstacle._tag === "DiskFull") return
  return yield* new InitError({ reason: "NoBinary", why: obstacleText(readiness.obstacle) })
})

const adopt = Effect.fnUntraced(function*(options: Options) {
  const { home } = yield* Config
  const moves = yield* Adopt.moves
  if (moves.length === 0 || options.adopt) return yield* Adopt.carryOut(moves)
  const why = `${home.directory} was laid out by cosmovisor: stop cosmovisor, then run wemixvisor adopt, which renames ${home.cosmovisorRoot} to ${home.root}`
  return yield* new InitError({ reason: "Cosmovisor", why })
})

const placeBinary = Effect.fnUntraced(function*(binary: string, force: boolean) {
  const { home } = yield* Config
  const disk = yield* Disk
  const place = releaseBinary(home, genesis)
  const present = yield* Adopt.kindOf(place)
  if (present !== undefined && (yield* isSame(binary, place))) return []
  if (present !== undefined && !force) {
    const why = `${place} is another program than ${binary}: wemixvisor upgrade add <name> ${binary} adds an upgrade; --force replaces the genesis binary`
    return yield* new InitError({ reason: "OtherBinary", why })
  }
  yield* Durable.replaceWithCopy(disk, binary, place)
  return [`copied ${binary} to ${place}`]
})

/** Byte by byte; the file read at once, as large as a node's binary is. */
const isSame = Effect.fnUntraced(function*(one: string, other: string) {
  const disk = yield* Disk
  const [first, second] = [yield* disk.status(one, true), yield* disk.status(other, true)]
  if (first.bytes !== second.bytes || (second.mode & 0o111) === 0) return false
  const [left, right] = [yield* disk.read(one, first.bytes), yield* disk.read(other, second.bytes)]
  return Buffer.compare(left, right) === 0
})

/** Where the link that is not there should lead: to what ran last, and to genesis only where nothing can have run. */
const missingLink = Effect.gen(function*() {
  const [links, stateFile] = [yield* LinkManager, yield* StateFile]
  if (Option.isSome(yield* links.current)) return Option.none<Release>()
  const stored = yield* stateFile.read
  return Option.some(yield* lostRelease(Option.isSome(stored), Option.getOrElse(stored, () => empty)))
})

const placeLink = Effect.fnUntraced(function*(release: Release) {
  const { home } = yield* Config
  yield* (yield* LinkManager).pointTo(release)
  return `linked ${home.current} to ${release}${release === genesis ? "" : ", which ran last"}`
})
