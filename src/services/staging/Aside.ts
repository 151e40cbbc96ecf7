// Where releases are made before they have their place: directories in `upgrades` that no plan's name leads to.
// What lies there is nobody's release, and may be taken away at any time by the next who stages the same one.
import { Effect, Option, Random } from "effect"
import type { Home } from "../../domain/Home.ts"
import type { Release } from "../../domain/Release.ts"
import type { Disk, DiskError } from "../Disk.ts"

/** A name that nobody else uses, for what is being made. */
export const token = Effect.map(Random.nextIntBetween(0, 2 ** 48), (number) => number.toString(16).padStart(12, "0"))

/** `genesis` is no directory in `upgrades`; its name there is one that none has. */
export const asideOf = (home: Home, kind: "new" | "old" | "part", release: Release): string =>
  `${home.staging}/${kind}/${release === "genesis" ? "genesis," : release.replace(/^upgrades\//, "")}`

export const exists = (disk: Disk["Service"], path: string) => Effect.map(disk.glance(path), (glance) => glance !== undefined)

/** Removes what is there, links as links; nothing there is no error. */
export const removeTree = Effect.fnUntraced(function*(disk: Disk["Service"], path: string): Effect.fn.Return<void, DiskError> {
  const status = yield* disk.status(path, false).pipe(Effect.asSome, Effect.catchIf(({ code }) => code === "ENOENT", () => Effect.succeedNone))
  if (Option.isNone(status)) return
  if (status.value.kind !== "directory") return yield* disk.remove(path)
  yield* Effect.forEach(yield* disk.list(path), (name) => removeTree(disk, `${path}/${name}`))
  yield* disk.removeDirectory(path)
})

/** Where one attempt works: the release that it makes, and what that replaces. */
export interface Work {
  readonly made: string
  readonly replaced: string
}

export const workFor = Effect.fnUntraced(function*(home: Home, release: Release) {
  const name = yield* token
  return { made: `${asideOf(home, "new", release)}/${name}`, replaced: `${asideOf(home, "old", release)}/${name}` }
})

/** Takes away at once what an earlier or another attempt has, so that nobody goes on in half of it. */
export const clear = Effect.fnUntraced(function*(disk: Disk["Service"], home: Home, release: Release) {
  const [made, old] = [asideOf(home, "new", release), asideOf(home, "old", release)]
  if (yield* exists(disk, made)) {
    yield* disk.makeDirectory(old)
    yield* disk.rename(made, `${old}/${yield* token}`).pipe(Effect.catchIf(({ code }) => code === "ENOENT", () => Effect.void))
  }
  // Nobody needs it any more: if it cannot be removed, or another one does so too, the next one will see to it.
  yield* Effect.ignore(removeTree(disk, old))
})

/** Removes what is left of an attempt, and no other's; with the directories that are empty then. */
export const leave = Effect.fnUntraced(function*(disk: Disk["Service"], home: Home, release: Release, work: Work) {
  yield* Effect.ignore(removeTree(disk, work.made))
  yield* Effect.ignore(removeTree(disk, work.replaced))
  yield* Effect.forEach(["new", "old"] as const, (kind) => Effect.ignore(disk.removeDirectory(asideOf(home, kind, release))))
  yield* tidyUp(disk, home)
})

/** The directories that are empty; where another release is being made, they are not. */
export const tidyUp = Effect.fnUntraced(function*(disk: Disk["Service"], home: Home) {
  yield* Effect.forEach(["new", "old", "part", ""], (kind) => Effect.ignore(disk.removeDirectory(`${home.staging}/${kind}`)))
})
