// Bytes that arrive, written to a file and hashed on the way, never more than there may be and never into the space that is the node's.
import { Effect } from "effect"
import type { Digest } from "../../domain/Checksum.ts"
import type { Disk, DiskError } from "../Disk.ts"
import { DownloadError, type Limits } from "./DownloadError.ts"
import { eachPiece, hashing, pieceBytes } from "../staging/Hashing.ts"

type Algorithm = Digest["algorithm"]

export interface Intake {
  /** How many bytes have come, those before this run too. */
  readonly bytes: () => number
  readonly add: (piece: Uint8Array) => Effect.Effect<void, DownloadError>
  /** Writes what is still in memory; not synced. */
  readonly flush: Effect.Effect<void, DownloadError>
  /** Of all bytes, once; then nothing more is added. Fails when the file is not as long as what came: somebody else wrote to it. */
  readonly digests: Effect.Effect<Readonly<Record<Algorithm, string>>, DownloadError>
}

export interface IntakeOptions {
  readonly path: string
  /** Where the bytes come from, for errors. */
  readonly from: string
  readonly algorithms: ReadonlyArray<Algorithm>
  readonly limit: number
  readonly limits: Limits
}

/** Between two looks at the free space, in bytes. */
const lookBytes = 16 * 1024 * 1024

export const diskFailure = (from: string) => (error: DiskError): DownloadError =>
  new DownloadError({ url: from, reason: error.code === "ENOSPC" || error.code === "EDQUOT" ? "NoSpace" : "Disk", why: `cannot store ${from}: ${error.message}`, mayPass: true })

/** Fails unless this many bytes more leave enough for the node. */
export const room = Effect.fnUntraced(function*(disk: Disk["Service"], directory: string, from: string, bytes: number, limits: Limits) {
  const free = yield* Effect.mapError(disk.freeBytes(directory), diskFailure(from))
  if (free - bytes >= limits.reserveBytes) return
  const why = `there is no room for ${from}: ${free} bytes are free at ${directory}, ${bytes} more are needed, and ${limits.reserveBytes} are left for the node`
  return yield* new DownloadError({ url: from, reason: "NoSpace", why, mayPass: true })
})

/** Goes on behind what the file holds already. */
export const resume = Effect.fnUntraced(function*(disk: Disk["Service"], options: IntakeOptions): Effect.fn.Return<Intake, DownloadError> {
  const { algorithms, from, limit, limits, path } = options
  const hashes = algorithms.map((algorithm) => [algorithm, hashing(algorithm)] as const)
  const waiting: Array<Uint8Array> = []
  const counts = { bytes: 0, waiting: 0, looked: 0 }
  const take = (piece: Uint8Array): void => {
    hashes.forEach(([, hash]) => hash.update(piece))
    counts.bytes += piece.byteLength
  }
  yield* eachPiece(disk, path, (piece) => Effect.sync(() => take(piece))).pipe(Effect.catchIf(({ code }) => code === "ENOENT", () => Effect.void), Effect.mapError(diskFailure(from)))
  const flush = Effect.suspend(() => {
    const pieces = waiting.splice(0)
    counts.waiting = 0
    return pieces.length === 0 ? Effect.void : Effect.mapError(disk.append(path, Buffer.concat(pieces)), diskFailure(from))
  })
  const write = Effect.suspend(() => {
    const isLookDue = counts.bytes - counts.looked >= lookBytes
    if (isLookDue) counts.looked = counts.bytes
    return isLookDue ? Effect.andThen(room(disk, path.replace(/\/[^/]*$/, ""), from, counts.waiting, limits), flush) : flush
  })
  return {
    bytes: () => counts.bytes,
    flush,
    add: (piece) =>
      Effect.suspend(() => {
        if (counts.bytes + piece.byteLength > limit) return Effect.fail(new DownloadError({ url: from, reason: "TooLarge", why: `${from} is larger than ${limit} bytes`, mayPass: false }))
        take(piece)
        waiting.push(piece)
        counts.waiting += piece.byteLength
        return counts.waiting >= pieceBytes ? write : Effect.void
      }),
    digests: Effect.gen(function*() {
      yield* flush
      const { bytes } = yield* Effect.mapError(disk.status(path, false), diskFailure(from))
      if (bytes !== counts.bytes) return yield* new DownloadError({ url: from, reason: "Disk", why: `${path} is being written by another wemixvisor too`, mayPass: true })
      const found = new Map(hashes.map(([algorithm, hash]) => [algorithm, hash.digest("hex")]))
      return { sha256: found.get("sha256") ?? "", sha512: found.get("sha512") ?? "" }
    })
  }
})
