// A disk that says no: the node is kept running where it can be, what was refused is tried again, and one line says so.
import { Effect } from "effect"
import { expect } from "vitest"
import { about } from "../support/Scenario.ts"
import { code, obedient } from "../support/world/Operator.ts"
import type { World } from "../support/World.ts"
import type { Trouble } from "../support/world/TroubledDisk.ts"

const scenario = about("refusals")

const runs = Effect.fnUntraced(function*(world: World, script = obedient) {
  yield* world.install("v2", { script })
  yield* world.run(["start"])
  yield* world.reaches("Running")
  yield* world.passes("1 second")
})

/** Nothing can be written to the state file. */
const stateRefused = (world: World, errno: string) =>
  Effect.andThen(world.tell(`the disk refuses state.json: ${errno}`), world.troubles.refuse("write", `${world.home.stateFile}.new`, errno))

const isOver = (world: World, { ends }: Trouble) => Effect.andThen(world.tell("the disk obeys again"), ends)

scenario("the record is refused: the node runs on, one line says so, and the upgrade follows when there is space", {}, Effect.fnUntraced(function*(world) {
  yield* runs(world)
  const trouble = yield* stateRefused(world, "ENOSPC")
  yield* world.plan("v2", 100)
  yield* world.hears("cannot go on")
  yield* world.passes("1 minute")
  expect(world.said("ENOSPC")).toHaveLength(1)
  expect(world.said("genesis -> v2")).toHaveLength(1)
  expect(world.signals).toEqual([])
  yield* isOver(world, trouble)
  yield* world.passes("5 seconds")
  yield* world.goesOnTrial
  yield* world.isUpgraded
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v2"])
}))

scenario("the preparation of the link is refused: the node runs on, and the upgrade follows when it is not", {}, Effect.fnUntraced(function*(world) {
  yield* runs(world)
  const trouble = yield* world.troubles.refuse("link", `${world.home.current}.new`, "EROFS")
  yield* world.plan("v2", 100)
  yield* world.hears("cannot go on: cannot link /node/wemixvisor/current.new: EROFS; tried again in 5.0s")
  yield* world.passes("1 minute")
  expect(world.signals).toEqual([])
  expect(yield* world.journal).not.toHaveProperty("inFlight")
  yield* isOver(world, trouble)
  yield* world.passes("5 seconds")
  yield* world.goesOnTrial
  yield* world.stops
}))

scenario("the node ends while its upgrade is held back: it is upgraded with the node down, once the disk takes it", {}, Effect.fnUntraced(function*(world) {
  yield* runs(world)
  const trouble = yield* stateRefused(world, "ENOSPC")
  yield* world.plan("v2", 100)
  yield* world.hears("cannot go on")
  yield* world.nodes.end(101, code(1))
  yield* world.passes("1 second")
  yield* isOver(world, trouble)
  yield* world.passes("70 seconds")
  yield* world.reaches("Probation")
  yield* world.stops
}))

scenario("the switch is refused: the old release is back and running, and the upgrade is tried again later", {}, Effect.fnUntraced(function*(world) {
  yield* runs(world)
  const trouble = yield* world.troubles.refuse("rename", world.home.current, "EIO")
  yield* world.plan("v2", 100)
  yield* world.reaches("Stopping")
  yield* world.passes("200 millis")
  yield* world.reaches("Running")
  expect(world.starts).toEqual(["genesis", "genesis"])
  expect(yield* world.link).toBe("genesis")
  expect(yield* world.journal).not.toHaveProperty("inFlight")
  yield* isOver(world, trouble)
  yield* world.passes("1 minute")
  yield* world.goesOnTrial
  yield* world.isUpgraded
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "genesis", "v2"])
}))

scenario("nothing can be recorded once the node is being stopped: the old release runs again, and the upgrade is tried again later", {}, Effect.fnUntraced(function*(world) {
  yield* runs(world)
  yield* world.plan("v2", 100)
  yield* world.reaches("Stopping")
  const trouble = yield* stateRefused(world, "ENOSPC")
  yield* world.passes("200 millis")
  yield* world.reaches("Running")
  expect(world.starts).toEqual(["genesis", "genesis"])
  expect(yield* world.link).toBe("genesis")
  yield* isOver(world, trouble)
  yield* world.passes("1 minute")
  yield* world.goesOnTrial
  yield* world.isUpgraded
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "genesis", "v2"])
}))

scenario("the plan is withdrawn while nothing can be recorded: the old release runs, and that is recorded with the next thing that is", {}, Effect.fnUntraced(function*(world) {
  yield* runs(world)
  yield* world.plan("v2", 100)
  yield* world.reaches("Stopping")
  const trouble = yield* stateRefused(world, "ENOSPC")
  yield* world.withdrawPlan
  yield* world.passes("200 millis")
  yield* world.reaches("Running")
  yield* isOver(world, trouble)
  yield* world.stops
  expect(yield* world.journal).toMatchObject({ applied: [], failed: [] })
  expect(yield* world.journal).not.toHaveProperty("inFlight")
  expect(world.starts).toEqual(["genesis", "genesis"])
}))

scenario("the directory cannot be synced after the switch: it is switched back, and the upgrade is tried again later", {}, Effect.fnUntraced(function*(world) {
  yield* runs(world)
  yield* world.plan("v2", 100)
  yield* world.reaches("Stopping")
  const switching = yield* world.troubles.hold("rename", world.home.current)
  yield* world.passes("200 millis")
  yield* switching.reached
  const trouble = yield* world.troubles.refuse("syncDirectory", world.home.root, "EIO")
  yield* switching.release
  yield* world.hears("cannot go back to genesis: cannot sync /node/wemixvisor: EIO")
  expect(yield* world.link).toBe("genesis")
  yield* isOver(world, trouble)
  yield* world.passes("5 seconds")
  yield* world.reaches("Running")
  yield* world.passes("1 minute")
  yield* world.goesOnTrial
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "genesis", "v2"])
}))

scenario("the commit is refused: the new release runs on, one line says so, and it is recorded when there is space", {}, Effect.fnUntraced(function*(world) {
  yield* runs(world)
  yield* world.plan("v2", 100)
  yield* world.goesOnTrial
  const trouble = yield* stateRefused(world, "ENOSPC")
  yield* world.passes("1 minute")
  expect(world.said("ENOSPC")).toHaveLength(1)
  expect(world.starts).toEqual(["genesis", "v2"])
  yield* isOver(world, trouble)
  yield* world.passes("5 seconds")
  yield* world.reaches("Running")
  expect(yield* world.journal).toMatchObject({ applied: [{ upgrade: { name: "v2" } }] })
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v2"])
}))

scenario("the commit is refused and a stop is asked for: the next wemixvisor finds the upgrade open, and finishes it", {}, Effect.fnUntraced(function*(world) {
  yield* runs(world)
  yield* world.plan("v2", 100)
  yield* world.goesOnTrial
  const trouble = yield* stateRefused(world, "ENOSPC")
  yield* world.passes("11 seconds")
  yield* world.stops
  expect(world.said("works and could not be recorded so")).toHaveLength(1)
  yield* isOver(world, trouble)
  yield* world.run(["start"])
  yield* world.reaches("Probation")
  yield* world.isUpgraded
  yield* world.stops
  expect(yield* world.journal).toMatchObject({ applied: [{ upgrade: { name: "v2" } }] })
}))

scenario("the roll-back is refused: nothing is started until it is done, and one line says so", {}, Effect.fnUntraced(function*(world) {
  yield* runs(world, { ends: { afterMillis: 1000, exit: code(2) } })
  yield* world.plan("v2", 100)
  yield* world.goesOnTrial
  const trouble = yield* world.troubles.refuse("rename", world.home.current, "EIO")
  yield* world.passes("1 minute")
  expect(world.starts).toEqual(["genesis", "v2"])
  expect(world.said("cannot go back to genesis")).toHaveLength(1)
  expect(world.said("going back to genesis")).toHaveLength(1)
  yield* isOver(world, trouble)
  yield* world.passes("5 seconds")
  yield* world.reaches("Running")
  expect(yield* world.journal).toMatchObject({ applied: [], failed: [{ upgrade: { name: "v2" } }] })
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v2", "genesis"])
}))

scenario("the roll-back is refused and a stop is asked for: the next wemixvisor rolls back", {}, Effect.fnUntraced(function*(world) {
  yield* runs(world, { ends: { afterMillis: 1000, exit: code(2) } })
  yield* world.plan("v2", 100)
  yield* world.goesOnTrial
  const trouble = yield* world.troubles.refuse("rename", world.home.current, "EIO")
  yield* world.passes("10 seconds")
  yield* world.signal("SIGTERM")
  expect(yield* world.ends(0)).toMatchObject({ _tag: "Stopped" })
  yield* isOver(world, trouble)
  yield* world.run(["start"])
  yield* world.reaches("Running")
  expect(yield* world.link).toBe("genesis")
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v2", "genesis"])
}))

scenario("the state file is refused at the start: the node is started all the same, with a warning", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  const trouble = yield* stateRefused(world, "EROFS")
  yield* world.run(["start"])
  yield* world.reaches("Running")
  yield* world.passes("1 minute")
  expect(world.said("after a crash of wemixvisor the node may not be found again").length).toBeGreaterThan(0)
  yield* isOver(world, trouble)
  yield* world.plan("v2", 100)
  yield* world.goesOnTrial
  yield* world.isUpgraded
  yield* world.stops
}))

scenario("the state file is refused at the end: wemixvisor ends as it was asked to, with a warning", {}, Effect.fnUntraced(function*(world) {
  yield* runs(world)
  yield* stateRefused(world, "EROFS")
  yield* world.stops
  expect(world.said("cannot write /node/wemixvisor/state.json.new: EROFS").length).toBeGreaterThan(0)
}))

scenario("the binary is removed and put back while the upgrade is held, and the node ends: it is upgraded all the same", {}, Effect.fnUntraced(function*(world) {
  yield* runs(world)
  const trouble = yield* stateRefused(world, "ENOSPC")
  yield* world.plan("v2", 100)
  yield* world.hears("cannot go on")
  yield* world.remove(world.binary("v2"))
  yield* world.tell("the binary of v2 is removed")
  yield* world.nodes.end(101, code(0))
  yield* world.reaches("Waiting")
  yield* isOver(world, trouble)
  yield* world.passes("10 seconds")
  yield* world.install("v2")
  yield* world.passes("10 minutes")
  yield* world.reaches("Probation")
  yield* world.stops
}))
