// What both launchers promise of a child that outlived its wemixvisor: exactly that process is found, or nothing.
import { assert } from "@effect/vitest"
import { Effect, Exit, Option, Scope } from "effect"
import { ChildExit } from "../../src/domain/ChildExit.ts"
import type { ProcessIdentity } from "../../src/domain/Journal.ts"
import { Launcher } from "../../src/services/Launcher.ts"
import { announced, type Behaviour, onBothLaunchers, Stage, start, until } from "./Stages.ts"

const words = ["--datadir", "/srv/a b", ""]

/** A child that runs, its identity, and its record. */
const survivor = Effect.fnUntraced(function*(behaviour: Behaviour) {
  const stage = yield* Stage
  yield* stage.play(behaviour)
  const child = yield* start(...words)
  yield* stage.ready
  const identity = Option.getOrThrow(child.identity)
  return { child, identity, announcement: yield* announced(...words), record: { ...yield* announced(...words), identity } }
})

const find = (record: Parameters<Launcher["Service"]["find"]>[0]) => Launcher.use((launcher) => launcher.find(record))

onBothLaunchers("a survivor", (promises) => {
  promises("is found by its identity", Effect.gen(function*() {
    const { child, identity, record } = yield* survivor("runs until SIGTERM")
    const found = Option.getOrThrow(yield* find(record))
    assert.deepStrictEqual([found.pid, found.identity], [child.pid, Option.some(identity)])
    assert.isTrue(yield* found.hasGroup)
  }))
  promises("is found by its announcement where no identity was recorded", Effect.gen(function*() {
    const { announcement, child, identity } = yield* survivor("ends with 5 on SIGTERM")
    const found = Option.getOrThrow(yield* find(announcement))
    assert.deepStrictEqual([found.pid, found.identity], [child.pid, Option.some(identity)])
  }))
  const others: Readonly<Record<string, (identity: ProcessIdentity) => ProcessIdentity>> = {
    "that started at another time": (identity) => ({ ...identity, startTicks: `${identity.startTicks}0` }),
    "of another boot": (identity) => ({ ...identity, bootId: "another" }),
    "with another pid": (identity) => ({ ...identity, pid: identity.pid + 100_000_000 })
  }
  for (const [what, other] of Object.entries(others)) {
    promises(`is not a process ${what}`, Effect.gen(function*() {
      const { identity, record } = yield* survivor("ends with 5 on SIGTERM")
      assert.deepStrictEqual(yield* find({ ...record, identity: other(identity) }), Option.none())
    }))
  }
  promises("is not found by announcement with other arguments", Effect.gen(function*() {
    yield* survivor("ends with 5 on SIGTERM")
    for (const wrong of [[], ["--datadir"], ["--datadir", "/srv/a b"], ["--datadir", "/srv/a", "b", ""], [...words, "x"]]) {
      assert.deepStrictEqual(yield* find(yield* announced(...wrong)), Option.none())
    }
  }))
  promises("is not found once it has ended", Effect.gen(function*() {
    const { announcement, child, record } = yield* survivor("ends with 5 on SIGTERM")
    yield* child.terminate
    yield* child.exit
    assert.deepStrictEqual([yield* find(record), yield* find(announcement)], [Option.none(), Option.none()])
  }))
  promises("has an end that cannot be known", Effect.gen(function*() {
    const { child, record } = yield* survivor("ends with 5 on SIGTERM")
    const found = Option.getOrThrow(yield* find(record))
    yield* found.terminate
    assert.deepStrictEqual(yield* found.exit, ChildExit.Unknown())
    assert.deepStrictEqual(yield* child.exit, ChildExit.Code({ code: 5 }))
    assert.isFalse(yield* found.hasGroup)
  }))
  promises("that was sent SIGTERM already is sent no other", Effect.gen(function*() {
    const stage = yield* Stage
    const { child, record } = yield* survivor("counts SIGTERM")
    yield* child.terminate
    yield* until("it got one", Effect.map(stage.signals, (count) => count === 1))
    const found = Option.getOrThrow(yield* find({ ...record, stopSent: true }))
    yield* found.terminate
    yield* stage.finish(child)
    yield* child.exit
    assert.strictEqual(yield* stage.signals, 1)
  }))
  promises("gets SIGTERM once, however often it is asked to end", Effect.gen(function*() {
    const stage = yield* Stage
    const { child, record } = yield* survivor("counts SIGTERM")
    const found = Option.getOrThrow(yield* find(record))
    yield* found.terminate
    yield* until("it got one", Effect.map(stage.signals, (count) => count === 1))
    yield* found.terminate
    yield* stage.finish(child)
    yield* child.exit
    assert.strictEqual(yield* stage.signals, 1)
  }))
  for (const behaviour of ["ends with 5 on SIGTERM", "ignores SIGTERM"] as const) {
    promises(`that ${behaviour} is ended when its scope closes`, Effect.gen(function*() {
      const { child, record } = yield* survivor(behaviour)
      const scope = yield* Scope.fork(yield* Effect.scope)
      const found = Option.getOrThrow(yield* find(record).pipe(Scope.provide(scope)))
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(yield* found.exit, ChildExit.Unknown())
      assert.deepStrictEqual(yield* child.exit, behaviour === "ignores SIGTERM" ? ChildExit.Signal({ signal: "SIGKILL", number: 9 }) : ChildExit.Code({ code: 5 }))
    }))
  }
})
