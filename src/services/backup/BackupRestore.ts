// Puts a backup in the place of the node's data: copied beside it, then swapped by renames. The data that was there is kept. Part of Backups.
import { Clock, Effect, Option } from "effect"
import { basename, dirname } from "node:path/posix"
import { amount, contents, stamp } from "../../domain/Backup.ts"
import { BackupError, refused } from "./BackupError.ts"
import { roomFor } from "./BackupRoom.ts"
import { type Store, verify } from "./BackupStore.ts"
import { watched } from "./CopyProgress.ts"
import { type Disk, type DiskError, isMissing } from "../Disk.ts"

/** Linux's limit of links in one path (path_resolution(7)). */
const linkLimit = 40

/** The directory that is swapped: where `data` is a link, the one that it leads to. */
const placeOf = Effect.fnUntraced(function*(disk: Disk["Service"], data: string): Effect.fn.Return<string, DiskError> {
  let place = data
  for (let links = 0; links < linkLimit; links++) {
    const within = place
    const text = yield* disk.readLink(within).pipe(
      Effect.asSome,
      Effect.catchIf(({ code }) => code === "EINVAL" || code === "ENOENT", () => Effect.succeedNone)
    )
    if (Option.isNone(text)) break
    const target = text.value.replace(/(?<=.)\/+$/, "")
    place = target.startsWith("/") ? target : `${dirname(within)}/${target}`
  }
  return place
})

export const restore = Effect.fn("Backups.restore")(function*(store: Store, data: string, mayClone: boolean, name: string): Effect.fn.Return<Restored, BackupError> {
  const { isSound, path, problems } = yield* verify(store, name)
  if (!isSound) return yield* new BackupError({ path, reason: "Damaged", why: `the backup ${path} is not as it was made: ${problems[0] ?? ""}; wemixvisor backup verify ${name} says all` })
  const place = yield* Effect.mapError(placeOf(store.disk, data), refused)
  const aside = asideOf(place)
  const earlier = Option.flatMapNullishOr(yield* Effect.mapError(leftAt(store.disk, place), refused), (found) => found.replaced)
  yield* Effect.mapError(store.copies.remove(aside), refused)
  yield* copyBeside(store, `${path}/${contents.data}`, aside, mayClone)
  const replaced = yield* swap(store, aside, place).pipe(Effect.onError(() => Effect.ignore(store.copies.remove(aside))))
  return { replaced: Option.getOrUndefined(Option.orElse(replaced, () => earlier)) }
})

export interface Restored {
  /** Where the former data are, if there were any: put aside now, or by an attempt that was broken off. */
  readonly replaced: string | undefined
}

const copyBeside = Effect.fnUntraced(function*({ copies, disk, root }: Store, from: string, aside: string, mayClone: boolean): Effect.fn.Return<void, BackupError> {
  const survey = yield* Effect.mapError(copies.survey(from, []), refused)
  const method = mayClone && (yield* copies.canClone(root, dirname(aside))) ? "reflink" : "copy"
  const freeBytes = yield* Effect.mapError(disk.freeBytes(dirname(aside)), refused)
  const neededBytes = roomFor(method, survey)
  if (freeBytes < neededBytes) {
    const why = `the data to be restored needs ${amount(neededBytes)} in ${dirname(aside)}, and ${amount(freeBytes)} are free there: make room`
    return yield* new BackupError({ path: dirname(aside), reason: "NoRoom", why })
  }
  yield* watched("restore", (onProgress) => copies.copy({ from, to: aside, method, exclude: [], survey, onProgress })).pipe(Effect.mapError(refused))
})

/**
 * Two renames, of which the first is taken back when the second is refused, and durable before that: else a power cut might leave the second alone,
 * and the former data would be gone. Killed between them there are no data in their place, and what was to come there is durably beside it: that
 * keeps a node from being started, and doing it again puts them there.
 */
const swap = Effect.fnUntraced(function*({ disk }: Store, aside: string, place: string): Effect.fn.Return<Option.Option<string>, BackupError> {
  const replaced = yield* unusedName(disk, `${place}.replaced-${stamp(yield* Clock.currentTimeMillis)}`)
  const isThere = yield* Effect.mapError(exists(disk, place), refused)
  const sync = Effect.mapError(disk.syncDirectory(dirname(place)), refused)
  const out = Effect.mapError(disk.rename(place, replaced), (error) => error.code === "EBUSY" ? mountPoint(place) : refused(error))
  const into = Effect.mapError(disk.rename(aside, place), refused)
  const swapped = isThere ? Effect.andThen(Effect.andThen(sync, out), Effect.onError(Effect.andThen(sync, into), () => Effect.ignore(disk.rename(replaced, place)))) : into
  yield* Effect.uninterruptible(Effect.andThen(swapped, sync))
  return isThere ? Option.some(replaced) : Option.none()
})

/** What a restore that was broken off has left where no data are: where those belong, and where the former ones are, if there were any. */
export const brokenOff = Effect.fn("Backups.brokenOff")(function*({ disk }: Pick<Store, "disk">, data: string): Effect.fn.Return<Option.Option<BrokenOff>, BackupError> {
  return yield* placeOf(disk, data).pipe(Effect.flatMap((place) => leftAt(disk, place)), Effect.mapError(refused))
})

const leftAt = Effect.fnUntraced(function*(disk: Disk["Service"], place: string): Effect.fn.Return<Option.Option<BrokenOff>, DiskError> {
  if ((yield* exists(disk, place)) || !(yield* exists(disk, asideOf(place)))) return Option.none()
  const replaced = (yield* disk.list(dirname(place))).filter((name) => name.startsWith(`${basename(place)}.replaced-`)).toSorted().at(-1)
  return Option.some({ place, replaced: replaced === undefined ? undefined : `${dirname(place)}/${replaced}` })
})

const exists = (disk: Disk["Service"], path: string): Effect.Effect<boolean, DiskError> =>
  disk.status(path, false).pipe(Effect.as(true), Effect.catchIf(isMissing, () => Effect.succeed(false)))

export interface BrokenOff {
  readonly place: string
  readonly replaced: string | undefined
}

const asideOf = (place: string): string => `${place}.new`

const mountPoint = (place: string) =>
  new BackupError({ path: place, reason: "Refused", why: `${place} is where a file system is mounted, and cannot be renamed: copy the backup's data into it by hand` })

const unusedName = (disk: Disk["Service"], path: string, nth = 1): Effect.Effect<string> => {
  const candidate = nth === 1 ? path : `${path}-${nth}`
  return Effect.matchEffect(disk.status(candidate, false), {
    onSuccess: () => unusedName(disk, path, nth + 1),
    onFailure: () => Effect.succeed(candidate)
  })
}
