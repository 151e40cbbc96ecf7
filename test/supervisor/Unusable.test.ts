// Section 4: content that is no plan. It is said once, stops nothing, and is read again when it changes.
import { Effect } from "effect"
import { expect } from "vitest"
import { about } from "../support/Scenario.ts"

const scenario = about("unusable")

/** What the file is, its content, and what the log says of it. */
const contents: ReadonlyArray<readonly [string, string, string]> = [
  ["empty", "", "is empty"],
  ["white space", " \n", "is empty"],
  ["half a plan", `{"name":"v2","hei`, "is not complete JSON"],
  ["no JSON", "name: v2", "is not complete JSON"],
  ["a list", `[{"name":"v2","height":100}]`, "is not a JSON object"],
  ["without a height", `{"name":"v2"}`, "height is missing"],
  ["without a name", `{"height":100}`, "name is missing"],
  ["for height 0", `{"name":"v2","height":0}`, "must be an integer from 1 to 9223372036854775807"],
  ["for height -5", `{"name":"v2","height":-5}`, "must be an integer from 1 to 9223372036854775807"],
  ["for height 1e30", `{"name":"v2","height":1e30}`, "height"],
  ["for height 1.5", `{"name":"v2","height":1.5}`, "height"],
  ["for height 2^63", `{"name":"v2","height":9223372036854775808}`, "must be an integer from 1 to 9223372036854775807"],
  ["without a legal name (..)", `{"name":"..","height":100}`, `name is ".."`],
  ["without a legal name (empty)", `{"name":"","height":100}`, "name is empty"],
  ["without a legal name (a control character)", `{"name":"v2\\u0000","height":100}`, "name has a control character"],
  ["without a legal name (too long)", `{"name":"${"ä".repeat(43)}","height":100}`, "longer than 255 bytes"],
  ["2 MiB long", `{"name":"v2","height":100,"info":"${"x".repeat(2 * 1024 * 1024)}"}`, "is larger than 1048576 bytes"]
]

for (const [what, content, why] of contents) {
  scenario(`a plan file that is ${what} is said once, and the node is left alone`, {}, Effect.fnUntraced(function*(world) {
    yield* world.install("v2")
    yield* world.run(["start"])
    yield* world.reaches("Running")
    yield* world.passes("1 second")
    yield* world.planText(what, content)
    yield* world.passes("1 second")
    expect(world.said("passed over until it changes")).toHaveLength(1)
    yield* world.planText(`${what}, again`, content)
    yield* world.passes("10 seconds")
    expect(world.said("passed over until it changes")).toHaveLength(1)
    expect(world.said(why)).toHaveLength(1)
    expect(world.signals).toEqual([])
    yield* world.planText("a plan", `{"name":"v2","height":100}`)
    yield* world.goesOnTrial
    yield* world.stops
    expect(world.starts).toEqual(["genesis", "v2"])
  }))
}

scenario("a directory in the plan's place is said once, and the node is left alone", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* world.run()
  yield* world.reaches("Running")
  yield* Effect.orDie(world.disk.makeDirectory(world.home.planFile))
  yield* world.passes("11 seconds")
  expect(world.said("is a directory; passed over until it changes")).toHaveLength(1)
  yield* Effect.orDie(world.disk.rename(world.home.planFile, "/node/elsewhere"))
  yield* world.plan("v2", 100)
  yield* world.goesOnTrial
  yield* world.stops
}))

scenario("a plan that cannot be read is said once, and is carried out when it can", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.passes("5 seconds")
  const trouble = yield* world.troubles.refuse("read", world.home.planFile, "EACCES")
  yield* world.plan("v2", 100)
  yield* world.passes("11 seconds")
  expect(world.said("cannot read /node/data/upgrade-info.json: EACCES; passed over until it changes")).toHaveLength(1)
  yield* trouble.ends
  yield* world.plan("v2", 100)
  yield* world.goesOnTrial
  yield* world.stops
}))

scenario("a plan that is being written in place is carried out once it is whole, and not complained of", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.planText("the first bytes of a plan", `{"name":"v2",`)
  yield* world.passes("900 millis")
  yield* world.planText("the whole plan", `{"name":"v2","height":100}`)
  yield* world.goesOnTrial
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v2"])
  expect(world.said("is not complete JSON")).toEqual([])
}))

scenario("two unusable contents in turn: each is said once, however often it comes back", {}, Effect.fnUntraced(function*(world) {
  yield* world.run()
  yield* world.reaches("Running")
  for (const round of [1, 2, 3]) {
    yield* world.planText(`empty, round ${round}`, "")
    yield* world.passes("1 second")
    yield* world.planText(`a list, round ${round}`, "[]")
    yield* world.passes("1 second")
  }
  expect(world.said("is empty")).toHaveLength(1)
  expect(world.said("is not a JSON object")).toHaveLength(1)
  yield* world.stops
}))

scenario("a plan that could not be read is read when it can be, though only its mode changed", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* world.run()
  yield* world.reaches("Running")
  const trouble = yield* world.troubles.refuse("read", world.home.planFile, "EACCES")
  yield* world.plan("v2", 100)
  yield* world.passes("1 minute")
  expect(world.said("cannot read /node/data/upgrade-info.json: EACCES")).toHaveLength(1)
  yield* trouble.ends
  yield* world.tell("the operator mends the mode of the plan file")
  yield* world.passes("1 minute")
  yield* world.goesOnTrial
  yield* world.stops
}))
