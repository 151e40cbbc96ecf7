// A node that runs under the whole loop while its plan file is spoilt again and again: it is stopped for a legal plan whose release is ready, and for nothing else.
import { describe } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import * as World from "../support/World.ts"
import type { Dice } from "../support/Dice.ts"
import { fuzzing } from "./Fuzz.ts"
import { spoiltPlan } from "./PlanFiles.ts"
import { directoryFor, type Judgement, judge } from "./PlanOracle.ts"
import * as Words from "./Words.ts"
import { printable } from "../../src/services/Log.ts"

const { holds } = fuzzing(import.meta.filename)

/** Directories in `upgrades`, each with a program; the names of some plans lead to none. */
const directories = ["v2", "some%20spaces"]

/** The release that the plan asks for, when it is one and that is ready. */
const releaseFor = (judgement: Judgement): string | undefined => {
  if (judgement._tag !== "Plan") return undefined
  const wanted = directoryFor(judgement.name)
  const directory = directories.find((name) => name === wanted) ?? directories.find((name) => name.toLowerCase() === wanted?.toLowerCase())
  return directory === undefined ? undefined : `upgrades/${directory}`
}

const running = Effect.gen(function*() {
  const world = yield* World.make({})
  for (const directory of directories) yield* world.install(directory)
  yield* world.run(["start"])
  yield* world.reaches("Running")
  return world
})

/** The file is written in place, or renamed into it; now and then it goes. */
const change = (world: World.World, dice: Dice, bytes: Uint8Array) =>
  dice.oneIn(2) ? world.put(world.home.planFile, bytes) : Effect.orDie(world.disk.write(world.home.planFile, bytes, 0o644))

const isLeftAlone = Effect.fnUntraced(function*(world: World.World) {
  expect(world.signals, world.account()).toEqual([])
  expect(world.starts).toEqual(["genesis"])
  expect(yield* world.link).toBe("genesis")
})

/** Gives plans until one is legal and ready; what is said on the way stays on its lines. */
const tryPlans = Effect.fnUntraced(function*(world: World.World, dice: Dice) {
  for (let turn = 0; turn < 12; turn++) {
    const bytes = spoiltPlan(dice)
    const judgement = judge(bytes)
    yield* change(world, dice, bytes)
    yield* world.passes("1 second")
    const mayBegin = judgement._tag === "Unsure" || (judgement._tag === "Plan" && judgement.mayBeRefused)
    if (mayBegin && world.signals.length > 0) return undefined
    const release = mayBegin ? undefined : releaseFor(judgement)
    if (release !== undefined) return release
    yield* isLeftAlone(world)
  }
  return undefined
})

describe("a running node", () => {
  holds("is stopped for a legal plan whose release is ready, and for nothing else in the plan file", 20, (dice) =>
    Effect.gen(function*() {
      const world = yield* running
      const release = yield* tryPlans(world, dice)
      if (release !== undefined) {
        yield* world.passes("1 second")
        expect(world.signals, world.account()).toHaveLength(1)
        expect(yield* world.link).toBe(release)
      }
      for (const line of world.said("")) Words.isLine(printable(line))
      yield* world.signal("SIGTERM")
      yield* world.passes("1 second")
      yield* world.ends(0)
      yield* world.isSound
    }))
})
