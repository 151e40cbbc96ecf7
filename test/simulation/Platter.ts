// What a disk holds, and what of it is there after a power cut: names and contents that were not synced may be there, not there, or half there.
// A model beside the live file system; it is told of every operation that was done, and refuses none.
import type { Dice } from "../support/Dice.ts"
import { basename, dirname } from "node:path/posix"

interface Content {
  readonly bytes: Uint8Array
  readonly mode: number
}
interface File {
  readonly kind: "file"
  now: Content
  /** As it was when it was synced last. */
  synced: Content
}
interface Link {
  readonly kind: "link"
  readonly text: string
}
interface Directory {
  readonly kind: "directory"
  readonly now: Map<string, Node>
  readonly synced: Map<string, Node>
}
type Node = File | Link | Directory

/** One operation's changes of names, which are done together or not at all. */
type Pending = ReadonlyArray<{ readonly directory: Directory; readonly name: string; readonly node: Node | undefined }>

/** A tree as it lies on a disk, by absolute path; directories have neither bytes nor text. */
export type Image = ReadonlyMap<string, Entry>
export type Entry = { readonly mode: number; readonly bytes: Uint8Array } | { readonly text: string } | "directory"

const nothing = new Uint8Array()
const emptyDirectory = (): Directory => ({ kind: "directory", now: new Map(), synced: new Map() })

/** As many as a disk may choose between before a choice of them is drawn. */
const allOutcomes = 512

export class Platter {
  private readonly root = emptyDirectory()
  private pending: ReadonlyArray<Pending> = []

  /** Opens a file for writing: made if it is missing, emptied if it is not. */
  open(path: string, mode: number): void {
    const place = this.resolve(path)
    const found = this.find(place)
    if (found?.kind === "file") found.now = { bytes: nothing, mode: found.now.mode }
    else this.name(place, { kind: "file", now: { bytes: nothing, mode }, synced: { bytes: nothing, mode } })
  }

  write(path: string, bytes: Uint8Array): void {
    const file = this.file(path)
    file.now = { ...file.now, bytes: bytes.slice() }
  }

  /** As `write`, of a file that is made when it is missing. */
  grow(path: string, bytes: Uint8Array, mode: number): void {
    if (this.find(this.resolve(path)) === undefined) this.open(path, mode)
    this.write(path, bytes)
  }

  chmod(path: string, mode: number): void {
    const file = this.file(path)
    file.now = { ...file.now, mode }
  }

  syncFile(path: string): void {
    const file = this.file(path)
    file.synced = file.now
  }

  link(text: string, path: string): void {
    this.name(path, { kind: "link", text })
  }

  remove(path: string): void {
    if (this.find(path) !== undefined) this.name(path, undefined)
  }

  makeDirectory(path: string): void {
    if (path === "/" || this.find(this.resolve(path)) !== undefined) return
    this.makeDirectory(dirname(path))
    this.name(path, emptyDirectory())
  }

  rename(from: string, to: string): void {
    const node = this.find(from)
    if (node === undefined || from === to) return
    this.change([
      { directory: this.directory(dirname(from)), name: basename(from), node: undefined },
      { directory: this.directory(dirname(to)), name: basename(to), node }
    ])
  }

  hasDirectory(path: string): boolean {
    return this.find(this.resolve(path))?.kind === "directory"
  }

  syncDirectory(path: string): void {
    const synced = this.directory(path)
    for (const operation of this.pending.filter((changes) => changes.some(({ directory }) => directory === synced))) {
      operation.forEach(({ directory, name, node }) => put(directory.synced, name, node))
    }
    this.pending = this.pending.filter((changes) => changes.every(({ directory }) => directory !== synced))
  }

  /** Everything that may be on the disk after a cut at this instant: all of it where there are few possibilities, else some that are drawn. */
  cuts(dice: Dice, mostOutcomes = allOutcomes): ReadonlyArray<Image> {
    const total = 2 ** this.pending.length
    const masks = total <= mostOutcomes
      ? Array.from({ length: total }, (_, mask) => mask)
      : Array.from({ length: mostOutcomes }, () => dice.below(total))
    return masks.flatMap((mask) => this.images(this.pending.filter((_, index) => Math.floor(mask / 2 ** index) % 2 === 1)))
  }

  /** With these operations on names on the disk, and each content that their files may have. */
  private images(survived: ReadonlyArray<Pending>): ReadonlyArray<Image> {
    const trees = new Map<Directory, Map<string, Node>>()
    const entriesOf = (directory: Directory): ReadonlyMap<string, Node> => trees.get(directory) ?? directory.synced
    for (const { directory, name, node } of survived.flat()) {
      const entries = trees.get(directory) ?? new Map(directory.synced)
      put(entries, name, node)
      trees.set(directory, entries)
    }
    return spread([...walk("", this.root, entriesOf)])
  }

  private name(path: string, node: Node | undefined): void {
    this.change([{ directory: this.directory(dirname(path)), name: basename(path), node }])
  }

  private change(changes: Pending): void {
    changes.forEach(({ directory, name, node }) => put(directory.now, name, node))
    this.pending = [...this.pending, changes]
  }

  private find(path: string): Node | undefined {
    return path === "/" ? this.root : this.at(`${this.resolve(dirname(path))}/${basename(path)}`)
  }

  /** What is at a path on which there is no link. */
  private at(place: string): Node | undefined {
    return place.split("/").filter((name) => name !== "").reduce<Node | undefined>((node, name) => node?.kind === "directory" ? node.now.get(name) : undefined, this.root)
  }

  /** Where a path leads once its links are followed. */
  private resolve(path: string): string {
    if (path === "/") return path
    const place = `${this.resolve(dirname(path)).replace(/\/$/, "")}/${basename(path)}`
    const node = this.at(place)
    return node?.kind === "link" ? this.resolve(node.text.startsWith("/") ? node.text : `${dirname(place)}/${node.text}`) : place
  }

  private file(path: string): File {
    const node = this.find(this.resolve(path))
    if (node?.kind !== "file") throw new Error(`the platter has no file ${path}`)
    return node
  }

  private directory(path: string): Directory {
    const node = this.find(this.resolve(path))
    if (node?.kind !== "directory") throw new Error(`the platter has no directory ${path}`)
    return node
  }
}

const put = (entries: Map<string, Node>, name: string, node: Node | undefined): void => {
  if (node === undefined) entries.delete(name)
  else entries.set(name, node)
}

function* walk(path: string, directory: Directory, entriesOf: (directory: Directory) => ReadonlyMap<string, Node>): Generator<readonly [string, Node]> {
  for (const [name, node] of entriesOf(directory)) {
    yield [`${path}/${name}`, node]
    if (node.kind === "directory") yield* walk(`${path}/${name}`, node, entriesOf)
  }
}

/** One image for each combination of what its files may hold. */
const spread = (nodes: ReadonlyArray<readonly [string, Node]>): ReadonlyArray<Image> =>
  nodes.reduce<ReadonlyArray<ReadonlyArray<readonly [string, Entry]>>>((images, [path, node]) =>
    entriesOf(node).flatMap((entry) => images.map((image) => [...image, [path, entry] as const])), [[]])
    .map((entries) => new Map(entries))

const entriesOf = (node: Node): ReadonlyArray<Entry> => {
  switch (node.kind) {
    case "directory":
      return ["directory"]
    case "link":
      return [{ text: node.text }]
    case "file":
      return contentsOf(node)
  }
}

/**
 * What was synced; or, when something was written since, that or nothing, half, or all of it; or its length alone, with zeros for what was not
 * written yet. A mode is kept or not whatever becomes of the bytes.
 */
const contentsOf = ({ now, synced }: File): ReadonlyArray<Content> => {
  if (now === synced) return [now]
  const half = now.bytes.subarray(0, now.bytes.byteLength >> 1)
  const bytes = Buffer.compare(now.bytes, synced.bytes) === 0 ? [now.bytes] : [synced.bytes, nothing, half, new Uint8Array(now.bytes.byteLength), now.bytes]
  const all = bytes.flatMap((content) => [synced.mode, now.mode].map((mode) => ({ bytes: content, mode })))
  return all.filter((content, index) => all.findIndex((other) => isSame(other, content)) === index)
}

const isSame = (one: Content, other: Content): boolean => one.mode === other.mode && Buffer.compare(one.bytes, other.bytes) === 0

/** The same for two images only when they are the same. */
export const keyOf = (image: Image): string =>
  [...image].map(([path, entry]) => {
    if (entry === "directory") return `${path}/`
    return "text" in entry ? `${path} -> ${entry.text}` : `${path} ${entry.mode} ${Buffer.from(entry.bytes).toString("latin1")}`
  }).sort().join("\0")
