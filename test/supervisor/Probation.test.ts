// Section 5, step 7: a new release that does not live through its probation is rolled back; one that does, or that halts for a newer plan, is not.
import { Effect } from "effect"
import { expect } from "vitest"
import { ChildExit } from "../../src/domain/ChildExit.ts"
import { about } from "../support/Scenario.ts"
import { code, obedient, upgradeOf } from "../support/world/Operator.ts"
import type { World } from "../support/World.ts"

const scenario = about("probation")

/** The node is stopped for v2, which is there with this script. */
const begins = Effect.fnUntraced(function*(world: World, script: Parameters<World["install"]>[1] = {}) {
  yield* world.install("v2", script)
  yield* world.run(["start"])
  yield* world.reaches("Running")
  yield* world.passes("1 second")
  yield* world.plan("v2", 100)
  yield* world.reaches("Stopping")
  yield* world.passes("200 millis")
})

/** The old release runs again, and the journal says why. */
const isRolledBack = Effect.fnUntraced(function*(world: World, why: string) {
  yield* world.reaches("Running")
  expect(yield* world.link).toBe("genesis")
  expect(yield* world.journal).toMatchObject({ applied: [], failed: [{ upgrade: upgradeOf("v2", 100), why }], lastRan: "genesis" })
  yield* world.passes("1 minute")
  yield* world.stops
})

const ends: ReadonlyArray<readonly [string, ChildExit]> = [
  ["code 0", code(0)],
  ["code 2", code(2)],
  ["signal SIGSEGV", ChildExit.Signal({ signal: "SIGSEGV", number: 11 })]
]

for (const [how, exit] of ends) {
  scenario(`the new release ends with ${how} in its probation: it is rolled back and not tried again`, {}, Effect.fnUntraced(function*(world) {
    yield* begins(world, { script: { ends: { afterMillis: 9000, exit } } })
    yield* world.reaches("Probation")
    yield* world.passes("10 seconds")
    yield* isRolledBack(world, `the new release ended with ${how} after 9.0s`)
    expect(world.starts).toEqual(["genesis", "v2", "genesis"])
  }))
}

scenario("the new release ends at the instant its probation does: it has passed, and is started again", {}, Effect.fnUntraced(function*(world) {
  yield* begins(world)
  yield* world.script("v2", obedient)
  yield* world.reaches("Probation")
  yield* world.isUpgraded
  yield* world.nodes.end(102, code(2))
  yield* world.reaches("BackingOff")
  yield* world.passes("1 second")
  yield* world.reaches("Running")
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v2", "v2"])
}))

scenario("the system is out of processes when the new release is to be started: the old one runs again, and the upgrade is done a minute later", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* world.script("v2", (start) => start === 1 ? { refuses: "EAGAIN" } : obedient)
  yield* world.run(["start"])
  yield* world.reaches("Running")
  yield* world.plan("v2", 100)
  yield* world.reaches("Stopping")
  yield* world.passes("200 millis")
  yield* world.reaches("Running")
  yield* world.passes("1 minute")
  yield* world.goesOnTrial
  yield* world.isUpgraded
  expect(yield* world.journal).toMatchObject({ applied: [{ upgrade: { name: "v2" } }], failed: [] })
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "genesis", "v2"])
}))

scenario("the binary of the new release cannot be read when it is to be started: the old one runs again, and the upgrade follows when it can", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* world.run(["start"])
  yield* world.reaches("Running")
  const held = yield* world.troubles.hold("rename", world.home.current)
  yield* world.plan("v2", 100)
  yield* world.reaches("Stopping")
  yield* world.passes("200 millis")
  yield* held.reached
  const trouble = yield* world.troubles.refuse("read", world.binary("v2"), "EIO")
  yield* held.release
  yield* world.reaches("Running")
  yield* world.passes("5 minutes")
  expect(world.starts).toEqual(["genesis", "genesis"])
  expect(world.signals).toHaveLength(1)
  yield* trouble.ends
  yield* world.passes("1 minute")
  yield* world.goesOnTrial
  yield* world.isUpgraded
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "genesis", "v2"])
}))

scenario("the system refuses to start the new release: it is rolled back", {}, Effect.fnUntraced(function*(world) {
  yield* begins(world, { script: { refuses: "ENOEXEC" } })
  yield* isRolledBack(world, "the new release could not be started")
  expect(world.starts).toEqual(["genesis", "genesis"])
}))

scenario("the new release leaves a process behind in its probation: that is gone before the old one starts", {}, Effect.fnUntraced(function*(world) {
  yield* begins(world, { script: { ends: { afterMillis: 1000, exit: code(1) }, leaves: { afterMillis: 2000 } } })
  yield* world.reaches("Probation")
  yield* world.passes("5 seconds")
  yield* isRolledBack(world, "the new release ended with code 1 after 1.0s")
}))

scenario("a newer plan during the probation waits for its end", {}, Effect.fnUntraced(function*(world) {
  yield* begins(world)
  yield* world.reaches("Probation")
  yield* world.passes("2 seconds")
  yield* world.install("v3")
  yield* world.plan("v3", 101)
  yield* world.hears("v3 at height 101 waits for the end of the probation")
  yield* world.passes("7 seconds")
  expect(world.starts).toEqual(["genesis", "v2"])
  yield* world.passes("1 second")
  yield* world.goesOnTrial
  yield* world.isUpgraded
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v2", "v3"])
  expect((yield* world.journal).applied.map(({ upgrade }) => upgrade.name)).toEqual(["v2", "v3"])
}))

scenario("the node halts in its probation for a newer plan: it has passed, and is upgraded", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v3")
  yield* begins(world, { script: { ends: { afterMillis: 3000, exit: code(1), doing: world.plan("v3", 101) } } })
  yield* world.reaches("Probation")
  yield* world.passes("3 seconds")
  yield* world.reaches("Probation")
  yield* world.isUpgraded
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v2", "v3"])
  expect(yield* world.journal).toMatchObject({ applied: [{ upgrade: { name: "v2" } }, { upgrade: { name: "v3" } }], failed: [] })
}))

scenario("the node ends in its probation while a newer plan is not ready: it is rolled back, and the newer plan follows", {}, Effect.fnUntraced(function*(world) {
  yield* begins(world, { script: { ends: { afterMillis: 3000, exit: code(1) } } })
  yield* world.reaches("Probation")
  yield* world.plan("v3", 101)
  yield* world.passes("3 seconds")
  yield* world.reaches("Running")
  yield* world.install("v3")
  yield* world.passes("300 millis")
  yield* world.goesOnTrial
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v2", "genesis", "v3"])
  expect(yield* world.journal).toMatchObject({ applied: [{ upgrade: { name: "v3" } }], failed: [{ upgrade: { name: "v2" } }] })
}))

scenario("a plan that asks for the old release comes during the probation: it is gone back to when the probation is over", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v1")
  yield* Effect.orDie(world.disk.link("upgrades/v1", world.home.current))
  yield* world.install("v2")
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.plan("v2", 100)
  yield* world.goesOnTrial
  yield* world.plan("v1", 101)
  yield* world.passes("10 seconds")
  yield* world.goesOnTrial
  yield* world.isUpgraded
  yield* world.stops
  expect(world.starts).toEqual(["v1", "v2", "v1"])
}))

scenario("the old release cannot be started after a roll-back: it counts like a failure, and the status is 66 in the end", {
  settings: { DAEMON_MAX_RESTARTS: "1" }
}, Effect.fnUntraced(function*(world) {
  yield* begins(world, { script: { ends: { afterMillis: 1000, exit: code(1) } } })
  yield* world.reaches("Probation")
  yield* world.remove(world.binary("genesis"))
  yield* world.tell("the binary of genesis is removed")
  yield* world.passes("1 second")
  yield* world.reaches("BackingOff")
  yield* world.passes("1 second")
  yield* world.ends(66)
  expect(world.starts).toEqual(["genesis", "v2"])
}))

scenario("the new release fails while it is being recorded as applied: it counts as done, and is started again", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.plan("v2", 100)
  yield* world.goesOnTrial
  const recorded = yield* world.troubles.hold("rename", world.home.stateFile)
  yield* world.passes("10 seconds")
  yield* recorded.reached
  yield* world.nodes.end(102, code(1))
  yield* world.learns("ChildExited")
  yield* recorded.release
  yield* world.reaches("BackingOff")
  yield* world.passes("2 seconds")
  yield* world.reaches("Running")
  expect(yield* world.journal).toMatchObject({ applied: [{ upgrade: { name: "v2" } }], failed: [] })
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v2", "v2"])
}))
