// Section 5: the upgrade, its order, and plans that change while it is under way.
import { Effect } from "effect"
import { expect } from "vitest"
import { about } from "../support/Scenario.ts"
import { code, upgradeOf } from "../support/world/Operator.ts"
import type { World } from "../support/World.ts"

const scenario = about("upgrade")

/** A node that takes three seconds to stop, with the plan for v2 that it is being stopped for. */
const isBeingStopped = Effect.fnUntraced(function*(world: World) {
  yield* world.install("v2")
  yield* world.script("genesis", { onTerminate: { afterMillis: 3000, exit: code(0) } })
  yield* world.run(["start"])
  yield* world.reaches("Running")
  yield* world.passes("1 second")
  yield* world.plan("v2", 100)
  yield* world.reaches("Stopping")
  yield* world.passes("1 second")
})

scenario("a plan comes while the node runs: check, record, stop, switch, start, probation, record", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* world.run(["start", "--x"])
  yield* world.reaches("Running")
  yield* world.passes("1 minute")
  yield* world.plan("v2", 100)
  yield* world.reaches("Stopping")
  expect(yield* world.journal).toMatchObject({ inFlight: { step: "stop", upgrade: upgradeOf("v2", 100) }, child: { release: "genesis" } })
  yield* world.passes("200 millis")
  yield* world.reaches("Probation")
  expect(yield* world.journal).toMatchObject({ inFlight: { step: "probation" }, lastRan: "upgrades/v2", child: { release: "upgrades/v2", arguments: ["start", "--x"] } })
  yield* world.isUpgraded
  expect(yield* world.journal).toMatchObject({ applied: [{ upgrade: upgradeOf("v2", 100), at: "1970-01-01T00:01:10.200Z" }], failed: [] })
  expect(yield* world.journal).not.toHaveProperty("inFlight")
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v2"])
  expect(world.nodes.deeds.flatMap((deed) => deed._tag === "Started" ? [deed.program] : [])).toEqual([
    { path: "/node/wemixvisor/current/bin/wemixd", arguments: ["start", "--x"] },
    { path: "/node/wemixvisor/current/bin/wemixd", arguments: ["start", "--x"] }
  ])
}))

scenario("DAEMON_RESTART_DELAY: the new release is started that long after the old one's end", { settings: { DAEMON_RESTART_DELAY: "30s" } }, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.plan("v2", 100)
  yield* world.reaches("Stopping")
  yield* world.passes("200 millis")
  yield* world.reaches("Delaying")
  yield* world.passes("29 seconds")
  expect(world.starts).toEqual(["genesis"])
  yield* world.passes("1 second")
  yield* world.reaches("Probation")
  yield* world.isUpgraded
  yield* world.stops
}))

scenario("a plan that changes during DAEMON_RESTART_DELAY: the newest one wins", { settings: { DAEMON_RESTART_DELAY: "30s" } }, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* world.install("v3")
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.plan("v2", 100)
  yield* world.reaches("Stopping")
  yield* world.passes("200 millis")
  yield* world.reaches("Delaying")
  yield* world.passes("10 seconds")
  yield* world.plan("v3", 100)
  yield* world.passes("20 seconds")
  yield* world.reaches("Probation")
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v3"])
}))

scenario("DAEMON_RESTART_AFTER_UPGRADE=false: switched, not started, exit 0; the next wemixvisor starts the new release", {
  settings: { DAEMON_RESTART_AFTER_UPGRADE: "false" }
}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.plan("v2", 100)
  yield* world.reaches("Stopping")
  yield* world.passes("200 millis")
  expect(yield* world.ends(0)).toMatchObject({ _tag: "Upgraded", release: "upgrades/v2" })
  expect(yield* world.journal).toMatchObject({ applied: [{ upgrade: { name: "v2" } }] })
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v2"])
}))

scenario("DAEMON_UPGRADE_PROBATION=0s: the upgrade is done as soon as the new release is started", { settings: { DAEMON_UPGRADE_PROBATION: "0s" } }, Effect.fnUntraced(function*(world) {
  yield* world.install("v2", { script: { ends: { afterMillis: 1000, exit: code(0) } } })
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.plan("v2", 100)
  yield* world.reaches("Stopping")
  yield* world.passes("200 millis")
  yield* world.reaches("Running")
  yield* world.passes("1 second")
  yield* world.ends(0)
  expect(yield* world.journal).toMatchObject({ applied: [{ upgrade: { name: "v2" } }], failed: [] })
}))

scenario("a node that does not obey is killed after the grace, and the upgrade goes on", { settings: { DAEMON_SHUTDOWN_GRACE: "15s" } }, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* world.script("genesis", { onTerminate: "ignores" })
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.plan("v2", 100)
  yield* world.reaches("Stopping")
  yield* world.passes("15 seconds")
  yield* world.reaches("Probation")
  yield* world.stops
  expect(world.signals.slice(0, 2)).toEqual(["SIGTERM to pid 101", "SIGKILL to the group of pid 101"])
}))

scenario("two upgrades in quick succession: both are done, one after the other", { settings: { DAEMON_UPGRADE_PROBATION: "0s" } }, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* world.install("v3")
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.plan("v2", 100)
  yield* world.reaches("Stopping")
  yield* world.passes("200 millis")
  yield* world.reaches("Running")
  yield* world.plan("v3", 101)
  yield* world.reaches("Stopping")
  yield* world.passes("200 millis")
  yield* world.reaches("Running")
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v2", "v3"])
  expect((yield* world.journal).applied.map(({ upgrade }) => [upgrade.from, upgrade.to])).toEqual([["genesis", "upgrades/v2"], ["upgrades/v2", "upgrades/v3"]])
}))

scenario("two plans in the same instant: only the newest is carried out", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* world.install("v3")
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.passes("1 second")
  yield* world.plan("v2", 100)
  yield* world.plan("v3", 101)
  yield* world.goesOnTrial
  yield* world.isUpgraded
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v3"])
}))

scenario("a newer plan while the node is being stopped: the newest wins, and no release is started in between", {}, Effect.fnUntraced(function*(world) {
  yield* isBeingStopped(world)
  yield* world.install("v3")
  yield* world.plan("v3", 101)
  yield* world.passes("2 seconds")
  yield* world.reaches("Probation")
  yield* world.isUpgraded
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v3"])
  expect((yield* world.journal).applied).toMatchObject([{ upgrade: { name: "v3", from: "genesis", to: "upgrades/v3" } }])
}))

scenario("a newer plan that is not ready while the node is being stopped: the one under way is carried out, the newer follows", {}, Effect.fnUntraced(function*(world) {
  yield* isBeingStopped(world)
  yield* world.plan("v3", 101)
  yield* world.passes("2 seconds")
  yield* world.reaches("Probation")
  yield* world.isUpgraded
  yield* world.install("v3")
  yield* world.passes("300 millis")
  yield* world.goesOnTrial
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v2", "v3"])
}))

scenario("the plan is withdrawn while the node is being stopped: the old release is started again", {}, Effect.fnUntraced(function*(world) {
  yield* isBeingStopped(world)
  yield* world.withdrawPlan
  yield* world.passes("2 seconds")
  yield* world.reaches("Running")
  expect(yield* world.journal).not.toHaveProperty("inFlight")
  yield* world.script("genesis", {})
  yield* world.signal("SIGTERM")
  yield* world.passes("3 seconds")
  yield* world.ends(0)
  expect(world.starts).toEqual(["genesis", "genesis"])
  expect(yield* world.link).toBe("genesis")
}))

scenario("the plan becomes unusable while the node is being stopped: the upgrade that was begun goes on", {}, Effect.fnUntraced(function*(world) {
  yield* isBeingStopped(world)
  yield* world.planText("half-written", `{"name":`)
  yield* world.passes("1 second")
  yield* world.planText("without a legal name", `{"name":"..","height":1}`)
  yield* world.passes("1 second")
  yield* world.reaches("Probation")
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v2"])
}))

scenario("the plan becomes one for the old release while that is being stopped: it is started again", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v1")
  yield* world.install("v2")
  yield* Effect.orDie(world.disk.link("upgrades/v1", world.home.current))
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.plan("v2", 100)
  yield* world.reaches("Stopping")
  yield* world.plan("v1", 100)
  yield* world.passes("200 millis")
  yield* world.reaches("Running")
  yield* world.stops
  expect(world.starts).toEqual(["v1", "v1"])
}))

scenario("the binary vanishes while the node is being stopped: the old release is started again, and the upgrade is held back", {}, Effect.fnUntraced(function*(world) {
  yield* isBeingStopped(world)
  yield* world.remove(world.binary("v2"))
  yield* world.tell("the binary of v2 is removed")
  yield* world.passes("2 seconds")
  yield* world.reaches("Running")
  yield* world.passes("30 seconds")
  expect(world.starts).toEqual(["genesis", "genesis"])
  yield* world.install("v2")
  yield* world.passes("30 seconds")
  yield* world.reaches("Stopping")
  yield* world.passes("3 seconds")
  yield* world.reaches("Probation")
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "genesis", "v2"])
}))
