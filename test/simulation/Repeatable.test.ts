// A seed is a story: told again it is the same to the letter, and its scheduler keeps the orders that Effect promises.
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { Dice } from "../support/Dice.ts"
import { drive } from "./Drive.ts"
import { play } from "./Play.ts"
import { SeededScheduler } from "./SeededScheduler.ts"

describe("a story", () => {
  it.each([3, 14, 159, 2653])("with seed %i is the same when it is told again", (seed) => {
    const [one, again] = [play(seed), play(seed)]
    expect(again.account()).toBe(one.account())
    expect(again.turns).toBe(one.turns)
  })

  it("is another with another seed", () => {
    expect(play(1).account().replace("seed 1", "")).not.toBe(play(2).account().replace("seed 2", ""))
  })
})

/** In which order three fibers with two deeds each come to them. */
const orderOf = (seed: number): string => {
  const deeds: Array<string> = []
  const fiber = (name: string) => Effect.sync(() => deeds.push(name)).pipe(Effect.andThen(Effect.yieldNow), Effect.andThen(Effect.sync(() => deeds.push(name.toUpperCase()))))
  const { exit } = drive(new Dice(seed), { yields: 0, slips: 0 }, () => Effect.forEach(["a", "b", "c"], fiber, { concurrency: "unbounded", discard: true }))
  expect(exit._tag).toBe("Success")
  return deeds.join("")
}

describe("the scheduler", () => {
  it("draws every order in which fibers may go on, and none in which one overtakes itself", () => {
    const orders = new Set(Array.from({ length: 500 }, (_, seed) => orderOf(seed)))
    const ends = new Set([...orders].map((order) => order.replace(/[a-z]/g, "")))
    expect([...ends].toSorted()).toEqual(["ABC", "ACB", "BAC", "BCA", "CAB", "CBA"])
    expect([...orders].filter((order) => [..."abc"].some((name) => order.indexOf(name) > order.indexOf(name.toUpperCase())))).toEqual([])
  })

  it("keeps the order within one dispatcher, by priority and then by arrival", () => {
    const scheduler = new SeededScheduler(new Dice(1), 0)
    const [dispatcher, ran] = [scheduler.makeDispatcher(), new Array<string>()]
    for (const [name, priority] of [["second", 0], ["last", 1], ["third", 0], ["first", -1]] as const) dispatcher.scheduleTask(() => ran.push(name), priority)
    while (scheduler.runOne());
    expect(ran).toEqual(["first", "second", "third", "last"])
  })

  it("wakes those who are due at the same instant in any order", () => {
    const orders = new Set(Array.from({ length: 100 }, (_, seed) => {
      const woken: Array<number> = []
      drive(new Dice(seed), { yields: 0, slips: 0 }, () =>
        Effect.forEach([0, 1], (name) => Effect.andThen(Effect.sleep(5), Effect.sync(() => woken.push(name))), { concurrency: "unbounded", discard: true }))
      return woken.join("")
    }))
    expect([...orders].toSorted()).toEqual(["01", "10"])
  })
})
