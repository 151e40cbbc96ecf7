// The journal in memory together with its file: every change is on the disk before it counts, and a change that changes nothing writes nothing.
import { Effect, Latch, Ref, type Scope, Semaphore } from "effect"
import { historyLimit, type InFlight, type Journal } from "../domain/Journal.ts"
import type { Upgrade } from "../domain/Upgrade.ts"
import { isSame, type StateError, type StateFile } from "../services/StateFile.ts"

export interface Ledger {
  readonly journal: Effect.Effect<Journal>
  /** Writes the changed journal; on failure the old one holds, in memory and, once the disk takes it, on the disk. Uninterruptible; one at a time. */
  readonly update: (change: (journal: Journal) => Journal) => Effect.Effect<void, StateError>
  /** The same for what is so whether it can be written or not: it holds in memory also on failure, and is written once the disk takes it. */
  readonly remember: (change: (journal: Journal) => Journal) => Effect.Effect<void, StateError>
}

/** How long until a file that may not say what the memory says is written again, in milliseconds. */
const retryMillis = 5000

/** Writes behind the back of its users while the file is behind, until the scope closes. */
export const make = Effect.fnUntraced(function*(file: StateFile["Service"], initial: Journal): Effect.fn.Return<Ledger, never, Scope.Scope> {
  const ref = yield* Ref.make(initial)
  const [turn, isBehind] = [yield* Semaphore.make(1), yield* Ref.make(false)]
  const behind = yield* Latch.make()
  // A write that failed may have reached the file all the same, when only its last step was refused.
  const write = (journal: Journal) =>
    file.write(journal).pipe(
      Effect.tapError(() => Effect.andThen(Ref.set(isBehind, true), behind.open)),
      Effect.andThen(Effect.andThen(Ref.set(isBehind, false), behind.close))
    )
  const update = Effect.fnUntraced(function*(change: (journal: Journal) => Journal) {
    const before = yield* Ref.get(ref)
    const after = change(before)
    if (isSame(before, after)) return
    yield* write(after)
    yield* Ref.set(ref, after)
  })
  const alone = <A, E>(effect: Effect.Effect<A, E>) => Effect.uninterruptible(turn.withPermits(1)(effect))
  const writeAgain = Effect.flatMap(Ref.get(isBehind), (is) => is ? Effect.ignore(Effect.flatMap(Ref.get(ref), write)) : Effect.void)
  const catchUp = Effect.andThen(behind.await, Effect.sleep(retryMillis)).pipe(Effect.andThen(alone(writeAgain)))
  yield* Effect.forkScoped(Effect.interruptible(Effect.forever(catchUp)))
  return {
    journal: Ref.get(ref),
    update: (change) => alone(update(change)),
    remember: (change) => alone(Effect.onError(update(change), () => Ref.update(ref, change)))
  }
})

const without = <Key extends "inFlight" | "child">(journal: Journal, key: Key): Omit<Journal, Key> => {
  const { [key]: _removed, ...rest } = journal
  return rest
}

/** The upgrade in flight counts as done, and the disk refused to say so: one that begins at its release is the proof. */
const isDoneBefore = ({ inFlight }: Journal, upgrade: Upgrade): boolean =>
  inFlight?.step === "probation" && inFlight.upgrade.digest !== upgrade.digest && inFlight.upgrade.to === upgrade.from

/** What an upgrade under way has already is kept from step to step. */
export const beginStep = (begun: InFlight, at: string) => (journal: Journal): Journal => ({
  ...(journal.inFlight !== undefined && isDoneBefore(journal, begun.upgrade) ? markApplied(journal.inFlight.upgrade, at)(journal) : journal),
  inFlight: { ...evidenceOf(journal, begun.upgrade), ...begun },
  attempt: { digest: begun.upgrade.digest, number: attemptOf(journal, begun.upgrade) }
})

/** The number of the attempt that is under way, or would be the next one. */
export const attemptOf = ({ attempt, inFlight }: Journal, { digest }: Upgrade): number => {
  if (attempt?.digest !== digest) return 1
  return inFlight?.upgrade.digest === digest ? attempt.number : attempt.number + 1
}

/** What the upgrade under way has to show. */
export const evidenceOf = ({ inFlight }: Journal, { digest }: Upgrade): Pick<InFlight, "backup" | "sha256"> =>
  inFlight?.upgrade.digest !== digest ? {} : {
    ...(inFlight.backup !== undefined && { backup: inFlight.backup }),
    ...(inFlight.sha256 !== undefined && { sha256: inFlight.sha256 })
  }

/** The upgrade under way has this now. */
export const withEvidence = (upgrade: Upgrade, evidence: Pick<InFlight, "backup" | "sha256">) => (journal: Journal): Journal =>
  journal.inFlight?.upgrade.digest !== upgrade.digest ? journal : { ...journal, inFlight: { ...journal.inFlight, ...evidence } }

/** The upgrade is neither applied nor failed: it is as if it had not begun. */
export const forget = (upgrade: Upgrade) => (journal: Journal): Journal => isDoneBefore(journal, upgrade) ? journal : without(journal, "inFlight")

export const markApplied = (upgrade: Upgrade, at: string) => (journal: Journal): Journal => ({
  ...without(journal, "inFlight"),
  applied: [...journal.applied.filter((one) => one.upgrade.digest !== upgrade.digest), { upgrade, at, ...evidenceOf(journal, upgrade) }].slice(-historyLimit)
})

export const markFailed = (upgrade: Upgrade, at: string, why: string) => (journal: Journal): Journal => ({
  ...without(journal, "inFlight"),
  failed: [...journal.failed.filter((one) => one.upgrade.digest !== upgrade.digest), { upgrade, at, why, ...evidenceOf(journal, upgrade) }].slice(-historyLimit)
})

/** No child runs and none was announced: the next start need not look for one. */
export const childGone = (journal: Journal): Journal => without(journal, "child")
