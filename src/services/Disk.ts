// The file system as wemixvisor uses it: small operations, each either done or failed with the path and the system's error code.
// The only place that touches files; nothing here decides what is written where.
import { Cause, Context, Effect, Layer, Queue, Schema, Stream } from "effect"
import { basename, dirname } from "node:path/posix"
import { codeOf, glance, permits, statusOf } from "./FileLooks.ts"

/** An operation that the system refused. `code` is the errno's name (`ENOSPC`), `UNKNOWN` where there is none. */
export class DiskError extends Schema.TaggedError<DiskError>()("DiskError", {
  operation: Schema.String,
  path: Schema.String,
  code: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `cannot ${this.operation} ${this.path}: ${this.code}`
  }
}

/** There is nothing at the path. Whatever else the system says is no such answer. */
export const isMissing = ({ code }: DiskError): boolean => code === "ENOENT" || code === "ENOTDIR"

export type FileKind = "file" | "directory" | "link" | "other"

/** `signature` changes when the inode, the size or the time of modification does (to the nanosecond). */
export interface Glance {
  readonly modifiedAtMillis: number
  readonly signature: string
}

/** What `stat` says of a file. `identity` stays the same whatever is written to it. */
export interface FileStatus extends Glance {
  readonly identity: string
  readonly kind: FileKind
  readonly bytes: number
  readonly mode: number
}

/** Paths are absolute. Every operation is uninterruptible once it has begun, and atomic only where it says so. */
export class Disk extends Context.Service<Disk, {
  /** At most `limit` bytes from the file's beginning. */
  readonly read: (path: string, limit: number) => Effect.Effect<Uint8Array, DiskError>
  /** At most `limit` bytes from `offset` on, none behind the end; for files of any size, a piece at a time. */
  readonly readAt: (path: string, offset: number, limit: number) => Effect.Effect<Uint8Array, DiskError>
  /** Creates or empties the file, writes all of `bytes`, and syncs it: when this returns they are on the disk, though perhaps not yet its name. */
  readonly write: (path: string, bytes: Uint8Array, mode: number) => Effect.Effect<void, DiskError>
  /** Adds bytes to the end of a file, which is made when it is missing. Not synced: `seal` does that when all are there. */
  readonly append: (path: string, bytes: Uint8Array) => Effect.Effect<void, DiskError>
  /** Gives a file this mode and syncs it with all that was written to it. */
  readonly seal: (path: string, mode: number) => Effect.Effect<void, DiskError>
  /** Copies a file's content to a new or emptied file with this mode and syncs it. */
  readonly copy: (from: string, to: string, mode: number) => Effect.Effect<void, DiskError>
  /** Atomic: a reader of `to` sees the old entry or the new one. Durable only once the directory was synced. */
  readonly rename: (from: string, to: string) => Effect.Effect<void, DiskError>
  /** Fails with EEXIST when there is an entry already. */
  readonly link: (text: string, path: string) => Effect.Effect<void, DiskError>
  readonly readLink: (path: string) => Effect.Effect<string, DiskError>
  /** Removes one file or link; a missing one is no error. */
  readonly remove: (path: string) => Effect.Effect<void, DiskError>
  /** Removes one empty directory; a missing one is no error. */
  readonly removeDirectory: (path: string) => Effect.Effect<void, DiskError>
  /** Makes the directory and those above it; one that is there is no error. */
  readonly makeDirectory: (path: string) => Effect.Effect<void, DiskError>
  readonly list: (path: string) => Effect.Effect<ReadonlyArray<string>, DiskError>
  /** Of the file itself, or with `follow` of what it points to. */
  readonly status: (path: string, follow: boolean) => Effect.Effect<FileStatus, DiskError>
  /** The little that tells whether a file was changed, or undefined when there is none; made for being asked often. A refusal is a signature of its own. */
  readonly glance: (path: string) => Effect.Effect<Glance | undefined>
  /** Whether this process may execute the file, or write in the directory, as the system would have it: with read-only file systems and those that are mounted noexec. */
  readonly permits: (path: string, what: "execute" | "write") => Effect.Effect<boolean>
  /** Of the file itself or, at a link, of what it points to. Durable when the system likes: what needs it looks again. */
  readonly changeMode: (path: string, mode: number) => Effect.Effect<void, DiskError>
  /** Makes the entries of a directory durable. */
  readonly syncDirectory: (path: string) => Effect.Effect<void, DiskError>
  /** Bytes that this process may still write to the file system that holds `path`. */
  readonly freeBytes: (path: string) => Effect.Effect<number, DiskError>
  /** Emits once it listens, then when an entry of the directory changes, or only when this one does; fails when there is no directory or the system gives no notices. */
  readonly changes: (path: string, entry?: string) => Stream.Stream<void, DiskError>
  /** Whether `changes` tells of every change there, whoever makes it: so on the local file systems of Linux, not on those of a network or of a host. */
  readonly tellsAll: (path: string) => Effect.Effect<boolean>
}>()("wemixvisor/services/Disk") {
  static readonly layer = Layer.sync(Disk, () => real)
  /** Whether it is the one above: what the kernel does faster need not go through its operations then. */
  static readonly isReal = (disk: Disk["Service"]): boolean => disk === real
}

/**
 * Taken this way, and not imported, because an import makes the runtime load every kind of stream before the node is started.
 * Operations on names and on small files are done at once, in microseconds; what waits for the device (syncing, copying)
 * is done in the background, and signals are heard meanwhile.
 */
const fs = process.getBuiltinModule("node:fs")

const refusal = (operation: string, path: string) => (cause: unknown) => new DiskError({ operation, path, code: codeOf(cause), cause })

const attempt = <A>(operation: string, path: string, run: () => A): Effect.Effect<A, DiskError> =>
  Effect.try({ try: run, catch: refusal(operation, path) })

const inBackground = <A>(operation: string, path: string, run: () => Promise<A>): Effect.Effect<A, DiskError> =>
  Effect.uninterruptible(Effect.tryPromise({ try: run, catch: refusal(operation, path) }))

const syncFile = (descriptor: number): Promise<void> =>
  new Promise((resolve, reject) => fs.fsync(descriptor, (error) => error === null ? resolve() : reject(error)))

const withFile = async (path: string, flags: string, mode: number | undefined, use: (descriptor: number) => void): Promise<void> => {
  const descriptor = fs.openSync(path, flags, mode)
  try {
    use(descriptor)
    await syncFile(descriptor)
  } finally {
    fs.closeSync(descriptor)
  }
}

const writeAll = (descriptor: number, bytes: Uint8Array): void => {
  let offset = 0
  while (offset < bytes.byteLength) offset += fs.writeSync(descriptor, bytes, offset)
}

/** A pipe in a file's place gives nothing, instead of waiting for a writer. */
const withoutWaiting = fs.constants.O_RDONLY | fs.constants.O_NONBLOCK

const readHead = (path: string, limit: number): Uint8Array => {
  const descriptor = fs.openSync(path, withoutWaiting)
  try {
    const buffer = new Uint8Array(Math.min(limit, fs.fstatSync(descriptor).size + 1))
    let length = 0
    while (length < buffer.byteLength) {
      const bytesRead = fs.readSync(descriptor, buffer, length, buffer.byteLength - length, null)
      if (bytesRead === 0) break
      length += bytesRead
    }
    return buffer.subarray(0, length)
  } finally {
    fs.closeSync(descriptor)
  }
}

/** In the background: a file of any size need not be in the system's cache. */
const readAt = async (path: string, offset: number, limit: number): Promise<Uint8Array> => {
  const file = await fs.promises.open(path, withoutWaiting)
  try {
    const buffer = new Uint8Array(limit)
    let length = 0
    while (length < limit) {
      const { bytesRead } = await file.read(buffer, length, limit - length, offset + length)
      if (bytesRead === 0) break
      length += bytesRead
    }
    return buffer.subarray(0, length)
  } finally {
    await file.close()
  }
}

const removeDirectory = (path: string): void => {
  try {
    fs.rmdirSync(path)
  } catch (cause) {
    if (codeOf(cause) !== "ENOENT") throw cause
  }
}

const copyAndSync = async (from: string, to: string, mode: number): Promise<void> => {
  await fs.promises.copyFile(from, to)
  await withFile(to, "r+", undefined, (descriptor) => fs.fchmodSync(descriptor, mode))
}

const directoryInode = (path: string): number => {
  const stat = fs.statSync(path)
  if (!stat.isDirectory()) throw Object.assign(new Error("not a directory"), { code: "ENOTDIR" })
  return stat.ino
}

const gone = (path: string) => new DiskError({ operation: "watch", path, code: "ENOENT", cause: "it was moved or removed" })

const changes = (path: string, entry?: string): Stream.Stream<void, DiskError> =>
  Stream.callback<void, DiskError>((queue) =>
    Effect.acquireRelease(
      attempt("watch", path, () => {
        const inode = directoryInode(path)
        const watcher = fs.watch(path, { persistent: false }, (kind, name) => {
          // Perhaps the directory itself was moved or removed: what is at its path then is another one, and watched anew.
          const isGone = kind === "rename" && name === basename(path) && fs.statSync(path, { throwIfNoEntry: false })?.ino !== inode
          if (isGone) return void Queue.failCauseUnsafe(queue, Cause.fail(gone(path)))
          if (entry === undefined || name === null || name === entry) Queue.offerUnsafe(queue, undefined)
        })
        watcher.on("error", (cause) => Queue.failCauseUnsafe(queue, Cause.fail(refusal("watch", path)(cause))))
        Queue.offerUnsafe(queue, undefined)
        return watcher
      }),
      (watcher) => Effect.sync(() => watcher.close())
    ), { bufferSize: 1, strategy: "sliding" })

/** The `f_type` of local file systems (statfs(2)): ext, xfs, btrfs, tmpfs, zfs, f2fs, bcachefs. */
const localTypes = new Set([0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x2fc12fc1, 0xf2f52010, 0xca451a4e])

const isLocal = (path: string): boolean => {
  try {
    return process.platform === "linux" && localTypes.has(fs.statfsSync(path).type)
  } catch {
    return false
  }
}

const real = Disk.of({
  read: (path, limit) => attempt("read", path, () => readHead(path, limit)),
  readAt: (path, offset, limit) => inBackground("read", path, () => readAt(path, offset, limit)),
  append: (path, bytes) => inBackground("write", path, () => fs.promises.appendFile(path, bytes, { mode: 0o644 })),
  seal: (path, mode) => inBackground("sync", path, () => withFile(path, "r+", undefined, (descriptor) => fs.fchmodSync(descriptor, mode))),
  write: (path, bytes, mode) => inBackground("write", path, () => withFile(path, "w", mode, (descriptor) => writeAll(descriptor, bytes))),
  copy: (from, to, mode) => inBackground("copy to", to, () => copyAndSync(from, to, mode)),
  rename: (from, to) => attempt("rename to", to, () => fs.renameSync(from, to)),
  link: (text, path) => attempt("link", path, () => fs.symlinkSync(text, path)),
  readLink: (path) => attempt("read the link", path, () => fs.readlinkSync(path)),
  remove: (path) => attempt("remove", path, () => fs.rmSync(path, { force: true })),
  removeDirectory: (path) => attempt("remove", path, () => removeDirectory(path)),
  // Recursive only where that is needed: where a directory that is there answers ENOENT (/proc, automounts), Node's recursion never ends.
  makeDirectory: (path) => attempt("make the directory", path, () => void fs.mkdirSync(path, { recursive: fs.existsSync(path) || !fs.existsSync(dirname(path)) })),
  list: (path) => attempt("list", path, () => fs.readdirSync(path)),
  status: (path, follow) => attempt("look at", path, () => statusOf(path, follow)),
  glance: (path) => Effect.sync(() => glance(path)),
  permits: (path, what) => Effect.sync(() => permits(path, what)),
  changeMode: (path, mode) => attempt("change the mode of", path, () => fs.chmodSync(path, mode)),
  syncDirectory: (path) => inBackground("sync", path, () => withFile(path, "r", undefined, () => undefined)),
  freeBytes: (path) =>
    attempt("measure", path, () => {
      const { bavail, bsize } = fs.statfsSync(path)
      return bavail * bsize
    }),
  changes,
  tellsAll: (path) => Effect.sync(() => isLocal(path))
})
