// The wall clock is set back or forward while wemixvisor runs: how long things took, and how often the node was started again, is judged without it.
import { Clock, Effect } from "effect"
import { expect } from "vitest"
import { about } from "../support/Scenario.ts"
import { code, obedient } from "../support/world/Operator.ts"
import type { World } from "../support/World.ts"

const scenario = about("wall-clock")

const dayMillis = 86_400_000

/** The clock of the test, whose wall clock alone can be set; what it tells of time that has passed stays right. */
const settable = Effect.map(Clock.Clock, (clock) => {
  let aheadMillis = 0
  const millis = () => clock.currentTimeMillisUnsafe() + aheadMillis
  const nanos = () => BigInt(millis()) * 1_000_000n
  const settable: Clock.Clock = {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
    monotonicTimeNanos: clock.monotonicTimeNanos,
    sleep: (duration) => clock.sleep(duration)
  }
  return { clock: settable, set: (byMillis: number) => Effect.sync(() => void (aheadMillis += byMillis)) }
})

/** Starts a wemixvisor that has such a clock, whose node fails five times, and runs on then until it is ended. */
const failsFiveTimes = Effect.fnUntraced(function*(world: World) {
  const { clock, set } = yield* settable
  yield* world.script("genesis", (start) => start > 5 ? obedient : { ends: { afterMillis: 100, exit: code(1) } })
  yield* Effect.provideService(world.run(), Clock.Clock, clock)
  yield* world.passes("1 minute")
  yield* world.hears("restart 5 of 5")
  const sets = (byMillis: number) => Effect.andThen(world.tell(`the wall clock is set ${byMillis < 0 ? "back" : "forward"} by a day`), set(byMillis))
  return { back: sets(-dayMillis), forward: sets(dayMillis) }
})

scenario("set back after five restarts that are long ago: they do not count for the next failure", {}, Effect.fnUntraced(function*(world) {
  const { back } = yield* failsFiveTimes(world)
  yield* world.passes("10 minutes")
  yield* back
  yield* world.nodes.end(106, code(1))
  yield* world.hears("restart 1 of 5")
  yield* world.passes("1 second")
  yield* world.reaches("Running")
  yield* world.stops
  expect(world.starts).toHaveLength(7)
  expect(world.said("genesis ended by itself with code 1 after 10m")).toHaveLength(1)
}))

scenario("set forward after five restarts that are not long ago: they count, and the node is given up", {}, Effect.fnUntraced(function*(world) {
  const { forward } = yield* failsFiveTimes(world)
  yield* forward
  yield* world.nodes.end(106, code(1))
  yield* world.ends(1)
  expect(world.starts).toHaveLength(6)
}))

/** Sets the clock while the node is down between two starts. */
const saysDowntime = (title: string, byMillis: number) =>
  scenario(title, {}, Effect.fnUntraced(function*(world) {
    const { clock, set } = yield* settable
    yield* Effect.provideService(world.run(), Clock.Clock, clock)
    yield* world.reaches("Running")
    yield* world.passes("2 minutes")
    yield* world.nodes.end(101, code(1))
    yield* world.reaches("BackingOff")
    yield* set(byMillis)
    yield* world.passes("1 second")
    yield* world.hears("started genesis, pid 102, after 1.0s of downtime")
    yield* world.stops
  }))

saysDowntime("set back while the node is down: the downtime is the second that it was down", -dayMillis)
saysDowntime("set forward while the node is down: the downtime is the second that it was down", dayMillis)
