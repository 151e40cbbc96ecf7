// Every upgrade begins with its line, by whatever way it comes about.
import { Effect } from "effect"
import { expect } from "vitest"
import { about } from "../support/Scenario.ts"
import { code, obedient } from "../support/world/Operator.ts"

const scenario = about("announced")

scenario("a newer plan comes while the roll-back is refused: once that is done it is announced, and carried out with the node down", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2", { script: { ends: { afterMillis: 1000, exit: code(2) } } })
  yield* world.install("v3", { script: obedient })
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.plan("v2", 100)
  yield* world.goesOnTrial
  const trouble = yield* world.troubles.refuse("rename", world.home.current, "EIO")
  yield* world.passes("10 seconds")
  yield* world.plan("v3", 200)
  yield* trouble.ends
  yield* world.passes("5 seconds")
  yield* world.reaches("Probation")
  expect(world.said("genesis -> v3 at height 200")).toHaveLength(1)
  yield* world.isUpgraded
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v2", "v3"])
}))
