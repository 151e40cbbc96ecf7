// The state file on the real disk: what the system is asked for and in which order, and what stands when it says no halfway.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, type Scope } from "effect"
import { vi } from "vitest"
import { empty, type Journal } from "../../src/domain/Journal.ts"
import { inUpgrades } from "../../src/domain/Release.ts"
import type { Config } from "../../src/services/Config.ts"
import type { Disk } from "../../src/services/Disk.ts"
import { StateFile } from "../../src/services/StateFile.ts"
import { disks, furnishHome, layerConfig } from "./Places.ts"
import { deeds, fs, refuseSync, systemError, whileTested } from "./Spied.ts"

const layer = StateFile.layer.pipe(Layer.provideMerge(layerConfig()), Layer.provideMerge(disks["the real disk"]))

const promises = <A, E>(promise: string, test: Effect.Effect<A, E, Config | Disk | StateFile | Scope.Scope>) =>
  it.live(promise, () => Effect.provide(test, layer))

const history: Journal = { ...empty, lastRan: inUpgrades("v2") }

/** A home with a history. */
const furnish = Effect.gen(function*() {
  const [{ home }, state] = [yield* furnishHome, yield* StateFile]
  yield* state.write(history)
  return { home, state }
})

describe("the state file on a real file system", () => {
  promises("is on the disk before it has its name, and its name is before it is said to be written", Effect.gen(function*() {
    const { home, state } = yield* furnish
    const noted = yield* deeds
    yield* state.write(empty)
    const aside = `${home.stateFile}.new`
    assert.deepStrictEqual(noted, [
      `write ${aside}`,
      `sync ${aside}`,
      `close ${aside}`,
      `rename ${aside} to ${home.stateFile}`,
      `sync ${home.root}`,
      `close ${home.root}`
    ])
  }))
  promises("keeps its old content, and says so, where the device does not keep the new one", Effect.gen(function*() {
    const { home, state } = yield* furnish
    const noted = yield* deeds
    yield* refuseSync("EIO")
    const error = yield* Effect.flip(state.write(empty))
    assert.deepStrictEqual([error.reason, error.message], ["Refused", `cannot write ${home.stateFile}.new: EIO`])
    assert.deepStrictEqual(noted.filter((deed) => deed.startsWith("rename")), [])
    assert.deepStrictEqual(yield* state.read, Option.some(history))
  }))
  promises("keeps its old content where there is no more room after half of the new one", Effect.gen(function*() {
    const { state } = yield* furnish
    const { writeSync } = fs
    let left = 1
    yield* whileTested(() =>
      vi.spyOn(fs, "writeSync").mockImplementation((descriptor: number, content: string | NodeJS.ArrayBufferView, offset?: number | null) => {
        if (left-- === 0) throw systemError("ENOSPC")
        return typeof content === "string" ? writeSync(descriptor, content) : writeSync(descriptor, content, offset, 10)
      }))
    assert.include((yield* Effect.flip(state.write(empty))).message, "ENOSPC")
    assert.deepStrictEqual(yield* state.read, Option.some(history))
  }))
  for (const call of ["openSync", "fstatSync", "readSync"] as const) {
    promises(`is not missing where the device cannot read it (${call})`, Effect.gen(function*() {
      const { home, state } = yield* furnish
      const spy = yield* whileTested(() => vi.spyOn(fs, call).mockImplementation(() => {
        throw systemError("EIO")
      }))
      const error = yield* Effect.flip(state.read)
      assert.deepStrictEqual([error.reason, error.message], ["Refused", `cannot read ${home.stateFile}: EIO`])
      spy.mockRestore()
      assert.deepStrictEqual(yield* state.read, Option.some(history))
    }))
  }
})
