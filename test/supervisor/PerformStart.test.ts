// The run is over, or asked to be, while a launcher that a larger program brought is still at the start of the node: the node does not outlive it.
import { Cause, Deferred, Effect, Exit, Fiber, Layer, Scope, Stream } from "effect"
import { expect } from "vitest"
import { PlanReading } from "../../src/domain/Readiness.ts"
import { FileWatcher } from "../../src/services/FileWatcher.ts"
import { about } from "../support/Scenario.ts"
import type { Options, World } from "../support/World.ts"

const scenario = about("perform-start")

/** A launcher whose children run for a while before it says so, and only then belong to anybody: it does not keep interruptions away. */
const slow = () => {
  const [isStarted, isTold] = [Deferred.makeUnsafe<void>(), Deferred.makeUnsafe<void>()]
  const launcher: NonNullable<Options["launcher"]> = (usual) => ({
    ...usual,
    start: Effect.fnUntraced(function*(program) {
      const scope = yield* Scope.make()
      const child = yield* Scope.provide(usual.start(program), scope)
      yield* Deferred.succeed(isStarted, undefined)
      yield* Deferred.await(isTold)
      yield* Effect.addFinalizer(() => Scope.close(scope, Exit.void))
      return child
    })
  })
  return { launcher, starts: Deferred.await(isStarted), tells: (world: World) => Effect.andThen(world.tell("the launcher says that the node runs"), Deferred.succeed(isTold, undefined)) }
}

const broken = Layer.succeed(FileWatcher, {
  read: Effect.succeed(PlanReading.Absent()),
  readings: Stream.fromEffect(Effect.andThen(Effect.sleep("5 seconds"), Effect.die(new Error("a bug in the watcher"))))
})

const first = slow()
scenario("a bug ends the run before the launcher says that the node runs: that node is stopped, and then the run is over", { launcher: first.launcher, watcher: broken }, Effect.fnUntraced(function*(world) {
  yield* world.run(["start"])
  yield* first.starts
  yield* world.passes("5 seconds")
  yield* world.hears("a bug in wemixvisor")
  expect(world.signals).toEqual([])
  expect(world.life.fiber.pollUnsafe()).toBeUndefined()
  yield* first.tells(world)
  yield* world.passes("200 millis")
  const exit = yield* Fiber.await(world.life.fiber)
  expect(Exit.isFailure(exit) && Cause.squash(exit.cause)).toEqual(new Error("a bug in the watcher"))
  expect(world.signals).toEqual(["SIGTERM to pid 101"])
}))

const second = slow()
scenario("the run is interrupted before the launcher says that the node runs: that node is stopped, and then the run is over", { launcher: second.launcher }, Effect.fnUntraced(function*(world) {
  yield* world.run(["start"])
  yield* second.starts
  yield* world.tell("the program around it interrupts the run")
  const interruption = yield* Effect.forkScoped(Fiber.interrupt(world.life.fiber))
  yield* world.passes("1 second")
  expect([interruption.pollUnsafe(), world.signals]).toEqual([undefined, []])
  yield* second.tells(world)
  yield* world.passes("200 millis")
  yield* Fiber.join(interruption)
  expect(world.signals).toEqual(["SIGTERM to pid 101"])
  expect(yield* world.journal).not.toHaveProperty("child")
}))
