// How a backup would be made, and whether there is room for it. Changes nothing, or no more than to make the directory of the backups. Part of Backups.
import { Effect } from "effect"
import { dirname } from "node:path/posix"
import type { CopyMethod } from "../../domain/Backup.ts"
import type { Settings } from "../../domain/Settings.ts"
import type { Survey } from "../../domain/Tree.ts"
import { BackupError, refused } from "./BackupError.ts"
import type { Store } from "./BackupStore.ts"
import { CopyError } from "../copy/DataCopy.ts"
import type { Disk } from "../Disk.ts"
import * as Durable from "../Durable.ts"

/** What one made now would need. */
export interface Reckoning {
  readonly method: CopyMethod
  readonly files: number
  /** The files' lengths together. */
  readonly bytes: number
  /** What must be free, the margin included; next to nothing for clones. */
  readonly neededBytes: number
  readonly freeBytes: number
  /** The directory of the backups. */
  readonly path: string
  readonly isEnough: boolean
}

export interface Prepared extends Reckoning {
  readonly survey: Survey
  /** Where a file turns up that cannot be cloned, though others can (btrfs has such): the operator did not insist, and there is room. */
  readonly mayCopyInstead: boolean
}

/** An inode, an entry in a directory, and the tree that finds both, in bytes; rounded up. */
const entryBytes = 1024

/** The node that is started next must be able to write, and the list of files comes on top: a fiftieth, and at least this many bytes. */
const leastMargin = 16 * 1024 * 1024

/** The bytes that must be free for a copy of this tree. */
export const roomFor = (method: CopyMethod, { allocatedBytes, entries }: Survey): number => {
  const content = (method === "copy" ? allocatedBytes : 0) + entries.length * entryBytes
  return content + Math.max(leastMargin, Math.ceil(content / 50))
}

export const prepare = Effect.fnUntraced(function*(store: Store, data: string, settings: Settings): Effect.fn.Return<Prepared, BackupError> {
  yield* refuseNested(store.disk, data, store.root)
  yield* Effect.mapError(Durable.makeDirectory(store.disk, store.root), refused)
  return yield* reckonIn(store, store.root, data, settings)
})

/** The same, with the answer for the nearest directory that is there; makes none. */
export const foresee = Effect.fnUntraced(function*(store: Store, data: string, settings: Settings): Effect.fn.Return<Prepared, BackupError> {
  yield* refuseNested(store.disk, data, store.root)
  return yield* reckonIn(store, yield* nearest(store.disk, store.root), data, settings)
})

const reckonIn = Effect.fnUntraced(function*(store: Store, place: string, data: string, settings: Settings): Effect.fn.Return<Prepared, BackupError> {
  const { copies, disk, root } = store
  if (!(yield* disk.permits(place, "write"))) return yield* unwritable(place)
  const survey = yield* Effect.mapError(copies.survey(data, settings.backupExclude ?? []), refused)
  const method = yield* methodFor({ ...store, root: place }, data, settings, survey)
  const freeBytes = yield* Effect.mapError(disk.freeBytes(place), refused)
  const neededBytes = roomFor(method, survey)
  const mayCopyInstead = settings.backup === "auto" && roomFor("copy", survey) <= freeBytes
  return { survey, method, mayCopyInstead, files: survey.files, bytes: survey.bytes, neededBytes, freeBytes, path: root, isEnough: neededBytes <= freeBytes }
})

/** The same looks, with a sample in the place of the data where those are walked through. Makes no directory. */
export const practise = Effect.fnUntraced(function*(store: Store, data: string, sample: string, settings: Settings) {
  const { copies, disk } = store
  yield* refuseNested(disk, data, store.root)
  const root = yield* nearest(disk, store.root)
  const survey = yield* copies.survey(sample, [])
  yield* Effect.all([methodFor({ ...store, root }, data, settings, survey), disk.freeBytes(root)])
})

const unwritable = (path: string) =>
  new BackupError({ path, reason: "Refused", why: `this user may not write in ${path}: chown it to the user that runs wemixvisor, or set DAEMON_DATA_BACKUP_DIR to another directory` })

/** A part of the data that lies on a file system of its own cannot be cloned out of it. */
const methodFor = Effect.fnUntraced(function*({ copies, root }: Store, data: string, { backup }: Settings, { entries }: Survey): Effect.fn.Return<CopyMethod, BackupError> {
  if (backup === "copy") return "copy"
  const isOne = entries.every(({ device }) => device === entries[0]?.device)
  if (isOne && (yield* copies.canClone(data, root))) return "reflink"
  if (backup === "auto") return "copy"
  return yield* refused(new CopyError({ path: data, reason: "CannotClone", code: isOne ? "ENOTSUP" : "EXDEV" }))
})

const refuseNested = Effect.fnUntraced(function*(disk: Disk["Service"], data: string, root: string): Effect.fn.Return<void, BackupError> {
  if (yield* areSiblings(disk, data, root)) return
  const nested = (why: string) => Effect.fail(new BackupError({ path: root, reason: "Nested", why: `${why}: set DAEMON_DATA_BACKUP_DIR to a directory beside it` }))
  if (yield* isWithin(disk, root, data)) return yield* nested(`the backups' directory ${root} lies in the data ${data}`)
  if (yield* isWithin(disk, data, root)) return yield* nested(`the data ${data} lies in the backups' directory ${root}`)
})

/** Two directories in the same one, as they usually are, which saves climbing. The root is its own parent, and nobody's sibling. */
const areSiblings = Effect.fnUntraced(function*(disk: Disk["Service"], one: string, other: string) {
  if (dirname(one) !== dirname(other)) return false
  const own = [yield* identityOf(disk, one), yield* identityOf(disk, other)]
  const parents = [yield* identityOf(disk, `${one}/..`), yield* identityOf(disk, `${other}/..`)]
  return new Set([...own, parents[0]]).size === 3 && !own.includes(undefined) && parents[0] !== undefined && parents[0] === parents[1]
})

/** Climbs by `..`, which the system follows from where links have led, up to the root, which is its own parent. What is not there yet is in what is. */
const isWithin = Effect.fnUntraced(function*(disk: Disk["Service"], path: string, directory: string) {
  const wanted = yield* identityOf(disk, directory)
  if (wanted === undefined) return false
  let [place, seen] = [yield* nearest(disk, path), ""]
  for (;;) {
    const identity = yield* identityOf(disk, place)
    if (identity === undefined || identity === seen) return false
    if (identity === wanted) return true
    seen = identity
    place = `${place}/..`
  }
})

const identityOf = (disk: Disk["Service"], path: string): Effect.Effect<string | undefined> =>
  Effect.match(disk.status(path, true), { onSuccess: ({ identity }) => identity, onFailure: () => undefined })

const nearest = (disk: Disk["Service"], path: string): Effect.Effect<string> =>
  Effect.matchEffect(disk.status(path, true), {
    onSuccess: () => Effect.succeed(path),
    onFailure: (): Effect.Effect<string> => dirname(path) === path ? Effect.succeed(path) : nearest(disk, dirname(path))
  })
