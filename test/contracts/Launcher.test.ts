// What both launchers promise of a child: its end as a value, one SIGTERM, its group, and that a closed scope leaves nothing running.
import { assert } from "@effect/vitest"
import { Effect, Exit, Option, Scope } from "effect"
import { ChildExit } from "../../src/domain/ChildExit.ts"
import { currentBinary, releaseBinary } from "../../src/domain/Home.ts"
import { genesis } from "../../src/domain/Release.ts"
import { Config } from "../../src/services/Config.ts"
import { Disk } from "../../src/services/Disk.ts"
import { write } from "./Places.ts"
import { type Behaviour, onBothLaunchers, Stage, start, until } from "./Stages.ts"

/** A child that plays its part already. */
const started = Effect.fnUntraced(function*(behaviour: Behaviour, ...words: ReadonlyArray<string>) {
  const stage = yield* Stage
  yield* stage.play(behaviour)
  const child = yield* start(...words)
  yield* stage.ready
  return child
})

const playing = (behaviour: Behaviour) => Effect.andThen(Stage.use(({ play }) => play(behaviour)), start())

const byTerm = ChildExit.Signal({ signal: "SIGTERM", number: 15 })
const byKill = ChildExit.Signal({ signal: "SIGKILL", number: 9 })

onBothLaunchers("a child", (promises) => {
  promises("has a pid and an identity while it runs", Effect.gen(function*() {
    const child = yield* started("runs until SIGTERM")
    const identity = Option.getOrThrow(child.identity)
    assert.strictEqual(identity.pid, child.pid)
    assert.match(identity.startTicks, /^\d+$/)
    assert.notStrictEqual(identity.bootId, "")
  }))
  promises("ends with its code, and says so as often as it is asked", Effect.gen(function*() {
    const child = yield* playing("ends with 3")
    assert.deepStrictEqual([yield* child.exit, yield* child.exit], [ChildExit.Code({ code: 3 }), ChildExit.Code({ code: 3 })])
  }))
  promises("that lives for a while ends with its code", Effect.gen(function*() {
    const child = yield* started("ends with 3 after a while")
    assert.isTrue(yield* child.hasGroup)
    assert.deepStrictEqual(yield* child.exit, ChildExit.Code({ code: 3 }))
  }))
  promises("ends with the signal that ended it", Effect.gen(function*() {
    const child = yield* playing("ends by SIGKILL")
    assert.deepStrictEqual(yield* child.exit, byKill)
  }))
  promises("that does not care for SIGTERM dies of it", Effect.gen(function*() {
    const child = yield* started("runs until SIGTERM")
    yield* child.terminate
    assert.deepStrictEqual(yield* child.exit, byTerm)
  }))
  promises("ends in its own way on SIGTERM", Effect.gen(function*() {
    const child = yield* started("ends with 5 on SIGTERM")
    yield* child.terminate
    assert.deepStrictEqual(yield* child.exit, ChildExit.Code({ code: 5 }))
  }))
  promises("gets SIGTERM exactly once, however often it is asked to end", Effect.gen(function*() {
    const [stage, child] = [yield* Stage, yield* started("counts SIGTERM")]
    yield* child.terminate
    yield* until("it got one", Effect.map(stage.signals, (count) => count === 1))
    yield* child.terminate
    yield* child.terminate
    yield* stage.finish(child)
    assert.deepStrictEqual(yield* child.exit, ChildExit.Code({ code: 0 }))
    assert.strictEqual(yield* stage.signals, 1)
  }))
  promises("that ignores SIGTERM goes on, and SIGKILL to its group ends it", Effect.gen(function*() {
    const child = yield* started("ignores SIGTERM")
    yield* child.terminate
    assert.isTrue(yield* child.hasGroup)
    yield* child.signalGroup("SIGKILL")
    assert.deepStrictEqual(yield* child.exit, byKill)
  }))
  promises("may be signalled after its end, to no effect", Effect.gen(function*() {
    const child = yield* playing("ends with 3")
    yield* child.exit
    yield* child.terminate
    yield* child.signalGroup("SIGTERM")
    yield* child.signalGroup("SIGKILL")
    assert.deepStrictEqual(yield* child.exit, ChildExit.Code({ code: 3 }))
  }))
  promises("has a group while it lives, and none after its end", Effect.gen(function*() {
    const child = yield* started("runs until SIGTERM")
    assert.isTrue(yield* child.hasGroup)
    yield* child.terminate
    yield* child.exit
    assert.isFalse(yield* child.hasGroup)
  }))
  promises("that leaves another one behind has ended, and its group has not, until SIGTERM to it", Effect.gen(function*() {
    const child = yield* playing("leaves another one behind")
    assert.deepStrictEqual(yield* child.exit, ChildExit.Code({ code: 4 }))
    assert.isTrue(yield* child.hasGroup)
    yield* child.signalGroup("SIGTERM")
    yield* until("the group is gone", Effect.map(child.hasGroup, (has) => !has))
  }))
  promises("that leaves a stubborn one behind has a group until SIGKILL to it", Effect.gen(function*() {
    const child = yield* playing("leaves a stubborn one behind")
    yield* child.exit
    yield* child.signalGroup("SIGTERM")
    assert.isTrue(yield* child.hasGroup)
    yield* child.signalGroup("SIGKILL")
    yield* until("the group is gone", Effect.map(child.hasGroup, (has) => !has))
  }))
  promises("started a second time is another process", Effect.gen(function*() {
    const [one, other] = [yield* started("runs until SIGTERM"), yield* started("runs until SIGTERM")]
    assert.notStrictEqual(one.pid, other.pid)
    yield* one.terminate
    yield* one.exit
    assert.isTrue(yield* other.hasGroup)
  }))
})

onBothLaunchers("closing the scope", (promises) => {
  /** The child, and what closes its scope. */
  const scoped = Effect.fnUntraced(function*(behaviour: Behaviour) {
    const scope = yield* Scope.fork(yield* Effect.scope)
    const child = yield* started(behaviour).pipe(Scope.provide(scope))
    return { child, close: Scope.close(scope, Exit.void) }
  })
  promises("sends SIGTERM to a child that lives, and waits for its end", Effect.gen(function*() {
    const { child, close } = yield* scoped("ends with 5 on SIGTERM")
    yield* close
    assert.isFalse(yield* child.hasGroup)
    assert.deepStrictEqual(yield* child.exit, ChildExit.Code({ code: 5 }))
  }))
  promises("sends SIGKILL to one that still lives after the grace", Effect.gen(function*() {
    const { child, close } = yield* scoped("ignores SIGTERM")
    yield* close
    assert.deepStrictEqual(yield* child.exit, byKill)
    assert.isFalse(yield* child.hasGroup)
  }))
  promises("sends no second SIGTERM", Effect.gen(function*() {
    const [stage, { child, close }] = [yield* Stage, yield* scoped("counts SIGTERM")]
    yield* child.terminate
    yield* until("it got one", Effect.map(stage.signals, (count) => count === 1))
    const closing = yield* Effect.forkScoped(close, { startImmediately: true })
    yield* stage.finish(child)
    yield* child.exit
    yield* until("it is closed", Effect.sync(() => closing.pollUnsafe() !== undefined))
    assert.deepStrictEqual(yield* child.exit, ChildExit.Code({ code: 0 }))
  }))
  promises("of a child that has ended is done at once and changes nothing", Effect.gen(function*() {
    const scope = yield* Scope.fork(yield* Effect.scope)
    yield* Stage.use(({ play }) => play("ends with 3"))
    const child = yield* start().pipe(Scope.provide(scope))
    yield* child.exit
    yield* Scope.close(scope, Exit.void)
    assert.deepStrictEqual(yield* child.exit, ChildExit.Code({ code: 3 }))
  }))
  for (const behaviour of ["leaves another one behind", "leaves a stubborn one behind"] as const) {
    promises(`of a child that ${behaviour} ends its group`, Effect.gen(function*() {
      const scope = yield* Scope.fork(yield* Effect.scope)
      yield* Stage.use(({ play }) => play(behaviour))
      const child = yield* start().pipe(Scope.provide(scope))
      yield* child.exit
      yield* Scope.close(scope, Exit.void)
      yield* until("the group is gone", Effect.map(child.hasGroup, (has) => !has))
    }))
  }
})

onBothLaunchers("a start that is refused", (promises) => {
  const refused = Effect.gen(function*() {
    const { home } = yield* Config
    const error = yield* Effect.flip(start())
    assert.deepStrictEqual([error._tag, error.path], ["LaunchError", currentBinary(home)])
    assert.strictEqual(error.message, `cannot start ${currentBinary(home)}: ${error.code}`)
    return { code: error.code, problem: error.problem._tag }
  })
  promises("is ENOENT where there is no binary, or no release at all", Effect.gen(function*() {
    const [disk, { home }] = [yield* Disk, yield* Config]
    yield* Stage.use(({ play }) => play("ends with 3"))
    yield* disk.remove(releaseBinary(home, genesis))
    assert.deepStrictEqual(yield* refused, { code: "ENOENT", problem: "BinaryMissing" })
    yield* disk.remove(home.current)
    assert.deepStrictEqual(yield* refused, { code: "ENOENT", problem: "BinaryMissing" })
  }))
  promises("is EACCES where the binary may not be executed, or is a directory", Effect.gen(function*() {
    const [disk, { home }] = [yield* Disk, yield* Config]
    yield* Stage.use(({ play }) => play("ends with 3"))
    yield* disk.remove(releaseBinary(home, genesis))
    yield* write(releaseBinary(home, genesis), "#!/bin/sh\nexit 0\n", 0o644)
    assert.deepStrictEqual(yield* refused, { code: "EACCES", problem: "NotExecutable" })
    yield* disk.remove(releaseBinary(home, genesis))
    yield* disk.makeDirectory(releaseBinary(home, genesis))
    assert.deepStrictEqual(yield* refused, { code: "EACCES", problem: "NotExecutable" })
  }))
  promises("leaves the next one free to succeed", Effect.gen(function*() {
    const [disk, { home }] = [yield* Disk, yield* Config]
    yield* Stage.use(({ play }) => play("ends with 3"))
    yield* disk.remove(releaseBinary(home, genesis))
    yield* refused
    assert.deepStrictEqual(yield* Effect.flatMap(playing("ends with 3"), ({ exit }) => exit), ChildExit.Code({ code: 3 }))
  }))
})
