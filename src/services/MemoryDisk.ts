// A file system in memory behind the same service as the real one, for tests and rehearsals: links, modes, notices, and the same refusals.
import { Cause, Clock, Effect, Layer, Queue, Stream } from "effect"
import { dirname } from "node:path/posix"
import { Disk, DiskError, type FileStatus } from "./Disk.ts"
import { type Inode, Refusal, Tree } from "./MemoryTree.ts"

/** Free space that it claims to have, in bytes. */
const spacious = 2 ** 40

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
  identity: String(inode.number),
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
  readAt: (path, offset, limit) => attempt("read", path, () => tree.file(path).bytes.slice(offset, offset + limit)),
  append: (path, bytes) => Effect.flatMap(Clock.currentTimeMillis, (now) => attempt("write", path, () => tree.append(path, bytes, now))),
  seal: (path, mode) => attempt("sync", path, () => tree.seal(path, mode)),
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
  removeDirectory: (path) =>
    attempt("remove", path, () => tree.removeDirectory(path)).pipe(Effect.catchIf(({ code }) => code === "ENOENT", () => Effect.void)),
  makeDirectory: (path) => makeDirectories(tree, path),
  list: (path) => attempt("list", path, () => tree.list(path)),
  status: (path, follow) => attempt("look at", path, () => statusOf(tree.at(path, follow))),
  glance: (path) =>
    attempt("look at", path, () => statusOf(tree.at(path, true))).pipe(
      Effect.catch(({ code }) => Effect.succeed(code === "ENOENT" || code === "ENOTDIR" ? undefined : { signature: code, modifiedAtMillis: 0 }))
    ),
  permits: (path, what) =>
    attempt("look at", path, () => statusOf(tree.at(path, true))).pipe(
      Effect.map(({ mode }) => what === "write" || (mode & 0o111) !== 0),
      Effect.orElseSucceed(() => false)
    ),
  changeMode: (path, mode) => attempt("change the mode of", path, () => tree.changeMode(path, mode)),
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
