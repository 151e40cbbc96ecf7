// What must be true of a home and of what runs on it, once wemixvisor has come to rest by itself.
import { Effect } from "effect"
import { releaseBinary } from "../../src/domain/Home.ts"
import { type Journal, neededBackups } from "../../src/domain/Journal.ts"
import type { State } from "../../src/machine/State.ts"
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
  const isComplete = yield* Effect.match(world.disk.status(releaseBinary(world.home, releaseOf(link.replace("upgrades/", ""))), true), {
    onFailure: () => false,
    onSuccess: ({ bytes, kind, mode }) => kind === "file" && bytes > 0 && (mode & 0o111) !== 0
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
export const ofSignals = (world: World, kills: number): Faults => {
  const asked = world.signals.filter((signal) => signal.startsWith("SIGTERM to pid"))
  return asked.filter((signal) => asked.filter((other) => other === signal).length > 1 + kills).map((signal) => `${signal}, too often`)
}

const namesOf = (records: Journal["applied"]): string => records.map(({ upgrade }) => upgrade.name).join(" ")

/** When the operator has got what he wants: the right release, and records that say how it came to be. */
export const ofEnd = Effect.fnUntraced(function*(world: World, state: State | undefined, { ends }: Scenario) {
  const journal = yield* world.journal
  const [applied, failed] = [namesOf(journal.applied), namesOf(journal.failed)]
  return [
    ...(yield* ofRest(world, state)),
    ...(state?._tag === "Running" ? [] : [`it ends in ${state?._tag ?? "its beginning"}`]),
    ...(state?.memory.current === releaseOf(ends.release) ? [] : [`it ends with ${state?.memory.current ?? "nothing"}, not ${ends.release}`]),
    ...(ends.applied.includes(applied) ? [] : [`state.json has as applied: ${applied}`]),
    ...(failed === ends.failed ? [] : [`state.json has as failed: ${failed}`])
  ]
})
