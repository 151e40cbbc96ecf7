// Section 5: wemixvisor is killed at some step of an upgrade. The next one finds the record in flight, and finishes or undoes it before anything is started.
import { Effect } from "effect"
import { expect } from "vitest"
import { about } from "../support/Scenario.ts"
import { code, deaf, obedient, upgradeOf } from "../support/world/Operator.ts"
import type { World } from "../support/World.ts"

const scenario = about("recovery")

/** The node runs, v2 is there, and so is its plan. */
const begins = Effect.fnUntraced(function*(world: World, v2 = obedient) {
  yield* world.install("v2", { script: v2 })
  yield* world.run(["start"])
  yield* world.reaches("Running")
  yield* world.passes("1 second")
  yield* world.plan("v2", 100)
  yield* world.reaches("Stopping")
})

/** Killed while this operation is about to be done, once the old node has stopped. */
const isKilledAt = Effect.fnUntraced(function*(world: World, operation: "rename" | "write", path: string) {
  const held = yield* world.troubles.hold(operation, path)
  yield* world.passes("200 millis")
  yield* held.reached
  yield* world.kill
})

const isApplied = Effect.fnUntraced(function*(world: World, starts: ReadonlyArray<string>) {
  yield* world.isUpgraded
  expect(yield* world.journal).toMatchObject({ applied: [{ upgrade: upgradeOf("v2", 100) }], failed: [] })
  expect(yield* world.journal).not.toHaveProperty("inFlight")
  yield* world.stops
  expect(yield* world.link).toBe("upgrades/v2")
  expect(world.starts).toEqual(starts)
}, Effect.asVoid)

scenario("step stop, the old node is stopping: it is not asked again, and the upgrade is finished", {}, Effect.fnUntraced(function*(world) {
  yield* world.script("genesis", { onTerminate: { afterMillis: 5000, exit: code(0) } })
  yield* begins(world)
  yield* world.passes("1 second")
  yield* world.kill
  yield* world.run(["start"])
  yield* world.reaches("Stopping")
  yield* world.passes("4 seconds")
  yield* world.reaches("Probation")
  yield* isApplied(world, ["genesis", "v2"])
}))

scenario("step stop, the old node was not asked yet: it is stopped, and the upgrade is finished", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* world.plan("v2", 100)
  yield* Effect.orDie(world.disk.link("genesis", world.home.current))
  const child = yield* world.nodes.survive({ release: upgradeOf("v2", 100).from, path: "/node/wemixvisor/current/bin/wemixd", arguments: ["start"], stopSent: false }, obedient)
  yield* world.writeJournal({ version: 1, lastRan: child.release, child, inFlight: { upgrade: upgradeOf("v2", 100), step: "stop" }, applied: [], failed: [] })
  yield* world.run(["start"])
  yield* world.goesOnTrial
  yield* isApplied(world, ["v2"])
  expect(world.signals.slice(0, 1)).toEqual(["SIGTERM to pid 101"])
}))

scenario("step stop, no node: the upgrade is finished before anything is started", {}, Effect.fnUntraced(function*(world) {
  yield* world.script("genesis", { onTerminate: { afterMillis: 5000, exit: code(0) } })
  yield* begins(world)
  yield* world.kill
  yield* world.passes("5 seconds")
  yield* world.run(["start"])
  yield* world.reaches("Probation")
  yield* isApplied(world, ["genesis", "v2"])
}))

scenario("step stop, no node, the plan was withdrawn: the upgrade is undone, and the old release is started", {}, Effect.fnUntraced(function*(world) {
  yield* begins(world)
  yield* world.kill
  yield* world.passes("5 seconds")
  yield* world.withdrawPlan
  yield* world.run(["start"])
  yield* world.reaches("Running")
  expect(yield* world.journal).not.toHaveProperty("inFlight")
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "genesis"])
}))

scenario("step stop, the old node is stopping, the plan was withdrawn: the old release is started again", {}, Effect.fnUntraced(function*(world) {
  yield* world.script("genesis", (start) => start === 1 ? { onTerminate: { afterMillis: 5000, exit: code(0) } } : obedient)
  yield* begins(world)
  yield* world.passes("1 second")
  yield* world.kill
  yield* world.withdrawPlan
  yield* world.run(["start"])
  yield* world.reaches("Stopping")
  yield* world.passes("4 seconds")
  yield* world.reaches("Running")
  expect(yield* world.journal).not.toHaveProperty("inFlight")
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "genesis"])
}))

scenario("step stop, a newer plan came meanwhile: the newest wins", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v3")
  yield* begins(world)
  yield* world.kill
  yield* world.passes("5 seconds")
  yield* world.plan("v3", 101)
  yield* world.run(["start"])
  yield* world.reaches("Probation")
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v3"])
}))

scenario("step switch, the link is the old one: the upgrade is finished", {}, Effect.fnUntraced(function*(world) {
  yield* begins(world)
  yield* isKilledAt(world, "rename", world.home.current)
  expect(yield* world.link).toBe("genesis")
  yield* world.run(["start"])
  yield* world.reaches("Probation")
  yield* isApplied(world, ["genesis", "v2"])
}))

scenario("step switch, the link is the new one: the upgrade is finished", {}, Effect.fnUntraced(function*(world) {
  yield* begins(world)
  const switched = yield* world.troubles.hold("syncDirectory", world.home.root)
  yield* world.passes("200 millis")
  yield* switched.reached
  const recorded = yield* world.troubles.hold("rename", world.home.current)
  yield* switched.release
  yield* recorded.reached
  const next = yield* world.troubles.hold("write", `${world.home.stateFile}.new`)
  yield* recorded.release
  yield* next.reached
  yield* world.kill
  expect([yield* world.link, (yield* world.journal).inFlight?.step]).toEqual(["upgrades/v2", "switch"])
  yield* world.run(["start"])
  yield* world.reaches("Probation")
  yield* isApplied(world, ["genesis", "v2"])
}))

scenario("step switch, the link is the new one, the plan was withdrawn: it is switched back, and the old release is started", {}, Effect.fnUntraced(function*(world) {
  yield* begins(world)
  const switching = yield* world.troubles.hold("rename", world.home.current)
  yield* world.passes("200 millis")
  yield* switching.reached
  const next = yield* world.troubles.hold("write", `${world.home.stateFile}.new`)
  yield* switching.release
  yield* next.reached
  yield* world.kill
  yield* world.withdrawPlan
  yield* world.run(["start"])
  yield* world.reaches("Running")
  expect([yield* world.link, (yield* world.journal).inFlight]).toEqual(["genesis", undefined])
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "genesis"])
}))

scenario("step probation, the new node was announced and not started: it is started on trial", {}, Effect.fnUntraced(function*(world) {
  yield* begins(world)
  const switching = yield* world.troubles.hold("rename", world.home.current)
  yield* world.passes("200 millis")
  yield* switching.reached
  const inspected = yield* world.troubles.hold("status", world.binary("v2"))
  yield* switching.release
  yield* inspected.reached
  yield* world.kill
  expect((yield* world.journal).inFlight?.step).toBe("probation")
  yield* world.run(["start"])
  yield* world.reaches("Probation")
  yield* isApplied(world, ["genesis", "v2"])
}))

scenario("step probation, the new node runs: it is taken over, and its probation begins anew", {}, Effect.fnUntraced(function*(world) {
  yield* begins(world)
  yield* world.passes("200 millis")
  yield* world.reaches("Probation")
  yield* world.passes("3 seconds")
  yield* world.kill
  yield* world.run(["start"])
  yield* world.reaches("Probation")
  yield* isApplied(world, ["genesis", "v2"])
}))

scenario("step probation, the new node runs with other arguments: it is stopped, and started on trial with the new ones", {}, Effect.fnUntraced(function*(world) {
  yield* begins(world)
  yield* world.passes("200 millis")
  yield* world.reaches("Probation")
  yield* world.kill
  yield* world.run(["start", "--y"])
  yield* world.goesOnTrial
  yield* isApplied(world, ["genesis", "v2", "v2"])
}))

scenario("step probation, the new node has ended: it is started on trial, and rolled back when it ends again", {}, Effect.fnUntraced(function*(world) {
  yield* begins(world, { ends: { afterMillis: 2000, exit: code(2) } })
  yield* world.passes("200 millis")
  yield* world.reaches("Probation")
  yield* world.kill
  yield* world.passes("5 seconds")
  yield* world.run(["start"])
  yield* world.reaches("Probation")
  yield* world.passes("2 seconds")
  yield* world.reaches("Running")
  expect(yield* world.journal).toMatchObject({ applied: [], failed: [{ upgrade: { name: "v2" } }] })
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v2", "v2", "genesis"])
}))

for (const [where, path] of [["the new one", "current"], ["the old one", "state.json.new"]] as const) {
  scenario(`step roll-back, the link is ${where}: it is rolled back, and the old release is started`, {}, Effect.fnUntraced(function*(world) {
    yield* begins(world, { ends: { afterMillis: 2000, exit: code(2) } })
    yield* world.passes("200 millis")
    yield* world.reaches("Probation")
    yield* world.passes("1 second")
    const back = yield* world.troubles.hold("rename", world.home.current)
    yield* world.passes("1 second")
    yield* back.reached
    const held = path === "current" ? back : yield* world.troubles.hold("write", `${world.home.root}/${path}`)
    yield* path === "current" ? Effect.void : Effect.andThen(back.release, held.reached)
    yield* world.kill
    expect((yield* world.journal).inFlight).toMatchObject({ step: "roll-back", why: "the new release ended with code 2 after 2.0s" })
    yield* world.run(["start"])
    yield* world.reaches("Running")
    expect(yield* world.journal).toMatchObject({ applied: [], failed: [{ upgrade: { name: "v2" }, why: "the new release ended with code 2 after 2.0s" }] })
    expect(yield* world.link).toBe("genesis")
    yield* world.stops
    expect(world.starts).toEqual(["genesis", "v2", "genesis"])
  }))
}

scenario("the new node does not obey and is left over in its probation by two wemixvisors in a row: no second node, one SIGTERM", {
  settings: { DAEMON_SHUTDOWN_GRACE: "15s" }
}, Effect.fnUntraced(function*(world) {
  yield* begins(world, deaf)
  yield* world.passes("200 millis")
  yield* world.reaches("Probation")
  yield* world.kill
  yield* world.run(["start", "--y"])
  yield* world.reaches("Stopping")
  yield* world.passes("1 second")
  yield* world.kill
  yield* world.script("v2", obedient)
  yield* world.run(["start", "--y"])
  yield* world.reaches("Stopping")
  yield* world.passes("15 seconds")
  yield* world.reaches("Probation")
  expect(world.signals.slice(1)).toEqual(["SIGTERM to pid 102", "SIGKILL to the group of pid 102"])
  yield* isApplied(world, ["genesis", "v2", "v2"])
}))
