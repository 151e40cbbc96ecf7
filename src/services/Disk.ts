// The file system as wemixvisor uses it: small operations, each either done or failed with the path and the system's error code.
// The only place that touches files; nothing here decides what is written where.
import { Cause, Context, Effect, Layer, Queue, Schema, Stream } from "effect"
import * as fs from "node:fs/promises"
import type { FileHandle } from "node:fs/promises"

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

export type FileKind = "file" | "directory" | "link" | "other"

/** What `stat` says of a file. `signature` changes when the inode, the size or the time of modification does (to the nanosecond). */
export interface FileStatus {
  readonly kind: FileKind
  readonly bytes: number
  readonly mode: number
  readonly modifiedAtMillis: number
  readonly signature: string
}

/** Paths are absolute. Every operation is uninterruptible once it has begun, and atomic only where it says so. */
export class Disk extends Context.Service<Disk, {
  /** At most `limit` bytes from the file's beginning. */
  readonly read: (path: string, limit: number) => Effect.Effect<Uint8Array, DiskError>
  /** Creates or empties the file, writes all of `bytes`, and syncs it: when this returns they are on the disk, though perhaps not yet its name. */
  readonly write: (path: string, bytes: Uint8Array, mode: number) => Effect.Effect<void, DiskError>
  /** Copies a file's content to a new or emptied file with this mode and syncs it. */
  readonly copy: (from: string, to: string, mode: number) => Effect.Effect<void, DiskError>
  /** Atomic: a reader of `to` sees the old entry or the new one. Durable only once the directory was synced. */
  readonly rename: (from: string, to: string) => Effect.Effect<void, DiskError>
  /** Fails with EEXIST when there is an entry already. */
  readonly link: (text: string, path: string) => Effect.Effect<void, DiskError>
  readonly readLink: (path: string) => Effect.Effect<string, DiskError>
  /** Removes one file or link; a missing one is no error. */
  readonly remove: (path: string) => Effect.Effect<void, DiskError>
  /** Makes the directory and those above it; one that is there is no error. */
  readonly makeDirectory: (path: string) => Effect.Effect<void, DiskError>
  readonly list: (path: string) => Effect.Effect<ReadonlyArray<string>, DiskError>
  /** Of the file itself, or with `follow` of what it points to. */
  readonly status: (path: string, follow: boolean) => Effect.Effect<FileStatus, DiskError>
  /** Makes the entries of a directory durable. */
  readonly syncDirectory: (path: string) => Effect.Effect<void, DiskError>
  /** Bytes that this process may still write to the file system that holds `path`. */
  readonly freeBytes: (path: string) => Effect.Effect<number, DiskError>
  /** Emits when an entry of the directory changes, or only when this one does; fails when there is no directory or the system gives no notices. */
  readonly changes: (path: string, entry?: string) => Stream.Stream<void, DiskError>
}>()("wemixvisor/services/Disk") {
  static readonly layer = Layer.sync(Disk, () => real)
}

const codeOf = (cause: unknown): string =>
  typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string" ? cause.code : "UNKNOWN"

const attempt = <A>(operation: string, path: string, run: () => Promise<A>): Effect.Effect<A, DiskError> =>
  Effect.uninterruptible(Effect.tryPromise({ try: run, catch: (cause) => new DiskError({ operation, path, code: codeOf(cause), cause }) }))

const withFile = async <A>(path: string, flags: string, mode: number | undefined, use: (file: FileHandle) => Promise<A>): Promise<A> => {
  const file = await fs.open(path, flags, mode)
  try {
    return await use(file)
  } finally {
    await file.close()
  }
}

const readHead = async (file: FileHandle, limit: number): Promise<Uint8Array> => {
  const buffer = new Uint8Array(Math.min(limit, Number((await file.stat()).size) + 1))
  let length = 0
  while (length < buffer.byteLength) {
    const { bytesRead } = await file.read(buffer, length, buffer.byteLength - length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return buffer.subarray(0, length)
}

const statusOf = async (path: string, follow: boolean): Promise<FileStatus> => {
  const stat = follow ? await fs.stat(path, { bigint: true }) : await fs.lstat(path, { bigint: true })
  return {
    kind: stat.isFile() ? "file" : stat.isDirectory() ? "directory" : stat.isSymbolicLink() ? "link" : "other",
    bytes: Number(stat.size),
    mode: Number(stat.mode & 0o7777n),
    modifiedAtMillis: Number(stat.mtimeMs),
    signature: `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}`
  }
}

const copyAndSync = async (from: string, to: string, mode: number): Promise<void> => {
  await fs.copyFile(from, to)
  await withFile(to, "r+", undefined, async (file) => {
    await file.chmod(mode)
    await file.sync()
  })
}

const changes = (path: string, entry?: string): Stream.Stream<void, DiskError> => {
  const refusal = (cause: unknown) => new DiskError({ operation: "watch", path, code: codeOf(cause), cause })
  return Stream.callback<void, DiskError>((queue) =>
    Effect.acquireRelease(
      Effect.tryPromise({
        try: async () => {
          const { watch } = await import("node:fs")
          const watcher = watch(path, { persistent: false }, (_kind, name) => {
            if (entry === undefined || name === null || name === entry) Queue.offerUnsafe(queue, undefined)
          })
          watcher.on("error", (cause) => Queue.failCauseUnsafe(queue, Cause.fail(refusal(cause))))
          return watcher
        },
        catch: refusal
      }),
      (watcher) => Effect.sync(() => watcher.close())
    ), { bufferSize: 1, strategy: "sliding" })
}

const real = Disk.of({
  read: (path, limit) => attempt("read", path, () => withFile(path, "r", undefined, (file) => readHead(file, limit))),
  write: (path, bytes, mode) =>
    attempt("write", path, () =>
      withFile(path, "w", mode, async (file) => {
        await file.writeFile(bytes)
        await file.sync()
      })),
  copy: (from, to, mode) => attempt("copy to", to, () => copyAndSync(from, to, mode)),
  rename: (from, to) => attempt("rename to", to, () => fs.rename(from, to)),
  link: (text, path) => attempt("link", path, () => fs.symlink(text, path)),
  readLink: (path) => attempt("read the link", path, () => fs.readlink(path)),
  remove: (path) => attempt("remove", path, () => fs.rm(path, { force: true })),
  makeDirectory: (path) => attempt("make the directory", path, async () => void await fs.mkdir(path, { recursive: true })),
  list: (path) => attempt("list", path, () => fs.readdir(path)),
  status: (path, follow) => attempt("look at", path, () => statusOf(path, follow)),
  syncDirectory: (path) => attempt("sync", path, () => withFile(path, "r", undefined, (directory) => directory.sync())),
  freeBytes: (path) =>
    attempt("measure", path, async () => {
      const { bavail, bsize } = await fs.statfs(path)
      return bavail * bsize
    }),
  changes
})
