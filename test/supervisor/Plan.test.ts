// Section 4: which plans are pending, which are passed over, and how a change of the file is noticed.
import { Effect } from "effect"
import { expect } from "vitest"
import { about } from "../support/Scenario.ts"
import { code, height, releaseOf, upgradeOf } from "../support/world/Operator.ts"
import type { World } from "../support/World.ts"

const scenario = about("plan")

/** The node runs, and has for a while. */
const runs = Effect.fnUntraced(function*(world: World) {
  yield* world.run(["start"])
  yield* world.reaches("Running")
  yield* world.passes("1 second")
})

/** The upgrade under way comes to its end, and so does the story. */
const upgrades = (world: World) => world.goesOnTrial.pipe(Effect.andThen(world.isUpgraded), Effect.andThen(world.stops))

scenario("pending and ready at the start: the upgrade is done before the first child starts", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* world.plan("v2", 100)
  yield* world.run(["start"])
  yield* world.reaches("Probation")
  yield* world.isUpgraded
  yield* world.stops
  expect(world.starts).toEqual(["v2"])
}))

scenario("pending and not ready at the start: genesis is started, and the upgrade follows", {}, Effect.fnUntraced(function*(world) {
  yield* world.plan("v2", 100)
  yield* runs(world)
  yield* world.install("v2")
  yield* world.passes("300 millis")
  yield* upgrades(world)
  expect(world.starts).toEqual(["genesis", "v2"])
}))

scenario("a plan that is touched or written again in another spelling is the same plan", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* runs(world)
  yield* world.planText("a plan for v3, which is not there", `{"name":"v3","height":100,"info":"x"}`)
  yield* world.hears("v3 at height 100 is not ready")
  yield* world.planText("touched", `{"name":"v3","height":100,"info":"x"}`)
  yield* world.passes("1 second")
  yield* world.planText("the same in another spelling", `{ "info": "x", "height": "100",\n "name": "v3" }`)
  yield* world.passes("10 seconds")
  expect(world.said("v3")).toHaveLength(1)
  yield* world.plan("v2", 200)
  yield* upgrades(world)
  expect(world.starts).toEqual(["genesis", "v2"])
}))

scenario("an applied plan that is touched, written again or spelt in another way does nothing", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* world.plan("v2", 100)
  yield* world.run()
  yield* world.reaches("Probation")
  yield* world.plan("v2", 100)
  yield* world.isUpgraded
  yield* world.plan("v2", 100)
  yield* world.passes("10 seconds")
  yield* world.planText("the same in another spelling", `{"height":"100","name":"v2"}`)
  yield* world.passes("10 seconds")
  yield* world.stops
  expect(world.starts).toEqual(["v2"])
}))

scenario("a plan of the current release does nothing, whatever its height", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* Effect.orDie(world.disk.link("upgrades/v2", world.home.current))
  yield* runs(world)
  yield* world.plan("v2", 999)
  yield* world.passes("10 seconds")
  yield* world.stops
  expect(world.starts).toEqual(["v2"])
}))

scenario("a plan below the height of the one applied last is passed over, and that is said once", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v1")
  yield* world.install("v2")
  yield* Effect.orDie(world.disk.link("upgrades/v2", world.home.current))
  const applied = [upgradeOf("v0", 100), upgradeOf("v2", 200, "v0")].map((upgrade) => ({ upgrade, at: "2026-01-01T00:00:00.000Z" }))
  yield* world.writeJournal({ version: 1, lastRan: releaseOf("v2"), applied, failed: [] })
  yield* runs(world)
  yield* world.plan("v1", 199)
  yield* world.hears("is below 200")
  yield* world.plan("v1", 199)
  yield* world.passes("10 seconds")
  expect(world.said("is below 200")).toHaveLength(1)
  yield* world.plan("v1", 200)
  yield* upgrades(world)
  expect(world.starts).toEqual(["v2", "v1"])
}))

scenario("a plan below the height of the upgrade that was just done is passed over", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v1")
  yield* world.install("v2")
  yield* runs(world)
  yield* world.plan("v2", 100)
  yield* world.goesOnTrial
  yield* world.isUpgraded
  yield* world.plan("v1", 99)
  yield* world.hears("v1 at height 99 is below 100")
  yield* world.passes("10 seconds")
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v2"])
}))

scenario("a plan that failed is not tried again, nor by the next wemixvisor, until its content changes", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2", { script: { ends: { afterMillis: 1000, exit: code(2) } } })
  yield* runs(world)
  yield* world.plan("v2", 100)
  yield* world.goesOnTrial
  yield* world.passes("1 second")
  yield* world.reaches("Running")
  yield* world.plan("v2", 100)
  yield* world.passes("1 minute")
  yield* world.stops
  yield* runs(world)
  yield* world.passes("1 minute")
  expect(world.starts).toEqual(["genesis", "v2", "genesis", "genesis"])
  expect(world.said("was rolled back before")).toHaveLength(1)
  yield* world.install("v2")
  yield* world.plan("v2", 100, { info: "the binary was mended" })
  yield* upgrades(world)
}))

scenario("the highest legal height, a height as a text, a byte-order mark and unknown keys are read", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* world.install("v3")
  yield* runs(world)
  yield* world.planText("a plan after a byte-order mark, with a height as a text", `\uFEFF{"name":"v2","height":"100","time":"0001-01-01T00:00:00Z","upgraded_client_state":null}`)
  yield* world.goesOnTrial
  yield* world.isUpgraded
  yield* world.planText("a plan for the highest height", `{"name":"v3","height":9223372036854775807}`)
  yield* upgrades(world)
  expect((yield* world.journal).applied.map(({ upgrade }) => upgrade.height)).toEqual([height(100n), height(9223372036854775807n)])
}))

scenario("the release is the directory of the escaped name, or the one that differs only in case", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("some%20spaces%2Fv2")
  yield* world.install("v3-rc")
  yield* runs(world)
  yield* world.plan("some spaces/v2", 100)
  yield* world.goesOnTrial
  yield* world.isUpgraded
  yield* world.plan("V3-RC", 200)
  yield* upgrades(world)
  expect(yield* world.link).toBe("upgrades/v3-rc")
}))

scenario("no notices from the system: the poll alone finds the plan, and one line says so", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* world.troubles.refuse("changes", world.home.data, "EMFILE")
  yield* runs(world)
  yield* world.plan("v2", 100)
  yield* world.passes("1 second")
  yield* upgrades(world)
  expect(world.said("no notices of changes from the system")).toHaveLength(1)
}))

scenario("the directory of the plan is not there at the start: a plan is found when it is", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* Effect.orDie(world.disk.rename(world.home.data, "/node/elsewhere"))
  yield* runs(world)
  yield* world.plan("v2", 100)
  yield* world.passes("1 second")
  yield* upgrades(world)
}))

scenario("SIGHUP looks at the plan now, and the node hears nothing of it", { settings: { DAEMON_POLL_INTERVAL: "1h" } }, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* world.troubles.refuse("changes", world.home.data, "ENOSYS")
  yield* runs(world)
  yield* world.signal("SIGHUP")
  yield* world.passes("1 minute")
  yield* world.plan("v2", 100)
  yield* world.passes("1 minute")
  expect(world.signals).toEqual([])
  yield* world.signal("SIGHUP")
  yield* upgrades(world)
}))
