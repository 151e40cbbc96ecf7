// A state file that fell behind while the disk refused it says what is so again, soon after the disk takes it, though nothing else happens.
import { Effect } from "effect"
import { expect } from "vitest"
import { about } from "../support/Scenario.ts"
import type { World } from "../support/World.ts"

const scenario = about("behind")

const refuses = Effect.fnUntraced(function*(world: World, operation: "write" | "syncDirectory", path: string) {
  const trouble = yield* world.troubles.refuse(operation, path, "EIO")
  yield* world.tell(`the disk refuses to ${operation === "write" ? "write" : "sync"} ${path}`)
  return { isOver: Effect.andThen(world.tell("the disk obeys again"), trouble.ends) }
})

scenario("a node was started unrecorded: it is recorded, and found again by the next wemixvisor", {}, Effect.fnUntraced(function*(world) {
  const { isOver } = yield* refuses(world, "write", `${world.home.stateFile}.new`)
  yield* world.run(["start"])
  yield* world.reaches("Running")
  yield* world.passes("1 minute")
  yield* isOver
  yield* world.passes("5 seconds")
  expect(yield* world.journal).toMatchObject({ owner: 11, lastRan: "genesis", child: { release: "genesis", identity: { pid: 101 } } })
  yield* world.kill
  yield* world.run(["start"])
  yield* world.reaches("Running")
  yield* world.stops
  expect(world.starts).toEqual(["genesis"])
}))

scenario("a record was refused after it had reached the file: it is taken back, and the next wemixvisor does not stop the node for it", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* world.run(["start"])
  yield* world.reaches("Running")
  yield* world.passes("1 second")
  const { isOver } = yield* refuses(world, "syncDirectory", world.home.root)
  yield* world.plan("v2", 100)
  yield* world.hears("cannot go on")
  yield* world.withdrawPlan
  yield* isOver
  yield* world.passes("5 seconds")
  expect(yield* world.journal).not.toHaveProperty("inFlight")
  yield* world.kill
  yield* world.run(["start"])
  yield* world.reaches("Running")
  expect(world.signals).toEqual([])
  yield* world.stops
  expect(world.starts).toEqual(["genesis"])
}))

scenario("the state file is refused all along and wemixvisor is killed: its node is found all the same, and stopped before another is started", {}, Effect.fnUntraced(function*(world) {
  yield* refuses(world, "write", `${world.home.stateFile}.new`)
  yield* world.run(["start"])
  yield* world.reaches("Running")
  yield* world.passes("1 minute")
  yield* world.kill
  yield* world.run(["start"])
  yield* world.reaches("Stopping")
  yield* world.passes("200 millis")
  yield* world.reaches("Running")
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "genesis"])
}))
