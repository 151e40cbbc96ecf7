// How a release is fetched: checksum, bytes, program, place. What Downloads loads when there is something to fetch.
import { Cause, Clock, Effect, Exit, Option, Result } from "effect"
import { fileURLToPath } from "node:url"
import { type Digest, findIn, textOf } from "../../domain/Checksum.ts"
import { fileNameOf, machineKey, readInfo, readJson, type Source, sourceFor } from "../../domain/PlanBinaries.ts"
import { type Home, releaseBinary } from "../../domain/Home.ts"
import { label, type Release } from "../../domain/Release.ts"
import type { Staged } from "../../domain/Staged.ts"
import type { UpgradePlan } from "../../domain/UpgradePlan.ts"
import { clear, leave, tidyUp, workFor } from "../staging/Aside.ts"
import type { Disk } from "../Disk.ts"
import { DownloadError, textLimit } from "./DownloadError.ts"
import type { Fetching, Tools } from "./Downloads.ts"
import { fetchFile, fetchText, type Received } from "./Fetching.ts"
import { hashFile, hashing } from "../staging/Hashing.ts"
import { failure, shown } from "./Http.ts"
import { diskFailure, room } from "./Intake.ts"
import { abandon, begin, discard, type Partial, take } from "./Partial.ts"
import { mismatch, StagingError } from "../staging/Staging.ts"
import { isTerminal, meterFor } from "./Watching.ts"

type Digests = Received["digests"]

const isRaw = ({ packing }: Source): boolean => packing.container === "none" && packing.compression === "none"
const isFile = (url: string): boolean => url.startsWith("file:")

export const fetch = Effect.fn("Downloads.fetch")(function*(tools: Tools, fetching: Fetching): Effect.fn.Return<Staged, DownloadError | StagingError> {
  const { disk, home, staging } = tools
  const { force, release, source } = fetching
  const checksum = yield* checksumOf(tools, source)
  const present = force ? Option.none<Staged>() : yield* presentOf(tools, fetching, checksum)
  if (Option.isSome(present)) return yield* Effect.as(leaveNothing(disk, home, release), present.value)
  const from = shown(source.url)
  if (isFile(source.url) && isRaw(source)) {
    return yield* staging.place({ release, binary: yield* pathOf(tools, source.url), from, checksum, force })
  }
  const partial = yield* Effect.mapError(take(disk, home, release), diskFailure(from))
  const staged = Effect.gen(function*() {
    const digests = yield* verified(tools, source, partial, checksum)
    const program = yield* programOf(tools, source, partial, digests)
    return yield* staging.place({ release, binary: program.path, from, checksum, force, verified: { sha256: program.sha256 } })
  })
  return yield* staged.pipe(
    Effect.onExit((exit) => mayGoOn(exit) ? abandon(disk, partial, checksum !== undefined) : discard(disk, home, release)),
    Effect.ensuring(Effect.ignore(tidyUp(disk, home)))
  )
})

/** It was interrupted, or failed for now. */
const mayGoOn = (exit: Exit.Exit<Staged, DownloadError | StagingError>): boolean => {
  if (Exit.isSuccess(exit)) return false
  const error = Option.getOrUndefined(Cause.findErrorOption(exit.cause))
  return error === undefined || (error._tag === "DownloadError" && error.mayPass)
}

/** Removes what attempts that were cut off have left of a release that is there by now: nobody goes on with that. */
const leaveNothing = Effect.fnUntraced(function*(disk: Disk["Service"], home: Home, release: Release) {
  yield* Effect.ignore(clear(disk, home, release))
  yield* discard(disk, home, release)
  yield* leave(disk, home, release, yield* workFor(home, release))
})

/** What the download must hash to; the list that says it is fetched. None only where the setting allows it. */
const checksumOf = Effect.fnUntraced(function*(tools: Tools, { checksum, url }: Source) {
  const none = (why: string) => failure(url, "NoChecksum", why)
  if (checksum === undefined) {
    return tools.skipChecksum ? undefined : yield* none("comes without a checksum: give --checksum, add ?checksum=sha256:<digest> to its URL, or set UNSAFE_SKIP_CHECKSUM=true to take what comes")
  }
  if (checksum._tag === "Given") return checksum.digest
  if (url.startsWith("https:") && checksum.url.startsWith("http:")) return yield* none(`has its checksum at ${shown(checksum.url)}: an http list says nothing about an https download`)
  const list = yield* textAt(tools, checksum.url)
  const found = findIn(list, fileNameOf(url))
  return Result.isFailure(found) ? yield* none(`has no checksum: ${shown(checksum.url)} ${found.failure}`) : found.success
})

/** The release that is there already, when it is what would be fetched; another one is not replaced. */
const presentOf = Effect.fnUntraced(function*({ disk, home, staging }: Tools, { release, source }: Fetching, checksum: Digest | undefined) {
  const sha256 = yield* staging.digestOf(release)
  if (Option.isNone(sha256)) return Option.none<Staged>()
  const record = yield* staging.recordOf(release).pipe(Effect.catch(() => Effect.succeedNone))
  if (Option.isSome(record) && record.value.sha256 === sha256.value && checksum !== undefined && record.value.checksum === textOf(checksum)) return record
  const path = releaseBinary(home, release)
  if (!isRaw(source) || checksum?.hex !== sha256.value) {
    return yield* new StagingError({ path, reason: "Exists", why: `${path} is there already and is another release: --force replaces ${label(release)}, or remove it first` })
  }
  const { bytes } = yield* Effect.mapError(disk.status(path, true), (error) => new StagingError({ path, reason: "Refused", why: error.message }))
  const at = new Date(yield* Clock.currentTimeMillis).toISOString()
  return Option.some({ sha256: sha256.value, bytes, from: shown(source.url), at, checksum: textOf(checksum) })
})

/** The bytes of the URL, which are what the checksum says, where there is one. */
const verified = Effect.fnUntraced(function*(tools: Tools, source: Source, partial: Partial, checksum: Digest | undefined) {
  if (checksum === undefined) return (yield* received(tools, source, partial, checksum, false)).digests
  const isRight = (digests: Digests) => digests[checksum.algorithm] === checksum.hex
  const first = yield* received(tools, source, partial, checksum, true)
  if (isRight(first.digests)) return first.digests
  // A disk that was cut off may not have kept what came before: that condemns no file, and all of it is fetched anew.
  const { digests } = first.wentOn ? yield* received(tools, source, partial, checksum, false) : first
  return isRight(digests) ? digests : yield* failure(source.url, "Mismatch", mismatch(checksum, digests[checksum.algorithm]))
})

/** The bytes of the URL, whole, in the partial's file. `canGoOn`: behind what an earlier attempt left there. */
const received = Effect.fnUntraced(function*(tools: Tools, { url }: Source, partial: Partial, checksum: Digest | undefined, canGoOn: boolean): Effect.fn.Return<Received, DownloadError> {
  const { disk, limits } = tools
  const algorithms = ["sha256", ...(checksum?.algorithm === "sha512" ? ["sha512"] as const : [])] as const
  if (!isFile(url)) {
    const meter = meterFor(isTerminal())
    return yield* fetchFile({ disk, url, partial, algorithms, canGoOn, limits, meter }).pipe(Effect.ensuring(meter.clear))
  }
  const copied = Effect.gen(function*() {
    yield* begin(disk, partial, { url, etag: null, total: null })
    yield* disk.copy(yield* pathOf(tools, url), partial.body, 0o644)
    const hashed = yield* Effect.forEach(algorithms, (algorithm) => Effect.map(hashFile(disk, partial.body, algorithm), (hex) => [algorithm, hex] as const))
    return { digests: hashed.reduce<Digests>((all, [algorithm, hex]) => ({ ...all, [algorithm]: hex }), { sha256: "", sha512: "" }), wentOn: false }
  })
  return yield* Effect.mapError(copied, (error) => error._tag === "DiskError" ? diskFailure(shown(url))(error) : error)
})

const programOf = Effect.fnUntraced(function*({ disk, home, limits }: Tools, source: Source, partial: Partial, { sha256 }: Digests) {
  if (isRaw(source)) return { path: partial.body, sha256 }
  const { unpack } = yield* Effect.promise(() => import("./Unpacking.ts"))
  return yield* unpack({ disk, path: partial.body, from: shown(source.url), packing: source.packing, program: home.binaryName, directory: partial.directory, limits })
})

/** The path of a file's URL, when there is a file that may be copied. */
const pathOf = Effect.fnUntraced(function*({ disk, home, limits }: Tools, url: string) {
  const path = yield* Effect.try({ try: () => fileURLToPath(url), catch: (cause) => failure(url, "NoSource", `names no file here: ${cause instanceof Error ? cause.message : String(cause)}`) })
  const status = yield* Effect.mapError(disk.status(path, true), (error) => failure(url, "Unreachable", `cannot be copied: ${error.message}`, true))
  if (status.kind !== "file") return yield* failure(url, "Unreachable", "cannot be copied: it is not a file")
  if (status.bytes > limits.bytes) return yield* failure(url, "TooLarge", `has ${status.bytes} bytes, and at most ${limits.bytes} are fetched`)
  yield* room(disk, home.root, shown(url), status.bytes, limits)
  return path
})

const textAt = Effect.fnUntraced(function*(tools: Tools, url: string, checksum?: Digest) {
  const { disk, limits } = tools
  const bytes = isFile(url)
    ? yield* Effect.flatMap(pathOf(tools, url), (path) => Effect.mapError(disk.read(path, textLimit + 1), diskFailure(shown(url))))
    : yield* fetchText(url, textLimit, limits)
  if (bytes.byteLength > textLimit) return yield* failure(url, "TooLarge", `is larger than ${textLimit} bytes`)
  const found = checksum === undefined ? undefined : hashing(checksum.algorithm).update(bytes).digest("hex")
  if (checksum !== undefined && found !== undefined && found !== checksum.hex) return yield* failure(url, "Mismatch", mismatch(checksum, found))
  return new TextDecoder().decode(bytes)
})

export const sourceOf = Effect.fn("Downloads.sourceOf")(function*(tools: Tools, plan: UpgradePlan): Effect.fn.Return<Option.Option<Source>, DownloadError> {
  const here = `the plan ${JSON.stringify(plan.name)}`
  const info = yield* understood(readInfo(plan["info"]), `${here} has an info that`)
  if (info._tag === "Nothing") return Option.none<Source>()
  const where = info._tag === "Elsewhere" ? shown(info.source.url) : here
  const listed = info._tag === "Elsewhere" ? yield* elsewhere(tools, info.source) : info
  return Option.some(yield* understood(sourceFor(listed.binaries, tools.machine), where))
})

const understood = <A>(result: Result.Result<A, string>, what: string): Effect.Effect<A, DownloadError> =>
  Effect.fromResult(Result.mapError(result, (why) => new DownloadError({ url: what, reason: "NoSource", why: `${what} ${why}`, mayPass: false })))

/** The JSON at a URL, which must have binaries in it: it is there for nothing else. */
const elsewhere = Effect.fnUntraced(function*(tools: Tools, source: Source) {
  const text = yield* textAt(tools, source.url, yield* checksumOf(tools, source))
  const info = yield* understood(Result.flatMap(readJson(text), readInfo), shown(source.url))
  if (info._tag !== "Here") return yield* failure(source.url, "NoSource", `has no binaries, and needs one for ${machineKey(tools.machine)}`)
  return info
})
