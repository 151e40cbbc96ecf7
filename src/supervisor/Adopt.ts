// Takes over a home that cosmovisor laid out, and gives it back: renames only, each of which may be the last thing that happens.
import { Effect, Option } from "effect"
import { fromLinkText } from "../domain/Release.ts"
import { Config } from "../services/Config.ts"
import { Disk, isMissing } from "../services/Disk.ts"
import * as Durable from "../services/Durable.ts"

/** One rename; both paths are absolute. */
export interface Move {
  readonly from: string
  readonly to: string
}

/** What lies at the path, links not followed; undefined when nothing does. */
export const kindOf = Effect.fnUntraced(function*(path: string) {
  const disk = yield* Disk
  return yield* disk.status(path, false).pipe(Effect.map(({ kind }) => kind), Effect.catchIf(isMissing, () => Effect.undefined))
})

/** What would be moved, in order; empty when there is nothing of cosmovisor's here, or wemixvisor has its own home already. */
export const moves = Effect.gen(function*() {
  const { home } = yield* Config
  if ((yield* kindOf(home.root)) !== undefined || (yield* kindOf(home.cosmovisorRoot)) !== "directory") return []
  const settings = `${home.cosmovisorRoot}/config.toml`
  const aside: ReadonlyArray<Move> = (yield* kindOf(settings)) === undefined ? [] : [{ from: settings, to: asideOf(settings) }]
  return [...aside, { from: home.cosmovisorRoot, to: home.root }]
})

/** Its settings mean other things to cosmovisor: durations are nanoseconds there. */
const asideOf = (settings: string): string => `${settings}.cosmovisor`

/**
 * What would be moved back; empty when the home was not taken over. Cosmovisor's settings come last: wemixvisor refuses them, and could not
 * go on with what was broken off.
 */
export const movesBack = Effect.gen(function*() {
  const { home } = yield* Config
  const [ours, theirs] = [yield* kindOf(home.root), yield* kindOf(home.cosmovisorRoot)]
  const settings = `${home.cosmovisorRoot}/config.toml`
  const restore: Move = { from: asideOf(settings), to: settings }
  if (ours === undefined && theirs === "directory") return (yield* kindOf(restore.from)) !== undefined && (yield* kindOf(settings)) === undefined ? [restore] : []
  if (ours !== "directory" || theirs !== undefined) return []
  const back: Move = { from: home.root, to: home.cosmovisorRoot }
  if ((yield* kindOf(asideOf(home.settingsFile))) === undefined) return [back]
  const away: ReadonlyArray<Move> = (yield* kindOf(home.settingsFile)) === undefined ? [] : [{ from: home.settingsFile, to: `${home.settingsFile}.wemixvisor` }]
  return [...away, back, restore]
})

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf("/")) || "/"

/**
 * Makes durable what an earlier attempt has made or moved and was then refused to sync: this one finds it in its place. Where a directory
 * cannot be opened by this user, nothing was made in it either.
 */
const settle = Effect.gen(function*() {
  const { home } = yield* Config
  const disk = yield* Disk
  const places = [parentOf(home.directory), home.directory, home.root, home.genesis, `${home.genesis}/bin`, home.cosmovisorRoot]
  yield* Effect.forEach(places, (path) => disk.syncDirectory(path).pipe(Effect.catchIf((error) => isMissing(error) || error.code === "EACCES", () => Effect.void)), { discard: true })
})

/** Does the moves; broken off anywhere, doing it again does the rest. A line for each. */
export const carryOut = Effect.fn("Adopt.carryOut")(function*(all: ReadonlyArray<Move>) {
  yield* settle
  if (all.length === 0) return []
  const disk = yield* Disk
  yield* makeRelative
  return yield* Effect.forEach(all, ({ from, to }) =>
    Effect.andThen(disk.rename(from, to), disk.syncDirectory(parentOf(to))).pipe(Effect.uninterruptible, Effect.as(`renamed ${from} to ${to}`)))
})

/** Older cosmovisors make the link absolute, through the directory that is about to be renamed. Before that, it is right with both names. */
const makeRelative = Effect.gen(function*() {
  const { home } = yield* Config
  const disk = yield* Disk
  const path = `${home.cosmovisorRoot}/current`
  const text = yield* disk.readLink(path).pipe(Effect.asSome, Effect.catchIf((error) => isMissing(error) || error.code === "EINVAL", () => Effect.succeedNone))
  const release = Option.flatMap(text, (found) => found.startsWith(`${home.cosmovisorRoot}/`) ? fromLinkText(found.slice(home.cosmovisorRoot.length + 1)) : Option.none())
  if (Option.isSome(release)) yield* Durable.replaceLink(disk, release.value, path)
})
