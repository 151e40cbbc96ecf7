// Section 6: one SIGTERM, the grace, SIGKILL to the group; what a second and a third request do, and what the log says meanwhile.
import { Effect } from "effect"
import { expect } from "vitest"
import { about } from "../support/Scenario.ts"
import { code, deaf, obedient } from "../support/world/Operator.ts"
import type { World } from "../support/World.ts"

const scenario = about("stopping")

const isAskedToStop = Effect.fnUntraced(function*(world: World) {
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.passes("1 second")
  yield* world.signal("SIGTERM")
  yield* world.reaches("Stopping")
})

for (const signal of ["SIGTERM", "SIGINT", "SIGQUIT"] as const) {
  scenario(`${signal}: SIGTERM to the child alone, exactly once, and exit 0 whatever its code`, {}, Effect.fnUntraced(function*(world) {
    yield* world.script("genesis", { onTerminate: { afterMillis: 4000, exit: code(130) } })
    yield* world.run()
    yield* world.reaches("Running")
    yield* world.signal(signal)
    yield* world.passes("4 seconds")
    expect(yield* world.ends(0)).toMatchObject({ _tag: "Stopped" })
    expect(world.signals).toEqual(["SIGTERM to pid 101"])
  }))
}

scenario("the node does not obey: a line each 10 seconds, and SIGKILL to the group after the grace", { settings: { DAEMON_SHUTDOWN_GRACE: "35s" } }, Effect.fnUntraced(function*(world) {
  yield* world.script("genesis", deaf)
  yield* isAskedToStop(world)
  yield* world.passes("34 seconds")
  expect(world.said("still stopping")).toHaveLength(3)
  expect(world.signals).toEqual(["SIGTERM to pid 101"])
  yield* world.passes("1 second")
  yield* world.ends(0)
  expect(world.signals).toEqual(["SIGTERM to pid 101", "SIGKILL to the group of pid 101"])
}))

scenario("a second request says how long it has been and what is left; a third one kills at once", {}, Effect.fnUntraced(function*(world) {
  yield* world.script("genesis", deaf)
  yield* isAskedToStop(world)
  yield* world.passes("5 seconds")
  yield* world.signal("SIGINT")
  yield* world.hears("stopping for 5.0s already, 4m55s of the grace are left")
  yield* world.passes("2 seconds")
  expect(world.signals).toEqual(["SIGTERM to pid 101"])
  yield* world.signal("SIGTERM")
  yield* world.ends(0)
  expect(world.signals).toEqual(["SIGTERM to pid 101", "SIGKILL to the group of pid 101"])
}))

scenario("a stop for an upgrade is no request: the first is not the second", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* world.script("genesis", deaf)
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.plan("v2", 100)
  yield* world.reaches("Stopping")
  yield* world.passes("5 seconds")
  yield* world.signal("SIGINT")
  yield* world.hears("asked to stop by SIGINT")
  yield* world.signal("SIGINT")
  yield* world.hears("a third request kills the node")
  yield* world.signal("SIGINT")
  yield* world.ends(0)
  expect(world.signals).toEqual(["SIGTERM to pid 101", "SIGKILL to the group of pid 101"])
}))

scenario("an infinite grace: a line each 10 seconds for as long as it takes, and no SIGKILL", { settings: { DAEMON_SHUTDOWN_GRACE: "infinity" } }, Effect.fnUntraced(function*(world) {
  yield* world.script("genesis", { onTerminate: { afterMillis: 125_000, exit: code(0) } })
  yield* isAskedToStop(world)
  yield* world.passes("10 seconds")
  yield* world.signal("SIGTERM")
  yield* world.passes("115 seconds")
  yield* world.ends(0)
  expect(world.said("no limit is set")).toHaveLength(14)
  expect(world.signals).toEqual(["SIGTERM to pid 101"])
}))

scenario("SIGHUP while the node is being stopped changes nothing", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* world.script("genesis", { onTerminate: { afterMillis: 3000, exit: code(0) } })
  yield* isAskedToStop(world)
  yield* world.plan("v2", 100)
  yield* world.signal("SIGHUP")
  yield* world.signal("SIGHUP")
  yield* world.passes("3 seconds")
  yield* world.ends(0)
  expect(world.starts).toEqual(["genesis"])
  expect(world.signals).toEqual(["SIGTERM to pid 101"])
}))

scenario("a stopped node leaves a process behind: that gets SIGTERM, and the end waits for it", {}, Effect.fnUntraced(function*(world) {
  yield* world.script("genesis", { ...obedient, leaves: { afterMillis: 5000 } })
  yield* isAskedToStop(world)
  yield* world.passes("1 second")
  expect(world.signals).toEqual(["SIGTERM to pid 101", "SIGTERM to the group of pid 101"])
  yield* world.passes("5 seconds")
  yield* world.ends(0)
  expect(world.signals).toHaveLength(2)
}))

scenario("a stopped node leaves a process behind that does not obey: it gets what is left of the grace, then SIGKILL", {
  settings: { DAEMON_SHUTDOWN_GRACE: "15s" }
}, Effect.fnUntraced(function*(world) {
  yield* world.script("genesis", { onTerminate: { afterMillis: 4000, exit: code(0) }, leaves: "stubborn" })
  yield* isAskedToStop(world)
  yield* world.passes("14 seconds")
  expect(world.signals).toEqual(["SIGTERM to pid 101", "SIGTERM to the group of pid 101"])
  yield* world.passes("1100 millis")
  yield* world.ends(0)
  expect(world.signals[2]).toBe("SIGKILL to the group of pid 101")
  expect(world.nodes.deeds.find((deed) => deed._tag === "Signalled" && deed.signal === "SIGKILL")?.atMillis).toBe(16_000)
}))

scenario("a node that failed leaves a process behind: it is gone before the node is started again", { settings: { DAEMON_SHUTDOWN_GRACE: "15s" } }, Effect.fnUntraced(function*(world) {
  yield* world.script("genesis", (start) => start > 1 ? obedient : { ends: { afterMillis: 1000, exit: code(1) }, leaves: "stubborn" })
  yield* world.run()
  yield* world.passes("1 second")
  yield* world.reaches("Stopping")
  yield* world.passes("15100 millis")
  expect(world.signals).toEqual(["SIGTERM to the group of pid 101", "SIGKILL to the group of pid 101"])
  yield* world.reaches("BackingOff")
  yield* world.passes("1 second")
  yield* world.reaches("Running")
  yield* world.stops
}))

scenario("a node that ended with 0 leaves a process behind: wemixvisor ends with 0 once it is gone", {}, Effect.fnUntraced(function*(world) {
  yield* world.script("genesis", { ends: { afterMillis: 1000, exit: code(0) }, leaves: { afterMillis: 300 } })
  yield* world.run()
  yield* world.passes("2 seconds")
  expect(yield* world.ends(0)).toMatchObject({ _tag: "NodeEnded", exit: { code: 0 } })
}))

scenario("a stop request while a process of a failed node is waited for: nothing is started, and it is not asked again", {}, Effect.fnUntraced(function*(world) {
  yield* world.script("genesis", { ends: { afterMillis: 1000, exit: code(1) }, leaves: { afterMillis: 3000 } })
  yield* world.run()
  yield* world.passes("2 seconds")
  yield* world.reaches("Stopping")
  yield* world.signal("SIGTERM")
  yield* world.passes("3 seconds")
  expect(yield* world.ends(0)).toMatchObject({ _tag: "Stopped" })
  expect(world.signals).toEqual(["SIGTERM to the group of pid 101"])
}))
