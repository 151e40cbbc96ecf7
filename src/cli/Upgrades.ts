// What the commands about releases do: put one into place, take one away, look whether they are as they should be. Runs and stops nothing:
// a wemixvisor may own the home meanwhile, and finds what was done as it finds all else.
import { Effect, Option, Result, Schema } from "effect"
import { Checksum, parse } from "../domain/Checksum.ts"
import { releaseBinary, releaseDirectory } from "../domain/Home.ts"
import * as Journal from "../domain/Journal.ts"
import { parseSource, type Source } from "../domain/PlanBinaries.ts"
import { obstacleText } from "../domain/Readiness.ts"
import { directoryOf, genesis, label, type Release } from "../domain/Release.ts"
import type { Staged } from "../domain/Staged.ts"
import { Height } from "../domain/UpgradePlan.ts"
import { Config } from "../services/Config.ts"
import { Disk } from "../services/Disk.ts"
import { Downloads } from "../services/download/Downloads.ts"
import * as Durable from "../services/Durable.ts"
import { FileWatcher } from "../services/FileWatcher.ts"
import { LinkManager } from "../services/LinkManager.ts"
import { Releases } from "../services/Releases.ts"
import { Staging } from "../services/staging/Staging.ts"
import { StateFile } from "../services/StateFile.ts"
import { asideOf, exists } from "../services/staging/Aside.ts"
import { checkHome } from "../supervisor/Boot.ts"
import { planStateNow, releasesAmong } from "../supervisor/Overview.ts"
import * as Ready from "../supervisor/Ready.ts"
import { UpgradeError } from "./UpgradeError.ts"

const refuse = (reason: UpgradeError["reason"], why: string) => Effect.fail(new UpgradeError({ reason, why }))
const understood = <A>(reason: UpgradeError["reason"], result: Result.Result<A, string>, what: string) =>
  Effect.fromResult(Result.mapError(result, (why) => new UpgradeError({ reason, why: `${what} ${why}` })))

export interface Adding {
  readonly name: string
  /** A URL, or an absolute path. */
  readonly from: string
  readonly height: Option.Option<string>
  readonly checksum: Option.Option<string>
  readonly force: boolean
}

export interface Added {
  readonly release: Release
  readonly path: string
  readonly staged: Staged
  /** The plan that was written. */
  readonly plan: Option.Option<{ readonly path: string; readonly height: bigint }>
}

export const add = Effect.fn("upgrade.add")(function*({ checksum, force, from, height, name }: Adding) {
  yield* checkHome
  const { home } = yield* Config
  const release = yield* named(name)
  const planned = yield* Effect.forEach(Option.toArray(height), heightOf)
  const given = yield* Effect.forEach(Option.toArray(checksum), (text) => understood("BadChecksum", parse(text), `the checksum ${JSON.stringify(text)}`))
  if (force) yield* refuseInUse(release, "replaced")
  if (planned.length > 0 && !force) yield* refuseOtherPlan(name)
  const staged = yield* stage(release, from, given[0], force)
  const plan = yield* Effect.forEach(planned, (at) => writePlan(name, at))
  return { release, staged, path: releaseBinary(home, release), plan: Option.fromNullishOr(plan[0]) }
})

const named = Effect.fnUntraced(function*(name: string) {
  yield* understood("BadName", directoryOf(name), `the name ${JSON.stringify(name)}`)
  return yield* Releases.use((releases) => releases.locate(name))
})

const heightOf = (text: string) =>
  Option.match(/^\d{1,19}$/.test(text) ? Schema.decodeOption(Height)(BigInt(text)) : Option.none<Height>(), {
    onNone: () => refuse("BadHeight", `the height ${JSON.stringify(text)} is none: it is an integer from 1 to 9223372036854775807`),
    onSome: (height) => Effect.succeed(height)
  })

export const isUrl = (text: string): boolean => /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text)

const stage = Effect.fnUntraced(function*(release: Release, from: string, checksum: Checksum | undefined, force: boolean) {
  const digest = checksum?._tag === "Given" ? checksum.digest : undefined
  if (!isUrl(from) && (checksum === undefined || digest !== undefined)) {
    return yield* Staging.use((staging) => staging.place({ release, binary: from, from, checksum: digest, force }))
  }
  const url = isUrl(from) ? from : `file://${from.split("/").map(encodeURIComponent).join("/")}`
  const source: Source = yield* Effect.fromResult(Result.mapError(parseSource(url), (why) => new UpgradeError({ reason: "BadUrl", why })))
  return yield* Downloads.use((downloads) => downloads.fetch({ release, source: { ...source, checksum: checksum ?? source.checksum }, force }))
})

/** The journal, and the link where it can be read: what the node needs, or may need again. */
const usesOf = Effect.fnUntraced(function*() {
  const journal = Option.getOrElse(yield* StateFile.use((file) => file.read), () => Journal.empty)
  const current = yield* LinkManager.use((links) => links.current)
  const last = journal.applied.at(-1)?.upgrade
  return new Map<string, string>([
    ...(last === undefined ? [] : [[last.from, "what the node came from, and would go back to"] as const]),
    ...(journal.lastRan === undefined ? [] : [[journal.lastRan, "what ran last"] as const]),
    ...(journal.child === undefined ? [] : [[journal.child.release, "what was started last"] as const]),
    ...Option.toArray(current).map((release) => [release, "the current release"] as const),
    ...(journal.inFlight === undefined ? [] : [journal.inFlight.upgrade.from, journal.inFlight.upgrade.to].map((release) => [release, "part of an upgrade that is under way"] as const))
  ])
})

const refuseInUse = Effect.fnUntraced(function*(release: Release, deed: string) {
  const use = (yield* usesOf()).get(release)
  if (use !== undefined) return yield* refuse("InUse", `${label(release)} is ${use}: it cannot be ${deed}`)
})

/** A plan in the file that asks for something else which is still to be done. */
const refuseOtherPlan = Effect.fnUntraced(function*(name: string) {
  const { home } = yield* Config
  const reading = yield* FileWatcher.use((watcher) => watcher.read)
  if (reading._tag === "Absent") return
  if (reading._tag === "Unusable") return yield* refuse("OtherPlan", `${reading.why}, and is not overwritten: look at it, then use --force`)
  const { plan } = reading
  const state = yield* planStateNow
  if (plan.name === name || (state !== "pending" && state !== "in flight")) return
  return yield* refuse("OtherPlan", `${home.planFile} asks for ${plan.name} at height ${plan.height}, which is still to be done: --force overwrites that plan`)
})

const writePlan = Effect.fnUntraced(function*(name: string, height: Height) {
  const [disk, { home }] = [yield* Disk, yield* Config]
  // A text where a number would be rounded by those who read it.
  const json = JSON.stringify({ name, height: height <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(height) : String(height) })
  yield* Durable.makeDirectory(disk, home.data)
  yield* Durable.replaceFile(disk, home.planFile, new TextEncoder().encode(`${json}\n`), 0o644)
  return { path: home.planFile, height }
})

/** What was removed. */
export const remove = Effect.fn("upgrade.remove")(function*(name: string) {
  yield* checkHome
  const [disk, { home }] = [yield* Disk, yield* Config]
  const release = yield* named(name)
  yield* refuseInUse(release, "removed")
  const path = releaseDirectory(home, release)
  const isThere = yield* disk.status(path, false).pipe(Effect.as(true), Effect.catchIf(({ code }) => code === "ENOENT", () => Effect.succeed(false)))
  // What was fetched of it before that broke off counts too: it may be large.
  if (!isThere && !(yield* exists(disk, asideOf(home, "part", release)))) return yield* refuse("NotThere", `there is no ${path}: nothing was removed`)
  yield* Staging.use((staging) => staging.remove(release))
  return { release, path }
})

export interface Verdict {
  readonly release: Release
  readonly path: string
  /** What is wrong with it. */
  readonly problem: Option.Option<string>
  readonly record: Option.Option<Staged>
}

/** Of the release with this name, or of all that there are. */
export const verify = Effect.fn("upgrade.verify")(function*(name: Option.Option<string>) {
  yield* checkHome
  const [disk, { home }] = [yield* Disk, yield* Config]
  const entries = yield* disk.list(home.upgrades).pipe(Effect.catchIf(({ code }) => code === "ENOENT", () => Effect.succeed<ReadonlyArray<string>>([])))
  const all = [genesis, ...releasesAmong(entries)]
  if (Option.isNone(name)) return yield* Effect.forEach(all, verdictOf)
  const release = yield* named(name.value)
  return [yield* verdictOf(name.value === "genesis" && !all.includes(release) ? genesis : release)]
})

const verdictOf = Effect.fnUntraced(function*(release: Release) {
  const { home } = yield* Config
  const readiness = yield* (yield* Ready.make).inspect(release)
  const problem = readiness._tag === "NotReady" ? Option.some(obstacleText(readiness.obstacle)) : Option.none<string>()
  const record = yield* Effect.orElseSucceed(Staging.use((staging) => staging.recordOf(release)), () => Option.none<Staged>())
  return { release, path: releaseBinary(home, release), problem, record }
})
