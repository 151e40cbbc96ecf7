// What an upgrade leaves for later and what it finds of earlier: backups that are needed or gone, hooks that take their time, another plan.
import { Cause, Effect, Exit, Fiber } from "effect"
import { expect } from "vitest"
import { failure } from "../support/fakes/FakeHooks.ts"
import { about } from "../support/Scenario.ts"
import type { World } from "../support/World.ts"
import * as Binaries from "../support/world/Binaries.ts"

const scenario = about("aftermath")
const withBackup = { UNSAFE_SKIP_BACKUP: "false", DAEMON_BACKUP: "copy" }
const backupsIn = (world: World) => Effect.orElseSucceed(world.disk.list("/node/backups"), (): ReadonlyArray<string> => [])

/** Runs genesis, with the data that a node leaves and v2 in its place. */
const runs = Effect.fnUntraced(function*(world: World) {
  yield* world.install("v2")
  yield* world.put("/node/data/chain/blocks", Binaries.text("0123456789"))
  yield* world.run()
  yield* world.reaches("Running")
})

/** The plan for v2 fails by its hook, and the old release runs again. */
const failsToUpgrade = Effect.fnUntraced(function*(world: World) {
  yield* world.hooks.script("pre-upgrade", () => Effect.fail(failure()))
  yield* runs(world)
  yield* world.plan("v2", 100)
  yield* world.reaches("Stopping")
  yield* world.passes("200 millis")
  yield* world.reaches("Running")
})

scenario("the old release is started again while on-failure hooks still run, and a stop ends those", {}, Effect.fnUntraced(function*(world) {
  yield* world.hooks.script("on-failure", () => Effect.sleep("1 hour"))
  yield* failsToUpgrade(world)
  expect(world.starts).toEqual(["genesis", "genesis"])
  yield* world.stops
  expect(world.hooks.deeds.filter(({ part }) => part === "on-failure").map(({ event }) => event)).toEqual(["Began", "Interrupted"])
}))

scenario("the backup of the upgrade that failed last is kept, however many came after", { settings: { ...withBackup, DAEMON_BACKUP_KEEP: "1" } }, Effect.fnUntraced(function*(world) {
  yield* failsToUpgrade(world)
  yield* world.hooks.script("pre-upgrade", () => Effect.void)
  for (const release of ["v3", "v4"]) {
    yield* world.install(release)
    yield* world.plan(release, 200)
    yield* world.goesOnTrial
    yield* world.isUpgraded
  }
  expect((yield* backupsIn(world)).map((name) => name.replace(/-.*/, "")).toSorted()).toEqual(["v2", "v4"])
  yield* world.stops
}))

scenario("a bug in what follows an upgrade ends wemixvisor, and the node with it", { settings: withBackup }, Effect.fnUntraced(function*(world) {
  yield* runs(world)
  yield* world.plan("v2", 100)
  yield* world.goesOnTrial
  yield* world.troubles.bug("list", "/node/backups")
  yield* world.passes("10 seconds")
  yield* world.passes("200 millis")
  const exit = yield* Fiber.await(world.life.fiber)
  expect(Exit.isFailure(exit) && Cause.hasDies(exit.cause)).toBe(true)
}))

scenario("a backup that is on record and is gone by the next start is made again, whichever others there are", { settings: withBackup }, Effect.fnUntraced(function*(world) {
  yield* world.hooks.script("pre-upgrade", () => Effect.sleep("1 minute"))
  yield* runs(world)
  yield* world.plan("v2", 100)
  yield* world.reaches("Stopping")
  yield* world.passes("2 seconds")
  yield* world.kill
  const [made = ""] = yield* backupsIn(world)
  yield* Effect.orDie(world.disk.rename(`/node/backups/${made}`, "/node/backups/v1-19691231T000000Z"))
  yield* world.hooks.script("pre-upgrade", () => Effect.void)
  yield* world.run()
  yield* world.reaches("Probation")
  const backup = (yield* world.journal).inFlight?.backup ?? ""
  expect(backup).not.toBe(made)
  expect(yield* backupsIn(world)).toEqual(expect.arrayContaining([backup, "v1-19691231T000000Z"]))
  yield* world.isUpgraded
  yield* world.stops
}))

scenario("an upgrade whose backup cannot be made is held, and done once it can", { settings: withBackup }, Effect.fnUntraced(function*(world) {
  yield* runs(world)
  yield* world.plan("v2", 100)
  yield* world.reaches("Stopping")
  const trouble = yield* world.troubles.refuse("list", "/node/data/chain", "EIO")
  yield* world.passes("200 millis")
  yield* world.reaches("Running")
  expect([yield* world.link, (yield* world.journal).failed]).toEqual(["genesis", []])
  yield* trouble.ends
  yield* world.passes("1 minute")
  yield* world.goesOnTrial
  yield* world.isUpgraded
  expect(yield* backupsIn(world)).toHaveLength(1)
  yield* world.stops
}))

scenario("a stop while the data is copied leaves no backup, and nothing is started", { settings: withBackup }, Effect.fnUntraced(function*(world) {
  yield* runs(world)
  yield* world.plan("v2", 100)
  yield* world.reaches("Stopping")
  const held = yield* world.troubles.hold("copy", "/node/backups/.v2-19700101T000000Z.new/data/chain/blocks")
  yield* world.passes("200 millis")
  yield* held.reached
  yield* world.signal("SIGTERM")
  yield* world.learns("StopRequested")
  yield* held.release
  yield* world.ends(0)
  expect([yield* backupsIn(world), (yield* world.journal).inFlight, yield* world.link, world.starts]).toEqual([[], undefined, "genesis", ["genesis"]])
}))

scenario("hooks are given the plan that is carried out, not the one that has come meanwhile", {}, Effect.fnUntraced(function*(world) {
  yield* world.hooks.script("pre-upgrade", () => Effect.void)
  yield* runs(world)
  yield* world.plan("v2", 100, { info: "ours" })
  yield* world.reaches("Stopping")
  yield* world.plan("v3", 200)
  yield* world.passes("200 millis")
  yield* world.reaches("Probation")
  expect(world.hooks.deeds.map(({ occasion }) => JSON.parse(occasion.plan).name)).toEqual(["v2", "v2"])
  yield* world.isUpgraded
  yield* world.stops
}))

scenario("hooks are given the plan with all that it says, and come before the application's own command", {}, Effect.fnUntraced(function*(world) {
  yield* world.hooks.script("pre-upgrade", () => Effect.void)
  yield* world.hooks.script("command", () => Effect.void)
  yield* runs(world)
  yield* world.plan("v2", 100, { info: "ours" })
  yield* world.goesOnTrial
  expect(world.hooks.deeds.map(({ event, occasion, part }) => [part, event, JSON.parse(occasion.plan).info])).toEqual([
    ["pre-upgrade", "Began", "ours"], ["pre-upgrade", "Ended", "ours"], ["command", "Began", "ours"], ["command", "Ended", "ours"]
  ])
  yield* world.isUpgraded
  yield* world.stops
}))
