// What a run finds before it begins: the lock, the state file, the link, a node that outlived its wemixvisor, the plan.
// Starts nothing, stops nothing, and changes nothing on disk but a missing link.
import { Effect, Option, Schema, type Scope } from "effect"
import { currentBinary } from "../domain/Home.ts"
import * as Journal from "../domain/Journal.ts"
import { genesis, label, type Release } from "../domain/Release.ts"
import type { Found, Survivor } from "../machine/Recovery.ts"
import { Backups } from "../services/backup/Backups.ts"
import { Config } from "../services/Config.ts"
import { Disk, isMissing } from "../services/Disk.ts"
import type { FileWatcher } from "../services/FileWatcher.ts"
import { HomeLock, type HomeLockError } from "../services/HomeLock.ts"
import { type Child, Launcher } from "../services/Launcher.ts"
import { type LinkError, LinkManager } from "../services/LinkManager.ts"
import type { Releases } from "../services/Releases.ts"
import type { Staging } from "../services/staging/Staging.ts"
import { type StateError, StateFile } from "../services/StateFile.ts"
import * as Looking from "./Looking.ts"

/** The home is not one that can be run: `Missing`, laid out by `Cosmovisor`, without a release to run (`NoRelease`) or without its data (`NoData`); or the disk has `Refused` to tell. */
export class HomeError extends Schema.TaggedError<HomeError>()("HomeError", {
  reason: Schema.Literals(["Missing", "Cosmovisor", "NoRelease", "NoData", "Refused"]),
  path: Schema.String,
  why: Schema.String
}) {
  override get message() {
    return this.why
  }
}

export type BootError = HomeError | HomeLockError | StateError | LinkError

export interface Booted {
  readonly found: Found
  readonly journal: Journal.Journal
  readonly survivor: Child | undefined
}

export const boot = Effect.fn("Supervisor.boot")(function*(args: ReadonlyArray<string>): Effect.fn.Return<
  Booted,
  BootError,
  Backups | Config | Disk | FileWatcher | HomeLock | Launcher | LinkManager | Releases | Staging | StateFile | Scope.Scope
> {
  const { home } = yield* Config
  yield* checkHome
  const { isAbandoned } = yield* (yield* HomeLock).acquire.pipe(Effect.catchIf((error) => error.reason === "Held" && error.holder === undefined, nameOwner))
  yield* checkData
  const stateFile = yield* StateFile
  const stored = yield* stateFile.read
  const journal = Option.getOrElse(stored, () => Journal.empty)
  const current = yield* currentRelease(Option.isSome(stored), journal)
  const recorded = yield* findSurvivor(journal)
  const survivor = recorded ?? (isAbandoned ? yield* findUnrecorded(current, args) : undefined)
  const look = yield* Looking.once
  return {
    journal,
    survivor,
    found: {
      current,
      look,
      appliedHeight: journal.applied.at(-1)?.upgrade.height,
      failedDigests: journal.failed.map(({ upgrade }) => upgrade.digest),
      inFlight: journal.inFlight,
      survivor: recorded === undefined ? survivor && misfit(survivor, current) : describe(recorded, journal, args, currentBinary(home))
    }
  }
})

const exists = Effect.fnUntraced(function*(path: string) {
  const disk = yield* Disk
  return yield* Effect.match(disk.status(path, false), { onSuccess: () => true, onFailure: (error) => !isMissing(error) })
})

/** Fails when there is no home of ours here; names a home that cosmovisor laid out. */
export const checkHome = Effect.gen(function*() {
  const { home } = yield* Config
  if (yield* exists(home.root)) return
  if (yield* exists(home.cosmovisorRoot)) {
    const why = `${home.directory} was laid out by cosmovisor: wemixvisor adopt moves ${home.cosmovisorRoot} to ${home.root}`
    return yield* new HomeError({ reason: "Cosmovisor", path: home.cosmovisorRoot, why })
  }
  const why = `there is no home at ${home.directory}: wemixvisor init <binary> makes one`
  return yield* new HomeError({ reason: "Missing", path: home.root, why })
})

/** A node without the data that a restore was about to put in place would begin anew, and a validator's would not know what it has signed. */
export const checkData = Effect.gen(function*() {
  const found = yield* (yield* Backups).brokenOff.pipe(Effect.mapError(({ message, path }) => new HomeError({ reason: "Refused", path, why: message })))
  if (Option.isNone(found)) return
  const { place, replaced } = found.value
  const back = replaced === undefined ? "" : `, or mv ${replaced} ${place} takes the former data back`
  const why = `there is no ${place}, and ${place}.new is what a restore that was broken off has left: wemixvisor backup restore <name> does it again${back}`
  return yield* new HomeError({ reason: "NoData", path: place, why })
})

/** Where the system does not tell who holds the lock, the state file names the last one that ran. */
const nameOwner = Effect.fnUntraced(function*(error: HomeLockError): Effect.fn.Return<never, HomeLockError, Config | StateFile> {
  const { home } = yield* Config
  const stateFile = yield* StateFile
  const owner = yield* stateFile.read.pipe(
    Effect.map((stored) => Option.getOrUndefined(stored)?.owner),
    Effect.orElseSucceed(() => undefined)
  )
  return yield* error.named(home.directory, owner)
})

/** What a missing link led to, where that is known; it is never guessed. */
export const lostRelease = Effect.fnUntraced(function*(hasState: boolean, journal: Journal.Journal) {
  const { home } = yield* Config
  const known = journal.lastRan ?? ((yield* isFresh(hasState)) ? genesis : undefined)
  if (known !== undefined) return known
  const why = `${home.current} is missing and nothing says what ran last: link it to the release that the data belongs to, ` +
    `as in ln -s upgrades/<name> ${home.current}`
  return yield* new HomeError({ reason: "NoRelease", path: home.current, why })
})

/** The link's release; a missing link is made again. */
const currentRelease = Effect.fnUntraced(function*(hasState: boolean, journal: Journal.Journal) {
  const links = yield* LinkManager
  const found = yield* links.current
  if (Option.isSome(found)) return found.value
  const known = yield* lostRelease(hasState, journal)
  if (journal.lastRan !== undefined) yield* warnOfLink(known)
  yield* links.pointTo(known)
  return known
})

const warnOfLink = (release: Release) =>
  Effect.logWarning(`current was missing; it points to ${label(release)} again, which ran last`).pipe(Effect.annotateLogs({ topic: "node", release }))

/** Whether nothing can have run here yet: no state file, and no release that cosmovisor applied. */
const isFresh = Effect.fnUntraced(function*(hasState: boolean) {
  if (hasState) return false
  const { home } = yield* Config
  const disk = yield* Disk
  const upgrades = yield* disk.list(home.upgrades).pipe(
    Effect.catchIf(isMissing, () => Effect.succeed<ReadonlyArray<string>>([])),
    Effect.mapError(({ message, path }) => new HomeError({ reason: "Refused", path, why: `${home.current} is missing, and what ran last cannot be told: ${message}` }))
  )
  const applied = yield* Effect.filter(upgrades, (name) => exists(`${home.upgrades}/${name}/upgrade-info.json`))
  return applied.length === 0
})

/**
 * A copy of a home has the state file too, and the child in it is the other home's, or it names a program that is no node at all:
 * neither may be stopped for this one. One whose home is not where it was came here with it.
 */
const isOfThisHome = Effect.fnUntraced(function*(path: string) {
  const { home } = yield* Config
  const [, root] = /^((?:\/.*)?\/wemixvisor)\/current\/bin\/[^/]+$/s.exec(path) ?? []
  if (root === undefined || root === home.root) return root === home.root
  const disk = yield* Disk
  const [theirs, ours] = [yield* disk.glance(root), yield* disk.glance(home.root)]
  return theirs === undefined || theirs.signature === ours?.signature
})

const warnOfForeigner = (path: string) =>
  Effect.logWarning(`the state file names a child of another home, which is left alone: ${path}`).pipe(Effect.annotateLogs({ topic: "node", path }), Effect.as(undefined))

const findSurvivor = Effect.fnUntraced(function*(journal: Journal.Journal) {
  if (journal.child === undefined) return undefined
  if (!(yield* isOfThisHome(journal.child.path))) return yield* warnOfForeigner(journal.child.path)
  const launcher = yield* Launcher
  return Option.getOrUndefined(yield* launcher.find(journal.child))
})

/**
 * The last wemixvisor died, and may not have been able to record its child: one that was started with these words is looked for among all
 * processes. After an orderly end there is none, and nothing is looked through.
 */
const findUnrecorded = Effect.fnUntraced(function*(release: Release, args: ReadonlyArray<string>) {
  const [launcher, { home }] = [yield* Launcher, yield* Config]
  return Option.getOrUndefined(yield* launcher.find({ release, path: currentBinary(home), arguments: args, stopSent: false }))
})

/** Nothing says which release it is. */
const misfit = ({ pid }: Child, release: Release): Survivor => ({ pid, release, stopSent: false, sameArguments: false })

/** One that has ended, with others of its group left, does not fit: those are stopped before another is started. */
const describe = ({ identity, pid }: Child, { child }: Journal.Journal, args: ReadonlyArray<string>, path: string): Survivor | undefined =>
  child && {
    pid,
    release: child.release,
    stopSent: child.stopSent,
    sameArguments: Option.isSome(identity) && child.path === path && child.arguments.length === args.length && child.arguments.every((argument, index) => argument === args[index])
  }
