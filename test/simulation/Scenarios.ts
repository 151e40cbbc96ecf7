// What is cut off, refused and killed at every point: homes, programs, what people do meanwhile, and what must have come of it in the end.
import { Effect, Exit, Fiber, Schema } from "effect"
import { type Journal, JournalJson } from "../../src/domain/Journal.ts"
import type { State } from "../../src/machine/State.ts"
import { failure } from "../support/fakes/FakeHooks.ts"
import { script, text } from "../support/world/Binaries.ts"
import { code, obedient, releaseOf, upgradeOf } from "../support/world/Operator.ts"
import type { World } from "../support/World.ts"
import type { Entry, Image } from "./Platter.ts"
import { type Deed, type Interruption, isAtRest } from "./Rehearsal.ts"

export interface Scenario {
  readonly title: string
  readonly settings?: Readonly<Record<string, string>>
  readonly home: Image
  /** What the programs do, in every world that is made of this home. */
  readonly programs: (world: World) => Effect.Effect<unknown>
  readonly deeds: ReadonlyArray<Deed>
  /** Where there are more disks than can ever be started from: so many of them, chosen evenly, and fewer choices of the disk at each cut. */
  readonly sample?: { readonly disks: number; readonly outcomes: number }
  /** Not after a power cut. */
  readonly interruption?: Interruption | undefined
  /** What the operator wants in the end, done once more after a cut: what was there already is not changed by it. */
  readonly wants: (world: World) => Effect.Effect<unknown>
  /** The release that must run then, the lists of applied plans of which state.json must have one, and the plans it must have as failed. */
  readonly ends: { readonly release: string; readonly applied: ReadonlyArray<string>; readonly failed: string }
}

const root = "/node/wemixvisor"
const program = (name: string) => ({ mode: 0o755, bytes: script(name) })
const shell = { mode: 0o755, bytes: text("") }

const settledJournal: Journal = {
  version: 1,
  lastRan: releaseOf("v1"),
  applied: [{ upgrade: upgradeOf("v1", 50), at: "2026-01-01T00:00:00.000Z" }],
  failed: []
}

/** A home in which v1 was reached by an upgrade: nothing is genesis any more that should not be. */
const settledHome: Image = new Map<string, Entry>([
  ["/bin/sh", shell],
  [`${root}/genesis/bin/wemixd`, program("genesis")],
  [`${root}/upgrades/v1/bin/wemixd`, program("v1")],
  [`${root}/upgrades/v2/bin/wemixd`, program("v2")],
  [`${root}/upgrades/v3/bin/wemixd`, program("v3")],
  [`${root}/current`, { text: "upgrades/v1" }],
  ["/node/data", "directory"],
  [`${root}/state.json`, { mode: 0o644, bytes: text(Schema.encodeSync(JournalJson)(settledJournal)) }]
])

const freshHome: Image = new Map<string, Entry>([
  ["/bin/sh", shell],
  [`${root}/genesis/bin/wemixd`, program("genesis")],
  [`${root}/upgrades`, "directory"],
  ["/node/data", "directory"]
])

/** A node that lives through its probation, ends in it, or fails once and then lives. */
const programs = (behaviours: Readonly<Record<string, Parameters<World["script"]>[1]>> = {}) => (world: World) =>
  Effect.forEach(["genesis", "v1", "v2", "v3"], (name) => world.script(name, behaviours[name] ?? obedient))

const bad = { ...obedient, ends: { afterMillis: 1000, exit: code(2) } }
const failsOnce = (start: number) => start === 1 ? { ...obedient, ends: { afterMillis: 3000, exit: code(1) } } : obedient

const asksFor = (name: string, at: number) => (world: World) => world.plan(name, at)
const whenIn = (tag: State["_tag"]) => (state: State) => state._tag === tag
const nothing = () => Effect.void

const toV2 = { home: settledHome, programs: programs(), wants: asksFor("v2", 100), ends: { release: "v2", applied: ["v1 v2"], failed: "" } }
const askForV2: Deed = { when: isAtRest, does: asksFor("v2", 100) }
const stop = (tag: State["_tag"]): Deed => ({ when: whenIn(tag), does: (world) => world.signal("SIGTERM") })
const startAgain: Deed = { when: whenIn("Done"), does: (world) => world.run() }

/** A little of everything. */
const dataHome: Image = new Map<string, Entry>([
  ...settledHome,
  ["/node/data/db", "directory"],
  ["/node/data/db/000001.sst", { mode: 0o644, bytes: text("blocks") }],
  ["/node/data/db/CURRENT", { text: "000001.sst" }],
  ["/node/data/key", { mode: 0o600, bytes: text("key") }]
])

/** Each file of a copy that is not synced yet may be there, half there or not. */
const sample = { disks: 500, outcomes: 8 }

const withBackup = { ...toV2, home: dataHome, sample, settings: { UNSAFE_SKIP_BACKUP: "false", DAEMON_BACKUP: "copy" } }
const inTheBackup = (part: string): Interruption["before"] => ({ path }) => /^\/node\/backups\/\..*\.new\//.test(path) && path.endsWith(part)

/** One that is killed while it stops is started again by whoever killed it. */
const stopAndStart: Deed["does"] = (world) => {
  const { fiber } = world.life
  const again = Effect.flatMap(Fiber.await(fiber), (exit) => Exit.isSuccess(exit) ? Effect.asVoid(world.run()) : Effect.void)
  return Effect.andThen(world.signal("SIGTERM"), Effect.forkScoped(again))
}

/** Killed as by the system, and started again at once. */
const killed: Deed["does"] = (world) => Effect.andThen(world.kill, world.run())

export const scenarios: ReadonlyArray<Scenario> = [
  {
    title: "a first start",
    home: freshHome,
    programs: programs(),
    deeds: [],
    wants: nothing,
    ends: { release: "genesis", applied: [""], failed: "" }
  },
  {
    title: "a start without its link",
    home: new Map([...settledHome].filter(([path]) => path !== `${root}/current`)),
    programs: programs(),
    deeds: [],
    wants: nothing,
    ends: { release: "v1", applied: ["v1"], failed: "" }
  },
  {
    title: "a restart of a node that failed",
    home: settledHome,
    programs: programs({ v1: failsOnce }),
    deeds: [],
    wants: nothing,
    ends: { release: "v1", applied: ["v1"], failed: "" }
  },
  { ...toV2, title: "an upgrade", deeds: [askForV2] },
  {
    ...toV2,
    title: "an upgrade that is rolled back",
    programs: programs({ v2: bad }),
    deeds: [askForV2],
    ends: { release: "v1", applied: ["v1"], failed: "v2" }
  },
  {
    ...toV2,
    title: "a newer plan while the node is being stopped for another",
    deeds: [askForV2, { when: whenIn("Stopping"), does: asksFor("v3", 200) }],
    wants: asksFor("v3", 200),
    ends: { release: "v3", applied: ["v1 v3", "v1 v2 v3"], failed: "" }
  },
  {
    ...toV2,
    title: "a newer plan during a probation",
    deeds: [askForV2, { when: whenIn("Probation"), does: asksFor("v3", 200) }],
    wants: asksFor("v3", 200),
    ends: { release: "v3", applied: ["v1 v3", "v1 v2 v3"], failed: "" }
  },
  { ...toV2, title: "a stop while the node is being stopped for an upgrade", deeds: [askForV2, stop("Stopping"), startAgain] },
  { ...toV2, title: "a stop during a probation", deeds: [askForV2, stop("Probation"), startAgain] },
  { ...withBackup, title: "an upgrade with a backup", deeds: [askForV2] },
  {
    ...withBackup,
    title: "an upgrade that the pre-upgrade hooks refuse",
    programs: (world) => Effect.andThen(withBackup.programs(world), world.hooks.script("pre-upgrade", () => Effect.fail(failure()))),
    deeds: [askForV2],
    ends: { release: "v1", applied: ["v1"], failed: "v2" }
  },
  {
    ...withBackup,
    title: "a stop during the backup",
    deeds: [askForV2],
    interruption: { before: inTheBackup("/db/000001.sst"), does: stopAndStart }
  },
  { ...toV2, title: "an upgrade without probation", settings: { DAEMON_UPGRADE_PROBATION: "0s" }, deeds: [askForV2] },
  { ...toV2, title: "an upgrade after a delay", settings: { DAEMON_RESTART_DELAY: "3s" }, deeds: [askForV2] },
  { ...toV2, title: "a take-over, then an upgrade", deeds: [{ when: isAtRest, does: killed }, askForV2] },
  { ...toV2, title: "a take-over of a node that is being stopped", deeds: [askForV2, { when: whenIn("Stopping"), does: killed }] },
  { ...toV2, title: "a take-over during a probation", deeds: [askForV2, { when: whenIn("Probation"), does: killed }] }
]
