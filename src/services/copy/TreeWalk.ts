// Reads and removes a tree on the real file system, whose names are bytes: a path is a string with one character a byte, as `latin1` has them.
// Part of DataCopy, and used by nothing else.
import { Effect } from "effect"
import type { Dirent, Stats } from "node:fs"
import { type Entry, type Lists, spell } from "../../domain/Tree.ts"
import { codeOf } from "../FileLooks.ts"

const fs = process.getBuiltinModule("node:fs")

/** What the system refused, and where; `path` is for people. */
export class Trouble {
  readonly path: string
  readonly code: string
  constructor(path: string, code: string) {
    this.path = path
    this.code = code
  }
}

/** The bytes of a path below a root, which is given as text. */
export const pathOf = (root: string, path: string): Buffer => Buffer.concat([Buffer.from(root), Buffer.from(path === "" ? "" : `/${path}`, "latin1")])

/** What is no UTF-8 has its odd bytes spelt as a URL would. */
export const spelt = (path: string): string => {
  if (/^[\x20-\x24\x26-\x7e]*$/.test(path)) return path
  const bytes = Buffer.from(path, "latin1")
  const text = bytes.toString("utf8")
  if (Buffer.from(text).equals(bytes)) return spell(text)
  return spell(path).replace(/[\x80-\xff]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}

export const troubleAt = (root: string, path: string, cause: unknown): Trouble =>
  cause instanceof Trouble ? cause : new Trouble(path === "" ? root : `${root}/${spelt(path)}`, codeOf(cause))

const attempt = <A>(root: string, path: string, run: () => A): Effect.Effect<A, Trouble> =>
  Effect.try({ try: run, catch: (cause) => troubleAt(root, path, cause) })

/** So many entries are looked at, or removed, at once; then others have their turn. */
const batch = 32

interface Found {
  readonly entries: Array<Entry>
  readonly skipped: Array<string>
  readonly excluded: Array<string>
  readonly vanished: Array<string>
  /** The first path of each file that has more than one. */
  readonly named: Map<string, string>
}

const isGone = (cause: unknown): boolean => codeOf(cause) === "ENOENT"

const below = (directory: string, name: string): string => directory === "" ? name : `${directory}/${name}`

const kindOf = (stats: Stats): Entry["kind"] | undefined =>
  stats.isFile() ? "file" : stats.isDirectory() ? "directory" : stats.isSymbolicLink() ? "link" : undefined

/** In the unit that `st_blocks` counts in (stat(2)). */
const blockBytes = 512

const entryOf = (path: string, kind: Entry["kind"], stats: Stats, sameAs: string | undefined): Entry => ({
  kind,
  path,
  bytes: kind === "file" ? stats.size : 0,
  allocatedBytes: stats.blocks * blockBytes,
  mode: stats.mode & 0o7777,
  owner: stats.uid,
  group: stats.gid,
  accessedAtSeconds: stats.atimeMs / 1000,
  modifiedAtSeconds: stats.mtimeMs / 1000,
  device: stats.dev,
  ...(sameAs !== undefined && { sameAs })
})

/** Directories that are to be listed come back. */
const note = (root: string, path: string, found: Found): string | undefined => {
  try {
    const stats = fs.lstatSync(pathOf(root, path))
    const kind = kindOf(stats)
    if (kind === undefined) return void found.skipped.push(spelt(path))
    const file = `${stats.dev}:${stats.ino}`
    const isShared = kind === "file" && stats.nlink > 1
    found.entries.push(entryOf(path, kind, stats, isShared ? found.named.get(file) : undefined))
    if (isShared && !found.named.has(file)) found.named.set(file, path)
    return kind === "directory" ? path : undefined
  } catch (cause) {
    if (isGone(cause)) return void found.vanished.push(spelt(path))
    throw troubleAt(root, path, cause)
  }
}

const namesIn = (root: string, directory: string): ReadonlyArray<string> => fs.readdirSync(pathOf(root, directory), { encoding: "latin1" })

/** Directories come before what is in them. The root itself is the first entry, with an empty path; it may be a link to a directory. */
export const walk = Effect.fnUntraced(function*(root: string, isExcluded: (path: string) => boolean): Effect.fn.Return<Lists & { readonly entries: ReadonlyArray<Entry> }, Trouble> {
  const found: Found = { entries: [], skipped: [], excluded: [], vanished: [], named: new Map() }
  const pending = [""]
  let looked = 0
  found.entries.push(yield* attempt(root, "", () => entryOf("", "directory", fs.statSync(root), undefined)))
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    const within = directory
    const names = yield* attempt(root, within, () => namesIn(root, within)).pipe(
      Effect.catchIf((cause) => within !== "" && isGone(cause), () => Effect.succeed([]))
    )
    for (let start = 0; start < names.length; start += batch) {
      const some = names.slice(start, start + batch)
      pending.push(...yield* attempt(root, within, () => noteAll(root, within, some, isExcluded, found)))
      looked += some.length
      if (looked < batch) continue
      looked = 0
      yield* Effect.yieldNow
    }
  }
  return found
})

const noteAll = (root: string, directory: string, names: ReadonlyArray<string>, isExcluded: (path: string) => boolean, found: Found): ReadonlyArray<string> =>
  names.flatMap((name) => {
    const path = below(directory, name)
    if (isExcluded(Buffer.from(path, "latin1").toString("utf8"))) {
      found.excluded.push(spelt(path))
      return []
    }
    const next = note(root, path, found)
    return next === undefined ? [] : [next]
  })

/** Removes what is there; entries go before the directory that holds them. */
export const remove = Effect.fnUntraced(function*(root: string): Effect.fn.Return<void, Trouble> {
  const isDirectory = yield* attempt(root, "", () => fs.lstatSync(root, { throwIfNoEntry: false })?.isDirectory())
  if (isDirectory === true) yield* removeBelow(root, "")
  else if (isDirectory === false) yield* attempt(root, "", () => fs.rmSync(root, { force: true }))
})

const removeBelow = (root: string, directory: string): Effect.Effect<void, Trouble> =>
  Effect.gen(function*() {
    for (const entry of yield* attempt(root, directory, () => openedList(root, directory))) {
      const path = below(directory, entry.name)
      if (entry.isDirectory()) yield* removeBelow(root, path)
      else yield* removeFile(root, path)
    }
    yield* attempt(root, directory, () => fs.rmdirSync(pathOf(root, directory)))
  })

/** A directory without the right to write in it keeps what is in it, though its owner may take the right. */
const openedList = (root: string, directory: string): ReadonlyArray<Dirent<string>> => {
  const path = pathOf(root, directory)
  if ((fs.lstatSync(path).mode & 0o700) !== 0o700) fs.chmodSync(path, 0o700)
  return fs.readdirSync(path, { encoding: "latin1", withFileTypes: true })
}

/** In the background: a large file's blocks take their time. */
const removeFile = (root: string, path: string): Effect.Effect<void, Trouble> =>
  Effect.uninterruptible(Effect.tryPromise({
    try: () => fs.promises.rm(pathOf(root, path), { force: true }),
    catch: (cause) => troubleAt(root, path, cause)
  }))

const isReadable = (path: Buffer): boolean => {
  try {
    const descriptor = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)
    try {
      fs.readSync(descriptor, Buffer.alloc(1), 0, 1, 0)
      return true
    } finally {
      fs.closeSync(descriptor)
    }
  } catch {
    return false
  }
}

/** Which of these files cannot be opened and read. */
export const unreadable = Effect.fnUntraced(function*(root: string, entries: ReadonlyArray<Entry>) {
  const files = entries.filter(({ kind }) => kind === "file")
  const refused = new Array<string>()
  for (let start = 0; start < files.length; start += batch) {
    const unread = files.slice(start, start + batch).filter(({ path }) => !isReadable(pathOf(root, path)))
    refused.push(...unread.map(({ path }) => spelt(path)))
    yield* Effect.yieldNow
  }
  return refused
})
