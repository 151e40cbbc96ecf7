// The tree of a file system in memory: inodes by path, links followed, refusals as the kernel has them. Part of MemoryDisk.
import { basename, dirname } from "node:path/posix"

export interface File {
  readonly kind: "file"
  readonly bytes: Uint8Array
  readonly mode: number
}
export type Inode = { readonly number: number; readonly modifiedAtMillis: number } & (File | { readonly kind: "directory" } | { readonly kind: "link"; readonly text: string })

/** Linux's limit of links in one path (path_resolution(7)). */
const linkLimit = 40

export class Refusal {
  readonly code: string
  constructor(code: string) {
    this.code = code
  }
}

/** The tree: absolute paths without a slash at the end, each with its inode. A directory holds what lies below its path. */
export class Tree {
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

  changeMode(path: string, mode: number): void {
    const inode = this.at(path, true)
    // A directory has no mode here.
    if (inode.kind === "file") this.set(this.resolve(path, true), { ...inode, mode })
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

  removeDirectory(path: string): void {
    const place = this.resolve(path, false)
    const inode = this.inodes.get(place)
    if (inode === undefined) return
    if (inode.kind !== "directory") throw new Refusal("ENOTDIR")
    if (this.list(place).length > 0) throw new Refusal("ENOTEMPTY")
    this.inodes.delete(place)
    this.notify(place)
    for (const [listener, directory] of this.listeners) if (directory === place) listener(undefined)
  }

  append(path: string, bytes: Uint8Array, modifiedAtMillis: number): void {
    const before = this.inodes.get(this.resolve(path, true))
    this.write(path, before?.kind === "file" ? Buffer.concat([before.bytes, bytes]) : bytes.slice(), 0o644, modifiedAtMillis)
  }

  seal(path: string, mode: number): void {
    const place = this.resolve(path, true)
    this.inodes.set(place, { ...this.file(path), mode })
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
