// Writing so that a reader, and a power cut, see the old or the new and never half: aside, synced, renamed, the directory synced.
import { Effect } from "effect"
import { dirname } from "node:path/posix"
import { Disk, type DiskError } from "./Disk.ts"

type Disked = Disk["Service"]

/** Where a replacement is prepared; one owner of the home at a time makes one name enough, and a leftover is overwritten. */
const asideOf = (path: string): string => `${path}.new`

/** Puts a file with these bytes at `path`. On failure or interruption the old file stands. */
export const replaceFile = (disk: Disked, path: string, bytes: Uint8Array, mode: number): Effect.Effect<void, DiskError> =>
  publish(disk, path, disk.write(asideOf(path), bytes, mode))

/** Puts a copy of the file `from` at `path`, executable. */
export const replaceWithCopy = (disk: Disked, from: string, path: string): Effect.Effect<void, DiskError> =>
  publish(disk, path, disk.copy(from, asideOf(path), 0o755))

/** Puts a link with this text at `path`. */
export const replaceLink = (disk: Disked, text: string, path: string): Effect.Effect<void, DiskError> =>
  publish(disk, path, prepareLink(disk, text, path))

/** Makes the link beside its place, so that only the rename is left to do; `renamePrepared` does that. */
export const prepareLink = (disk: Disked, text: string, path: string): Effect.Effect<void, DiskError> =>
  disk.remove(asideOf(path)).pipe(Effect.andThen(disk.link(text, asideOf(path))))

/** Whether a link with this text was prepared for `path`. */
export const isPrepared = (disk: Disked, text: string, path: string): Effect.Effect<boolean> =>
  disk.readLink(asideOf(path)).pipe(Effect.map((prepared) => prepared === text), Effect.orElseSucceed(() => false))

/** Renames what was prepared over `path`. Durable once the directory is synced, which whoever calls this sees to. */
export const renamePrepared = (disk: Disked, path: string): Effect.Effect<void, DiskError> => disk.rename(asideOf(path), path)

/** Makes a directory, and durable the entry of each level that it had to make. */
export const makeDirectory = Effect.fnUntraced(function*(disk: Disked, path: string): Effect.fn.Return<void, DiskError> {
  const parent = dirname(path)
  const isThere = yield* disk.status(path, true).pipe(Effect.map(({ kind }) => kind === "directory"), Effect.orElseSucceed(() => false))
  if (isThere || parent === path) return
  yield* makeDirectory(disk, parent)
  yield* disk.makeDirectory(path)
  yield* disk.syncDirectory(parent)
})

const publish = (disk: Disked, path: string, prepare: Effect.Effect<void, DiskError>): Effect.Effect<void, DiskError> =>
  prepare.pipe(
    Effect.andThen(renamePrepared(disk, path)),
    Effect.andThen(disk.syncDirectory(dirname(path))),
    Effect.uninterruptible
  )
