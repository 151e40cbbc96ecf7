// The saga of an upgrade: its steps as data, each recorded before it begins and after it ends, undone in reverse when a later one fails.
// When it is begun, stopped or given up is the machine's to say.
import { Clock, Effect } from "effect"
import { currentBinary } from "../domain/Home.ts"
import { type InFlight, type Journal, neededBackups } from "../domain/Journal.ts"
import { obstacleText } from "../domain/Readiness.ts"
import type { Upgrade } from "../domain/Upgrade.ts"
import type { Verdict } from "../machine/Action.ts"
import type { Config } from "../services/Config.ts"
import * as Ledger from "./Ledger.ts"
import type { Ready } from "./Ready.ts"
import * as Steps from "./UpgradeSteps.ts"
import type { StepFailure, UpgradeStep } from "./UpgradeSteps.ts"

export interface Saga {
  /** While the old release runs: the checks, the `pre-stop` hooks, the record. Fails with what is wrong, in which case nothing was changed. */
  readonly record: (upgrade: Upgrade) => Effect.Effect<void, StepFailure>
  /** With no node running: all steps up to the link. On failure those done are undone again. */
  readonly switchOver: (upgrade: Upgrade, args: ReadonlyArray<string>) => Effect.Effect<void, StepFailure>
  readonly commit: (upgrade: Upgrade) => Effect.Effect<void, StepFailure>
  readonly undo: (upgrade: Upgrade, why: string, verdict: Verdict) => Effect.Effect<void, StepFailure>
  /** What is asked before an upgrade is recorded, asked in vain: nothing is changed, and a refusal is not told. */
  readonly practise: (upgrade: Upgrade) => Effect.Effect<void>
}

export interface Tools extends Steps.Tools {
  readonly ready: Ready
  /** What follows the end of an upgrade goes on while the node runs. */
  readonly afterwards: (effect: Effect.Effect<void>) => Effect.Effect<void>
}

export const make = (tools: Tools): Saga => {
  const steps = Steps.make(tools)
  return {
    record: (upgrade) => record(tools, upgrade),
    switchOver: (upgrade, args) => switchOver(tools, steps, upgrade, args),
    commit: (upgrade) => commit(tools, upgrade),
    undo: (upgrade, why, verdict) => undo(tools, steps, upgrade, why, verdict),
    practise: (upgrade) => Effect.ignore(Effect.andThen(check(tools, upgrade), Steps.orStop(tools, Effect.asVoid(Steps.occasionOf(tools, upgrade)))))
  }
}

const timestamp = Effect.map(Clock.currentTimeMillis, (millis) => new Date(millis).toISOString())

/** Whether the release can be started, and that it is the one that was staged. Gives what the record says of its binary. */
const check = Effect.fnUntraced(function*({ ready }: Tools, { to }: Upgrade): Effect.fn.Return<Pick<InFlight, "sha256">, StepFailure> {
  const { readiness, sha256 } = yield* ready.judge(to)
  if (readiness._tag === "NotReady") return yield* Effect.fail({ message: obstacleText(readiness.obstacle) })
  return sha256 === undefined ? {} : { sha256 }
})

const begin = ({ ledger }: Tools, inFlight: InFlight) => Effect.flatMap(timestamp, (at) => ledger.update(Ledger.beginStep(inFlight, at)))

const record = Effect.fn("Upgrade.record")(function*(tools: Tools, upgrade: Upgrade): Effect.fn.Return<void, StepFailure> {
  const evidence = yield* check(tools, upgrade)
  yield* Steps.orStop(tools, Effect.flatMap(Steps.occasionOf(tools, upgrade), (occasion) => Steps.runHooks(tools, "pre-stop", occasion)))
  yield* tools.links.prepare(upgrade.to)
  yield* begin(tools, { upgrade, step: "stop", ...evidence })
})

const switchOver = Effect.fn("Upgrade.switchOver")(
  function*(tools: Tools, steps: ReadonlyArray<UpgradeStep>, upgrade: Upgrade, args: ReadonlyArray<string>): Effect.fn.Return<void, StepFailure> {
    const evidence = yield* check(tools, upgrade)
    yield* begin(tools, { upgrade, step: "switch", ...evidence })
    yield* doAll(steps, upgrade)
    const at = yield* timestamp
    // The child is announced together with the step, in one write, which makes the link durable too: the node is down while this is written.
    yield* tools.ledger.update((journal) => ({
      ...Ledger.beginStep({ upgrade, step: "probation" }, at)(journal),
      ...announcement(tools.config.home, upgrade.to, args)
    })).pipe(Effect.onError(() => Effect.ignore(undoAll(steps, upgrade))))
  }
)

/** What the journal says of a child that is about to be started. */
export const announcement = (home: Config["Service"]["home"], release: Upgrade["to"], args: ReadonlyArray<string>) => ({
  lastRan: release,
  child: { release, path: currentBinary(home), arguments: args, stopSent: false }
})

const doAll = (steps: ReadonlyArray<UpgradeStep>, upgrade: Upgrade): Effect.Effect<void, StepFailure> => {
  const [step, ...rest] = steps
  if (step === undefined) return Effect.void
  return step.do(upgrade).pipe(Effect.andThen(doAll(rest, upgrade)), Effect.onError(() => Effect.ignore(step.undo(upgrade))))
}

const undoAll = (steps: ReadonlyArray<UpgradeStep>, upgrade: Upgrade): Effect.Effect<void, StepFailure> =>
  Effect.forEach(steps.toReversed(), (step) => step.undo(upgrade), { discard: true })

const commit = Effect.fn("Upgrade.commit")(function*(tools: Tools, upgrade: Upgrade): Effect.fn.Return<void, StepFailure> {
  const occasion = yield* Steps.occasionOf(tools, upgrade)
  yield* tools.ledger.update(Ledger.markApplied(upgrade, yield* timestamp))
  yield* tools.afterwards(Effect.andThen(Steps.runHooks(tools, "post-upgrade", occasion), prune(tools)))
})

/** Of the finished backups those that nobody needs any more. */
const prune = Effect.fnUntraced(function*({ backups, config, ledger }: Tools) {
  const needed = neededBackups(yield* ledger.journal)
  yield* Effect.catch(backups.prune(config.settings.backupKeep, needed), ({ message }) => Effect.logWarning(message).pipe(Effect.annotateLogs({ topic: "backup" })))
})

/**
 * A full disk may be what it is undone for, and is no reason to leave the node down: what the disk refuses to record holds in memory until
 * it is taken. The next start that finds an older record finishes the upgrade or undoes it again.
 */
const undo = Effect.fn("Upgrade.undo")(
  function*(tools: Tools, steps: ReadonlyArray<UpgradeStep>, upgrade: Upgrade, why: string, verdict: Verdict): Effect.fn.Return<void, StepFailure> {
    const at = yield* timestamp
    const occasion = yield* Steps.occasionOf(tools, upgrade, why)
    const remember = (change: (journal: Journal) => Journal) => Effect.catch(tools.ledger.remember(change), warn)
    if (verdict === "failed") yield* remember(Ledger.beginStep({ upgrade, step: "roll-back", why }, at))
    yield* undoAll(steps, upgrade)
    yield* remember(verdict === "failed" ? Ledger.markFailed(upgrade, at, why) : Ledger.forget(upgrade))
    if (verdict === "failed") yield* Effect.andThen(tellOfBackup(occasion.backup), tools.afterwards(Steps.runHooks(tools, "on-failure", occasion)))
  }
)

const warn = ({ message }: StepFailure) => Effect.logWarning(`${message}; recorded once that is over`).pipe(Effect.annotateLogs({ topic: "upgrade" }))

/** Data is never restored without a person: an old state can make a validator sign twice. */
const tellOfBackup = (path: string | undefined): Effect.Effect<void> => {
  if (path === undefined) return Effect.void
  const name = path.slice(path.lastIndexOf("/") + 1)
  const text = `the data as it was before is in ${path}; if the old release cannot use what the new one left, stop wemixvisor and run wemixvisor backup restore ${name}`
  return Effect.logWarning(text).pipe(Effect.annotateLogs({ topic: "backup", path }))
}
