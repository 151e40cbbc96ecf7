// The content of `state.json`: what was applied, what failed, what is in flight, which child runs. The machine's memory on disk.
import { Schema } from "effect"
import { Release } from "./Release.ts"
import { Upgrade, UpgradeStep } from "./Upgrade.ts"

/** How many applied and failed upgrades are remembered; the oldest go first. */
export const historyLimit = 100

/** What is known of an upgrade beyond its plan: the copy of the data that it made, and the SHA-256 that its binary had before the node was stopped. */
const evidence = { backup: Schema.optionalKey(Schema.String), sha256: Schema.optionalKey(Schema.String) }

export const InFlight = Schema.Struct({ upgrade: Upgrade, step: UpgradeStep, why: Schema.optionalKey(Schema.String), ...evidence })
export type InFlight = typeof InFlight.Type

/** A number that names one process: kill(2) takes 0 and those below for groups, and 1 is the system's own. */
const Pid = Schema.Int.check(Schema.isBetween({ minimum: 2, maximum: 2 ** 31 - 1 }, { message: "must be the number of a process that a node can have" }))

/**
 * Names one process for good: a pid alone is used again, a pid with its start time since boot is not.
 * `startTicks` is field 22 of `/proc/<pid>/stat`; where there is no /proc, the start time as `ps` prints it.
 */
export const ProcessIdentity = Schema.Struct({ pid: Pid, startTicks: Schema.String, bootId: Schema.String })
export type ProcessIdentity = typeof ProcessIdentity.Type

/** The child that was started last. Without an identity its start was announced and then not confirmed: it may or may not run. */
export const ChildRecord = Schema.Struct({
  release: Release,
  path: Schema.String,
  arguments: Schema.Array(Schema.String),
  stopSent: Schema.Boolean,
  identity: Schema.optionalKey(ProcessIdentity)
})
export type ChildRecord = typeof ChildRecord.Type

const Outcome = Schema.Struct({ upgrade: Upgrade, at: Schema.String, why: Schema.optionalKey(Schema.String), ...evidence })

/** How often an upgrade was begun; going on with one that was cut off is no new attempt. */
const Attempt = Schema.Struct({ digest: Schema.String, number: Schema.Int })

export const Journal = Schema.Struct({
  version: Schema.Literal(1),
  /** The pid of the wemixvisor that owns the home, for messages; the lock is what decides. */
  owner: Schema.optionalKey(Schema.Int),
  /** The release that was started last. */
  lastRan: Schema.optionalKey(Release),
  inFlight: Schema.optionalKey(InFlight),
  attempt: Schema.optionalKey(Attempt),
  child: Schema.optionalKey(ChildRecord),
  applied: Schema.Array(Outcome),
  failed: Schema.Array(Outcome)
})
export type Journal = typeof Journal.Type

/** What a fresh home's state file would say. */
export const empty: Journal = { version: 1, applied: [], failed: [] }

/** The backups that a person, or a roll-back, would go back to: of the upgrade under way, of the one done last and of the one that failed last. */
export const neededBackups = ({ applied, failed, inFlight }: Journal): ReadonlyArray<string> =>
  [inFlight, applied.at(-1), failed.at(-1)].flatMap((one) => one?.backup ?? [])

export const JournalJson = Schema.fromJsonString(Journal, { space: 2 })
