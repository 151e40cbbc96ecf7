// State files of every kind: one that wemixvisor could have written is read as it stands; of any other it is said that it is damaged, with a way out.
import { describe } from "@effect/vitest"
import { Effect, Exit, Layer, Option } from "effect"
import { expect } from "vitest"
import { Config } from "../../src/services/Config.ts"
import { Disk } from "../../src/services/Disk.ts"
import { layerMemory } from "../../src/services/MemoryDisk.ts"
import { StateFile } from "../../src/services/StateFile.ts"
import { fuzzing } from "./Fuzz.ts"
import { alteredText, journal, saidIn, spoiltText, textOf } from "./Journals.ts"
import * as Words from "./Words.ts"

const { holds } = fuzzing(import.meta.filename)

const path = "/node/wemixvisor/state.json"
const layer = StateFile.layer.pipe(Layer.provideMerge(Layer.merge(Config.layerOf({ DAEMON_HOME: "/node" }), layerMemory({ [path]: "" }))))

const read = (bytes: Uint8Array) =>
  Effect.gen(function*() {
    yield* Disk.use((disk) => disk.write(path, bytes, 0o644))
    return yield* Effect.exit(StateFile.use((state) => state.read))
  }).pipe(Effect.provide(layer))

const missing = 66

/** What makes a process dangerous to signal: the own group, every process, the first one, or no process at all. */
const isDangerous = (pid: number): boolean => !Number.isInteger(pid) || pid <= 1 || pid >= 2 ** 31

/** A file that is refused names itself, its fault and the way out; one that is read says what its text says. */
const isReadOrRefused = (bytes: Uint8Array) =>
  Effect.map(read(bytes), (exit) => {
    const found = Option.flatten(Exit.getSuccess(exit))
    if (Option.isNone(found)) {
      const { lines } = Words.fails(exit, missing)
      expect(lines.length).toBe(2)
      Words.isLine(lines[0] ?? "", path)
      expect(lines[1]).toContain(`mv ${path} ${path}.damaged`)
      return
    }
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes)
    expect(saidIn(textOf(found.value)), text).toEqual(saidIn(text))
    expect(isDangerous(found.value.child?.identity?.pid ?? 4711), text).toBe(false)
  })

describe("the state file", () => {
  holds("is read or refused with a way out, however it was spoilt", 500, (dice) => isReadOrRefused(spoiltText(dice)))
  holds("is read or refused with a way out, whatever was put in the place of what it said", 500, (dice) => isReadOrRefused(new TextEncoder().encode(alteredText(dice))))
  holds("is read as it was written, whatever it says", 150, (dice) =>
    Effect.gen(function*() {
      const written = journal(dice, ["start"])
      expect(yield* read(new TextEncoder().encode(textOf(written)))).toEqual(Exit.succeed(Option.some(written)))
    }))
})
