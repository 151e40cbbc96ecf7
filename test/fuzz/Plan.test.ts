// Plan files of every kind, read through the watcher from a disk in memory: the plan that is there is read, or why there is none is said in one line.
import { describe } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { expect } from "vitest"
import { canonical } from "../../src/domain/UpgradePlan.ts"
import type { PlanReading } from "../../src/domain/Readiness.ts"
import { Config } from "../../src/services/Config.ts"
import { Disk } from "../../src/services/Disk.ts"
import { FileWatcher } from "../../src/services/FileWatcher.ts"
import { printable } from "../../src/services/Log.ts"
import { layerMemory } from "../../src/services/MemoryDisk.ts"
import { fuzzing } from "./Fuzz.ts"
import { planText, spoiltPlan } from "./PlanFiles.ts"
import { type Judgement, judge } from "./PlanOracle.ts"
import { isLine } from "./Words.ts"

const { holds, holdsFor } = fuzzing(import.meta.filename)

const path = "/srv/node/data/upgrade-info.json"
const layer = FileWatcher.layer.pipe(Layer.provideMerge(Layer.merge(Config.layerOf({ DAEMON_HOME: "/srv/node" }), layerMemory({ [path]: "" }))))

const readingOf = (bytes: Uint8Array): Effect.Effect<PlanReading, unknown> =>
  Effect.gen(function*() {
    yield* Disk.use((disk) => disk.write(path, bytes, 0o644))
    return yield* FileWatcher.use(({ read }) => read)
  }).pipe(Effect.provide(layer))

/** What was read is what is there. */
const isRight = (reading: PlanReading, judgement: Judgement): void => {
  if (reading._tag === "Unusable") {
    isLine(printable(reading.why), path)
    expect(judgement._tag === "Plan" && !judgement.mayBeRefused, `a legal plan was refused: ${reading.why}`).toBe(false)
    return
  }
  expect(reading._tag).toBe("Read")
  if (reading._tag !== "Read" || judgement._tag === "Unsure") return
  expect(judgement._tag, `no plan was read as ${canonical(reading.plan)}`).toBe("Plan")
  if (judgement._tag === "Plan") expect([reading.plan.name, reading.plan.height]).toEqual([judgement.name, judgement.height])
  expect(reading.digest).toMatch(/^[0-9a-f]{64}$/)
}

const isReadRight = (bytes: Uint8Array) => Effect.map(readingOf(bytes), (reading) => isRight(reading, judge(bytes)))

describe("the plan file", () => {
  holds("is read as it is, or refused in one line, however it was spoilt", 1500, (dice) => isReadRight(spoiltPlan(dice)))

  holdsFor("is read as it is, or refused in one line, for every text near a plan", 800, planText, (text) => isReadRight(new TextEncoder().encode(text)))

  holds("is read twice alike, with the same digest or the same key", 200, (dice) =>
    Effect.gen(function*() {
      const bytes = spoiltPlan(dice)
      expect(yield* readingOf(bytes)).toEqual(yield* readingOf(bytes))
    }))
})
