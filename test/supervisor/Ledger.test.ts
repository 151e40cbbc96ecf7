// What the ledger promises: what it says is on the disk, one change at a time, and nothing is written for a change that changes nothing.
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Ref } from "effect"
import { empty, historyLimit, type Journal } from "../../src/domain/Journal.ts"
import { genesis } from "../../src/domain/Release.ts"
import type { UpgradeStep } from "../../src/domain/Upgrade.ts"
import { StateError, StateFile } from "../../src/services/StateFile.ts"
import * as Ledger from "../../src/supervisor/Ledger.ts"
import { upgradeOf } from "../support/world/Operator.ts"

/** A state file that remembers what was written, and does `before` each time. */
const makeFile = (before: Effect.Effect<void, StateError> = Effect.void) =>
  Effect.map(Ref.make<ReadonlyArray<Journal>>([]), (written) => ({
    written: Ref.get(written),
    file: StateFile.of({
      read: Effect.succeedNone,
      write: (journal) => Effect.andThen(before, Ref.update(written, (all) => [...all, journal]))
    })
  }))

const owned = (owner: number) => (journal: Journal): Journal => ({ ...journal, owner })
const numbers = Array.from({ length: historyLimit + 20 }, (_, index) => index + 1)
const newest = numbers.slice(-historyLimit).map((number) => `v${number}`)
const namesOf = (outcomes: Journal["applied"]) => outcomes.map(({ upgrade }) => upgrade.name)

describe("the ledger", () => {
  it.effect("writes a change, and goes on from it", () =>
    Effect.gen(function*() {
      const { file, written } = yield* makeFile()
      const ledger = yield* Ledger.make(file, empty)
      yield* ledger.update(owned(1))
      yield* ledger.update((journal) => ({ ...journal, lastRan: genesis }))
      assert.deepStrictEqual(yield* ledger.journal, { ...empty, owner: 1, lastRan: genesis })
      assert.deepStrictEqual(yield* written, [{ ...empty, owner: 1 }, { ...empty, owner: 1, lastRan: genesis }])
    }))
  it.effect("writes nothing for a change that changes nothing", () =>
    Effect.gen(function*() {
      const { file, written } = yield* makeFile()
      const ledger = yield* Ledger.make(file, { ...empty, owner: 1 })
      yield* ledger.update(owned(1))
      yield* ledger.update(Ledger.childGone)
      assert.deepStrictEqual(yield* written, [])
    }))
  it.effect("says what is on the disk, when that refuses a change", () =>
    Effect.gen(function*() {
      const refusal = new StateError({ path: "/state.json", reason: "Refused", why: "full" })
      const { file } = yield* makeFile(Effect.fail(refusal))
      const ledger = yield* Ledger.make(file, empty)
      assert.strictEqual(yield* Effect.flip(ledger.update(owned(1))), refusal)
      assert.deepStrictEqual(yield* ledger.journal, empty)
    }))
  it.effect("does not say yet what is still being written, and takes the next change after it", () =>
    Effect.gen(function*() {
      const [begun, done] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const { file, written } = yield* makeFile(Effect.andThen(Deferred.succeed(begun, undefined), Deferred.await(done)))
      const ledger = yield* Ledger.make(file, empty)
      yield* Effect.forkScoped(ledger.update(owned(1)), { startImmediately: true })
      yield* Deferred.await(begun)
      const second = yield* Effect.forkScoped(ledger.update((journal) => ({ ...journal, lastRan: genesis })), { startImmediately: true })
      assert.deepStrictEqual(yield* ledger.journal, empty)
      yield* Deferred.succeed(done, undefined)
      while (second.pollUnsafe() === undefined) yield* Effect.yieldNow
      assert.deepStrictEqual((yield* written).at(-1), { ...empty, owner: 1, lastRan: genesis })
    }))
})

describe("the histories", () => {
  const record = (mark: (number: number) => (journal: Journal) => Journal) => numbers.reduce<Journal>((journal, number) => mark(number)(journal), empty)
  it("keep the newest applied upgrades, the newest last", () => {
    assert.deepStrictEqual(namesOf(record((number) => Ledger.markApplied(upgradeOf(`v${number}`, number), "today")).applied), newest)
  })
  it("keep the newest failed upgrades, the newest last", () => {
    assert.deepStrictEqual(namesOf(record((number) => Ledger.markFailed(upgradeOf(`v${number}`, number), "today", "it ended")).failed), newest)
  })
  it("name an upgrade once, with the time at which that was recorded last", () => {
    const [one, other] = [upgradeOf("v1", 1), upgradeOf("v2", 2)]
    const again = [one, other, one].reduce<Journal>((journal, upgrade, index) => Ledger.markApplied(upgrade, `day ${index}`)(journal), empty)
    assert.deepStrictEqual(again.applied.map(({ at, upgrade }) => [upgrade.name, at]), [["v2", "day 1"], ["v1", "day 2"]])
  })
})

describe("an upgrade under way", () => {
  const v2 = upgradeOf("v2", 100)
  const begin = (step: UpgradeStep, sha256?: string) => Ledger.beginStep({ upgrade: v2, step, ...(sha256 !== undefined && { sha256 }) }, "today")

  it("keeps what it has to show from step to step, and on record once it is over", () => {
    const copied = Ledger.withEvidence(v2, { backup: "v2-now" })(begin("switch")(begin("stop", "ab")(empty)))
    const onTrial = begin("probation")(copied)
    assert.deepStrictEqual(onTrial.inFlight, { upgrade: v2, step: "probation", backup: "v2-now", sha256: "ab" })
    assert.deepStrictEqual(Ledger.markApplied(v2, "today")(onTrial).applied, [{ upgrade: v2, at: "today", backup: "v2-now", sha256: "ab" }])
    assert.deepStrictEqual(Ledger.markFailed(v2, "today", "why")(onTrial).failed, [{ upgrade: v2, at: "today", why: "why", backup: "v2-now", sha256: "ab" }])
    assert.deepStrictEqual(Ledger.beginStep({ upgrade: upgradeOf("v3", 200), step: "stop" }, "today")(onTrial).inFlight, { upgrade: upgradeOf("v3", 200), step: "stop" })
    assert.deepStrictEqual(Ledger.withEvidence(upgradeOf("v3", 200), { backup: "other" })(copied), copied)
  })
  it("is one attempt however many steps it has, and another one when it is begun again", () => {
    const first = begin("probation")(begin("switch")(begin("stop")(empty)))
    assert.deepStrictEqual([first.attempt, Ledger.attemptOf(first, v2)], [{ digest: v2.digest, number: 1 }, 1])
    const forgotten = Ledger.forget(v2)(first)
    assert.deepStrictEqual([Ledger.attemptOf(forgotten, v2), Ledger.attemptOf(forgotten, upgradeOf("v3", 200))], [2, 1])
    assert.deepStrictEqual(begin("stop")(forgotten).attempt, { digest: v2.digest, number: 2 })
  })
})

describe("an upgrade that begins where another is in flight", () => {
  const [v2, v3] = [upgradeOf("v2", 100), upgradeOf("v3", 200, "v2")]
  const inFlight = (step: UpgradeStep): Journal => ({ ...empty, inFlight: { upgrade: v2, step } })
  const begun = Ledger.beginStep({ upgrade: v3, step: "stop" }, "today")

  it("takes that for done when its release is on probation, since it begins at that release", () => {
    assert.deepStrictEqual(begun(inFlight("probation")), { ...empty, applied: [{ upgrade: v2, at: "today" }], inFlight: { upgrade: v3, step: "stop" }, attempt: { digest: v3.digest, number: 1 } })
  })
  for (const step of ["stop", "switch", "roll-back"] as const) {
    it(`does not take that for done at the step ${step}`, () => {
      assert.deepStrictEqual(begun(inFlight(step)).applied, [])
    })
  }
  it("leaves that on record when it is undone before it was recorded itself", () => {
    assert.deepStrictEqual(Ledger.forget(v3)(inFlight("probation")), inFlight("probation"))
    assert.deepStrictEqual(Ledger.forget(v2)(inFlight("probation")), empty)
  })
})
