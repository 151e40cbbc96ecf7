// A file system in memory behind the same service as the real one, for tests and rehearsals: links, modes, notices, and the same refusals.
import { Cause, Clock, Effect, Layer, Queue, Stream } from "effect"
import { basename, dirname } from "node:path/posix"
import { Disk, DiskError, type FileStatus } from "./Disk.ts"

interface File {
  readonly kind: "file"
  readonly bytes: Uint8Array
  readonly mode: number
}
type Inode = { readonly number: number; readonly modifiedAtMillis: number } & (File | { readonly kind: "directory" } | { readonly kind: "link"; readonly text: string })

/** Free space that it claims to have, in bytes. */
const spacious = 2 ** 40

/** Linux's limit of links in one path (path_resolution(7)). */
const linkLimit = 40

class Refusal {
  readonly code: string
  constructor(code: string) {
    this.code = code
  }
}

/** The tree: absolute paths without a slash at the end, each with its inode. A directory holds what lies below its path. */
class Tree {
  private readonly inodes = new Map<string, Inode>([["/", { kind: "directory", number: 1, modifiedAtMillis: 0 }]])
  /** Called with the entry that changed, or with nothing when the directory is no more where it was. */
  private readonly listeners = new Map<(entry: string | undefined) => void, string>()
  private counter = 1

  /** Where a path leads once its links are followed, the last one only if asked. */
  resolve(path: string, follow: boolean, depth = 0): string {
    if (path === "/") return path
    // Nothing is below a working directory: there is none.
    if (!path.startsWith("/")) throw new Refusal("ENOENT")
    if (depth > linkLimit) throw new Refusal("ELOOP")
    const parent = this.resolve(dirname(path), true, depth)
    const above = this.inodes.get(parent)
    if (above === undefined) throw new Refusal("ENOENT")
    if (above.kind !== "directory") throw new Refusal("ENOTDIR")
    const name = basename(path)
    if (name === "." || name === "..") return name === "." ? parent : dirname(parent)
    const place = parent === "/" ? `/${name}` : `${parent}/${name}`
    const inode = this.inodes.get(place)
    if (!follow || inode?.kind !== "link") return place
    return this.resolve(inode.text.startsWith("/") ? inode.text : `${parent}/${inode.text}`, true, depth + 1)
  }

  at(path: string, follow: boolean): Inode {
    const inode = this.inodes.get(this.resolve(path, follow))
    if (inode === undefined) throw new Refusal("ENOENT")
    return inode
  }

  file(path: string): File & Inode {
    const inode = this.at(path, true)
    if (inode.kind === "directory") throw new Refusal("EISDIR")
    if (inode.kind === "link") throw new Refusal("ENOENT")
    return inode
  }

  /** Writes through links, as the system does; a file that was there keeps its mode. */
  write(path: string, bytes: Uint8Array, mode: number, modifiedAtMillis: number): void {
    const place = this.resolve(path, true)
    const before = this.inodes.get(place)
    if (before?.kind === "directory") throw new Refusal("EISDIR")
    this.put(place, { kind: "file", bytes, mode: before?.kind === "file" ? before.mode : mode }, modifiedAtMillis)
  }

  copy(from: string, to: string, mode: number, modifiedAtMillis: number): void {
    const { bytes } = this.file(from)
    this.write(to, bytes, mode, modifiedAtMillis)
    this.put(this.resolve(to, true), { kind: "file", bytes, mode }, modifiedAtMillis)
  }

  has(path: string): boolean {
    return this.inodes.has(this.resolve(path, false))
  }

  put(path: string, content: File | { readonly kind: "directory" } | { readonly kind: "link"; readonly text: string }, modifiedAtMillis: number): void {
    this.set(path, { ...content, number: ++this.counter, modifiedAtMillis })
  }

  rename(from: string, to: string): void {
    const inode = this.at(from, false)
    const [source, target] = [this.resolve(from, false), this.resolve(to, false)]
    if (target === source) return
    if (target.startsWith(`${source}/`)) throw new Refusal("EINVAL")
    const over = this.inodes.get(target)
    if (over?.kind === "directory" && inode.kind !== "directory") throw new Refusal("EISDIR")
    if (over !== undefined && over.kind !== "directory" && inode.kind === "directory") throw new Refusal("ENOTDIR")
    if (over?.kind === "directory" && this.list(target).length > 0) throw new Refusal("ENOTEMPTY")
    const below = [...this.inodes].filter(([path]) => path.startsWith(`${source}/`))
    for (const [path] of below) this.inodes.delete(path)
    this.inodes.delete(source)
    this.set(target, inode)
    for (const [path, inside] of below) this.inodes.set(`${target}${path.slice(source.length)}`, inside)
    this.notify(source)
    for (const [listener, directory] of this.listeners) if (directory === source || directory.startsWith(`${source}/`)) listener(undefined)
  }

  remove(path: string): void {
    const place = this.resolve(path, false)
    if (this.inodes.get(place)?.kind === "directory") throw new Refusal("ERR_FS_EISDIR")
    if (this.inodes.delete(place)) this.notify(place)
  }

  list(path: string): ReadonlyArray<string> {
    if (this.at(path, true).kind !== "directory") throw new Refusal("ENOTDIR")
    const directory = this.resolve(path, true)
    return [...this.inodes.keys()].filter((entry) => entry !== "/" && dirname(entry) === directory).map((entry) => basename(entry))
  }

  listen(path: string, listener: (entry: string | undefined) => void): () => void {
    if (this.at(path, true).kind !== "directory") throw new Refusal("ENOTDIR")
    this.listeners.set(listener, this.resolve(path, true))
    return () => void this.listeners.delete(listener)
  }

  private set(path: string, inode: Inode): void {
    const place = this.resolve(path, false)
    this.inodes.set(place, inode)
    this.notify(place)
  }

  private notify(place: string): void {
    for (const [listener, directory] of this.listeners) if (directory === dirname(place)) listener(basename(place))
  }
}

const refused = (operation: string, path: string, cause: Refusal) => new DiskError({ operation, path, code: cause.code, cause })

const attempt = <A>(operation: string, path: string, run: () => A): Effect.Effect<A, DiskError> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(run())
    } catch (cause) {
      if (cause instanceof Refusal) return Effect.fail(refused(operation, path, cause))
      throw cause
    }
  })

const put = (tree: Tree, operation: string, path: string, content: () => Parameters<Tree["put"]>[1]): Effect.Effect<void, DiskError> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => attempt(operation, path, () => tree.put(path, content(), now)))

const statusOf = (inode: Inode): FileStatus => ({
  kind: inode.kind,
  bytes: inode.kind === "file" ? inode.bytes.byteLength : 0,
  mode: inode.kind === "file" ? inode.mode : 0o755,
  modifiedAtMillis: inode.modifiedAtMillis,
  signature: String(inode.number)
})

const makeDirectories = (tree: Tree, path: string): Effect.Effect<void, DiskError> =>
  attempt("make the directory", path, () => path === "/" || tree.at(path, true).kind === "directory").pipe(
    Effect.catchIf(({ code }) => code === "ENOENT", () =>
      Effect.andThen(makeDirectories(tree, dirname(path)), Effect.as(put(tree, "make the directory", path, () => ({ kind: "directory" })), true))),
    Effect.flatMap((isDirectory) => attempt("make the directory", path, () => {
      if (!isDirectory) throw new Refusal("EEXIST")
    }))
  )

const changes = (tree: Tree, path: string, entry: string | undefined): Stream.Stream<void, DiskError> =>
  Stream.callback<void, DiskError>((queue) =>
    Effect.acquireRelease(
      attempt("watch", path, () => {
        const unlisten = tree.listen(path, (name) => {
          if (name === undefined) return void Queue.failCauseUnsafe(queue, Cause.fail(refused("watch", path, new Refusal("ENOENT"))))
          if (entry === undefined || entry === name) Queue.offerUnsafe(queue, undefined)
        })
        Queue.offerUnsafe(queue, undefined)
        return unlisten
      }),
      (unlisten) => Effect.sync(unlisten)
    ), { bufferSize: 1, strategy: "sliding" })

const make = (tree: Tree): Disk["Service"] => ({
  read: (path, limit) => attempt("read", path, () => tree.file(path).bytes.slice(0, limit)),
  write: (path, bytes, mode) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => attempt("write", path, () => tree.write(path, bytes.slice(), mode, now))),
  copy: (from, to, mode) => Effect.flatMap(Clock.currentTimeMillis, (now) => attempt("copy to", to, () => tree.copy(from, to, mode, now))),
  rename: (from, to) => attempt("rename to", to, () => tree.rename(from, to)),
  link: (text, path) =>
    put(tree, "link", path, () => {
      if (tree.has(path)) throw new Refusal("EEXIST")
      return { kind: "link", text }
    }),
  readLink: (path) =>
    attempt("read the link", path, () => {
      const inode = tree.at(path, false)
      if (inode.kind !== "link") throw new Refusal("EINVAL")
      return inode.text
    }),
  remove: (path) => attempt("remove", path, () => tree.remove(path)).pipe(Effect.catchIf(({ code }) => code === "ENOENT", () => Effect.void)),
  makeDirectory: (path) => makeDirectories(tree, path),
  list: (path) => attempt("list", path, () => tree.list(path)),
  status: (path, follow) => attempt("look at", path, () => statusOf(tree.at(path, follow))),
  glance: (path) =>
    attempt("look at", path, () => statusOf(tree.at(path, true))).pipe(
      Effect.catch(({ code }) => Effect.succeed(code === "ENOENT" || code === "ENOTDIR" ? undefined : { signature: code, modifiedAtMillis: 0 }))
    ),
  syncDirectory: (path) => attempt("sync", path, () => void tree.at(path, true)),
  freeBytes: () => Effect.succeed(spacious),
  changes: (path, entry) => changes(tree, path, entry),
  tellsAll: () => Effect.succeed(false)
})

/** An empty file system, and the files given: content by absolute path, made executable. Directories above them are made. */
export const layerMemory = (files: Readonly<Record<string, string>> = {}): Layer.Layer<Disk> =>
  Layer.effect(
    Disk,
    Effect.gen(function*() {
      const disk = make(new Tree())
      yield* Effect.forEach(Object.entries(files), ([path, content]) =>
        Effect.orDie(Effect.andThen(disk.makeDirectory(dirname(path)), disk.write(path, new TextEncoder().encode(content), 0o755))))
      return disk
    })
  )
