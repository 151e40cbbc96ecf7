// The finished backups as they lie in their directory: found, checked against their manifests, thrown away. Part of Backups.
import { Effect, Option, Schema } from "effect"
import { asideOf, contents, isLeftover, isName, type Manifest, ManifestJson, newestFirst, parseListing } from "../../domain/Backup.ts"
import { BackupError, refused } from "./BackupError.ts"
import type { CopyError, DataCopy } from "../copy/DataCopy.ts"
import type { Disk, DiskError } from "../Disk.ts"

export interface Store {
  /** Where they lie. */
  readonly root: string
  readonly disk: Disk["Service"]
  readonly copies: DataCopy["Service"]
}

/** One without a readable manifest is told of, with the reason. */
export interface Listed {
  readonly name: string
  readonly path: string
  readonly manifest: Option.Option<Manifest>
  readonly problem: string | undefined
}

export interface Made {
  readonly name: string
  readonly path: string
  readonly manifest: Manifest
}

/** What a check found. */
export interface Verdict {
  readonly name: string
  readonly path: string
  readonly files: number
  readonly bytes: number
  readonly isSound: boolean
  /** A line for each file that is not as it was. */
  readonly problems: ReadonlyArray<string>
}

/** Larger ones are none that was written here, in bytes: a list has a line for each file, of which a node may have millions. */
const sizeLimit = { manifest: 64 * 1024 * 1024, files: 2 ** 31 }

const decode = Schema.decodeUnknownEffect(ManifestJson)

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** The name of a backup, which no other path can pass for. */
const pathOf = ({ root }: Store, name: string): Effect.Effect<string, BackupError> => {
  const why = `${JSON.stringify(name)} is not the name of a backup: wemixvisor backup list says which there are`
  return isName(name) ? Effect.succeed(`${root}/${name}`) : Effect.fail(new BackupError({ path: root, reason: "Missing", why }))
}

const manifestIn = (store: Store, path: string): Effect.Effect<Manifest, BackupError> => {
  const file = `${path}/${contents.manifest}`
  const damaged = (error: { readonly message: string }) =>
    new BackupError({ path, reason: "Damaged", why: `cannot use the backup ${path}: its ${contents.manifest} is damaged: ${error.message.replaceAll(/\s+/g, " ")}` })
  return store.disk.read(file, sizeLimit.manifest).pipe(
    Effect.mapError((error) => error.code === "ENOENT" ? new BackupError({ path, reason: "Damaged", why: `cannot use the backup ${path}: it has no ${contents.manifest}` }) : refused(error)),
    Effect.flatMap((bytes) => Effect.mapError(decode(textOf(bytes)), damaged))
  )
}

/** One that can be used, as far as its manifest goes. */
export const find = Effect.fnUntraced(function*(store: Store, name: string): Effect.fn.Return<Made, BackupError> {
  const path = yield* pathOf(store, name)
  const isThere = yield* Effect.match(store.disk.status(path, false), { onSuccess: ({ kind }) => kind === "directory", onFailure: () => false })
  if (!isThere) {
    return yield* new BackupError({ path, reason: "Missing", why: `there is no backup ${path}: wemixvisor backup list says which there are` })
  }
  return { name, path, manifest: yield* manifestIn(store, path) }
})

const namesIn = ({ disk, root }: Store): Effect.Effect<ReadonlyArray<string>, BackupError> =>
  disk.list(root).pipe(Effect.catchIf(({ code }) => code === "ENOENT", () => Effect.succeed([])), Effect.mapError(refused))

export const list = Effect.fn("Backups.list")(function*(store: Store): Effect.fn.Return<ReadonlyArray<Listed>, BackupError> {
  const names = (yield* namesIn(store)).filter(isName).toSorted(newestFirst)
  return yield* Effect.forEach(names, (name): Effect.Effect<Listed> => {
    const path = `${store.root}/${name}`
    return Effect.match(manifestIn(store, path), {
      onSuccess: (manifest) => ({ name, path, manifest: Option.some(manifest), problem: undefined }),
      onFailure: ({ message }) => ({ name, path, manifest: Option.none(), problem: message })
    })
  })
})

export const verify = Effect.fn("Backups.verify")(function*(store: Store, name: string): Effect.fn.Return<Verdict, BackupError> {
  const { manifest, path } = yield* find(store, name)
  const data = `${path}/${contents.data}`
  const listed = yield* lengthsIn(store, path)
  const survey = yield* Effect.mapError(store.copies.survey(data, []), refused)
  const there = new Map(survey.entries.filter(({ kind }) => kind === "file").map((entry) => [store.copies.spelt(entry.path), entry.bytes]))
  const unread = yield* store.copies.unreadable(data, survey)
  const problems = [
    ...counted("files", manifest.files, listed.size),
    ...counted("directories", manifest.directories, survey.directories),
    ...counted("links", manifest.links, survey.links),
    ...[...listed].flatMap(([file, bytes]) => compared(file, bytes, there.get(file))),
    ...[...there.keys()].filter((file) => !listed.has(file)).map((file) => `${file} is not on the list of files`),
    ...unread.map((file) => `${file} cannot be read`)
  ]
  return { name, path, files: survey.files, bytes: survey.bytes, isSound: problems.length === 0, problems }
})

const counted = (what: string, expected: number, found: number): ReadonlyArray<string> =>
  expected === found ? [] : [`there are ${found} ${what}, and the manifest says ${expected}`]

const compared = (file: string, expected: number, found: number | undefined): ReadonlyArray<string> => {
  if (found === undefined) return [`${file} is missing`]
  return found === expected ? [] : [`${file} has ${found} bytes, and had ${expected}`]
}

const lengthsIn = Effect.fnUntraced(function*({ disk }: Store, path: string): Effect.fn.Return<ReadonlyMap<string, number>, BackupError> {
  const text = textOf(yield* Effect.mapError(disk.read(`${path}/${contents.files}`, sizeLimit.files), refused))
  const lengths = parseListing(text)
  if (Option.isNone(lengths)) {
    return yield* new BackupError({ path, reason: "Damaged", why: `cannot use the backup ${path}: its ${contents.files} is damaged` })
  }
  return lengths.value
})

/** Takes a backup out of the finished ones at once, by its name, and then apart: one that is cut off in between is a leftover. */
const discard = Effect.fnUntraced(function*({ copies, disk, root }: Store, name: string): Effect.fn.Return<void, CopyError | DiskError> {
  const aside = `${root}/${asideOf(name)}`
  yield* disk.rename(`${root}/${name}`, aside)
  yield* disk.syncDirectory(root)
  yield* copies.remove(aside)
}, Effect.mapError(refused))

/** Removes what attempts that were broken off have left. */
export const removeLeftovers = Effect.fnUntraced(function*(store: Store): Effect.fn.Return<void, BackupError> {
  const leftovers = (yield* namesIn(store)).filter(isLeftover)
  yield* Effect.forEach(leftovers, (name) => Effect.mapError(store.copies.remove(`${store.root}/${name}`), refused), { discard: true })
})

/** Those without a manifest are neither counted nor removed: nobody knows what they are. */
export const prune = Effect.fn("Backups.prune")(function*(store: Store, keep: number, protectedNames: ReadonlyArray<string>): Effect.fn.Return<ReadonlyArray<string>, BackupError> {
  yield* removeLeftovers(store)
  const finished = (yield* list(store)).filter(({ manifest }) => Option.isSome(manifest)).map(({ name }) => name)
  const surplus = finished.slice(keep).filter((name) => !protectedNames.includes(name)).toReversed()
  yield* Effect.forEach(surplus, (name) => discard(store, name), { discard: true })
  return surplus
})
