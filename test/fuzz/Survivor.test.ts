// Whatever a state file says of a child, nobody is signalled who is not one of this home's: held against the real launcher, with the sending of signals taken out.
import { afterEach, beforeEach, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Option, Scope } from "effect"
import { expect, vi } from "vitest"
import type { ProcessIdentity } from "../../src/domain/Journal.ts"
import { genesis } from "../../src/domain/Release.ts"
import { Config } from "../../src/services/Config.ts"
import { type Child, Launcher } from "../../src/services/Launcher.ts"
import { layerMemory } from "../../src/services/MemoryDisk.ts"
import * as ProcessTable from "../../src/services/ProcessTable.ts"
import type { Dice } from "../support/Dice.ts"
import { fuzzing } from "./Fuzz.ts"

const { holds } = fuzzing(import.meta.filename)

const layer = Launcher.layer.pipe(Layer.provideMerge(Layer.merge(Config.layerOf({ DAEMON_HOME: "/node" }), layerMemory())))

/** Every signal that was to be sent, by the number that kill(2) gets. */
let sent: Array<readonly [number, string | number | undefined]> = []

beforeEach(() => {
  const { kill } = process
  sent = []
  vi.spyOn(process, "kill").mockImplementation((pid, signal) => {
    if (signal === 0) return kill.call(process, pid, 0)
    sent.push([pid, signal])
    return true
  })
})

afterEach(() => void vi.restoreAllMocks())

/** What Boot finds by this identity. The scope is left open: its end would wait for the end of what was found. */
const found = (identity: ProcessIdentity) =>
  Effect.gen(function*() {
    const context = yield* Layer.build(layer)
    const record = { release: genesis, path: "/node/wemixvisor/current/bin/wemixd", arguments: [], stopSent: false, identity }
    return yield* Context.get(context, Launcher).find(record).pipe(Scope.provide(yield* Scope.make()))
  })

/** All that is ever sent to a child. */
const signalled = (child: Child) => child.terminate.pipe(Effect.andThen(child.signalGroup("SIGTERM")), Effect.andThen(child.signalGroup("SIGKILL")))

const isNobody = Effect.fnUntraced(function*(identity: ProcessIdentity) {
  const child = yield* found(identity)
  yield* Effect.forEach(Option.toArray(child), signalled)
  expect(sent, `signals because of ${JSON.stringify(identity)}`).toEqual([])
})

/** Pids that kill(2) takes for somebody else than one process, those that are none, and those that are never a child of this home. */
const oddPids = [0, -0, -1, -2, 1, 2, -process.pid, process.pid, -process.ppid, 2 ** 22, 2 ** 22 + 1, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1, -(2 ** 53 - 1)]

const identityOf = Effect.fnUntraced(function*(dice: Dice) {
  const pid = dice.any(oddPids) ?? 0
  const real = Option.getOrUndefined(yield* ProcessTable.identify(pid))
  const bootId = dice.oneIn(4) ? "another boot" : yield* ProcessTable.bootId
  return { pid, startTicks: real !== undefined && !dice.oneIn(3) ? real.startTicks : dice.pick(["", "0", "1", "99"]), bootId }
})

describe("a child in a state file", () => {
  holds("that cannot be one of this home signals nobody", 200, (dice) => Effect.flatMap(identityOf(dice), isNobody))

  it.effect("that leads no group of its own, as no child of a launcher would, signals nobody", () =>
    Effect.gen(function*() {
      const others = (yield* ProcessTable.listByPs).filter(({ group, pid }) => group !== pid).slice(0, 20)
      expect(others.length).toBeGreaterThan(0)
      for (const { pid } of others) {
        yield* Effect.forEach(Option.toArray(yield* ProcessTable.identify(pid)), isNobody)
      }
    }))

  for (const pid of [0, -1, 1, process.pid]) {
    const name = pid === process.pid ? "of wemixvisor itself" : String(pid)
    it.effect(`with the pid ${name} and the right boot and start signals nobody`, () =>
      Effect.gen(function*() {
        const real = Option.getOrUndefined(yield* ProcessTable.identify(pid))
        yield* isNobody({ pid, startTicks: real?.startTicks ?? "", bootId: yield* ProcessTable.bootId })
      }))
  }
})
