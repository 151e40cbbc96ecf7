// A disk that can be cut off: behind the disk's service like the one in memory, with every operation taken apart into what may be
// interrupted, and with an account of what would survive.
import { Context, Effect, Layer } from "effect"
import { dirname } from "node:path/posix"
import { Disk, type DiskError } from "../../src/services/Disk.ts"
import { layerMemory } from "../../src/services/MemoryDisk.ts"
import type { Dice } from "../support/Dice.ts"
import { refusal } from "../support/world/Refusal.ts"
import { type Image, Platter } from "./Platter.ts"

type Service = Disk["Service"]

/** One part of an operation, which is about to be done. Reading is one part; writing a file is several. */
export interface Call {
  readonly operation: keyof Service
  readonly path: string
  readonly part: string
}

/** Done before each call; a failure refuses the call, and what was done before it of the same operation stays done. */
export type Before = (call: Call) => Effect.Effect<void, DiskError>

export interface SimulatedDisk {
  /** Whoever uses this one syncs everything at once. */
  readonly outside: Service
  readonly inside: (before: Before) => Service
  /** What may be on the disk after a power cut now. */
  readonly cuts: (dice: Dice, mostOutcomes?: number) => ReadonlyArray<Image>
}

const nothing = new Uint8Array()
const halfOf = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, bytes.byteLength >> 1)

/** Starts with what an image holds, all of it synced. */
export const make = Effect.fnUntraced(function*(image: Image = new Map()): Effect.fn.Return<SimulatedDisk> {
  const live = Context.get(yield* Effect.scoped(Layer.build(layerMemory())), Disk)
  const platter = new Platter()
  const outside = synced(view(live, platter, () => Effect.void), platter)
  yield* Effect.forEach(image, ([path, entry]) => {
    if (entry === "directory") return outside.makeDirectory(path)
    return Effect.andThen(outside.makeDirectory(dirname(path)), "text" in entry ? outside.link(entry.text, path) : outside.write(path, entry.bytes, entry.mode))
  }).pipe(Effect.orDie)
  return { outside, inside: (before) => view(live, platter, before), cuts: (dice, mostOutcomes) => platter.cuts(dice, mostOutcomes) }
})

/** For suites that want one disk: every operation is taken apart, and nothing interferes. */
export const layer: Layer.Layer<Disk> = Layer.effect(Disk, Effect.map(make(), ({ inside }) => inside(() => Effect.void)))

const view = (live: Service, platter: Platter, before: Before): Service => {
  const call = <A>(operation: keyof Service, path: string, part: string, run: Effect.Effect<A, DiskError>, note: () => void = () => undefined) =>
    before({ operation, path, part }).pipe(Effect.andThen(run), Effect.tap(() => Effect.sync(note)))
  const once = <A>(operation: keyof Service, path: string, run: Effect.Effect<A, DiskError>, note?: () => void) =>
    Effect.uninterruptible(call(operation, path, "all", run, note))
  const tools = { live, platter, call }
  return {
    read: (path, limit) => once("read", path, live.read(path, limit)),
    readAt: (path, offset, limit) => once("readAt", path, live.readAt(path, offset, limit)),
    append: (path, bytes) => Effect.uninterruptible(append(tools, path, bytes)),
    seal: (path, mode) => Effect.uninterruptible(seal(tools, path, mode)),
    write: (path, bytes, mode) => Effect.uninterruptible(write(tools, "write", path, bytes, mode)),
    copy: (from, to, mode) => Effect.uninterruptible(copy(tools, from, to, mode)),
    rename: (from, to) => once("rename", to, live.rename(from, to), () => platter.rename(from, to)),
    link: (text, path) => once("link", path, live.link(text, path), () => platter.link(text, path)),
    readLink: (path) => once("readLink", path, live.readLink(path)),
    remove: (path) => once("remove", path, live.remove(path), () => platter.remove(path)),
    removeDirectory: (path) => once("removeDirectory", path, live.removeDirectory(path), () => platter.remove(path)),
    makeDirectory: (path) => once("makeDirectory", path, live.makeDirectory(path), () => platter.makeDirectory(path)),
    list: (path) => once("list", path, live.list(path)),
    status: (path, follow) => once("status", path, live.status(path, follow)),
    glance: (path) => live.glance(path),
    permits: (path, what) => live.permits(path, what),
    changeMode: (path, mode) => once("changeMode", path, live.changeMode(path, mode), () => platter.chmod(path, mode)),
    syncDirectory: (path) => once("syncDirectory", path, Effect.andThen(Effect.yieldNow, live.syncDirectory(path)), () => platter.syncDirectory(path)),
    freeBytes: (path) => once("freeBytes", path, live.freeBytes(path)),
    changes: (path, entry) => live.changes(path, entry),
    tellsAll: (path) => live.tellsAll(path)
  }
}

interface Tools {
  readonly live: Service
  readonly platter: Platter
  readonly call: <A>(operation: keyof Service, path: string, part: string, run: Effect.Effect<A, DiskError>, note?: () => void) => Effect.Effect<A, DiskError>
}

const write = Effect.fnUntraced(function*({ call, live, platter }: Tools, operation: "write" | "copy", path: string, bytes: Uint8Array, mode: number) {
  const put = (content: Uint8Array) => Effect.mapError(live.write(path, content, mode), ({ code }) => refusal(operation, path, code))
  yield* call(operation, path, "open", put(nothing), () => platter.open(path, mode))
  yield* call(operation, path, "write half", put(halfOf(bytes)), () => platter.write(path, halfOf(bytes)))
  yield* call(operation, path, "write all", put(bytes), () => platter.write(path, bytes))
  yield* call(operation, path, "sync", Effect.yieldNow, () => platter.syncFile(path))
})

const copy = Effect.fnUntraced(function*(tools: Tools, from: string, to: string, mode: number) {
  const { call, live, platter } = tools
  const told = <A>(effect: Effect.Effect<A, DiskError>) => Effect.mapError(effect, ({ code }) => refusal("copy", to, code))
  const { bytes } = yield* told(live.status(from, true))
  const content = yield* told(live.read(from, bytes))
  yield* write(tools, "copy", to, content, 0o644)
  yield* call("copy", to, "mode", told(live.copy(from, to, mode)), () => platter.chmod(to, mode))
  yield* call("copy", to, "sync mode", Effect.yieldNow, () => platter.syncFile(to))
})

const append = Effect.fnUntraced(function*({ call, live, platter }: Tools, path: string, bytes: Uint8Array) {
  const added = (part: Uint8Array) => Effect.andThen(live.append(path, part), live.status(path, true)).pipe(
    Effect.flatMap(({ bytes: length, mode }) => Effect.map(live.read(path, length), (content) => platter.grow(path, content, mode)))
  )
  yield* call("append", path, "append half", added(halfOf(bytes)))
  yield* call("append", path, "append all", added(bytes.subarray(bytes.byteLength >> 1)))
})

const seal = Effect.fnUntraced(function*({ call, live, platter }: Tools, path: string, mode: number) {
  yield* call("seal", path, "mode", live.seal(path, mode), () => platter.chmod(path, mode))
  yield* call("seal", path, "sync", Effect.yieldNow, () => platter.syncFile(path))
})

/** Each operation is on the disk when it is done, with all the names that lead to it. */
const synced = (disk: Service, platter: Platter): Service => {
  const names = (path: string): void => {
    if (path === "/") return
    // What is removed need not have been there.
    if (platter.hasDirectory(dirname(path))) platter.syncDirectory(dirname(path))
    names(dirname(path))
  }
  const then = (effect: Effect.Effect<void, DiskError>, sync: () => void) => Effect.tap(effect, () => Effect.sync(sync))
  return {
    ...disk,
    write: (path, bytes, mode) => then(disk.write(path, bytes, mode), () => names(path)),
    copy: (from, to, mode) => then(disk.copy(from, to, mode), () => names(to)),
    rename: (from, to) => then(disk.rename(from, to), () => [from, to].forEach(names)),
    link: (text, path) => then(disk.link(text, path), () => names(path)),
    append: (path, bytes) => then(disk.append(path, bytes), () => [platter.syncFile(path), names(path)]),
    removeDirectory: (path) => then(disk.removeDirectory(path), () => names(path)),
    remove: (path) => then(disk.remove(path), () => names(path)),
    makeDirectory: (path) => then(disk.makeDirectory(path), () => names(path))
  }
}
