// The whole loop, begun from state files that say anything: what decodes is something to begin from, and a stop brings it to its end;
// what does not decode starts nothing. Signals go to nobody but the children of this world.
import { describe } from "@effect/vitest"
import { Effect } from "effect"
import { normalize } from "node:path/posix"
import { expect } from "vitest"
import { historyLimit } from "../../src/domain/Journal.ts"
import { exitStatus } from "../../src/domain/Outcome.ts"
import { printable } from "../../src/services/Log.ts"
import * as World from "../support/World.ts"
import { releaseOf } from "../support/world/Operator.ts"
import type { Dice } from "../support/Dice.ts"
import { fuzzing } from "./Fuzz.ts"
import { alteredText, journal, releases, spoiltText } from "./Journals.ts"
import * as Words from "./Words.ts"

const { holds } = fuzzing(import.meta.filename)

const args = ["start"]

/** A home with some of its releases, a link or none, and a plan or none. */
const furnished = Effect.fnUntraced(function*(dice: Dice, hasLink = false) {
  const settings = { DAEMON_RESTART_AFTER_UPGRADE: dice.oneIn(6) ? "false" : "true", DAEMON_UPGRADE_PROBATION: dice.pick(["0s", "10s"]), DAEMON_RESTART_DELAY: dice.pick(["0s", "0s", "3s"]) }
  const world = yield* World.make({ settings })
  for (const name of ["v2", "v3"]) if (!dice.oneIn(5)) yield* world.install(name)
  if (hasLink || !dice.oneIn(5)) yield* Effect.orDie(world.disk.link(dice.pick(releases), world.home.current))
  if (dice.oneIn(2)) yield* world.plan(dice.pick(["v2", "v3", "nowhere"]), dice.pick([100, 200]))
  return world
})

/** Begins, is asked to stop at some time or other, and comes to its end: with a status of the table, in lines that stay lines, with no child left. */
const comesToItsEnd = Effect.fnUntraced(function*(world: World.World, dice: Dice) {
  const life = yield* world.run(args)
  yield* world.passes(dice.pick(["0 millis", "100 millis", "15 seconds", "5 minutes"]))
  yield* world.signal("SIGTERM")
  yield* world.passes("10 minutes")
  const exit = life.fiber.pollUnsafe()
  expect(exit, `it does not end\n${world.account()}`).toBeDefined()
  if (exit === undefined) return
  for (const line of world.said("")) Words.isLine(printable(line))
  // One that fails has touched nothing, a node that it might have found neither.
  if (exit._tag === "Failure") return void Words.fails(exit, 66)
  expect([0, 66]).toContain(exitStatus(exit.value))
  yield* world.isSound
})

/** A node of the last wemixvisor that still runs, as the state file has it or with other arguments. */
const withSurvivor = Effect.fnUntraced(function*(world: World.World, dice: Dice) {
  const release = releaseOf(dice.pick(["genesis", "v2"]))
  const record = { release, path: `${world.home.current}/bin/wemixd`, arguments: dice.oneIn(3) ? ["other"] : args, stopSent: dice.oneIn(4) }
  return yield* world.nodes.survive(record, { onTerminate: dice.oneIn(4) ? "ignores" : { afterMillis: 200, exit: { _tag: "Code", code: 0 } } })
})

/** The plans that a state file has as failed, but for those that so many later ones may have displaced; throws where it says anything else there. */
const failedIn = (bytes: Uint8Array): ReadonlyArray<unknown> => {
  const { failed }: { readonly failed: ReadonlyArray<{ readonly upgrade: { readonly digest: string } }> } = JSON.parse(new TextDecoder().decode(bytes))
  return failed.slice(-historyLimit / 2).map(({ upgrade }) => upgrade.digest)
}

describe("a run", () => {
  holds("begins from every journal, with or without a node that outlived the last one, and comes to its end", 60, (dice) =>
    Effect.gen(function*() {
      const survives = dice.oneIn(3)
      // A missing link is made again before the node is looked for, which this world takes for a move under a living child.
      const world = yield* furnished(dice, survives)
      const child = survives ? yield* withSurvivor(world, dice) : undefined
      yield* world.writeJournal({ ...journal(dice, args), ...child !== undefined && { child } })
      yield* comesToItsEnd(world, dice)
    }))

  holds("begins from no file that is not one of its own, and starts nothing then", 150, (dice) =>
    Effect.gen(function*() {
      const world = yield* furnished(dice)
      yield* world.put(world.home.stateFile, dice.oneIn(2) ? new TextEncoder().encode(alteredText(dice)) : spoiltText(dice))
      const before = yield* Effect.orDie(world.disk.read(world.home.stateFile, 2 ** 24))
      yield* comesToItsEnd(world, dice)
      const exit = world.life.fiber.pollUnsafe()
      const after = yield* Effect.orDie(world.disk.read(world.home.stateFile, 2 ** 24))
      if (exit?._tag !== "Failure") return expect(failedIn(after)).toEqual(expect.arrayContaining([...failedIn(before)]))
      expect([world.starts, world.signals]).toEqual([[], []])
      expect(after).toEqual(before)
    }))

  holds("begins from whatever the link says, or says why not", 50, (dice) =>
    Effect.gen(function*() {
      const world = yield* World.make({})
      const text = dice.oneIn(2) ? dice.text(0, 4) : dice.pick([`${world.home.root}/genesis`, "genesis", "./genesis/", "genesis/", "./././genesis", "//genesis", "genesis/.", "upgrades/../genesis", "current", "/node", "."])
      yield* Effect.orDie(world.disk.link(text, world.home.current))
      yield* comesToItsEnd(world, dice)
      if (!["genesis", ""].includes(text)) expect(yield* world.link).toBe(text)
      for (const deed of world.nodes.deeds) if (deed._tag === "Started") expect(normalize(`${deed.release}/`)).toBe("genesis/")
    }))
})
