// What there is: every release of the home with what is known of it, and the plan. Reads only; a wemixvisor may run meanwhile.
import { Effect, Option } from "effect"
import { releaseBinary } from "../domain/Home.ts"
import { empty, type Journal } from "../domain/Journal.ts"
import { headBytes, parse, type ProgramHeader } from "../domain/ProgramHeader.ts"
import { obstacleText } from "../domain/Readiness.ts"
import { genesis, inUpgrades, label, type Release } from "../domain/Release.ts"
import * as Plans from "../machine/Plans.ts"
import { Config } from "../services/Config.ts"
import { Disk } from "../services/Disk.ts"
import { FileWatcher } from "../services/FileWatcher.ts"
import { LinkManager } from "../services/LinkManager.ts"
import { Releases } from "../services/Releases.ts"
import { Staging } from "../services/staging/Staging.ts"
import { StateFile } from "../services/StateFile.ts"
import * as Ready from "./Ready.ts"

/** `pending`: a plan asks for it that is to be carried out. `applied`: it ran before. `staged`: neither. */
export type Standing = "current" | "in flight" | "pending" | "failed" | "applied" | "staged"

export interface Entry {
  readonly name: string
  readonly release: Release
  readonly standing: Standing
  readonly isCurrent: boolean
  /** Of the plan that it is, was or will be applied for. */
  readonly height: bigint | undefined
  /** When it was applied or failed, in UTC. */
  readonly at: string | undefined
  /** SHA-256 in hexadecimal, as it was staged; undefined for one that was put there by hand. */
  readonly sha256: string | undefined
  readonly stagedAt: string | undefined
  readonly bytes: number | undefined
  /** What it is built for, in Node's words. */
  readonly machine: string | undefined
  /** Why it failed, or what keeps it from being started. */
  readonly problem: string | undefined
}

/** Of the entries of `upgrades` those that are releases, in order of name: the others are being made. */
export const releasesAmong = (entries: ReadonlyArray<string>): ReadonlyArray<Release> =>
  entries.filter((name) => !name.startsWith(".") && !name.endsWith(".new")).toSorted().map(inUpgrades)

/** In order of name, genesis first. */
export const list = Effect.gen(function*() {
  const [{ home }, disk] = [yield* Config, yield* Disk]
  const names = yield* disk.list(home.upgrades).pipe(Effect.orElseSucceed((): ReadonlyArray<string> => []))
  const journal = Option.getOrElse(yield* (yield* StateFile).read, () => empty)
  const current = Option.getOrUndefined(yield* Effect.orElseSucceed((yield* LinkManager).current, () => Option.none<Release>()))
  const plan = yield* planned
  const missing = plan !== undefined && !names.includes(plan.release.slice("upgrades/".length)) ? [plan.release] : []
  const releases = [genesis, ...releasesAmong(names), ...missing]
  return yield* Effect.forEach(releases, (release) => describe({ current, journal, plan }, release))
})

interface Known {
  readonly journal: Journal
  readonly current: Release | undefined
  readonly plan: Planned | undefined
}

interface Planned {
  readonly release: Release
  readonly height: bigint
  readonly digest: string
}

const planned = Effect.gen(function*() {
  const reading = yield* (yield* FileWatcher).read
  if (reading._tag !== "Read") return undefined
  const found: Planned = { release: yield* (yield* Releases).locate(reading.plan.name), height: reading.plan.height, digest: reading.digest }
  return found
})

const describe = Effect.fnUntraced(function*(known: Known, release: Release) {
  const [{ home }, disk, ready] = [yield* Config, yield* Disk, yield* Ready.make]
  const path = releaseBinary(home, release)
  const status = yield* Effect.option(disk.status(path, true))
  const header = yield* disk.read(path, headBytes).pipe(Effect.map((head) => machineOf(parse(head))), Effect.orElseSucceed(() => undefined))
  const record = Option.getOrUndefined(yield* Effect.orElseSucceed((yield* Staging).recordOf(release), () => Option.none()))
  const readiness = yield* ready.inspect(release)
  const past = pastOf(known, release)
  const entry: Entry = {
    name: label(release),
    release,
    isCurrent: known.current === release,
    ...past,
    sha256: record?.sha256,
    stagedAt: record?.at,
    bytes: Option.getOrUndefined(status)?.bytes,
    machine: header,
    problem: readiness._tag === "NotReady" ? obstacleText(readiness.obstacle) : past.problem
  }
  return entry
})

type Past = Pick<Entry, "standing" | "height" | "at" | "problem">

const pastOf = ({ current, journal, plan }: Known, release: Release): Past => {
  const nothing = { height: undefined, at: undefined, problem: undefined }
  const inFlight = journal.inFlight?.upgrade.to === release ? journal.inFlight.upgrade : undefined
  const applied = journal.applied.findLast(({ upgrade }) => upgrade.to === release)
  const failed = journal.failed.findLast(({ upgrade }) => upgrade.to === release)
  if (inFlight !== undefined) return { ...nothing, standing: "in flight", height: inFlight.height }
  if (current === release) return { ...nothing, standing: "current", ...(applied && { height: applied.upgrade.height, at: applied.at }) }
  if (failed !== undefined && (plan?.release !== release || plan.digest === failed.upgrade.digest)) {
    return { standing: "failed", height: failed.upgrade.height, at: failed.at, problem: failed.why }
  }
  if (plan?.release === release && planState({ current, journal }, plan) === "pending") return { ...nothing, standing: "pending", height: plan.height }
  if (applied === undefined && journal.applied.some(({ upgrade }) => upgrade.from === release)) return { ...nothing, standing: "applied" }
  return applied === undefined ? { ...nothing, standing: "staged" } : { ...nothing, standing: "applied", height: applied.upgrade.height, at: applied.at }
}

export type PlanState = "in flight" | Plans.Standing

/** As a run judges it that has this journal before it. */
export const planState = ({ current, journal }: Pick<Known, "current" | "journal">, plan: Planned): PlanState => {
  if (journal.inFlight?.upgrade.digest === plan.digest) return "in flight"
  return Plans.standing({ current, appliedHeight: journal.applied.at(-1)?.upgrade.height, failedDigests: journal.failed.map(({ upgrade }) => upgrade.digest) }, plan)
}

/** Of the plan that is there now, as it would be judged with this release as the current one; undefined without a plan. */
export const planStateWith = Effect.fnUntraced(function*(current: Release | undefined) {
  const plan = yield* planned
  const journal = Option.getOrElse(yield* (yield* StateFile).read, () => empty)
  return plan === undefined ? undefined : planState({ current, journal }, plan)
})

/** As it would be judged by a run that begins now. */
export const planStateNow = Effect.gen(function*() {
  return yield* planStateWith(Option.getOrUndefined(yield* Effect.orElseSucceed((yield* LinkManager).current, () => Option.none<Release>())))
})

const machineOf = (header: ProgramHeader): string | undefined => {
  switch (header._tag) {
    case "Elf":
      return header.machine
    case "MachO":
      return header.machines.join(", ")
    case "Script":
      return "any"
    case "Empty":
    case "Unknown":
      return undefined
  }
}
