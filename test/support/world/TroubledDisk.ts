// A disk with a will of its own: refuses or holds up the operations it is told to, and tells of every move of the link. Passes all else through.
import { Deferred, Effect, Stream } from "effect"
import type { Disk, DiskError } from "../../../src/services/Disk.ts"
import { atOnce } from "./AtOnce.ts"
import { type Operation as AnyOperation, refusal as refused } from "./Refusal.ts"

type Service = Disk["Service"]
/** Glances and questions never fail, and the disk always knows how much it tells. */
export type Operation = Exclude<AnyOperation, "glance" | "permits" | "tellsAll">

export interface Trouble {
  /** Done twice it is the same as once. */
  readonly ends: Effect.Effect<void>
}

export interface Held {
  /** Waits until the operation is about to be done. */
  readonly reached: Effect.Effect<void>
  /** Lets it be done. */
  readonly release: Effect.Effect<void>
}

export interface Troubles {
  /** Every such operation on this path fails, until that ends. For `rename` the path is the new one. */
  readonly refuse: (operation: Operation, path: string, code: string) => Effect.Effect<Trouble>
  /** Every such operation on this path is a defect, until that ends. */
  readonly bug: (operation: Operation, path: string) => Effect.Effect<Trouble>
  /** The next such operation on this path waits. */
  readonly hold: (operation: Operation, path: string) => Effect.Effect<Held>
  /** What `freeBytes` says from now on. */
  readonly setFreeBytes: (bytes: number) => Effect.Effect<void>
}

interface Refusal {
  readonly operation: Operation
  readonly path: string
  /** None: it is a defect. */
  readonly code: string | undefined
}

interface Hold {
  readonly operation: Operation
  readonly path: string
  readonly reached: Deferred.Deferred<void>
  readonly released: Deferred.Deferred<void>
}

export interface Troubled {
  readonly troubles: Troubles
  /** Lets go of everything that is held: for the end of the one that waits. */
  readonly releaseAll: Effect.Effect<void>
  /** The disk as one wemixvisor sees it: `before` comes before each operation, `moved` hears of each rename that was done. */
  readonly wrap: (disk: Service, before: Effect.Effect<void>, moved: (path: string) => Effect.Effect<void>) => Service
}

export const make = (): Troubled => {
  const refusals = new Set<Refusal>()
  const holds = new Set<Hold>()
  const free: { bytes: number | undefined } = { bytes: undefined }
  const trouble = Effect.fnUntraced(function*(operation: Operation, path: string): Effect.fn.Return<void, DiskError> {
    const hold = [...holds].find((one) => one.operation === operation && one.path === path)
    if (hold !== undefined) {
      yield* Deferred.succeed(hold.reached, undefined)
      yield* Deferred.await(hold.released)
      holds.delete(hold)
    }
    const refusal = [...refusals].find((one) => one.operation === operation && one.path === path)
    if (refusal === undefined) return
    if (refusal.code === undefined) return yield* Effect.die(new Error(`a bug in the disk: ${operation} ${path}`))
    return yield* refused(operation, path, refusal.code)
  })
  const add = (refusal: Refusal): Effect.Effect<Trouble> =>
    Effect.sync(() => {
      refusals.add(refusal)
      return { ends: Effect.sync(() => void refusals.delete(refusal)) }
    })
  return {
    troubles: {
      refuse: (operation, path, code) => add({ operation, path, code }),
      bug: (operation, path) => add({ operation, path, code: undefined }),
      hold: Effect.fnUntraced(function*(operation: Operation, path: string) {
        const [reached, released] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
        holds.add({ operation, path, reached, released })
        return { reached: Deferred.await(reached), release: Effect.asVoid(Deferred.succeed(released, undefined)) }
      }),
      setFreeBytes: (bytes) => Effect.sync(() => void (free.bytes = bytes))
    },
    releaseAll: Effect.suspend(() => Effect.forEach([...holds], ({ released }) => Deferred.succeed(released, undefined), { discard: true })),
    wrap: (disk, before, moved) => wrap({ ...disk, freeBytes: (path) => Effect.suspend(() => free.bytes === undefined ? disk.freeBytes(path) : Effect.succeed(free.bytes)) },
      (operation, path) => Effect.andThen(trouble(operation, path), before), moved)
  }
}

const wrap = (disk: Service, before: (operation: Operation, path: string) => Effect.Effect<void, DiskError>, moved: (path: string) => Effect.Effect<void>): Service => {
  const through = <A>(operation: Operation, path: string, effect: Effect.Effect<A, DiskError>): Effect.Effect<A, DiskError> =>
    atOnce(Effect.uninterruptible(Effect.andThen(before(operation, path), effect)))
  return {
    ...disk,
    read: (path, limit) => through("read", path, disk.read(path, limit)),
    readAt: (path, offset, limit) => through("readAt", path, disk.readAt(path, offset, limit)),
    append: (path, bytes) => through("append", path, disk.append(path, bytes)),
    seal: (path, mode) => through("seal", path, disk.seal(path, mode)),
    write: (path, bytes, mode) => through("write", path, disk.write(path, bytes, mode)),
    copy: (from, to, mode) => through("copy", to, disk.copy(from, to, mode)),
    rename: (from, to) => through("rename", to, Effect.andThen(disk.rename(from, to), moved(to))),
    link: (text, path) => through("link", path, disk.link(text, path)),
    readLink: (path) => through("readLink", path, disk.readLink(path)),
    remove: (path) => through("remove", path, disk.remove(path)),
    removeDirectory: (path) => through("removeDirectory", path, disk.removeDirectory(path)),
    makeDirectory: (path) => through("makeDirectory", path, disk.makeDirectory(path)),
    list: (path) => through("list", path, disk.list(path)),
    status: (path, follow) => through("status", path, disk.status(path, follow)),
    changeMode: (path, mode) => through("changeMode", path, disk.changeMode(path, mode)),
    syncDirectory: (path) => through("syncDirectory", path, disk.syncDirectory(path)),
    freeBytes: (path) => through("freeBytes", path, disk.freeBytes(path)),
    changes: (path, entry) => Stream.unwrap(Effect.as(before("changes", path), disk.changes(path, entry)))
  }
}
