// Puts a release into its place: made aside, checked, synced, and moved there by one rename, with a record of what it is.
// Never changes a release in its place, and never decides which one runs.
import { Clock, Context, Effect, Layer, Option, Schema } from "effect"
import { dirname } from "node:path/posix"
import { type Digest, textOf } from "../../domain/Checksum.ts"
import { type Home, releaseBinary, releaseDirectory, releaseRecord } from "../../domain/Home.ts"
import type { MachineNames } from "../../domain/PlanBinaries.ts"
import { obstacleText } from "../../domain/Readiness.ts"
import { label, type Release } from "../../domain/Release.ts"
import { Staged, StagedJson } from "../../domain/Staged.ts"
import { asideOf, clear, exists, leave, removeTree, type Work, workFor } from "./Aside.ts"
import { Config } from "../Config.ts"
import { Disk, type DiskError, isMissing } from "../Disk.ts"
import * as Durable from "../Durable.ts"
import { hashFile } from "./Hashing.ts"
import { inspectBinary, thisMachine } from "../Releases.ts"

/**
 * `Refused`: the disk said no. `Mismatch`: it does not hash to what it must. `Unfit`: it is no program for this machine.
 * `Exists`: another one has the place. `Damaged`: its record cannot be read.
 */
export class StagingError extends Schema.TaggedError<StagingError>()("StagingError", {
  path: Schema.String,
  reason: Schema.Literals(["Refused", "Mismatch", "Unfit", "Exists", "Damaged"]),
  why: Schema.String
}) {
  override get message() {
    return this.why
  }
}

export interface Placing {
  readonly release: Release
  /** Absolute path of a program file. */
  readonly binary: string
  /** Where it came from, for the record and for errors. */
  readonly from: string
  /** What the binary must hash to; only recorded when it is `verified`. */
  readonly checksum: Digest | undefined
  /** Replaces another release of that name; the caller knows that it is not the current one. */
  readonly force: boolean
  /** Hashed and found right by the caller, who gives the file away: it is renamed, not copied. */
  readonly verified?: { readonly sha256: string }
}

/** A binary that is not what it was when it was staged. */
export interface Changed {
  readonly path: string
  readonly expected: string
  readonly found: string
}

export interface Checked {
  readonly staged: Staged
  /** None also where there is no binary. */
  readonly change: Option.Option<Changed>
}

/** Several may stage at once, other processes too: each works in a directory of its own, and who comes later takes the earlier one's away. */
export class Staging extends Context.Service<Staging, {
  /**
   * Puts a program file that is here already at the release's place, executable, with its record. The release is complete there or
   * absent, whatever happens; leftovers are cleared by the next call. The same bytes again are no change. When interrupted, nothing is done.
   */
  readonly place: (placing: Placing) => Effect.Effect<Staged, StagingError>
  /** What the release was staged as, and whether its binary is still that; None for one that was staged by hand. Asking again costs a look at the files. */
  readonly check: (release: Release) => Effect.Effect<Option.Option<Checked>, StagingError>
  /** The release's record, None when it has none. */
  readonly recordOf: (release: Release) => Effect.Effect<Option.Option<Staged>, StagingError>
  /** SHA-256 of the binary at the release's place, None when there is none; remembered while the file is not changed. */
  readonly digestOf: (release: Release) => Effect.Effect<Option.Option<string>, StagingError>
  /** Takes the release away at once, then removes its files; a missing one is no error. */
  readonly remove: (release: Release) => Effect.Effect<void, StagingError>
}>()("wemixvisor/services/staging/Staging") {
  static readonly layerFor = (machine: MachineNames) =>
    Layer.effect(
      Staging,
      Effect.gen(function*() {
        const tools = { disk: yield* Disk, home: (yield* Config).home, machine, known: new Map<string, Known>() }
        return Staging.of({
          place: (placing) => place(tools, placing),
          check: (release) => check(tools, release),
          recordOf: (release) => recordOf(tools, release),
          digestOf: (release) => digestOf(tools, release),
          remove: (release) => Effect.mapError(remove(tools, release), refused(releaseDirectory(tools.home, release)))
        })
      })
    )
  static readonly layer = Staging.layerFor(thisMachine)
}

interface Known {
  readonly signature: string
  readonly sha256: string
}

interface Tools {
  readonly disk: Disk["Service"]
  readonly home: Home
  readonly machine: MachineNames
  /** Digests by path. */
  readonly known: Map<string, Known>
}

const refused = (path: string) => (error: DiskError | StagingError): StagingError =>
  error._tag === "DiskError" ? new StagingError({ path, reason: "Refused", why: error.message }) : error

const fail = (reason: StagingError["reason"], path: string, why: string) => Effect.fail(new StagingError({ path, reason, why }))

const place = Effect.fn("Staging.place")(function*(tools: Tools, placing: Placing): Effect.fn.Return<Staged, StagingError> {
  const { disk, home } = tools
  const { release } = placing
  const work = yield* workFor(home, release)
  const placed = Effect.gen(function*() {
    yield* clear(disk, home, release)
    const staged = yield* make(tools, placing, work.made)
    const present = yield* presentOf(tools, release, staged)
    if (Option.isSome(present)) return present.value
    yield* Effect.uninterruptible(publish(tools, placing, work))
    return staged
  })
  return yield* placed.pipe(Effect.ensuring(leave(disk, home, release, work)), Effect.mapError(refused(releaseDirectory(home, release))))
})

/** The whole release in `aside`, checked and synced. */
const make = Effect.fnUntraced(function*(tools: Tools, placing: Placing, aside: string) {
  const { disk, home, machine } = tools
  const binary = `${aside}/bin/${home.binaryName}`
  const source = yield* Effect.mapError(disk.status(placing.binary, true), ({ code }) => new StagingError({ path: placing.from, reason: "Refused", why: code === "ENOENT" ? `there is no file ${placing.from}` : `cannot copy ${placing.from}: ${code}` }))
  if (source.kind !== "file") return yield* fail("Unfit", placing.from, `${placing.from} is not a file: name the node's program`)
  yield* Durable.makeDirectory(disk, home.upgrades)
  yield* disk.makeDirectory(`${aside}/bin`)
  yield* placing.verified === undefined
    ? disk.copy(placing.binary, binary, 0o755)
    : Effect.andThen(disk.rename(placing.binary, binary), disk.seal(binary, 0o755))
  const readiness = yield* inspectBinary(disk, binary, machine)
  const isFull = readiness._tag === "NotReady" && readiness.obstacle._tag === "DiskFull"
  if (readiness._tag === "NotReady") return yield* fail(isFull ? "Refused" : "Unfit", placing.from, obstacleText(readiness.obstacle).replaceAll(binary, placing.from))
  const sha256 = placing.verified?.sha256 ?? (yield* verify(tools, placing, binary))
  const { bytes } = yield* disk.status(binary, false)
  const at = new Date(yield* Clock.currentTimeMillis).toISOString()
  const staged: Staged = { sha256, bytes, from: placing.from, at, checksum: placing.checksum === undefined ? null : textOf(placing.checksum) }
  const json = yield* Effect.orDie(Schema.encodeEffect(StagedJson)(staged))
  yield* disk.write(`${aside}/release.json`, new TextEncoder().encode(`${json}\n`), 0o644)
  yield* disk.syncDirectory(`${aside}/bin`)
  yield* disk.syncDirectory(aside)
  return staged
})

const verify = Effect.fnUntraced(function*({ disk }: Tools, { checksum, from }: Placing, binary: string) {
  const sha256 = yield* hashFile(disk, binary, "sha256")
  if (checksum === undefined) return sha256
  const found = checksum.algorithm === "sha256" ? sha256 : yield* hashFile(disk, binary, checksum.algorithm)
  return found === checksum.hex ? sha256 : yield* fail("Mismatch", from, `${from} ${mismatch(checksum, found)}`)
})

/** What is said of a file that is not the one it should be. */
export const mismatch = ({ algorithm, hex }: Digest, found: string): string =>
  `is not what it should be: its ${algorithm} is ${found} and must be ${hex}; nothing of it was used`

/** The record of the release that is there, when it is the same program and could be started; one staged by hand has the one that it would get. */
const presentOf = Effect.fnUntraced(function*(tools: Tools, release: Release, staged: Staged) {
  const sha256 = yield* digestOf(tools, release)
  if (Option.isNone(sha256) || sha256.value !== staged.sha256) return Option.none<Staged>()
  const readiness = yield* inspectBinary(tools.disk, releaseBinary(tools.home, release), tools.machine)
  const record = yield* Effect.result(recordOf(tools, release))
  if (readiness._tag === "NotReady" || record._tag === "Failure") return Option.none<Staged>()
  const known = Option.getOrElse(record.success, () => staged)
  return known.sha256 === staged.sha256 ? Option.some(known) : Option.none<Staged>()
})

const publish = Effect.fnUntraced(function*({ disk, home }: Tools, { force, release }: Placing, { made, replaced }: Work) {
  const final = releaseDirectory(home, release)
  const gives = force && (yield* exists(disk, final))
  yield* gives
    ? Effect.andThen(disk.makeDirectory(dirname(replaced)), disk.rename(final, replaced))
    // A directory that holds nothing yet gives way; one with something in it refuses, and then the rename does.
    : Effect.ignore(disk.removeDirectory(`${final}/bin`))
  yield* disk.rename(made, final).pipe(
    Effect.tapError(() => Effect.ignore(gives ? disk.rename(replaced, final) : Effect.void)),
    Effect.catchIf(({ code }) => ["ENOTEMPTY", "EEXIST", "ENOTDIR"].includes(code), () =>
      fail("Exists", final, `${final} is there already and is another release: --force replaces ${label(release)}, or remove it first`))
  )
  yield* disk.syncDirectory(home.upgrades)
})

const digestOf = Effect.fnUntraced(function*({ disk, home, known }: Tools, release: Release) {
  const path = releaseBinary(home, release)
  const status = yield* disk.status(path, true).pipe(
    Effect.asSome,
    Effect.catchIf(isMissing, () => Effect.succeedNone),
    Effect.mapError(refused(path))
  )
  if (Option.isNone(status)) return Option.none<string>()
  const before = known.get(path)
  if (before?.signature === status.value.signature) return Option.some(before.sha256)
  const sha256 = yield* Effect.mapError(hashFile(disk, path, "sha256"), refused(path))
  known.set(path, { signature: status.value.signature, sha256 })
  return Option.some(sha256)
})

const check = Effect.fnUntraced(function*(tools: Tools, release: Release) {
  const record = yield* recordOf(tools, release)
  if (Option.isNone(record)) return Option.none<Checked>()
  const [staged, found] = [record.value, yield* digestOf(tools, release)]
  const change = found.pipe(
    Option.filter((sha256) => sha256 !== staged.sha256),
    Option.map((sha256): Changed => ({ path: releaseBinary(tools.home, release), expected: staged.sha256, found: sha256 }))
  )
  return Option.some<Checked>({ staged, change })
})

/** Larger than any that is written, in bytes. */
const recordLimit = 64 * 1024

const recordOf = Effect.fnUntraced(function*({ disk, home }: Tools, release: Release) {
  const path = releaseRecord(home, release)
  const bytes = yield* disk.read(path, recordLimit).pipe(
    Effect.asSome,
    Effect.catchIf(isMissing, () => Effect.succeedNone),
    Effect.mapError(refused(path))
  )
  if (Option.isNone(bytes)) return Option.none<Staged>()
  return yield* Schema.decodeEffect(StagedJson)(new TextDecoder().decode(bytes.value)).pipe(
    Effect.asSome,
    Effect.mapError(({ message }) =>
      new StagingError({ path, reason: "Damaged", why: `cannot use ${path}: ${message.replaceAll(/\s+/g, " ")}; stage the release again with --force, or remove the file if the binary is right` }))
  )
})

const remove = Effect.fn("Staging.remove")(function*(tools: Tools, release: Release) {
  const { disk, home } = tools
  const [final, work] = [releaseDirectory(home, release), yield* workFor(home, release)]
  yield* clear(disk, home, release)
  yield* removeTree(disk, asideOf(home, "part", release))
  const isThere = yield* disk.status(final, false).pipe(Effect.as(true), Effect.catchIf(({ code }) => code === "ENOENT", () => Effect.succeed(false)))
  if (isThere) {
    yield* disk.makeDirectory(dirname(work.replaced))
    yield* Effect.uninterruptible(Effect.andThen(disk.rename(final, work.replaced), disk.syncDirectory(home.upgrades)))
  }
  yield* leave(disk, home, release, work)
})
