// The end of every story: nothing is refused any more, programs do as they should, and time goes on. Says what is not as it must be then.
import { Effect, Option, Result, type Scope } from "effect"
import { ExitStatus, exitStatus } from "../../src/domain/Outcome.ts"
import { genesis, inUpgrades } from "../../src/domain/Release.ts"
import { decode } from "../../src/domain/UpgradePlan.ts"
import type { State } from "../../src/machine/State.ts"
import { readingOf } from "../../src/services/FileWatcher.ts"
import { obedient, releaseOf } from "../support/world/Operator.ts"
import { nameOf, type Scene } from "./Scene.ts"

const backups = "/node/backups"

/** In steps of ten seconds: the longest grace, a delay, a held upgrade and a probation, several times over. */
const mostSteps = 240
/** On a slow disk a look at the plan takes half a minute, where a backup is reckoned. */
const fewestSteps = 6
/** By then every other upgrade that is held back has been tried again. */
const heldSteps = 30
/** Each may end by itself: stopped, after an upgrade with restart off, with a node that ended with 0. */
const mostRuns = 8

export const comes = Effect.fnUntraced(function*(scene: Scene) {
  const { stage } = scene
  yield* quietens(scene)
  for (let runs = 0; runs < mostRuns; runs++) {
    if (yield* settles(scene)) return yield* isSound(scene)
    const { failures } = stage
    if (runs > 0 && failures > 0) stage.watch.breach("a run fails though all is quiet")
    stage.failures = 0
    if (runs > 0 && (yield* waitsForBinary(scene))) return
    yield* scene.starts
  }
  stage.watch.breach(`${mostRuns} runs end one after another though all is quiet`)
})

/** Ended with the status that OPERATING has for it, because the binary of the current release is gone: nobody but a person can put it back. */
const waitsForBinary = Effect.fnUntraced(function*({ ready, stage }: Scene) {
  const { state } = stage.watch.seen
  const current = (yield* stage.link)?.replace("upgrades/", "")
  return state?._tag === "Done" && exitStatus(state.outcome) === ExitStatus.Missing && current !== undefined && !ready.has(current)
})

const quietens = Effect.fnUntraced(function*({ dice, ready, setup, stage }: Scene) {
  yield* stage.tell("all is quiet")
  const isComplete = dice.chance(0.7)
  for (const name of ["genesis", ...[2, 3, 4, 5, 6, 7].map(nameOf)]) {
    if (isComplete && !ready.has(name)) {
      ready.add(name)
      yield* stage.install(name)
    }
    yield* stage.script(name, obedient)
  }
  yield* Effect.forEach(setup.hooks, ({ part }) => stage.hooks.script(part, () => Effect.void))
})

/** Whether it comes to rest while a wemixvisor runs; none does when it ended. */
const settles = Effect.fnUntraced(function*(scene: Scene) {
  const { stage } = scene
  let before: State | undefined
  for (let steps = 0; steps < mostSteps; steps++) {
    yield* Effect.sleep("10 seconds")
    if (!stage.isRunning) return false
    const { state } = stage.watch.seen
    if (steps > fewestSteps && state !== undefined && state === before && isAtRest(state)) return true
    if (state !== undefined && steps > heldSteps && ((yield* staysHeld(scene, state)) || (yield* isSpoilt(scene, state)))) return true
    before = state
  }
  stage.watch.breach(`no rest: still ${stage.watch.seen.state?._tag} after ${mostSteps * 10} seconds`)
  return true
})

const isAtRest = (state: State): boolean => {
  if (state._tag === "Running") return state.holdGeneration === 0
  return state._tag === "Waiting" && state.retryGeneration === 0 && state.memory.look._tag === "Found" && state.memory.look.readiness._tag === "NotReady"
}

/** The binary vanished after it was found ready: the node runs on, and the upgrade is tried again and again until the binary is back. */
const isHeld = ({ ready }: Scene, state: State): boolean =>
  state._tag === "Running" && state.holdGeneration !== 0 && state.memory.look._tag === "Found" && !ready.has(state.memory.look.plan.name)

/** Also between two attempts, which may begin at the same instant as a step here ends. */
const staysHeld = Effect.fnUntraced(function*(scene: Scene, state: State) {
  if (!isHeld(scene, state)) return false
  yield* Effect.sleep("2 seconds")
  const { state: now } = scene.stage.watch.seen
  return now !== undefined && isHeld(scene, now)
})

/** The binary of the current release cannot be started, and nobody mends it: a start is tried each minute, as after any other failure. */
const isSpoilt = Effect.fnUntraced(function*({ ready, stage }: Scene, state: State) {
  const current = (yield* stage.link)?.replace("upgrades/", "")
  return (state._tag === "BackingOff" || state._tag === "Starting") && current !== undefined && !ready.has(current)
})

const isSound = Effect.fnUntraced(function*(scene: Scene): Effect.fn.Return<void, never, Scope.Scope> {
  yield* agrees(scene)
  yield* losesNothing(scene)
  yield* keepsBackups(scene)
  yield* endsWell(scene)
})

/** What the machine remembers, the state file, the link and the node that runs say the same. */
const agrees = Effect.fnUntraced(function*({ stage }: Scene) {
  const { journal, seen: { state } } = stage.watch
  if (state === undefined) return
  const { appliedHeight, current, failedDigests, unrecorded } = state.memory
  const [link, living] = [yield* stage.link, yield* stage.nodes.living]
  const must = (holds: boolean, what: string) => void (holds || stage.watch.breach(`at rest in ${state._tag}: ${what}`))
  must(link === current, `current points to ${link}, and ${current} is remembered`)
  must(link === (journal.applied.at(-1)?.upgrade.to ?? genesis), `current points to ${link}, which no record says is applied`)
  must(journal.inFlight === undefined, "an upgrade is still in flight")
  must(unrecorded === undefined, "an upgrade is still not recorded")
  must(appliedHeight === journal.applied.at(-1)?.upgrade.height, "another height is remembered as applied than recorded")
  must(failedDigests.join() === journal.failed.map(({ upgrade }) => upgrade.digest).join(), "other plans are remembered as failed than recorded")
  must(living.length === (state._tag === "Running" ? 1 : 0), `${living.length} children live`)
  if (state._tag !== "Running") return
  must(journal.lastRan === link, `${journal.lastRan} is recorded as run last`)
  must(journal.child?.identity?.pid === living[0] && journal.child?.release === link, "another child is recorded than the one that runs")
})

/** A plan that is pending and ready has been carried out, or is recorded as failed. */
const losesNothing = Effect.fnUntraced(function*({ ready, stage }: Scene) {
  const { journal } = stage.watch
  const bytes = yield* Effect.option(stage.disk.read(stage.home.planFile, 1e6))
  const plan = Option.isNone(bytes) ? undefined : Result.getOrUndefined(decode(bytes.value))
  if (plan === undefined || !ready.has(plan.name) || inUpgrades(plan.name) === (yield* stage.link)) return
  const reading = readingOf(plan)
  const appliedHeight = journal.applied.at(-1)?.upgrade.height
  const isPassed = appliedHeight !== undefined && plan.height < appliedHeight
  const isFailed = journal.failed.some(({ upgrade }) => reading._tag === "Read" && upgrade.digest === reading.digest)
  if (!isPassed && !isFailed) stage.watch.breach(`the plan for ${releaseOf(plan.name)} is lost`)
})

/** What counts as a backup is complete, and the last upgrade has the one that was made for it. What is left of others goes with the next one that is made. */
const keepsBackups = Effect.fnUntraced(function*({ stage }: Scene) {
  const names = yield* Effect.orElseSucceed(stage.disk.list(backups), (): ReadonlyArray<string> => [])
  const last = stage.watch.journal.applied.at(-1)?.backup
  if (last !== undefined && !names.includes(last)) stage.watch.breach(`the backup ${last} of the last upgrade is not there, only ${names.join(", ")}`)
  for (const name of names) {
    if (name.startsWith(".")) continue
    const whole = yield* Effect.result(Effect.forEach(["manifest.json", "data/chain/blocks", "data/chain/index/00"], (path) => stage.disk.status(`${backups}/${name}/${path}`, false)))
    if (Result.isFailure(whole)) stage.watch.breach(`the backup ${name} is not complete: ${whole.failure.message}`)
  }
})

/** A last stop request ends it all, with nothing left. */
const endsWell = Effect.fnUntraced(function*({ stage }: Scene) {
  if (!stage.isRunning) return
  yield* stage.signal("SIGTERM")
  for (let steps = 0; steps < mostSteps && stage.isRunning; steps++) yield* Effect.sleep("10 seconds")
  if (stage.isRunning) return stage.watch.breach(`no end: still ${stage.watch.seen.state?._tag}`)
  const journal = yield* stage.journal
  if (journal.child !== undefined) stage.watch.breach("a child is recorded after the end")
  if ((yield* stage.nodes.living).length > 0) stage.watch.breach("children are left after the end")
})
