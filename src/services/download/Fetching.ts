// One file over HTTP into a partial download, as often as it takes: resumed where it was cut, from the beginning when it is another one.
// Judges only the transfer, never the content.
import { Effect, Option, Random, Result, type Scope } from "effect"
import type { Digest } from "../../domain/Checksum.ts"
import type { Disk } from "../Disk.ts"
import { DownloadError, type Limits } from "./DownloadError.ts"
import { failure, get, type Reply, shown } from "./Http.ts"
import { diskFailure, type Intake, resume, room } from "./Intake.ts"
import { type About, aboutOf, begin, type Partial } from "./Partial.ts"
import { type Meter, watch } from "./Watching.ts"

export interface Fetch {
  readonly disk: Disk["Service"]
  readonly url: string
  readonly partial: Partial
  readonly algorithms: ReadonlyArray<Digest["algorithm"]>
  /** Whether what an earlier attempt left may be gone on with: only when a checksum will judge the whole. */
  readonly canGoOn: boolean
  readonly limits: Limits
  readonly meter: Meter
}

/** What was got so far, of what it is a part, and whether some of it was there before this call. */
interface Got {
  intake: Intake
  about: About
  wentOn: boolean
}

export interface Received {
  readonly digests: Readonly<Record<Digest["algorithm"], string>>
  /** Some of the bytes are an earlier call's: what lay on the disk since then may not be what came. */
  readonly wentOn: boolean
}

const nothing = (url: string): About => ({ url, etag: null, total: null })

const open = (fetch: Fetch) => resume(fetch.disk, { path: fetch.partial.body, from: shown(fetch.url), algorithms: fetch.algorithms, limit: fetch.limits.bytes, limits: fetch.limits })

const restart = Effect.fnUntraced(function*(fetch: Fetch, got: Got, about: About) {
  yield* Effect.mapError(begin(fetch.disk, fetch.partial, about), diskFailure(shown(fetch.url)))
  got.intake = yield* open(fetch)
  got.about = about
  got.wentOn = false
})

/** The whole file, its bytes and digests; on failure, and when interrupted, what came is kept for the next call. */
export const fetchFile = Effect.fn("Downloads.fetchFile")(function*(fetch: Fetch): Effect.fn.Return<Received, DownloadError> {
  const { disk, partial, url } = fetch
  const left = Option.filter(yield* aboutOf(disk, partial), (about) => fetch.canGoOn && about.url === url)
  if (Option.isNone(left)) yield* Effect.mapError(begin(disk, partial, nothing(url)), diskFailure(shown(url)))
  const intake = yield* open(fetch)
  const got: Got = { intake, about: Option.getOrElse(left, () => nothing(url)), wentOn: intake.bytes() > 0 }
  const isWhole = () => got.about.total !== null && got.intake.bytes() === got.about.total
  const attempt = Effect.suspend(() => isWhole() ? Effect.void : Effect.scoped(receive(fetch, got)))
  yield* insisting(fetch.limits, attempt, () => got.intake.bytes())
  return { digests: yield* got.intake.digests, wentOn: got.wentOn }
})

/** Tries again what may pass, after longer and longer waits. What went wrong first since it got further is what is told. */
export const insisting = Effect.fnUntraced(function*<A>(limits: Limits, attempt: Effect.Effect<A, DownloadError>, progress: () => number): Effect.fn.Return<A, DownloadError> {
  let [furthest, inARow, first] = [progress(), 0, Option.none<DownloadError>()]
  for (let all = 1; ; all++) {
    const result = yield* Effect.result(attempt)
    if (Result.isSuccess(result)) return result.success
    const isFurther = progress() > furthest
    furthest = Math.max(furthest, progress())
    inARow = isFurther ? 1 : inARow + 1
    const cause = isFurther ? result.failure : Option.getOrElse(first, () => result.failure)
    first = Option.some(cause)
    if (!result.failure.mayPass || inARow >= limits.attempts || all >= limits.attemptsInAll) return yield* summary(cause, result.failure, inARow)
    yield* Effect.logDebug(`${result.failure.message}: trying again`)
    // Not all who lost one server come back to it at once.
    yield* Effect.sleep(Math.min(limits.pauseMillis * 2 ** (inARow - 1), limits.longestPauseMillis) * (0.5 + (yield* Random.next) / 2))
  }
})

const summary = (first: DownloadError, last: DownloadError, times: number): DownloadError => {
  if (times === 1) return last
  const atLast = last.why === first.why ? "" : `; at last ${last.why}`
  return new DownloadError({ url: first.url, reason: first.reason, why: `${first.why} (tried ${times} times${atLast})`, mayPass: last.mayPass })
}

const receive = Effect.fnUntraced(function*(fetch: Fetch, got: Got): Effect.fn.Return<void, DownloadError, Scope.Scope> {
  const { disk, limits, meter, partial, url } = fetch
  const [offset, { etag }] = [got.intake.bytes(), got.about]
  const goesOn = offset > 0 && etag !== null
  const reply = yield* get(url, goesOn ? { range: `bytes=${offset}-`, "if-range": etag } : {}, limits)
  yield* goesOn && reply.status === 206 ? continues(fetch, got, reply, offset) : begins(fetch, got, reply)
  const { total } = got.about
  if (total !== null && total > limits.bytes) return yield* failure(url, "TooLarge", `has ${total} bytes, and at most ${limits.bytes} are fetched`)
  if (total !== null) yield* room(disk, partial.directory, shown(url), total - got.intake.bytes(), limits)
  yield* Effect.raceFirst(drain(got.intake, reply), watch({ url, bytes: got.intake.bytes, total, limits, meter })).pipe(
    // What came is kept; that it came is what the next attempt builds on.
    Effect.onExit(() => Effect.ignore(got.intake.flush))
  )
  if (total !== null && got.intake.bytes() < total) return yield* failure(url, "Unreachable", `ended after ${got.intake.bytes()} of ${total} bytes`, true)
})

const drain = Effect.fnUntraced(function*(intake: Intake, reply: Reply) {
  while (true) {
    const piece = yield* reply.pull
    if (piece === undefined) return
    yield* intake.add(piece)
  }
})

/** `bytes 100-199/200`. */
const rangeOf = (reply: Reply): { readonly start: number; readonly total: number | null } | undefined => {
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(reply.header("content-range") ?? "") ?? []
  return start === undefined ? undefined : { start: Number(start), total: total === "*" ? null : Number(total) }
}

const continues = Effect.fnUntraced(function*(fetch: Fetch, got: Got, reply: Reply, offset: number) {
  const range = rangeOf(reply)
  if (range?.start === offset && reply.header("etag") === got.about.etag && range.total === got.about.total) return
  yield* restart(fetch, got, nothing(fetch.url))
  return yield* failure(fetch.url, "Unreachable", "became another file while it was fetched", true)
})

const begins = Effect.fnUntraced(function*(fetch: Fetch, got: Got, reply: Reply) {
  if (reply.status === 416 && got.intake.bytes() > 0) {
    yield* restart(fetch, got, nothing(fetch.url))
    return yield* failure(fetch.url, "Unreachable", "became another file while it was fetched", true)
  }
  if (reply.status !== 200) return yield* status(fetch.url, reply)
  const [etag, length] = [reply.header("etag"), reply.header("content-length")]
  yield* restart(fetch, got, {
    url: fetch.url,
    etag: etag !== undefined && etag.startsWith("\"") ? etag : null,
    total: length === undefined ? null : Number(length)
  })
})

/** RFC 9110 and 6585: the client may do nothing else than wait. */
const passing = new Set([408, 425, 429])

const status = (url: string, { status: code, url: at }: Reply) =>
  failure(url, "Refused", `is answered with status ${code}${at === url ? "" : ` by ${shown(at)}`}`, code >= 500 || passing.has(code))

/** A small text, whole in memory. */
export const fetchText = Effect.fnUntraced(function*(url: string, limit: number, limits: Limits): Effect.fn.Return<Uint8Array, DownloadError> {
  const attempt = Effect.gen(function*() {
    const reply = yield* get(url, {}, limits)
    if (reply.status !== 200) return yield* status(url, reply)
    const [pieces, count] = [new Array<Uint8Array>(), { bytes: 0 }]
    const read = Effect.gen(function*() {
      for (let piece = yield* reply.pull; piece !== undefined; piece = yield* reply.pull) {
        pieces.push(piece)
        count.bytes += piece.byteLength
        if (count.bytes > limit) return yield* failure(url, "TooLarge", `is larger than ${limit} bytes`)
      }
    })
    yield* Effect.raceFirst(read, watch({ url, bytes: () => count.bytes, total: null, limits, meter: { show: () => Effect.void, clear: Effect.void } }))
    return Buffer.concat(pieces)
  })
  return yield* insisting(limits, Effect.scoped(attempt), () => 0)
})
