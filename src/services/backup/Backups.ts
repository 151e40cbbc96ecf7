// The backups of the node's data: made, listed, checked, put back, thrown away. Each is complete or absent.
// When one is made, and that no node runs meanwhile, is the caller's to see to.
import { Clock, Context, Effect, Layer, Option, Schema } from "effect"
import { type About, amount, asideOf, contents, type CopyMethod, listing, type Manifest, ManifestJson, nameOf } from "../../domain/Backup.ts"
import { releaseDirectory } from "../../domain/Home.ts"
import { genesis } from "../../domain/Release.ts"
import { BackupError, refused } from "./BackupError.ts"
import * as Restore from "./BackupRestore.ts"
import { foresee, practise, prepare, type Prepared, type Reckoning } from "./BackupRoom.ts"
import * as Store from "./BackupStore.ts"
import { Config } from "../Config.ts"
import { watched } from "./CopyProgress.ts"
import { DataCopy } from "../copy/DataCopy.ts"
import { Disk, type DiskError } from "../Disk.ts"

export class Backups extends Context.Service<Backups, {
  /**
   * What one made now would need; too little room is no failure, but what the answer says. None when backups are off, or there are no data.
   * Makes the directory of the backups, so that one that cannot be made is known before a node is stopped for it.
   */
  readonly reckon: Effect.Effect<Option.Option<Reckoning>, BackupError>
  /** The same without making the directory: where it is not there, the answer is for the nearest one that is. */
  readonly foresee: Effect.Effect<Option.Option<Reckoning>, BackupError>
  /** Reckons as if the data were the few files of a release, and throws the answer away: the same code takes half the time when a plan has come. */
  readonly practise: Effect.Effect<void>
  /**
   * Makes one, durable when it returns, under a name that no other has; removes what broken-off attempts have left. None when backups are off, or there are no data.
   * On failure and on interruption, which takes effect within a fraction of a second, nothing of it is left. One at a time: the home's lock sees to that.
   */
  readonly create: (about: About) => Effect.Effect<Option.Option<Store.Made>, BackupError>
  /** Newest first; one without a readable manifest is among them, with the reason. */
  readonly list: Effect.Effect<ReadonlyArray<Store.Listed>, BackupError>
  /** Whether every file is there, with its length, and can be read. What is wrong with its files is in the answer; without a manifest it fails. */
  readonly verify: (name: string) => Effect.Effect<Store.Verdict, BackupError>
  /**
   * Checks it, copies it beside the data, and swaps the two; where `data` is a link, what that leads to.
   * On failure and on interruption the data are as they were.
   */
  readonly restore: (name: string) => Effect.Effect<Restore.Restored, BackupError>
  /** What a restore that was killed has left, when that is so much that there are no data: no node may be started then. */
  readonly brokenOff: Effect.Effect<Option.Option<Restore.BrokenOff>, BackupError>
  /** Keeps the newest `keep` and those that are named; gives the names of those that it removed, the oldest first. */
  readonly prune: (keep: number, protectedNames: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<string>, BackupError>
}>()("wemixvisor/services/backup/Backups") {
  static readonly layer = Layer.effect(
    Backups,
    Effect.gen(function*() {
      const { home, settings } = yield* Config
      const store: Store.Store = { root: settings.dataBackupDir, disk: yield* Disk, copies: yield* DataCopy }
      const isOff = settings.skipBackup || settings.backup === "none"
      const unlessOff = <A>(effect: Effect.Effect<A, BackupError>) =>
        isOff ? Effect.succeedNone : Effect.flatMap(hasData(store, home.data), (has) => has ? Effect.asSome(effect) : Effect.succeedNone)
      const prepared = prepare(store, home.data, settings)
      return Backups.of({
        reckon: unlessOff(prepared),
        foresee: unlessOff(foresee(store, home.data, settings)),
        practise: isOff ? Effect.void : Effect.ignore(practise(store, home.data, releaseDirectory(home, genesis), settings)),
        create: (about) => unlessOff(create(store, home.data, settings.backupExclude ?? [], about, prepared)),
        list: Store.list(store),
        verify: (name) => Store.verify(store, name),
        restore: (name) => Restore.restore(store, home.data, settings.backup !== "copy", name),
        brokenOff: Restore.brokenOff(store, home.data),
        prune: (keep, protectedNames) => Store.prune(store, keep, protectedNames)
      })
    })
  )
}

/** A home without data, as one whose plans do not come from a file may be, has nothing that could be lost. */
const hasData = ({ disk }: Store.Store, data: string): Effect.Effect<boolean> =>
  Effect.match(disk.status(data, true), { onSuccess: () => true, onFailure: ({ code }) => code !== "ENOENT" })

/** Readable by those who may read the data's directory; in it the modes are the data's own. */
const fileMode = 0o644

const create = Effect.fn("Backups.create")(function*(
  store: Store.Store,
  data: string,
  exclude: ReadonlyArray<string>,
  about: About,
  preparation: Effect.Effect<Prepared, BackupError>
) {
  yield* Effect.catch(Store.removeLeftovers(store), ({ message }) => Effect.logWarning(message))
  const prepared = yield* preparation
  if (!prepared.isEnough) return yield* noRoom(prepared)
  const at = yield* Clock.currentTimeMillis
  const name = yield* unusedName(store, about, at)
  const [path, aside] = [`${store.root}/${name}`, `${store.root}/${asideOf(name)}`]
  const manifest = yield* Effect.uninterruptibleMask((restore) =>
    Effect.mapError(store.disk.makeDirectory(aside), refused).pipe(
      Effect.andThen(restore(fill(store, data, exclude, about, prepared, at, aside))),
      Effect.tap(Effect.mapError(publish(store, aside, path), refused)),
      Effect.onError(() => Effect.ignore(store.copies.remove(aside)))
    )
  )
  return { name, path, manifest }
})

const noRoom = ({ bytes, freeBytes, neededBytes, path }: Reckoning) =>
  new BackupError({
    path,
    reason: "NoRoom",
    why: `a backup of ${amount(bytes)} needs ${amount(neededBytes)} in ${path}, and ${amount(freeBytes)} are free there: make room, as with wemixvisor backup prune, `
      + "leave out more with DAEMON_BACKUP_EXCLUDE, or name another disk with DAEMON_DATA_BACKUP_DIR"
  })

const unusedName = (store: Store.Store, about: About, at: number, nth = 1): Effect.Effect<string> => {
  const name = nameOf(about.to, at, nth)
  return Effect.matchEffect(store.disk.status(`${store.root}/${name}`, false), {
    onSuccess: () => unusedName(store, about, at, nth + 1),
    onFailure: () => Effect.succeed(name)
  })
}

const fill = Effect.fnUntraced(function*(
  { copies, disk }: Store.Store,
  data: string,
  exclude: ReadonlyArray<string>,
  about: About,
  { mayCopyInstead, method: wanted, survey }: Prepared,
  at: number,
  aside: string
): Effect.fn.Return<Manifest, BackupError> {
  const by = (method: CopyMethod) =>
    watched("backup", (onProgress) => copies.copy({ from: data, to: `${aside}/${contents.data}`, method, exclude, survey, onProgress })).pipe(
      Effect.map((copied) => ({ copied, method }))
    )
  const { copied, method } = yield* by(wanted).pipe(
    Effect.catchIf(({ reason }) => reason === "CannotClone" && mayCopyInstead, () => by("copy")),
    Effect.mapError(refused)
  )
  const { bytes, directories, excluded, files, links, skipped, vanished } = copied
  const durationMillis = (yield* Clock.currentTimeMillis) - at
  const manifest: Manifest = {
    version: 1, ...about, at: new Date(at).toISOString(), durationMillis, method, files, directories, links, bytes, skipped, exclude, excluded, vanished
  }
  yield* Effect.mapError(describe(disk, aside, manifest, listing(copied.entries, copies.spelt)), refused)
  return manifest
})

const describe = Effect.fnUntraced(function*(disk: Disk["Service"], aside: string, manifest: Manifest, files: string): Effect.fn.Return<void, DiskError> {
  const text = yield* Effect.orDie(Schema.encodeEffect(ManifestJson)(manifest))
  const encoder = new TextEncoder()
  yield* disk.write(`${aside}/${contents.files}`, encoder.encode(files), fileMode)
  yield* disk.write(`${aside}/${contents.manifest}`, encoder.encode(`${text}\n`), fileMode)
  yield* disk.syncDirectory(aside)
})

const publish = ({ disk, root }: Store.Store, aside: string, path: string): Effect.Effect<void, DiskError> =>
  Effect.andThen(disk.rename(aside, path), disk.syncDirectory(root))
