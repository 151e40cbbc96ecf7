// Section 5, step 4, and what goes before the stop: the backup, the hooks, releases that are not what they were.
import { Effect } from "effect"
import { expect } from "vitest"
import { failure } from "../support/fakes/FakeHooks.ts"
import { about } from "../support/Scenario.ts"
import type { World } from "../support/World.ts"
import * as Binaries from "../support/world/Binaries.ts"
import { code } from "../support/world/Operator.ts"

const scenario = about("safety")
const withBackup = { UNSAFE_SKIP_BACKUP: "false", DAEMON_BACKUP: "copy" }
const backupsIn = (world: World) => Effect.orElseSucceed(world.disk.list("/node/backups"), (): ReadonlyArray<string> => [])

/** A hook that takes its time. */
const slowly = (world: World, part: Parameters<World["hooks"]["script"]>[0], seconds: number) =>
  world.hooks.script(part, () => Effect.sleep(`${seconds} seconds`))

/** Runs genesis, with the data that a node leaves and v2 in its place. */
const runs = Effect.fnUntraced(function*(world: World) {
  yield* world.install("v2")
  yield* world.put("/node/data/chain/blocks", Binaries.text("0123456789"))
  yield* world.run()
  yield* world.reaches("Running")
})

scenario("the data is copied while the node is down, before the link moves, and the record names the copy", { settings: withBackup }, Effect.fnUntraced(function*(world) {
  yield* runs(world)
  yield* world.plan("v2", 100)
  yield* world.goesOnTrial
  const [name = ""] = yield* backupsIn(world)
  expect(name).toMatch(/^v2-1970/)
  expect((yield* world.journal).inFlight?.backup).toBe(name)
  expect(new TextDecoder().decode(yield* Effect.orDie(world.disk.read(`/node/backups/${name}/data/chain/blocks`, 100)))).toBe("0123456789")
  yield* world.isUpgraded
  expect((yield* world.journal).applied.at(-1)?.backup).toBe(name)
  yield* world.stops
}))

scenario("of the backups the two newest are kept once an upgrade is done", { settings: withBackup }, Effect.fnUntraced(function*(world) {
  yield* runs(world)
  for (const release of ["v2", "v3", "v4"]) {
    yield* world.install(release)
    yield* world.plan(release, 100)
    yield* world.goesOnTrial
    yield* world.isUpgraded
  }
  expect((yield* backupsIn(world)).map((name) => name.replace(/-.*/, "")).toSorted()).toEqual(["v3", "v4"])
  yield* world.stops
}))

scenario("a backup that was made is not made again by the next wemixvisor when the node did not run in between", { settings: withBackup }, Effect.fnUntraced(function*(world) {
  yield* slowly(world, "pre-upgrade", 60)
  yield* runs(world)
  yield* world.plan("v2", 100)
  yield* world.reaches("Stopping")
  yield* world.passes("1 second")
  yield* world.kill
  const [first] = world.hooks.deeds.map(({ occasion }) => occasion)
  yield* world.hooks.script("pre-upgrade", () => Effect.void)
  yield* world.run()
  yield* world.reaches("Probation")
  const last = world.hooks.deeds.at(-1)?.occasion
  expect(yield* backupsIn(world)).toHaveLength(1)
  expect([last?.key, last?.attempt, last?.backup]).toEqual([first?.key, 1, first?.backup])
  expect(last?.backup).toMatch(/^\/node\/backups\/v2-/)
  yield* world.isUpgraded
  yield* world.stops
}))

scenario("a pre-upgrade hook that fails keeps the old release, and the plan is not tried again", { settings: withBackup }, Effect.fnUntraced(function*(world) {
  yield* world.hooks.script("pre-upgrade", () => Effect.fail(failure()))
  yield* world.hooks.script("on-failure", () => Effect.void)
  yield* runs(world)
  yield* world.plan("v2", 100)
  yield* world.reaches("Stopping")
  yield* world.passes("200 millis")
  yield* world.reaches("Running")
  const journal = yield* world.journal
  expect([journal.failed.at(-1)?.why, journal.inFlight]).toEqual([expect.stringContaining("ended with code 1"), undefined])
  expect(world.hooks.deeds.map(({ part }) => part)).toEqual(["pre-upgrade", "pre-upgrade", "on-failure", "on-failure"])
  expect(world.hooks.deeds.at(-1)?.occasion.why).toContain("ended with code 1")
  expect(world.said("wemixvisor backup restore v2-")).toHaveLength(1)
  yield* world.passes("10 minutes")
  expect(world.starts).toEqual(["genesis", "genesis"])
  yield* world.stops
}))

scenario("the application's command that fails the upgrade is the same", {}, Effect.fnUntraced(function*(world) {
  yield* world.hooks.script("command", () => Effect.fail(failure("/node/wemixvisor/upgrades/v2/bin/wemixd", 30)))
  yield* runs(world)
  yield* world.plan("v2", 100)
  yield* world.reaches("Stopping")
  yield* world.passes("200 millis")
  yield* world.reaches("Running")
  expect((yield* world.journal).failed).toHaveLength(1)
  yield* world.plan("v2", 101)
  yield* world.hooks.script("command", () => Effect.void)
  yield* world.goesOnTrial
  yield* world.isUpgraded
  yield* world.stops
}))

scenario("a stop while a pre-upgrade hook runs ends the hook, and nothing is started", {}, Effect.fnUntraced(function*(world) {
  yield* slowly(world, "pre-upgrade", 3600)
  yield* slowly(world, "on-failure", 0)
  yield* runs(world)
  yield* world.plan("v2", 100)
  yield* world.reaches("Stopping")
  yield* world.passes("1 second")
  yield* world.signal("SIGTERM")
  yield* world.ends(0)
  expect(world.hooks.deeds.map(({ event }) => event)).toEqual(["Began", "Interrupted"])
  expect(yield* world.link).toBe("genesis")
  const journal = yield* world.journal
  expect([journal.inFlight, journal.failed]).toEqual([undefined, []])
  expect(world.starts).toEqual(["genesis"])
}))

scenario("an upgrade that a stop broke off is another attempt when it is begun again", {}, Effect.fnUntraced(function*(world) {
  yield* slowly(world, "pre-upgrade", 3600)
  yield* runs(world)
  yield* world.plan("v2", 100)
  yield* world.reaches("Stopping")
  yield* world.passes("1 second")
  yield* world.signal("SIGTERM")
  yield* world.ends(0)
  yield* world.hooks.script("pre-upgrade", () => Effect.void)
  yield* world.run()
  yield* world.reaches("Probation")
  expect(world.hooks.deeds.map(({ occasion }) => occasion.attempt)).toEqual([1, 1, 2, 2])
  expect(new Set(world.hooks.deeds.map(({ occasion }) => occasion.key)).size).toBe(2)
  yield* world.isUpgraded
  yield* world.stops
}))

scenario("pre-stop hooks run while the node runs, and their failure stops nothing", {}, Effect.fnUntraced(function*(world) {
  yield* world.hooks.script("pre-stop", () => Effect.andThen(Effect.sleep("3 seconds"), Effect.fail(failure("/node/wemixvisor/hooks/pre-stop/hand-over"))))
  yield* runs(world)
  yield* world.plan("v2", 100)
  yield* world.passes("2 seconds")
  expect(world.signals).toEqual([])
  yield* world.passes("1 second")
  yield* world.goesOnTrial
  yield* world.isUpgraded
  yield* world.stops
}))

scenario("a stop while a pre-stop hook runs ends the hook and stops the node", {}, Effect.fnUntraced(function*(world) {
  yield* slowly(world, "pre-stop", 3600)
  yield* runs(world)
  yield* world.plan("v2", 100)
  yield* world.passes("1 second")
  yield* world.stops
  expect(world.hooks.deeds.map(({ event }) => event)).toEqual(["Began", "Interrupted"])
  expect((yield* world.journal).inFlight).toBeUndefined()
}))

scenario("post-upgrade hooks run once the upgrade is on record, while the node runs", {}, Effect.fnUntraced(function*(world) {
  const applied = new Array<number>()
  const note = Effect.map(world.journal, (journal) => void applied.push(journal.applied.length))
  yield* world.hooks.script("post-upgrade", () => Effect.andThen(note, Effect.sleep("5 seconds")))
  yield* runs(world)
  yield* world.plan("v2", 100)
  yield* world.goesOnTrial
  expect(world.hooks.deeds).toEqual([])
  yield* world.isUpgraded
  yield* world.passes("5 seconds")
  expect(world.hooks.deeds.map(({ event }) => event)).toEqual(["Began", "Ended"])
  expect(applied).toEqual([1])
  yield* world.stops
}))

scenario("an upgrade without a restart waits for its post-upgrade hooks before wemixvisor ends", { settings: { DAEMON_RESTART_AFTER_UPGRADE: "false" } }, Effect.fnUntraced(function*(world) {
  yield* slowly(world, "post-upgrade", 5)
  yield* runs(world)
  yield* world.plan("v2", 100)
  yield* world.reaches("Stopping")
  yield* world.passes("200 millis")
  yield* world.passes("5 seconds")
  yield* world.ends(0)
  expect(world.hooks.deeds.map(({ event }) => event)).toEqual(["Began", "Ended"])
}))

scenario("a release whose binary changed since it was staged is not ready, and is once it is right again", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  const text = `{"sha256":"${"0".repeat(64)}","bytes":1,"from":"/tmp/v2","at":"2026-01-01T00:00:00.000Z","checksum":null}`
  yield* world.put("/node/wemixvisor/upgrades/v2/release.json", Binaries.text(text))
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.plan("v2", 100)
  yield* world.passes("10 seconds")
  expect(world.said("changed since it was staged")).toHaveLength(1)
  expect(world.signals).toEqual([])
  yield* world.remove("/node/wemixvisor/upgrades/v2/release.json")
  yield* world.passes("10 seconds")
  yield* world.goesOnTrial
  yield* world.isUpgraded
  yield* world.stops
}))

scenario("without room for the backup nothing is stopped, and the upgrade follows once there is room", { settings: withBackup }, Effect.fnUntraced(function*(world) {
  yield* runs(world)
  yield* world.troubles.setFreeBytes(2 * 1024 * 1024)
  yield* world.plan("v2", 100)
  yield* world.passes("10 seconds")
  expect(world.said("2.10 MB are free there")).toHaveLength(1)
  expect(world.signals).toEqual([])
  yield* world.troubles.setFreeBytes(1e12)
  yield* world.passes("1 minute")
  yield* world.goesOnTrial
  yield* world.isUpgraded
  yield* world.stops
}))

scenario("a node that halts for a plan waits below for room for the backup", { settings: withBackup }, Effect.fnUntraced(function*(world) {
  yield* runs(world)
  yield* world.troubles.setFreeBytes(2 * 1024 * 1024)
  yield* world.plan("v2", 100)
  yield* world.passes("1 second")
  yield* world.nodes.end(101, code(1))
  yield* world.reaches("Waiting")
  expect(world.said("the node stays down until v2 is ready")).toHaveLength(1)
  yield* world.troubles.setFreeBytes(1e12)
  yield* world.passes("1 minute")
  yield* world.reaches("Probation")
  yield* world.isUpgraded
  yield* world.stops
}))
