// An upgrade that the disk does not let begin, and a node that ends meanwhile: it is tried again, but not as fast as a node can end.
import { Effect } from "effect"
import { expect } from "vitest"
import { about } from "../support/Scenario.ts"
import { code, obedient } from "../support/world/Operator.ts"
import type { World } from "../support/World.ts"

const scenario = about("held")

const runs = Effect.fnUntraced(function*(world: World) {
  yield* world.install("v2", { script: obedient })
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.passes("1 second")
})

/** Nothing can be written to the state file until this ends. */
const refuse = (world: World) => world.troubles.refuse("write", `${world.home.stateFile}.new`, "EIO")

scenario("a node that ends as soon as it is started, while the switch is refused, is not started again and again without a pause", {}, Effect.fnUntraced(function*(world) {
  yield* runs(world)
  yield* world.script("genesis", { ends: { afterMillis: 10, exit: code(1) } })
  const trouble = yield* refuse(world)
  yield* world.plan("v2", 100)
  yield* world.nodes.end(101, code(1))
  yield* world.passes("1 minute")
  expect(world.starts.length).toBeLessThanOrEqual(14)
  yield* trouble.ends
  yield* world.passes("5 seconds")
  yield* world.reaches("Probation")
  yield* world.isUpgraded
  yield* world.stops
}))

scenario("a node that has lived for a while, and ends while its upgrade is held back, is not waited for: the switch is tried at once", {}, Effect.fnUntraced(function*(world) {
  yield* runs(world)
  yield* world.passes("10 seconds")
  const trouble = yield* refuse(world)
  yield* world.plan("v2", 100)
  yield* world.hears("cannot go on")
  yield* world.nodes.end(101, code(1))
  yield* world.passes("1 second")
  expect(world.starts).toEqual(["genesis", "genesis"])
  yield* trouble.ends
  yield* world.passes("1 minute")
  yield* world.goesOnTrial
  yield* world.isUpgraded
  yield* world.stops
}))
