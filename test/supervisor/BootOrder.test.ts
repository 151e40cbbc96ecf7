// One wemixvisor is started as another one ends: it begins from what that one wrote last, not from what it wrote before.
import { Effect } from "effect"
import { expect } from "vitest"
import { about } from "../support/Scenario.ts"
import { code } from "../support/world/Operator.ts"
import type { World } from "../support/World.ts"

const scenario = about("boot-order")

/** v2 is on trial with one wemixvisor, and a second one is about to ask for the lock. */
const twoMeet = Effect.fnUntraced(function*(world: World) {
  yield* world.install("v2")
  const first = yield* world.run(["start"])
  yield* world.reaches("Running")
  yield* world.plan("v2", 100)
  yield* world.goesOnTrial
  const held = yield* world.locks.hold
  yield* world.run(["start"])
  yield* held.reached
  const asks = Effect.andThen(world.tell("the second wemixvisor asks for the lock"), held.release)
  return { first, asks }
})

scenario("the first records that the upgrade is done, and ends: the second knows, and the trial does not begin again", {}, Effect.fnUntraced(function*(world) {
  const { asks, first } = yield* twoMeet(world)
  yield* world.passes("10 seconds")
  yield* world.reaches("Running", first)
  yield* world.nodes.end(102, code(0))
  yield* world.ends(0, first)
  yield* asks
  yield* world.reaches("Running")
  expect(world.life.entries.all.map(({ to }) => to._tag)).not.toContain("Probation")
  expect(yield* world.journal).toMatchObject({ applied: [{ upgrade: { name: "v2" } }] })
  yield* world.stops
}))

scenario("the first records that the upgrade failed, and is killed: the second knows, and does not try it again", {}, Effect.fnUntraced(function*(world) {
  const { asks, first } = yield* twoMeet(world)
  yield* world.nodes.end(102, code(1))
  yield* world.reaches("Running", first)
  yield* first.kill
  yield* asks
  yield* world.reaches("Running")
  yield* world.passes("1 minute")
  expect(world.starts).toEqual(["genesis", "v2", "genesis"])
  expect(yield* world.journal).toMatchObject({ applied: [], failed: [{ upgrade: { name: "v2" } }] })
  yield* world.stops
}))
