// What must be true of a home and of what runs on it, once wemixvisor has come to rest by itself.
import { Effect, Exit } from "effect"
import { releaseBinary } from "../../src/domain/Home.ts"
import { type Journal, neededBackups } from "../../src/domain/Journal.ts"
import type { State } from "../../src/machine/State.ts"
import { script } from "../support/world/Binaries.ts"
import { releaseOf } from "../support/world/Operator.ts"
import type { World } from "../support/World.ts"
import * as Saved from "./Saved.ts"
import { failureOf, isAtRest } from "./Rehearsal.ts"
import type { Scenario } from "./Scenarios.ts"

/** Each a sentence about what is wrong; none where all is well. */
export type Faults = ReadonlyArray<string>

/** After a cut: nothing is lost, nothing is half done, and what runs is what the link and the records say. */
export const ofRest = Effect.fnUntraced(function*(world: World, state: State | undefined) {
  const link = yield* world.link
  const journal = yield* world.journal
  const living = yield* world.nodes.living
  const running = world.nodes.deeds.flatMap((deed) => deed._tag === "Started" && living.includes(deed.pid) ? [deed.release] : [])
  const name = link.replace("upgrades/", "")
  const binary = releaseBinary(world.home, releaseOf(name))
  const isComplete = yield* Effect.match(Effect.all([world.disk.status(binary, true), world.disk.read(binary, 1000)]), {
    onFailure: () => false,
    onSuccess: ([{ kind, mode }, bytes]) => kind === "file" && (mode & 0o111) !== 0 && Buffer.compare(bytes, script(name)) === 0
  })
  return [
    ...world.broken,
    ...(failureOf(world) === undefined ? [] : [`wemixvisor failed: ${failureOf(world)}`]),
    ...(state === undefined || !isAtRest(state) ? [`it does not come to rest, but stays in ${state?._tag ?? "its beginning"}`] : []),
    ...(state?._tag === "Running" && (running.length !== 1 || running[0] !== link) ? [`current is ${link}, and what runs is ${running.join(", ") || "nothing"}`] : []),
    ...(isComplete ? [] : [`current is ${link}, whose binary is not complete`]),
    ...(state?._tag === "Running" && journal.inFlight !== undefined ? [`state.json has an upgrade in flight at ${journal.inFlight.step}`] : []),
    ...(state?._tag === "Running" && journal.child?.release !== link ? [`state.json has a child of ${journal.child?.release ?? "no release"}`] : []),
    ...again(journal.applied.map(({ upgrade }) => upgrade.digest)),
    ...(yield* ofBackups(world, neededBackups(journal)))
  ]
})

/** What has the name of a finished backup is one, and what the records name is there. */
const ofBackups = Effect.fnUntraced(function*(world: World, needed: ReadonlyArray<string>) {
  const names = yield* Saved.names(world.disk)
  return [
    ...needed.filter((name) => !names.includes(name)).map((name) => `state.json has a backup ${name} that is not there`),
    ...(yield* Effect.forEach(names, (name) => Saved.faultsOf(world.disk, name))).flat()
  ]
})

const again = (digests: ReadonlyArray<string>): Faults =>
  digests.filter((digest, index) => digests.indexOf(digest) !== index).map((digest) => `state.json has ${digest} as applied twice`)

/**
 * One SIGTERM a child. A wemixvisor that is killed between the signal and its record is followed by one that cannot know of it, and asks
 * once more: never asking would leave a node to the end of its grace that was never told.
 */
export const ofSignals = (world: World, excused: ReadonlyArray<string>): Faults => {
  const times = (all: ReadonlyArray<string>, signal: string): number => all.filter((other) => other === signal).length
  const asked = world.signals.filter(isTerm)
  return asked.filter((signal) => times(asked, signal) > 1 + times(excused, signal)).map((signal) => `${signal}, too often`)
}

const isTerm = (signal: string): boolean => signal.startsWith("SIGTERM to pid")

/** The signals that only the wemixvisor knows of which is about to be killed. */
export const unrecordedSignals = Effect.fnUntraced(function*(world: World) {
  const [journal, living] = [yield* Effect.exit(world.journal), yield* world.nodes.living]
  const isRecorded = (pid: number) => Exit.isSuccess(journal) && journal.value.child?.identity?.pid === pid && journal.value.child.stopSent
  return [...new Set(world.signals.filter(isTerm))].filter((signal) => living.some((pid) => signal === `SIGTERM to pid ${pid}` && !isRecorded(pid)))
})

const namesOf = (records: Journal["applied"]): string => records.map(({ upgrade }) => upgrade.name).join(" ")

/** When the operator has got what he wants: the right release, and records that say how it came to be. */
export const ofEnd = Effect.fnUntraced(function*(world: World, state: State | undefined, { ends, home }: Scenario) {
  const journal = yield* world.journal
  const [applied, failed] = [namesOf(journal.applied), namesOf(journal.failed)]
  return [
    ...(yield* ofRest(world, state)),
    ...(home.has(world.home.stateFile) && world.starts.includes("genesis") ? ["genesis is started in a home that is past it"] : []),
    ...(state?._tag === "Running" ? [] : [`it ends in ${state?._tag ?? "its beginning"}`]),
    ...(state?.memory.current === releaseOf(ends.release) ? [] : [`it ends with ${state?.memory.current ?? "nothing"}, not ${ends.release}`]),
    ...(ends.applied.includes(applied) ? [] : [`state.json has as applied: ${applied}`]),
    ...(failed === ends.failed ? [] : [`state.json has as failed: ${failed}`])
  ]
})
