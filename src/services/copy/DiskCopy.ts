// Copies a tree by the operations of the Disk service: for a file system in memory, or any other that a program brings along.
// Knows no owners, no times and no holes, since a Disk has none.
import { Effect, Layer, Option } from "effect"
import type { Progress } from "../../domain/Backup.ts"
import { type Entry, spell, type Survey, surveyOf } from "../../domain/Tree.ts"
import { CopyError, type CopyOptions, DataCopy, reasonOf } from "./DataCopy.ts"
import { Disk, type DiskError, type FileStatus } from "../Disk.ts"
import * as Globs from "./Globs.ts"

type Disked = Disk["Service"]

/** `DataCopy` over the `Disk` that is provided. Clones nothing. */
export const layerOverDisk: Layer.Layer<DataCopy, never, Disk> = Layer.effect(
  DataCopy,
  Effect.map(Disk, (disk) =>
    DataCopy.of({
      survey: (from, exclude) => survey(disk, from, exclude),
      canClone: () => Effect.succeed(false),
      copy: (options) => copy(disk, options),
      remove: (path) => told(remove(disk, path)),
      unreadable: (from, { entries }) => unreadable(disk, from, entries),
      spelt: spell
    }))
)

const told = <A>(effect: Effect.Effect<A, DiskError>): Effect.Effect<A, CopyError> =>
  Effect.mapError(effect, ({ code, path }) => new CopyError({ path, code, reason: reasonOf(code, "copy") }))

const entryOf = (path: string, kind: Entry["kind"], { bytes, mode, modifiedAtMillis }: FileStatus): Entry => ({
  kind,
  path,
  bytes: kind === "file" ? bytes : 0,
  allocatedBytes: kind === "file" ? bytes : 0,
  mode,
  owner: 0,
  group: 0,
  accessedAtSeconds: modifiedAtMillis / 1000,
  modifiedAtSeconds: modifiedAtMillis / 1000,
  device: 0
})

interface Found {
  readonly entries: Array<Entry>
  readonly skipped: Array<string>
  readonly excluded: Array<string>
  readonly vanished: Array<string>
}

const survey = Effect.fnUntraced(function*(disk: Disked, from: string, exclude: ReadonlyArray<string>) {
  const isExcluded = yield* Globs.matcher(exclude)
  const found: Found = { entries: [], skipped: [], excluded: [], vanished: [] }
  found.entries.push(entryOf("", "directory", yield* told(disk.status(from, true))))
  yield* told(noteBelow(disk, from, "", isExcluded, found))
  return surveyOf(found.entries, found)
})

/** What went away since its directory was listed is no error. */
const unlessGone = <A>(effect: Effect.Effect<A, DiskError>): Effect.Effect<A | undefined, DiskError> =>
  effect.pipe(Effect.asSome, Effect.catchIf(({ code }) => code === "ENOENT", () => Effect.succeedNone), Effect.map(Option.getOrUndefined))

const noteBelow = (disk: Disked, from: string, directory: string, isExcluded: (path: string) => boolean, found: Found): Effect.Effect<void, DiskError> =>
  Effect.gen(function*() {
    const listing = disk.list(directory === "" ? from : `${from}/${directory}`)
    for (const name of (yield* directory === "" ? listing : unlessGone(listing)) ?? []) {
      const path = directory === "" ? name : `${directory}/${name}`
      if (isExcluded(path)) {
        found.excluded.push(spell(path))
        continue
      }
      const status = yield* unlessGone(disk.status(`${from}/${path}`, false))
      if (status === undefined) found.vanished.push(spell(path))
      else if (status.kind === "other") found.skipped.push(spell(path))
      else found.entries.push(entryOf(path, status.kind, status))
      if (status?.kind === "directory") yield* noteBelow(disk, from, path, isExcluded, found)
    }
  })

const refuse = ({ method, to }: CopyOptions): Effect.Effect<void, CopyError> =>
  method === "reflink" ? Effect.fail(new CopyError({ path: to, code: "ENOTSUP", reason: "CannotClone" })) : Effect.void

const copy = Effect.fn("DataCopy.copy")(function*(disk: Disked, options: CopyOptions) {
  yield* refuse(options)
  const found = options.survey ?? (yield* survey(disk, options.from, options.exclude))
  yield* refuseIfThere(disk, options.to)
  return yield* Effect.onError(fill(disk, options, found), () => Effect.ignore(remove(disk, options.to)))
})

/** A Disk makes a directory that is there without a word. */
const refuseIfThere = Effect.fnUntraced(function*(disk: Disked, path: string): Effect.fn.Return<void, CopyError> {
  if ((yield* told(unlessGone(disk.status(path, false)))) !== undefined) return yield* new CopyError({ path, code: "EEXIST", reason: "Refused" })
})

const fill = Effect.fnUntraced(function*(disk: Disked, { from, onProgress, to }: CopyOptions, found: Survey) {
  const [copied, vanished] = [new Array<Entry>(), new Array<string>()]
  let progress: Progress = { files: 0, totalFiles: found.files, bytes: 0, totalBytes: found.bytes }
  for (const entry of found.entries) {
    const isCopied = yield* told(unlessVanished(disk, `${from}/${entry.path}`, copyEntry(disk, from, to, entry)))
    if (isCopied) copied.push(entry)
    else vanished.push(spell(entry.path))
    if (entry.kind === "file") progress = { ...progress, files: progress.files + 1, bytes: progress.bytes + entry.bytes }
    yield* onProgress(progress)
  }
  const directories = copied.filter(({ kind }) => kind === "directory").toReversed()
  yield* told(Effect.forEach(directories, ({ path }) => disk.syncDirectory(path === "" ? to : `${to}/${path}`), { discard: true }))
  return surveyOf(copied, { ...found, vanished: [...found.vanished, ...vanished] })
})

const unlessVanished = (disk: Disked, original: string, effect: Effect.Effect<void, DiskError>): Effect.Effect<boolean, DiskError> =>
  effect.pipe(Effect.as(true), Effect.catch((error) =>
    Effect.matchEffect(disk.status(original, false), {
      onSuccess: () => Effect.fail(error),
      onFailure: ({ code }) => code === "ENOENT" ? Effect.succeed(false) : Effect.fail(error)
    })))

const copyEntry = (disk: Disked, from: string, to: string, { kind, mode, path }: Entry): Effect.Effect<void, DiskError> => {
  switch (kind) {
    case "directory":
      return disk.makeDirectory(path === "" ? to : `${to}/${path}`)
    case "file":
      return disk.copy(`${from}/${path}`, `${to}/${path}`, mode)
    case "link":
      return Effect.flatMap(disk.readLink(`${from}/${path}`), (text) => disk.link(text, `${to}/${path}`))
  }
}

const remove = (disk: Disked, path: string): Effect.Effect<void, DiskError> =>
  Effect.gen(function*() {
    const status = yield* unlessGone(disk.status(path, false))
    if (status?.kind !== "directory") return yield* disk.remove(path)
    for (const name of yield* disk.list(path)) yield* remove(disk, `${path}/${name}`)
    yield* disk.removeDirectory(path)
  })

const unreadable = Effect.fnUntraced(function*(disk: Disked, from: string, entries: ReadonlyArray<Entry>) {
  const files = entries.filter(({ kind }) => kind === "file")
  const refused = yield* Effect.filter(files, ({ path }) => Effect.match(disk.read(`${from}/${path}`, 1), { onSuccess: () => false, onFailure: () => true }))
  return refused.map(({ path }) => spell(path))
})
