// An upgrade that works and whose record the disk refuses: it counts as done, and is recorded at the first occasion.
import { Effect } from "effect"
import { expect } from "vitest"
import { about } from "../support/Scenario.ts"
import { code, obedient } from "../support/world/Operator.ts"
import type { World } from "../support/World.ts"

const scenario = about("unrecorded")

/** v2 has lived through its probation, and the disk refuses every record since. */
const isUnrecorded = Effect.fnUntraced(function*(world: World) {
  yield* world.install("v2")
  yield* world.run(["start"])
  yield* world.reaches("Running")
  yield* world.plan("v2", 100)
  yield* world.goesOnTrial
  const trouble = yield* world.troubles.refuse("write", `${world.home.stateFile}.new`, "ENOSPC")
  yield* world.tell("the disk refuses state.json: ENOSPC")
  yield* world.passes("10 seconds")
  yield* world.hears("works and could not be recorded so")
  return { isOver: Effect.andThen(world.tell("the disk obeys again"), trouble.ends) }
})

const isRecorded = Effect.fnUntraced(function*(world: World) {
  expect(yield* world.journal).toMatchObject({ applied: [{ upgrade: { name: "v2" } }] })
  expect(yield* world.journal).not.toHaveProperty("inFlight")
})

scenario("its node fails while the disk still refuses: it is recorded once the node runs again", {}, Effect.fnUntraced(function*(world) {
  const { isOver } = yield* isUnrecorded(world)
  yield* world.nodes.end(102, code(1))
  yield* world.reaches("BackingOff")
  yield* isOver
  yield* world.passes("1 second")
  yield* world.reaches("Running")
  yield* isRecorded(world)
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v2", "v2"])
}))

scenario("its node ends with 0 once the disk obeys again: it is recorded before wemixvisor ends", {}, Effect.fnUntraced(function*(world) {
  const { isOver } = yield* isUnrecorded(world)
  yield* isOver
  yield* world.nodes.end(102, code(0))
  yield* world.ends(0)
  yield* isRecorded(world)
}))

scenario("a stop is asked for while its node waits for a restart: it is recorded before wemixvisor ends", {}, Effect.fnUntraced(function*(world) {
  const { isOver } = yield* isUnrecorded(world)
  yield* world.nodes.end(102, code(1))
  yield* world.reaches("BackingOff")
  yield* isOver
  yield* world.signal("SIGTERM")
  yield* world.ends(0)
  yield* isRecorded(world)
}))

scenario("its node halts for the next plan, and the disk obeys from then on: both are recorded", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v3", { script: obedient })
  const { isOver } = yield* isUnrecorded(world)
  yield* world.plan("v3", 200)
  yield* world.hears("v3 at height 200 waits")
  const held = yield* world.troubles.hold("status", world.binary("v3"))
  yield* world.nodes.end(102, code(1))
  yield* held.reached
  yield* isOver
  yield* held.release
  yield* world.passes("61 seconds")
  yield* world.reaches("Running")
  expect(yield* world.journal).toMatchObject({ applied: [{ upgrade: { name: "v2" } }, { upgrade: { name: "v3" } }] })
  yield* world.stops
  expect(world.starts.filter((release) => release === "genesis")).toHaveLength(1)
}))

/** Its node halted for the next plan, whose binary is not there. */
const isWaiting = Effect.fnUntraced(function*(world: World) {
  const trouble = yield* isUnrecorded(world)
  yield* world.plan("v3", 200)
  yield* world.hears("there is no binary at /node/wemixvisor/upgrades/v3/bin/wemixd")
  yield* world.nodes.end(102, code(0))
  yield* world.reaches("Waiting")
  return trouble
})

scenario("its node halts for a plan whose binary is missing: it is recorded while wemixvisor waits for that, and said once", {}, Effect.fnUntraced(function*(world) {
  const { isOver } = yield* isWaiting(world)
  yield* world.passes("1 minute")
  yield* world.reaches("Waiting")
  expect(world.said("could not be recorded so")).toHaveLength(1)
  expect(world.said("stays down until v3 is ready")).toHaveLength(1)
  yield* isOver
  yield* world.passes("5 seconds")
  yield* isRecorded(world)
  yield* world.install("v3", { script: obedient })
  yield* world.passes("15 seconds")
  yield* world.reaches("Probation")
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v2", "v3"])
}))

/** The disk obeys again, and the record is being written. */
const isTriedAgain = Effect.fnUntraced(function*(world: World) {
  const { isOver } = yield* isWaiting(world)
  yield* isOver
  const held = yield* world.troubles.hold("write", `${world.home.stateFile}.new`)
  yield* world.passes("5 seconds")
  yield* held.reached
  return held
})

scenario("the plan it halted for is removed while the record is being tried again: the node goes on after the record", {}, Effect.fnUntraced(function*(world) {
  const held = yield* isTriedAgain(world)
  yield* world.withdrawPlan
  yield* world.passes("15 seconds")
  yield* world.reaches("Committing")
  yield* held.release
  yield* world.reaches("Running")
  yield* isRecorded(world)
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v2", "v2"])
}))

scenario("a stop is asked for while the record is being tried again: wemixvisor ends after it", {}, Effect.fnUntraced(function*(world) {
  const held = yield* isTriedAgain(world)
  yield* world.signal("SIGTERM")
  yield* world.learns("StopRequested")
  yield* held.release
  yield* world.ends(0)
  yield* isRecorded(world)
}))
