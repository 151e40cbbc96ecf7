// Section 6: a node that outlived its wemixvisor is taken over where it is the right one, and stopped before another is started where it is not.
import { Effect } from "effect"
import { expect } from "vitest"
import { about } from "../support/Scenario.ts"
import { code, obedient, releaseOf, upgradeOf } from "../support/world/Operator.ts"
import type { World } from "../support/World.ts"

const scenario = about("take-over")

/** A node runs whose wemixvisor was killed. */
const isOrphaned = Effect.fnUntraced(function*(world: World) {
  yield* world.run(["start", "--x"])
  yield* world.reaches("Running")
  yield* world.passes("1 minute")
  yield* world.kill
  yield* world.passes("1 minute")
})

scenario("the right release with the same arguments is taken over: nothing is restarted", {}, Effect.fnUntraced(function*(world) {
  yield* isOrphaned(world)
  yield* world.run(["start", "--x"])
  yield* world.reaches("Running")
  yield* world.passes("1 minute")
  expect(world.signals).toEqual([])
  expect(yield* world.journal).toMatchObject({ owner: 12, child: { identity: { pid: 101 } } })
  yield* world.stops
  expect(world.starts).toEqual(["genesis"])
}))

scenario("a node that was taken over is upgraded like any other", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* isOrphaned(world)
  yield* world.run(["start", "--x"])
  yield* world.reaches("Running")
  yield* world.plan("v2", 100)
  yield* world.goesOnTrial
  yield* world.isUpgraded
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v2"])
}))

scenario("a plan came while no wemixvisor ran: the node is taken over, then upgraded", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* isOrphaned(world)
  yield* world.plan("v2", 100)
  yield* world.run(["start", "--x"])
  yield* world.goesOnTrial
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v2"])
}))

scenario("other arguments: the node is stopped, and started with the new ones", {}, Effect.fnUntraced(function*(world) {
  yield* isOrphaned(world)
  yield* world.run(["start", "--y"])
  yield* world.reaches("Stopping")
  yield* world.passes("200 millis")
  yield* world.reaches("Running")
  yield* world.stops
  expect(world.nodes.deeds.flatMap((deed) => deed._tag === "Started" ? [deed.program.arguments] : [])).toEqual([["start", "--x"], ["start", "--y"]])
}))

scenario("another release is current: the node is stopped, and that one is started", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* isOrphaned(world)
  yield* Effect.orDie(Effect.andThen(world.disk.remove(world.home.current), world.disk.link("upgrades/v2", world.home.current)))
  yield* world.tell("the operator links current to upgrades/v2")
  yield* world.run(["start", "--x"])
  yield* world.reaches("Stopping")
  yield* world.passes("200 millis")
  yield* world.reaches("Running")
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v2"])
}))

scenario("the wrong node does not obey: it gets the grace, then SIGKILL, and only then is another started", { settings: { DAEMON_SHUTDOWN_GRACE: "15s" } }, Effect.fnUntraced(function*(world) {
  yield* world.script("genesis", (start) => start === 1 ? { onTerminate: "ignores" } : obedient)
  yield* isOrphaned(world)
  yield* world.run(["start", "--y"])
  yield* world.reaches("Stopping")
  yield* world.passes("15 seconds")
  yield* world.reaches("Running")
  expect(world.signals).toEqual(["SIGTERM to pid 101", "SIGKILL to the group of pid 101"])
  yield* world.stops
}))

scenario("wemixvisor is killed while it stops the node: the next one does not ask it a second time, and waits for its end", {}, Effect.fnUntraced(function*(world) {
  yield* world.script("genesis", (start) => start === 1 ? { onTerminate: { afterMillis: 60_000, exit: code(0) } } : obedient)
  yield* world.run(["start"])
  yield* world.reaches("Running")
  yield* world.signal("SIGTERM")
  yield* world.passes("10 seconds")
  yield* world.kill
  yield* world.run(["start"])
  yield* world.reaches("Stopping")
  yield* world.passes("50 seconds")
  yield* world.reaches("Running")
  expect(world.signals).toEqual(["SIGTERM to pid 101"])
  expect(world.said("SIGTERM to pid 101"), "a line for each SIGTERM that was sent").toHaveLength(1)
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "genesis"])
}))

scenario("a stop request while the wrong node is being stopped: nothing is started", {}, Effect.fnUntraced(function*(world) {
  yield* world.script("genesis", { onTerminate: { afterMillis: 5000, exit: code(0) } })
  yield* isOrphaned(world)
  yield* world.run(["start", "--y"])
  yield* world.reaches("Stopping")
  yield* world.signal("SIGTERM")
  yield* world.passes("5 seconds")
  expect(yield* world.ends(0)).toMatchObject({ _tag: "Stopped" })
  expect(world.starts).toEqual(["genesis"])
}))

scenario("the end of a node that was taken over counts as a failure: it is started again", {}, Effect.fnUntraced(function*(world) {
  yield* isOrphaned(world)
  yield* world.run(["start", "--x"])
  yield* world.reaches("Running")
  yield* world.nodes.end(101, code(0))
  yield* world.reaches("BackingOff")
  yield* world.passes("1 second")
  yield* world.reaches("Running")
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "genesis"])
}))

scenario("the end of a node that was taken over, with restarts off: wemixvisor does not end with 0", { settings: { DAEMON_RESTART_ON_FAILURE: "false" } }, Effect.fnUntraced(function*(world) {
  yield* isOrphaned(world)
  yield* world.run(["start", "--x"])
  yield* world.reaches("Running")
  yield* world.nodes.end(101, code(0))
  expect(yield* world.ends(1)).toMatchObject({ _tag: "NodeEnded", exit: { _tag: "Unknown" } })
}))

scenario("the node ended while no wemixvisor ran: it is started", {}, Effect.fnUntraced(function*(world) {
  yield* isOrphaned(world)
  yield* world.nodes.end(101, code(0))
  yield* world.run(["start", "--x"])
  yield* world.reaches("Running")
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "genesis"])
}))

scenario("wemixvisor is killed before it could record which process it started: that is found, and taken over", {}, Effect.fnUntraced(function*(world) {
  yield* Effect.orDie(world.disk.link("genesis", world.home.current))
  const announced = yield* world.troubles.hold("rename", world.home.stateFile)
  yield* world.run(["start", "--x"])
  yield* announced.reached
  const confirmed = yield* world.troubles.hold("write", `${world.home.stateFile}.new`)
  yield* announced.release
  yield* confirmed.reached
  yield* world.kill
  expect(yield* world.journal).not.toHaveProperty("child.identity")
  yield* world.run(["start", "--x"])
  yield* world.reaches("Running")
  yield* world.stops
  expect(world.starts).toEqual(["genesis"])
}))

scenario("wemixvisor is killed between the announcement of a start and the start: the node is started", {}, Effect.fnUntraced(function*(world) {
  const announced = yield* world.troubles.hold("syncDirectory", world.home.root)
  yield* Effect.orDie(world.disk.link("genesis", world.home.current))
  yield* world.run(["start", "--x"])
  yield* announced.reached
  yield* world.kill
  expect(yield* world.journal).toMatchObject({ lastRan: releaseOf("genesis"), child: { release: "genesis" } })
  yield* world.run(["start", "--x"])
  yield* world.reaches("Running")
  yield* world.stops
  expect(world.starts).toEqual(["genesis"])
}))

scenario("the wrong node is stopped for an upgrade: DAEMON_RESTART_DELAY lies between its end and the new one's start", {
  settings: { DAEMON_RESTART_DELAY: "30s" }
}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* isOrphaned(world)
  yield* world.plan("v2", 100)
  yield* world.run(["start", "--y"])
  yield* world.reaches("Stopping")
  yield* world.passes("200 millis")
  yield* world.reaches("Delaying")
  yield* world.passes("30 seconds")
  yield* world.reaches("Probation")
  expect(world.said("after 30s of downtime")).toHaveLength(1)
  yield* world.stops
}))

scenario("a node that was cut off on trial, DAEMON_UPGRADE_PROBATION=0s: it is taken over, and its upgrade is done", {
  settings: { DAEMON_UPGRADE_PROBATION: "0s" }
}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* world.run(["start"])
  yield* world.reaches("Running")
  yield* world.plan("v2", 100)
  yield* world.reaches("Stopping")
  yield* world.passes("200 millis")
  yield* world.reaches("Running")
  const journal = yield* world.journal
  yield* world.kill
  yield* world.writeJournal({ ...journal, applied: [], inFlight: { upgrade: upgradeOf("v2", 100), step: "probation" } })
  yield* world.run(["start"])
  yield* world.reaches("Running")
  expect(yield* world.journal).toMatchObject({ applied: [{ upgrade: upgradeOf("v2", 100) }] })
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v2"])
}))

scenario("a new release that was taken over ends in its probation, and why cannot be known: its trial begins anew", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* world.run(["start"])
  yield* world.reaches("Running")
  yield* world.plan("v2", 100)
  yield* world.goesOnTrial
  yield* world.kill
  yield* world.run(["start"])
  yield* world.reaches("Probation")
  yield* world.nodes.end(102, code(0))
  yield* world.passes("200 millis")
  yield* world.reaches("Probation")
  yield* world.isUpgraded
  expect(yield* world.journal).toMatchObject({ applied: [{ upgrade: upgradeOf("v2", 100) }], failed: [] })
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v2", "v2"])
}))

scenario("a stop request while the home is being read: the node that runs is stopped like any other, and the end is on record", {}, Effect.fnUntraced(function*(world) {
  yield* isOrphaned(world)
  const read = yield* world.troubles.hold("read", world.home.stateFile)
  yield* world.run(["start", "--x"])
  yield* read.reached
  yield* world.signal("SIGTERM")
  yield* world.passes("1 second")
  yield* read.release
  yield* world.reaches("Stopping")
  yield* world.passes("200 millis")
  yield* world.ends(0)
  expect(world.said("asked to stop by SIGTERM")).toHaveLength(1)
  expect(world.signals).toEqual(["SIGTERM to pid 101"])
  expect(yield* world.journal).not.toHaveProperty("child")
  expect(world.starts).toEqual(["genesis"])
}))
