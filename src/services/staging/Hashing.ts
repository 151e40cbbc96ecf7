// Digests of files of any size, read a piece at a time, so that all else has its turn meanwhile. Writes nothing.
import { Effect } from "effect"
import type { Digest } from "../../domain/Checksum.ts"
import type { Disk, DiskError } from "../Disk.ts"

/** In bytes: hashing one takes about a millisecond, in which no signal is heard. */
export const pieceBytes = 1024 * 1024

export const hashing = (algorithm: Digest["algorithm"]) => process.getBuiltinModule("node:crypto").createHash(algorithm)

/** Calls `use` with each piece of a file, from its beginning. */
export const eachPiece = Effect.fnUntraced(function*<E>(disk: Disk["Service"], path: string, use: (piece: Uint8Array) => Effect.Effect<void, E>): Effect.fn.Return<number, DiskError | E> {
  let offset = 0
  while (true) {
    const piece = yield* disk.readAt(path, offset, pieceBytes)
    offset += piece.byteLength
    if (piece.byteLength > 0) yield* use(piece)
    if (piece.byteLength < pieceBytes) return offset
  }
})

/** The file's digest, in hexadecimal. */
export const hashFile = Effect.fnUntraced(function*(disk: Disk["Service"], path: string, algorithm: Digest["algorithm"]) {
  const hash = hashing(algorithm)
  yield* eachPiece(disk, path, (piece) => Effect.sync(() => void hash.update(piece)))
  return hash.digest("hex")
})
