// The saga of an upgrade: its steps as data, each recorded before it begins and after it ends, undone in reverse when a later one fails.
// When it is begun, stopped or given up is the machine's to say.
import { Clock, Effect } from "effect"
import { currentBinary } from "../domain/Home.ts"
import type { InFlight, Journal } from "../domain/Journal.ts"
import type { Upgrade } from "../domain/Upgrade.ts"
import type { Verdict } from "../machine/Action.ts"
import type { Config } from "../services/Config.ts"
import type { LinkError, LinkManager } from "../services/LinkManager.ts"
import type { Releases } from "../services/Releases.ts"
import * as Ledger from "./Ledger.ts"
import { obstacleText } from "./Wording.ts"

/** One thing done while no node runs. Doing or undoing it twice is the same as once: a crash may have cut it off at any point. */
export interface UpgradeStep {
  readonly name: string
  readonly do: (upgrade: Upgrade) => Effect.Effect<void, StepFailure>
  readonly undo: (upgrade: Upgrade) => Effect.Effect<void, StepFailure>
}

interface StepFailure {
  readonly message: string
}

export interface Saga {
  /** Before the old release is stopped. Fails with what is wrong, in which case nothing was changed. */
  readonly record: (upgrade: Upgrade) => Effect.Effect<void, StepFailure>
  /** With no node running: all steps up to the link. On failure those done are undone again. */
  readonly switchOver: (upgrade: Upgrade, args: ReadonlyArray<string>) => Effect.Effect<void, StepFailure>
  readonly commit: (upgrade: Upgrade) => Effect.Effect<void, StepFailure>
  readonly undo: (upgrade: Upgrade, why: string, verdict: Verdict) => Effect.Effect<void, StepFailure>
}

interface Tools {
  readonly home: Config["Service"]["home"]
  readonly links: LinkManager["Service"]
  readonly releases: Releases["Service"]
  readonly ledger: Ledger.Ledger
}

const stepsOf = (links: LinkManager["Service"]): ReadonlyArray<UpgradeStep> => [
  { name: "switch", do: ({ to }): Effect.Effect<void, LinkError> => links.pointTo(to), undo: ({ from }) => links.pointTo(from) }
]

export const make = (tools: Tools): Saga => {
  const steps = stepsOf(tools.links)
  return {
    record: (upgrade) => record(tools, upgrade),
    switchOver: (upgrade, args) => switchOver(tools, steps, upgrade, args),
    commit: (upgrade) => Effect.flatMap(timestamp, (at) => tools.ledger.update(Ledger.markApplied(upgrade, at))),
    undo: (upgrade, why, verdict) => undo(tools, steps, upgrade, why, verdict)
  }
}

const timestamp = Effect.map(Clock.currentTimeMillis, (millis) => new Date(millis).toISOString())

const check = Effect.fnUntraced(function*({ releases }: Tools, { to }: Upgrade): Effect.fn.Return<void, StepFailure> {
  const readiness = yield* releases.inspect(to)
  if (readiness._tag === "NotReady") return yield* Effect.fail({ message: obstacleText(readiness.obstacle) })
})

const begin = ({ ledger }: Tools, inFlight: InFlight) => Effect.flatMap(timestamp, (at) => ledger.update(Ledger.beginStep(inFlight, at)))

const record = Effect.fn("Upgrade.record")(function*(tools: Tools, upgrade: Upgrade): Effect.fn.Return<void, StepFailure> {
  yield* check(tools, upgrade)
  yield* tools.links.prepare(upgrade.to)
  yield* begin(tools, { upgrade, step: "stop" })
})

const switchOver = Effect.fn("Upgrade.switchOver")(
  function*(tools: Tools, steps: ReadonlyArray<UpgradeStep>, upgrade: Upgrade, args: ReadonlyArray<string>): Effect.fn.Return<void, StepFailure> {
    yield* check(tools, upgrade)
    yield* begin(tools, { upgrade, step: "switch" })
    yield* doAll(steps, upgrade)
    const at = yield* timestamp
    // The child is announced together with the step, in one write: the node is down while this is written.
    yield* tools.ledger.update((journal) => ({
      ...Ledger.beginStep({ upgrade, step: "probation" }, at)(journal),
      ...announcement(tools.home, upgrade.to, args)
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

/**
 * A full disk may be what it is undone for, and is no reason to leave the node down: what the disk refuses to record holds in memory until
 * it is taken. The next start that finds an older record finishes the upgrade or undoes it again.
 */
const undo = Effect.fn("Upgrade.undo")(
  function*({ ledger }: Tools, steps: ReadonlyArray<UpgradeStep>, upgrade: Upgrade, why: string, verdict: Verdict): Effect.fn.Return<void, StepFailure> {
    const at = yield* timestamp
    const remember = (change: (journal: Journal) => Journal) => Effect.catch(ledger.remember(change), warn)
    if (verdict === "failed") yield* remember(Ledger.beginStep({ upgrade, step: "roll-back", why }, at))
    yield* undoAll(steps, upgrade)
    yield* remember(verdict === "failed" ? Ledger.markFailed(upgrade, at, why) : Ledger.forget(upgrade))
  }
)

const warn = ({ message }: StepFailure) => Effect.logWarning(`${message}; recorded once that is over`).pipe(Effect.annotateLogs({ topic: "upgrade" }))
