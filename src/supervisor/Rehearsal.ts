// An upgrade on a throw-away home, with the operator's settings and hooks, and stand-ins for the node: what happens on the day, and how long it takes.
// Touches nothing of the real home but the directory of the rehearsal in it.
import { Deferred, Duration, Effect, Fiber, Layer, Option, Schema, Stream } from "effect"
import { currentBinary, type Home, layout, releaseBinary } from "../domain/Home.ts"
import { hookDirectory, stages } from "../domain/Hook.ts"
import { obstacleText } from "../domain/Readiness.ts"
import { genesis, label, type Release } from "../domain/Release.ts"
import * as UpgradePlan from "../domain/UpgradePlan.ts"
import type { State } from "../machine/State.ts"
import { Backups } from "../services/backup/Backups.ts"
import { Config } from "../services/Config.ts"
import { DataCopy } from "../services/copy/DataCopy.ts"
import { Disk } from "../services/Disk.ts"
import * as Durable from "../services/Durable.ts"
import { FileWatcher } from "../services/FileWatcher.ts"
import * as CommandRunner from "../services/hooks/CommandRunner.ts"
import { Hooks } from "../services/hooks/Hooks.ts"
import { Releases } from "../services/Releases.ts"
import { Signals } from "../services/Signals.ts"
import * as Layers from "./Layers.ts"
import * as Ready from "./Ready.ts"
import * as Supervisor from "./Supervisor.ts"
import { type Entry, Transcript } from "./Transcript.ts"

/** `Unprepared`: the throw-away home could not be made. `NotRun`: it could not be run. */
export class RehearsalError extends Schema.TaggedError<RehearsalError>()("RehearsalError", { reason: Schema.Literals(["Unprepared", "NotRun"]), path: Schema.String, why: Schema.String }) {
  override get message() {
    return `${this.path}: ${this.why}`
  }
}

/** How long the rehearsal was in one situation, in milliseconds. */
export interface Lap {
  readonly step: string
  readonly millis: number
}

export interface Rehearsed {
  readonly isDone: boolean
  readonly why: string | undefined
  readonly laps: ReadonlyArray<Lap>
  /** From the end of the old stand-in to the start of the new one. */
  readonly downMillis: number
  /** What keeps the real release from being started now. */
  readonly problem: string | undefined
  /** What a backup of the real data would need now. */
  readonly backup: { readonly method: string; readonly files: number; readonly bytes: number; readonly neededBytes: number; readonly freeBytes: number; readonly isEnough: boolean } | undefined
}

/** Lives until it is asked to stop, and has nothing to do before an upgrade. */
const standIn = `#!/bin/sh
[ "$1" = pre-upgrade ] && exit 0
trap 'kill $! 2>/dev/null; wait; exit 0' TERM
while :; do sleep 3600 & wait $!; done
`

export const rehearse = Effect.fn("Rehearsal.rehearse")(function*(name: string) {
  const real = yield* Config
  const stage = layout(`${real.home.root}/.rehearsal`, real.home.binaryName)
  const release = yield* (yield* Releases).locate(name)
  const plan = yield* planFor(name)
  const backup = Option.getOrUndefined(yield* reckoned)
  yield* Effect.acquireRelease(Effect.mapError(furnish(real, stage, release), unprepared(stage)), () => clear(stage))
  const { laps, seen } = yield* perform(real, stage, plan)
  const judged = judge(seen, release)
  const readiness = yield* (yield* Ready.make).inspect(release)
  return { backup, problem: readiness._tag === "Ready" ? undefined : obstacleText(readiness.obstacle), ...judged, laps: [...judged.laps, ...laps] }
}, Effect.scoped)

/** The directory that this makes for the backups is taken away again, unless something lies in it. */
const reckoned = Effect.gen(function*() {
  const [disk, { settings: { dataBackupDir } }] = [yield* Disk, yield* Config]
  const wasThere = yield* Effect.isSuccess(disk.status(dataBackupDir, true))
  const reckoning = yield* Effect.catch((yield* Backups).reckon, ({ message }) => Effect.as(Effect.logWarning(message), Option.none()))
  if (!wasThere) yield* Effect.ignore(disk.removeDirectory(dataBackupDir))
  return reckoning
})

const unprepared = ({ directory }: Home) => ({ message }: { readonly message: string }) => new RehearsalError({ reason: "Unprepared", path: directory, why: message })

/** The one that waits in the real home when it asks for this release; else one at height 1. */
const planFor = Effect.fnUntraced(function*(name: string) {
  const reading = yield* (yield* FileWatcher).read
  return reading._tag === "Read" && reading.plan.name === name ? reading.plan : UpgradePlan.make(name, 1n)
})

const furnish = Effect.fnUntraced(function*({ home, settings }: Config["Service"], stage: Home, release: Release) {
  const disk = yield* Disk
  // What a rehearsal that was killed has left running; its home is about to go.
  yield* CommandRunner.endLeftovers({ path: currentBinary(stage), arguments: [], tell: Effect.logInfo }, CommandRunner.limits)
  yield* clear(stage)
  for (const one of [genesis, release]) {
    const path = releaseBinary(stage, one)
    yield* disk.makeDirectory(path.slice(0, path.lastIndexOf("/")))
    yield* disk.write(path, new TextEncoder().encode(standIn), 0o755)
  }
  yield* disk.makeDirectory(stage.data)
  yield* disk.link("genesis", stage.current)
  const root = hookDirectory(home, stages[0]).replace(/\/[^/]+$/, "")
  yield* disk.link(root, `${stage.root}/hooks`)
  const script = settings.customPreupgrade
  if (script === undefined || script.startsWith("hooks/")) return
  yield* disk.makeDirectory(`${stage.root}/${script}`.replace(/\/[^/]+$/, ""))
  yield* disk.link(`${home.root}/${script}`, `${stage.root}/${script}`)
})

const clear = Effect.fnUntraced(function*({ directory }: Home) {
  yield* Effect.ignore((yield* DataCopy).remove(directory))
})

/** Durations that only a real node needs are cut short, and nothing is fetched. */
const settingsOf = ({ rows, settings }: Config["Service"], stage: Home): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(rows.flatMap(({ text, variable }) => text === undefined ? [] : [[variable, text]])),
  DAEMON_HOME: stage.directory,
  DAEMON_DATA_BACKUP_DIR: `${stage.directory}/backups`,
  DAEMON_ALLOW_DOWNLOAD_BINARIES: "false",
  DAEMON_RESTART_ON_FAILURE: "false",
  DAEMON_RESTART_AFTER_UPGRADE: "true",
  DAEMON_UPGRADE_PROBATION: Duration.toMillis(settings.upgradeProbation) > 1000 ? "1s" : "0s"
})

const perform = Effect.fnUntraced(function*(real: Config["Service"], stage: Home, plan: UpgradePlan.UpgradePlan) {
  const over = yield* Deferred.make<void>()
  const laps: Array<Lap> = []
  const layers = Layer.mergeAll(Layers.services, Signals.layerToTheEnd, Layer.provide(timed(laps, over), Hooks.layer)).pipe(Layer.provideMerge(Layer.merge(Config.layerOf(settingsOf(real, stage)), Disk.layer)))
  const played = Effect.gen(function*() {
    const seen: Array<Entry> = []
    const { entries } = yield* Transcript
    const disk = yield* Disk
    const follow = entries.pipe(
      Stream.tap((entry) => Effect.sync(() => void seen.push(entry))),
      Stream.tap((entry) => isFirstRun(entry) ? Effect.ignore(Durable.replaceFile(disk, stage.planFile, new TextEncoder().encode(UpgradePlan.toJson(plan)), 0o644)) : Effect.void),
      Stream.takeUntil(isOver),
      Stream.runDrain
    )
    const watching = yield* Effect.forkScoped(follow, { startImmediately: true })
    const run = yield* Effect.forkScoped(Supervisor.run([]))
    yield* Effect.raceFirst(Fiber.join(watching), Fiber.join(run))
    if (isSettled(seen.at(-1))) yield* Deferred.await(over)
    return { seen, laps }
  })
  return yield* played.pipe(
    Effect.scoped,
    // Made anew: the command around this has the real home's, and a layer that was built already is not built again.
    Effect.provide(layers, { local: true }),
    Effect.mapError(({ message }) => new RehearsalError({ reason: "NotRun", path: stage.directory, why: message }))
  )
})

/** The operator's hooks, with the time that they take; `over` is done when the last ones of an upgrade have ended. */
const timed = (laps: Array<Lap>, over: Deferred.Deferred<void>) =>
  Layer.effect(Hooks, Effect.map(Hooks, (hooks) => {
    const lap = <E>(step: string, effect: Effect.Effect<void, E>) => Effect.flatMap(Effect.timed(Effect.exit(effect)), ([duration, exit]) => {
      laps.push({ step, millis: Math.round(Duration.toMillis(duration)) })
      return exit
    })
    const isLast = (stage: string) => stage === "post-upgrade" || stage === "on-failure"
    return Hooks.of({
      run: (stage, occasion) => Effect.ensuring(lap(`  ${stage} hooks`, hooks.run(stage, occasion)), isLast(stage) ? Deferred.succeed(over, undefined) : Effect.void),
      preUpgrade: (occasion) => lap("  pre-upgrade command", hooks.preUpgrade(occasion))
    })
  }))

/** It was done or undone for good: hooks follow. */
const isSettled = (entry: Entry | undefined): boolean => entry?.to._tag === "Running" && entry.to.holdGeneration === 0

const isFirstRun = ({ from, to }: Entry): boolean => to._tag === "Running" && from?._tag === "Starting" && to.memory.current === genesis

/** It runs again after the upgrade, either way, or not at all. */
const isOver = ({ from, to }: Entry): boolean =>
  to._tag === "Done" || (to._tag === "Running" && from?._tag !== "Running" && (to.memory.current !== genesis || to.memory.failedDigests.length > 0 || to.holdGeneration > 0))

/** What a situation is in the words of the upgrade's steps; none for what is not part of it. */
const steps: Partial<Record<State["_tag"], string>> = {
  Recording: "checks, pre-stop hooks, record",
  Stopping: "stop",
  Delaying: "restart delay",
  Switching: "backup, pre-upgrade, switch",
  Starting: "start",
  Probation: "probation",
  Committing: "record",
  RollingBack: "roll back"
}

const judge = (entries: ReadonlyArray<Entry>, release: Release): Pick<Rehearsed, "isDone" | "why" | "laps" | "downMillis"> => {
  const begun = entries.slice(entries.findIndex(({ to }) => to._tag === "Recording"))
  const changes = begun.filter(({ from, to }, index) => index === 0 || from?._tag !== to._tag)
  const laps = changes.flatMap(({ atMillis, to }, index) => {
    const [step, next] = [steps[to._tag], changes[index + 1]]
    return step === undefined || next === undefined ? [] : [{ step, millis: next.atMillis - atMillis }]
  })
  const last = entries.at(-1)?.to
  const why = begun.findLast(({ event }) => event !== undefined && "why" in event)?.event
  return {
    isDone: last?.memory.current === release,
    why: why !== undefined && "why" in why ? String(why.why) : last?.memory.current === release ? undefined : `${label(release)} did not come to run`,
    laps,
    downMillis: laps.filter(({ step }) => step === steps.Switching || step === steps.Starting || step === steps.Delaying).reduce((sum, { millis }) => sum + millis, 0)
  }
}
