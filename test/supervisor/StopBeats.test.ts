// Sections 5 and 6: a stop request beats whatever is going on. The upgrade is done or undone, and no node is started again.
import { Effect } from "effect"
import { expect } from "vitest"
import { about } from "../support/Scenario.ts"
import { code, obedient, upgradeOf } from "../support/world/Operator.ts"
import type { World } from "../support/World.ts"

const scenario = about("stop-beats")

/** The node runs, and v2 is there. */
const runs = Effect.fnUntraced(function*(world: World, script = obedient) {
  yield* world.install("v2", { script })
  yield* world.run(["start"])
  yield* world.reaches("Running")
  yield* world.passes("1 second")
})

const planned = (world: World, script = obedient) => Effect.andThen(runs(world, script), world.plan("v2", 100))

/** A stop is asked for while the disk renames this, once the node is down. */
const stopsAtRename = Effect.fnUntraced(function*(world: World, path: string) {
  const held = yield* world.troubles.hold("rename", path)
  yield* world.passes("200 millis")
  yield* held.reached
  yield* world.signal("SIGTERM")
  yield* world.learns("StopRequested")
  yield* held.release
  yield* world.ends(0)
})

/** What is left when an upgrade was undone: nothing of it. */
const isUndone = Effect.fnUntraced(function*(world: World) {
  expect(yield* world.link).toBe("genesis")
  const { attempt: _counted, ...journal } = yield* world.journal
  expect(journal).toEqual({ version: 1, owner: 11, lastRan: expect.any(String), applied: [], failed: [] })
})

scenario("while the node is being started: it is stopped as soon as it is", {}, Effect.fnUntraced(function*(world) {
  const held = yield* world.troubles.hold("rename", world.home.stateFile)
  yield* world.run()
  yield* held.reached
  yield* world.signal("SIGTERM")
  yield* world.learns("StopRequested")
  yield* held.release
  yield* world.reaches("Stopping")
  yield* world.passes("200 millis")
  yield* world.ends(0)
}))

scenario("while the home is being read: nothing is started", {}, Effect.fnUntraced(function*(world) {
  const held = yield* world.troubles.hold("read", world.home.stateFile)
  yield* world.run()
  yield* held.reached
  yield* world.signal("SIGINT")
  yield* world.passes("1 second")
  yield* held.release
  yield* world.passes("1 second")
  yield* world.ends(0)
  expect(world.starts).toEqual([])
}))

scenario("while the node runs", {}, Effect.fnUntraced(function*(world) {
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.passes("1 minute")
  yield* world.signal("SIGQUIT")
  yield* world.reaches("Stopping")
  yield* world.passes("200 millis")
  expect(yield* world.ends(0)).toMatchObject({ _tag: "Stopped" })
  expect(yield* world.journal).not.toHaveProperty("child")
}))

scenario("while an upgrade is being recorded: it is undone", {}, Effect.fnUntraced(function*(world) {
  yield* runs(world)
  const held = yield* world.troubles.hold("link", `${world.home.current}.new`)
  yield* world.plan("v2", 100)
  yield* held.reached
  yield* world.signal("SIGTERM")
  yield* world.reaches("Stopping")
  yield* held.release
  yield* world.passes("200 millis")
  yield* world.ends(0)
  expect(world.starts).toEqual(["genesis"])
  yield* isUndone(world)
}))

scenario("while the node is being stopped for an upgrade: it is undone", {}, Effect.fnUntraced(function*(world) {
  yield* world.script("genesis", { onTerminate: { afterMillis: 3000, exit: code(0) } })
  yield* planned(world)
  yield* world.reaches("Stopping")
  yield* world.passes("1 second")
  yield* world.signal("SIGTERM")
  yield* world.passes("2 seconds")
  yield* world.ends(0)
  expect(world.starts).toEqual(["genesis"])
  yield* isUndone(world)
}))

scenario("while the plan is read once more: the upgrade is undone", {}, Effect.fnUntraced(function*(world) {
  yield* planned(world)
  yield* world.reaches("Stopping")
  const held = yield* world.troubles.hold("read", world.home.planFile)
  yield* world.passes("200 millis")
  yield* world.reaches("Settling")
  yield* held.reached
  yield* world.signal("SIGTERM")
  yield* world.learns("StopRequested")
  yield* held.release
  yield* world.ends(0)
  expect(world.starts).toEqual(["genesis"])
  yield* isUndone(world)
}))

scenario("while an end by itself is judged", {}, Effect.fnUntraced(function*(world) {
  yield* world.run()
  yield* world.reaches("Running")
  const held = yield* world.troubles.hold("read", world.home.planFile)
  yield* world.nodes.end(101, code(1))
  yield* world.reaches("Settling")
  yield* held.reached
  yield* world.signal("SIGTERM")
  yield* world.learns("StopRequested")
  yield* held.release
  expect(yield* world.ends(0)).toMatchObject({ _tag: "Stopped" })
  expect(world.starts).toEqual(["genesis"])
}))

scenario("during DAEMON_RESTART_DELAY: the upgrade is undone", { settings: { DAEMON_RESTART_DELAY: "30s" } }, Effect.fnUntraced(function*(world) {
  yield* planned(world)
  yield* world.reaches("Stopping")
  yield* world.passes("200 millis")
  yield* world.reaches("Delaying")
  yield* world.passes("10 seconds")
  yield* world.signal("SIGTERM")
  yield* world.ends(0)
  expect(world.starts).toEqual(["genesis"])
  yield* isUndone(world)
}))

scenario("while the link is being switched: it is switched back", {}, Effect.fnUntraced(function*(world) {
  yield* planned(world)
  yield* world.reaches("Stopping")
  yield* stopsAtRename(world, world.home.current)
  expect(world.starts).toEqual(["genesis"])
  yield* isUndone(world)
}))

scenario("while the new release is being started: it is stopped as soon as it is, and the upgrade is done", {}, Effect.fnUntraced(function*(world) {
  yield* planned(world)
  yield* world.reaches("Stopping")
  const switched = yield* world.troubles.hold("rename", world.home.current)
  yield* world.passes("200 millis")
  yield* switched.reached
  const held = yield* world.troubles.hold("status", world.binary("v2"))
  yield* switched.release
  yield* world.reaches("Starting")
  yield* held.reached
  yield* world.signal("SIGTERM")
  yield* world.learns("StopRequested")
  yield* held.release
  yield* world.reaches("Stopping")
  yield* world.passes("200 millis")
  yield* world.ends(0)
  expect(yield* world.journal).toMatchObject({ applied: [{ upgrade: { name: "v2" } }], failed: [] })
}))

scenario("during the probation: the new release is stopped, and the upgrade is done", {}, Effect.fnUntraced(function*(world) {
  yield* planned(world)
  yield* world.goesOnTrial
  yield* world.passes("3 seconds")
  yield* world.stops
  expect(yield* world.link).toBe("upgrades/v2")
  expect(yield* world.journal).toMatchObject({ applied: [{ upgrade: upgradeOf("v2", 100) }], failed: [] })
}))

scenario("while the upgrade is being recorded as applied: the new release is stopped, and the upgrade is done", {}, Effect.fnUntraced(function*(world) {
  yield* planned(world)
  yield* world.goesOnTrial
  const held = yield* world.troubles.hold("rename", world.home.stateFile)
  yield* world.passes("10 seconds")
  yield* world.reaches("Committing")
  yield* held.reached
  yield* world.signal("SIGTERM")
  yield* world.reaches("Stopping")
  yield* held.release
  yield* world.passes("200 millis")
  yield* world.ends(0)
  expect(yield* world.journal).toMatchObject({ applied: [{ upgrade: { name: "v2" } }], failed: [] })
  expect(yield* world.journal).not.toHaveProperty("inFlight")
}))

scenario("while the rest of the group of a failed new release is waited for: it is rolled back, and nothing is started", {}, Effect.fnUntraced(function*(world) {
  yield* planned(world, { ...obedient, ends: { afterMillis: 1000, exit: code(2) }, leaves: { afterMillis: 5000 } })
  yield* world.goesOnTrial
  yield* world.passes("2 seconds")
  yield* world.reaches("Stopping")
  yield* world.signal("SIGTERM")
  yield* world.passes("5 seconds")
  yield* world.ends(0)
  expect(world.starts).toEqual(["genesis", "v2"])
  expect(yield* world.link).toBe("genesis")
  expect(yield* world.journal).toMatchObject({ applied: [], failed: [{ upgrade: { name: "v2" } }] })
}))

scenario("while the upgrade is being rolled back: the old release is in place again, and not started", {}, Effect.fnUntraced(function*(world) {
  yield* planned(world, { ends: { afterMillis: 1000, exit: code(2) } })
  yield* world.goesOnTrial
  const held = yield* world.troubles.hold("rename", world.home.current)
  yield* world.passes("1 second")
  yield* world.reaches("RollingBack")
  yield* held.reached
  yield* world.signal("SIGTERM")
  yield* world.learns("StopRequested")
  yield* held.release
  yield* world.ends(0)
  expect(world.starts).toEqual(["genesis", "v2"])
  expect(yield* world.link).toBe("genesis")
  expect(yield* world.journal).toMatchObject({ applied: [], failed: [{ upgrade: { name: "v2" } }] })
}))

scenario("while a failed node waits for its restart", {}, Effect.fnUntraced(function*(world) {
  yield* world.script("genesis", { ends: { afterMillis: 100, exit: code(1) } })
  yield* world.run()
  yield* world.passes("100 millis")
  yield* world.reaches("BackingOff")
  yield* world.signal("SIGTERM")
  expect(yield* world.ends(0)).toMatchObject({ _tag: "Stopped" })
  expect(world.starts).toEqual(["genesis"])
}))

scenario("while a halted node waits for a binary", {}, Effect.fnUntraced(function*(world) {
  yield* world.script("genesis", { ends: { afterMillis: 100, exit: code(0), doing: world.plan("v2", 100) } })
  yield* world.run()
  yield* world.passes("100 millis")
  yield* world.reaches("Waiting")
  yield* world.signal("SIGTERM")
  expect(yield* world.ends(0)).toMatchObject({ _tag: "Stopped" })
  expect(world.starts).toEqual(["genesis"])
}))

scenario("while the switch is being recorded: no hook is begun any more", {}, Effect.fnUntraced(function*(world) {
  yield* world.hooks.script("pre-upgrade", () => Effect.sleep("1 minute"))
  yield* planned(world)
  yield* world.reaches("Stopping")
  yield* stopsAtRename(world, world.home.stateFile)
  expect(world.hooks.deeds).toEqual([])
  yield* isUndone(world)
}))
