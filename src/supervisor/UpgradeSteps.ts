// What an upgrade does besides its records: the copy of the data, the hooks, the link. Steps as data over the services that do them.
import { Effect, Option } from "effect"
import { amount } from "../domain/Backup.ts"
import { span } from "../domain/GoDuration.ts"
import type { Occasion, Stage } from "../domain/Hook.ts"
import type { PlanReading } from "../domain/Readiness.ts"
import type { Upgrade } from "../domain/Upgrade.ts"
import { toJson } from "../domain/UpgradePlan.ts"
import type { Verdict } from "../machine/Action.ts"
import type { Backups } from "../services/backup/Backups.ts"
import type { Made } from "../services/backup/BackupStore.ts"
import type { Config } from "../services/Config.ts"
import type { Hooks } from "../services/hooks/Hooks.ts"
import type { LinkManager } from "../services/LinkManager.ts"
import * as Ledger from "./Ledger.ts"

/** Why a step was not done; `verdict` is `held` where there is none: the moment is to blame. */
export interface StepFailure {
  readonly message: string
  readonly verdict?: Verdict
}

/** One thing done while no node runs. Doing or undoing it twice is the same as once: a crash may have cut it off at any point. */
export interface UpgradeStep {
  readonly name: string
  readonly do: (upgrade: Upgrade) => Effect.Effect<void, StepFailure>
  readonly undo: (upgrade: Upgrade) => Effect.Effect<void, StepFailure>
}

export interface Tools {
  readonly config: Config["Service"]
  readonly backups: Backups["Service"]
  readonly hooks: Hooks["Service"]
  readonly ledger: Ledger.Ledger
  readonly links: LinkManager["Service"]
  /** As it was read last. */
  readonly plan: Effect.Effect<PlanReading>
  readonly isStopAsked: Effect.Effect<boolean>
  /** Returns once a stop was asked for, which breaks off what takes its time. */
  readonly stopAsked: Effect.Effect<void>
}

export const make = (tools: Tools): ReadonlyArray<UpgradeStep> => [
  { name: "back up and pre-upgrade", do: (upgrade) => orStop(tools, Effect.andThen(backUp(tools, upgrade), preUpgrade(tools, upgrade))), undo: () => Effect.void },
  { name: "switch", do: ({ to }) => tools.links.turnTo(to), undo: ({ from }) => tools.links.pointTo(from) }
]

/** A stop request ends what is under way at once; it has removed what was half done when this fails. After one nothing is begun. */
export const orStop = <E extends StepFailure>({ isStopAsked, stopAsked }: Tools, effect: Effect.Effect<void, E>): Effect.Effect<void, StepFailure> =>
  Effect.flatMap(isStopAsked, (isAsked) => isAsked ? stopped : Effect.raceFirst(effect, Effect.andThen(stopAsked, stopped)))

const stopped = Effect.fail<StepFailure>({ message: "a stop was asked for", verdict: "abandoned" })

/** The copy of the data, unless a wemixvisor that was killed after it had made one: no node ran since. It is kept whatever follows. */
const backUp = Effect.fnUntraced(function*({ backups, ledger }: Tools, upgrade: Upgrade): Effect.fn.Return<void, StepFailure> {
  const { backup } = Ledger.evidenceOf(yield* ledger.journal, upgrade)
  if (backup !== undefined && (yield* backups.list).some(({ name }) => name === backup)) return
  const { from, height, name: plan, to } = upgrade
  const made = yield* backups.create({ plan, from, to, height })
  if (Option.isNone(made)) return
  yield* tell(made.value)
  yield* ledger.update(Ledger.withEvidence(upgrade, { backup: made.value.name }))
})

const tell = ({ manifest: { bytes, durationMillis, files, method }, name, path }: Made): Effect.Effect<void> =>
  Effect.logInfo(`backed up ${amount(bytes)} in ${files} files (${method}) in ${span(durationMillis)}: ${path}`).pipe(
    Effect.annotateLogs({ topic: "backup", backup: name, bytes, files, method, durationMillis })
  )

const preUpgrade = Effect.fnUntraced(function*(tools: Tools, upgrade: Upgrade): Effect.fn.Return<void, StepFailure> {
  const occasion = yield* occasionOf(tools, upgrade)
  const { hooks } = tools
  yield* Effect.andThen(hooks.run("pre-upgrade", occasion), hooks.preUpgrade(occasion)).pipe(
    Effect.mapError(({ message }): StepFailure => ({ message, verdict: "failed" }))
  )
})

/** Hooks whose failure changes nothing: they warn themselves. */
export const runHooks = Effect.fnUntraced(function*({ hooks }: Tools, stage: Exclude<Stage, "pre-upgrade">, occasion: Occasion) {
  yield* Effect.ignore(hooks.run(stage, occasion))
})

/** What hooks are told of the upgrade as it stands. The key is the same when what was cut off is done again, and another for another attempt. */
export const occasionOf = Effect.fnUntraced(function*({ config, ledger, plan }: Tools, upgrade: Upgrade, why?: string): Effect.fn.Return<Occasion> {
  const journal = yield* ledger.journal
  const [attempt, { backup }] = [Ledger.attemptOf(journal, upgrade), Ledger.evidenceOf(journal, upgrade)]
  const reading = yield* plan
  const isTheSame = reading._tag === "Read" && reading.digest === upgrade.digest
  return {
    upgrade,
    plan: toJson(isTheSame ? reading.plan : { name: upgrade.name, height: upgrade.height }),
    backup: backup === undefined ? undefined : `${config.settings.dataBackupDir}/${backup}`,
    attempt,
    key: `${upgrade.digest.slice(0, 16)}-${attempt}`,
    why
  }
})
