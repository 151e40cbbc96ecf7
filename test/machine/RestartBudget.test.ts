// How long until a node that ended is started again, and when that is given up: tables for people, properties for the rest.
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { full, judge, type RestartBudget, type RestartPolicy, type Verdict } from "../../src/machine/RestartBudget.ts"

const minutes = (count: number): number => count * 60_000
const policy: RestartPolicy = { maxRestarts: 5, periodMillis: minutes(10) }
const boundless: RestartPolicy = { maxRestarts: 1000, periodMillis: minutes(10) }

interface End {
  readonly atMillis: number
  readonly livedMillis?: number
  readonly roll?: number
}

/** Judges ends one after another; a verdict that gives up leaves the budget as it was. */
const judgeAll = (rules: RestartPolicy, ends: ReadonlyArray<End>): ReadonlyArray<Verdict> => {
  let budget: RestartBudget = full
  return ends.map(({ atMillis, livedMillis = 0, roll = 0.5 }) => {
    const verdict = judge(rules, budget, { atMillis, livedMillis, roll })
    if (verdict._tag === "Restart") budget = verdict.budget
    return verdict
  })
}

const secondsOf = (verdicts: ReadonlyArray<Verdict>): ReadonlyArray<number | "gives up"> =>
  verdicts.map((verdict) => verdict._tag === "GiveUp" ? "gives up" : verdict.afterMillis / 1000)

const atOnce = (count: number, end: Partial<End> = {}): ReadonlyArray<End> => Array.from({ length: count }, () => ({ atMillis: 0, ...end }))

describe("the wait before a restart", () => {
  it("doubles from 1s to 60s", () => {
    assert.deepStrictEqual(secondsOf(judgeAll(boundless, atOnce(9))), [1, 2, 4, 8, 16, 32, 60, 60, 60])
  })

  it("is a fifth shorter at the least roll, and nearly a fifth longer at the highest", () => {
    assert.deepStrictEqual(secondsOf(judgeAll(boundless, atOnce(4, { roll: 0 }))), [0.8, 1.6, 3.2, 6.4])
    assert.deepStrictEqual(secondsOf(judgeAll(boundless, atOnce(4, { roll: 0.999999 }))), [1.2, 2.4, 4.8, 9.6])
  })

  it("is 60s at most, jitter included, and stays there however often the node ends", () => {
    const waits = secondsOf(judgeAll(boundless, atOnce(500, { roll: 0.999999 })))
    assert.strictEqual(Math.max(...waits.map(Number)), 60)
    assert.strictEqual(waits.at(-1), 60)
  })

  it.each([
    ["just under a minute", 59_999, 4],
    ["a minute", 60_000, 1],
    ["a day", minutes(24 * 60), 1]
  ] as const)("after a life of %s is what it should be in a streak of two", (_name, livedMillis, seconds) => {
    assert.deepStrictEqual(secondsOf(judgeAll(boundless, [...atOnce(2), { atMillis: 0, livedMillis }])), [1, 2, seconds])
  })

  it("grows again from 1s after a life of a minute", () => {
    const ends = [...atOnce(3), { atMillis: 0, livedMillis: minutes(1) }, ...atOnce(2)]
    assert.deepStrictEqual(secondsOf(judgeAll(boundless, ends)), [1, 2, 4, 1, 2, 4])
  })
})

describe("the restarts within a period", () => {
  it("are given up when one more than allowed would be needed", () => {
    assert.deepStrictEqual(secondsOf(judgeAll(policy, atOnce(7))), [1, 2, 4, 8, 16, "gives up", "gives up"])
  })

  it("are none when none is allowed", () => {
    assert.deepStrictEqual(secondsOf(judgeAll({ ...policy, maxRestarts: 0 }, atOnce(1))), ["gives up"])
  })

  it("count in a period that slides: one that is as old as the period counts no more", () => {
    const once: RestartPolicy = { ...policy, maxRestarts: 1 }
    assert.deepStrictEqual(secondsOf(judgeAll(once, [{ atMillis: 0 }, { atMillis: minutes(10) - 1 }])), [1, "gives up"])
    assert.deepStrictEqual(secondsOf(judgeAll(once, [{ atMillis: 0 }, { atMillis: minutes(10) }])), [1, 2])
  })

  it("count also when the node lived long between them", () => {
    const ends = Array.from({ length: 6 }, (_, index) => ({ atMillis: minutes(index), livedMillis: minutes(1) }))
    assert.deepStrictEqual(secondsOf(judgeAll(policy, ends)), [1, 1, 1, 1, 1, "gives up"])
  })

  it("are remembered without those that count no more", () => {
    const verdicts = judgeAll(policy, [{ atMillis: 0 }, { atMillis: minutes(4) }, { atMillis: minutes(11) }])
    const last = verdicts.at(-1)
    assert.deepStrictEqual(last?._tag === "Restart" ? last.budget.restartsAtMillis : [], [minutes(4), minutes(11)])
  })
})

const Roll = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 0.999999 }))
const Gap = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: minutes(12) }))
const Ends = Schema.Array(Schema.Struct({ gapMillis: Gap, livedMillis: Gap, roll: Roll })).check(Schema.isMaxLength(40))
const Allowed = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 8 }))

const after = (gaps: typeof Ends.Type): ReadonlyArray<End> => {
  let atMillis = 0
  return gaps.map(({ gapMillis, livedMillis, roll }) => {
    atMillis += gapMillis
    return { atMillis, livedMillis, roll }
  })
}

describe("whatever a node's life is like", () => {
  it.prop("the wait lies within a fifth of 1s doubled for each restart in a row, and is 60s at most", { gaps: Ends }, ({ gaps }) => {
    let streak = 0
    judgeAll(boundless, after(gaps)).forEach((verdict, index) => {
      if ((gaps[index]?.livedMillis ?? 0) >= minutes(1)) streak = 0
      const nominal = Math.min(minutes(1), 1000 * 2 ** streak)
      assert.strictEqual(verdict._tag, "Restart")
      if (verdict._tag === "Restart") {
        assert.isAtLeast(verdict.afterMillis, nominal * 0.8)
        assert.isAtMost(verdict.afterMillis, Math.min(minutes(1), nominal * 1.2))
      }
      streak += 1
    })
  })

  it.prop("no period has more restarts than allowed, and none is given up before", { gaps: Ends, maxRestarts: Allowed }, ({ gaps, maxRestarts }) => {
    const ends = after(gaps)
    const granted: Array<number> = []
    judgeAll({ ...policy, maxRestarts }, ends).forEach((verdict, index) => {
      const atMillis = ends[index]?.atMillis ?? 0
      const recent = granted.filter((at) => at > atMillis - policy.periodMillis)
      assert.strictEqual(verdict._tag, recent.length < maxRestarts ? "Restart" : "GiveUp")
      if (verdict._tag === "Restart") granted.push(atMillis)
    })
  })

  it.prop("the same end gives the same verdict, and leaves the budget it was judged by alone", { gaps: Ends }, ({ gaps }) => {
    const verdict = judgeAll(boundless, after(gaps)).at(-1)
    const budget = verdict?._tag === "Restart" ? verdict.budget : full
    const copy = structuredClone(budget)
    const end = { atMillis: minutes(1000), livedMillis: 0, roll: 0.5 }
    assert.deepStrictEqual(judge(policy, budget, end), judge(policy, copy, end))
    assert.deepStrictEqual(budget, copy)
  })
})
