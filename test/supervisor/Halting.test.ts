// Section 4: a chain that halts at the height of its upgrade. The node ends by itself, and the plan is read once more before that is judged.
import { Effect } from "effect"
import { expect } from "vitest"
import { ChildExit } from "../../src/domain/ChildExit.ts"
import { about } from "../support/Scenario.ts"
import { code, deaf, obedient } from "../support/world/Operator.ts"

const scenario = about("halting")

const ends: ReadonlyArray<readonly [string, ChildExit]> = [
  ["code 0", code(0)],
  ["code 1", code(1)],
  ["SIGABRT", ChildExit.Signal({ signal: "SIGABRT", number: 6 })]
]

for (const [how, exit] of ends) {
  scenario(`the node writes the plan and ends in the same instant with ${how}: it is upgraded, and nothing is restarted`, {}, Effect.fnUntraced(function*(world) {
    yield* world.install("v2")
    yield* world.script("genesis", { ends: { afterMillis: 5000, exit, doing: world.plan("v2", 100) } })
    yield* world.run(["start"])
    yield* world.passes("5 seconds")
    yield* world.reaches("Probation")
    yield* world.isUpgraded
    yield* world.stops
    expect(world.starts).toEqual(["genesis", "v2"])
    expect(world.signals).toEqual(["SIGTERM to pid 102"])
  }))
}

scenario("the node halts while its upgrade is being recorded: the upgrade goes on", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* world.run()
  yield* world.reaches("Running")
  const held = yield* world.troubles.hold("rename", world.home.stateFile)
  yield* world.plan("v2", 100)
  yield* held.reached
  yield* world.nodes.end(101, code(1))
  yield* world.learns("ChildExited")
  yield* held.release
  yield* world.reaches("Probation")
  yield* world.stops
  expect(world.signals).toEqual(["SIGTERM to pid 102"])
}))

scenario("the node halts for a plan that is not ready: it stays down until the binary is there", {}, Effect.fnUntraced(function*(world) {
  yield* world.script("genesis", { ends: { afterMillis: 5000, exit: code(0), doing: world.plan("v2", 100) } })
  yield* world.run(["start"])
  yield* world.passes("5 seconds")
  yield* world.reaches("Waiting")
  yield* world.passes("1 hour")
  expect(world.starts).toEqual(["genesis"])
  expect(world.said("the node stays down until v2 is ready: there is no binary at /node/wemixvisor/upgrades/v2/bin/wemixd")).toHaveLength(1)
  yield* world.install("v2")
  yield* world.passes("300 millis")
  yield* world.reaches("Probation")
  yield* world.isUpgraded
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v2"])
}))

scenario("the node fails while a plan is not ready: it stays down like one that halted", {}, Effect.fnUntraced(function*(world) {
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.plan("v2", 100)
  yield* world.hears("is not ready")
  yield* world.nodes.end(101, code(2))
  yield* world.reaches("Waiting")
  yield* world.passes("1 minute")
  expect(world.said("is not ready")).toHaveLength(1)
  yield* world.install("v2")
  yield* world.passes("300 millis")
  yield* world.reaches("Probation")
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v2"])
}))

scenario("the node waits for a binary and the plan is withdrawn: the current release is started again", {}, Effect.fnUntraced(function*(world) {
  yield* world.script("genesis", (start) => start === 1 ? { ends: { afterMillis: 5000, exit: code(0), doing: world.plan("v2", 100) } } : obedient)
  yield* world.run()
  yield* world.passes("5 seconds")
  yield* world.reaches("Waiting")
  yield* world.withdrawPlan
  yield* world.reaches("Running")
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "genesis"])
}))

const restartsOff = { DAEMON_RESTART_ON_FAILURE: "false" }
scenario("the node failed, waits for a binary, and the plan is withdrawn: with restarts off its code is wemixvisor's", { settings: restartsOff }, Effect.fnUntraced(function*(world) {
  yield* world.script("genesis", { ends: { afterMillis: 5000, exit: code(3), doing: world.plan("v2", 100) } })
  yield* world.run()
  yield* world.passes("5 seconds")
  yield* world.reaches("Waiting")
  yield* world.withdrawPlan
  yield* world.passes("1 second")
  yield* world.ends(3)
  expect(world.starts).toEqual(["genesis"])
}))

scenario("the node waits for a binary and a plan that is ready takes the other one's place", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v3")
  yield* world.script("genesis", { ends: { afterMillis: 5000, exit: code(0), doing: world.plan("v2", 100) } })
  yield* world.run()
  yield* world.passes("5 seconds")
  yield* world.reaches("Waiting")
  yield* world.plan("v3", 100)
  yield* world.reaches("Probation")
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v3"])
}))

scenario("the plan changes while its release is being looked at: the newer one counts, whichever look ends first", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v3")
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.plan("v2", 100)
  yield* world.hears("is not ready")
  const held = yield* world.troubles.hold("status", world.binary("v2"))
  yield* world.nodes.end(101, code(0))
  yield* held.reached
  yield* world.plan("v3", 100)
  yield* world.passes("200 millis")
  yield* held.release
  yield* world.passes("1 second")
  yield* world.reaches("Probation")
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v3"])
}))

scenario("a plan comes while a failed node waits for its restart: the upgrade is done at once", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* world.script("genesis", { ends: { afterMillis: 100, exit: code(1) } })
  yield* world.run()
  yield* world.passes("100 millis")
  yield* world.reaches("BackingOff")
  yield* world.passes("500 millis")
  yield* world.plan("v2", 100)
  yield* world.reaches("Probation")
  yield* world.passes("10 seconds")
  yield* world.reaches("Running")
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v2"])
}))

scenario("the node halts and leaves a process behind: that is gone before the new release starts", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* world.script("genesis", { ...deaf, ends: { afterMillis: 5000, exit: code(0), doing: world.plan("v2", 100) }, leaves: { afterMillis: 3000 } })
  yield* world.run()
  yield* world.passes("5 seconds")
  yield* world.reaches("Stopping")
  yield* world.passes("4 seconds")
  yield* world.reaches("Probation")
  expect(world.said("after 3.0s of downtime")).toHaveLength(1)
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v2"])
}))

scenario("the node halts while the link is being prepared for its upgrade: the switch waits for that, and its record is the last", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* world.run()
  yield* world.reaches("Running")
  const prepared = yield* world.troubles.hold("link", `${world.home.current}.new`)
  yield* world.plan("v2", 100)
  yield* prepared.reached
  yield* world.nodes.end(101, code(1))
  yield* world.reaches("Switching")
  yield* world.passes("1 second")
  expect(yield* world.link).toBe("genesis")
  yield* prepared.release
  yield* world.reaches("Probation")
  yield* world.passes("1 second")
  expect((yield* world.journal).inFlight).toMatchObject({ step: "probation" })
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v2"])
}))
