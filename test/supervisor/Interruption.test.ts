// A larger program ends the run: by interrupting its fiber, by closing its scope, or by a bug in a service that it replaced. The node never outlives it.
import { Cause, Effect, Exit, Fiber, Layer, Stream } from "effect"
import { expect } from "vitest"
import { PlanReading } from "../../src/domain/Readiness.ts"
import { FileWatcher } from "../../src/services/FileWatcher.ts"
import { about } from "../support/Scenario.ts"
import { code, deaf, obedient } from "../support/world/Operator.ts"
import type { World } from "../support/World.ts"

const scenario = about("interruption")

/** Interrupts the run, and goes on; the fiber that is returned ends when the interruption has. */
const interrupts = (world: World) => Effect.andThen(world.tell("the program around it interrupts the run"), Effect.forkScoped(Fiber.interrupt(world.life.fiber)))

const runs = Effect.fnUntraced(function*(world: World, script = obedient) {
  yield* world.script("genesis", script)
  yield* world.run(["start"])
  yield* world.reaches("Running")
  yield* world.passes("1 second")
})

scenario("the run is interrupted: one SIGTERM, and the interruption returns when the node is gone", {}, Effect.fnUntraced(function*(world) {
  yield* runs(world, { onTerminate: { afterMillis: 3000, exit: code(0) } })
  const interruption = yield* interrupts(world)
  yield* world.passes("2999 millis")
  expect(interruption.pollUnsafe()).toBeUndefined()
  yield* world.passes("1 millis")
  yield* Fiber.join(interruption)
  expect(world.signals).toEqual(["SIGTERM to pid 101"])
  expect(yield* world.journal).not.toHaveProperty("child")
}))

scenario("the run is interrupted and the node does not obey: SIGKILL to its group after the grace", { settings: { DAEMON_SHUTDOWN_GRACE: "15s" } }, Effect.fnUntraced(function*(world) {
  yield* runs(world, { ...deaf, leaves: "stubborn" })
  const interruption = yield* interrupts(world)
  yield* world.passes("15100 millis")
  yield* Fiber.join(interruption)
  expect(world.signals).toEqual(["SIGTERM to pid 101", "SIGKILL to the group of pid 101"])
}))

scenario("the run is interrupted, and a person asks too: that request is the first, not the second", {}, Effect.fnUntraced(function*(world) {
  yield* runs(world, { onTerminate: { afterMillis: 5000, exit: code(0) } })
  const interruption = yield* interrupts(world)
  yield* world.reaches("Stopping")
  yield* world.signal("SIGTERM")
  yield* world.hears("asked to stop by SIGTERM")
  yield* world.signal("SIGTERM")
  yield* world.hears("a third request kills the node")
  yield* world.passes("5 seconds")
  yield* Fiber.join(interruption)
  expect(world.signals).toEqual(["SIGTERM to pid 101"])
}))

scenario("the run is interrupted while the node is being stopped for an upgrade: it is undone", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* runs(world)
  yield* world.plan("v2", 100)
  yield* world.reaches("Stopping")
  const interruption = yield* interrupts(world)
  yield* world.passes("200 millis")
  yield* Fiber.join(interruption)
  expect(world.starts).toEqual(["genesis"])
  expect(yield* world.journal).not.toHaveProperty("inFlight")
}))

scenario("the run is interrupted while the link is being switched: it is switched back", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* runs(world)
  yield* world.plan("v2", 100)
  yield* world.reaches("Stopping")
  const held = yield* world.troubles.hold("rename", world.home.current)
  yield* world.passes("200 millis")
  yield* held.reached
  const interruption = yield* interrupts(world)
  yield* world.learns("StopRequested")
  yield* held.release
  yield* Fiber.join(interruption)
  expect(yield* world.link).toBe("genesis")
  expect(world.starts).toEqual(["genesis"])
}))

scenario("the run is interrupted while a failed node waits for its restart: it is over at once", {}, Effect.fnUntraced(function*(world) {
  yield* world.script("genesis", { ends: { afterMillis: 100, exit: code(1) } })
  yield* world.run()
  yield* world.passes("100 millis")
  yield* world.reaches("BackingOff")
  yield* Fiber.join(yield* interrupts(world))
  expect(world.starts).toEqual(["genesis"])
}))

scenario("the run is interrupted before anything was started: nothing is, and the home is free", {}, Effect.fnUntraced(function*(world) {
  const held = yield* world.troubles.hold("read", world.home.stateFile)
  yield* world.run()
  yield* held.reached
  const interruption = yield* interrupts(world)
  yield* world.passes("1 second")
  yield* held.release
  yield* Fiber.join(interruption)
  expect(world.starts).toEqual([])
  expect(world.locks.isHeld(world.home.lockFile)).toBe(false)
}))

/** Breaks after a while. */
const broken = Layer.succeed(FileWatcher, {
  read: Effect.succeed(PlanReading.Absent()),
  readings: Stream.fromEffect(Effect.andThen(Effect.sleep("5 seconds"), Effect.die(new Error("a bug in the watcher"))))
})

scenario("a bug in a replaced service ends the run with that bug, and the node is stopped first", { watcher: broken }, Effect.fnUntraced(function*(world) {
  yield* runs(world, { onTerminate: { afterMillis: 3000, exit: code(0) } })
  yield* world.passes("4 seconds")
  expect(world.signals).toEqual(["SIGTERM to pid 101"])
  expect(world.life.fiber.pollUnsafe()).toBeUndefined()
  yield* world.passes("3 seconds")
  const exit = yield* Fiber.await(world.life.fiber)
  expect(Exit.isFailure(exit) && Cause.squash(exit.cause)).toEqual(new Error("a bug in the watcher"))
  expect(world.locks.isHeld(world.home.lockFile)).toBe(false)
}))

scenario("a bug in a replaced service while the node does not obey: SIGKILL after the grace, then the bug", {
  watcher: broken,
  settings: { DAEMON_SHUTDOWN_GRACE: "15s" }
}, Effect.fnUntraced(function*(world) {
  yield* runs(world, deaf)
  yield* world.passes("4 seconds")
  yield* world.passes("15 seconds")
  const exit = yield* Fiber.await(world.life.fiber)
  expect(Exit.isFailure(exit) && Cause.squash(exit.cause)).toEqual(new Error("a bug in the watcher"))
  expect(world.signals.slice(0, 2)).toEqual(["SIGTERM to pid 101", "SIGKILL to the group of pid 101"])
}))

scenario("a bug during an upgrade: the node is stopped, and the next wemixvisor finishes the upgrade", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* runs(world)
  yield* world.plan("v2", 100)
  yield* world.reaches("Stopping")
  const trouble = yield* world.troubles.bug("rename", world.home.current)
  yield* world.passes("200 millis")
  const exit = yield* Fiber.await(world.life.fiber)
  expect(Exit.isFailure(exit) && Cause.hasDies(exit.cause)).toBe(true)
  yield* trouble.ends
  yield* world.run(["start"])
  yield* world.reaches("Probation")
  yield* world.isUpgraded
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v2"])
}))
