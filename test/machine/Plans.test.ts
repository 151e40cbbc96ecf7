// Which plan is pending, which upgrade follows from it, and what is said of those that are not carried out: tables.
import { assert, describe, it } from "@effect/vitest"
import { Obstacle, PlanLook, Readiness } from "../../src/domain/Readiness.ts"
import type { Upgrade } from "../../src/domain/Upgrade.ts"
import * as Plans from "../../src/machine/Plans.ts"
import type { Memory } from "../../src/machine/State.ts"
import { genesis, looks, memory, planA, releaseA, releaseB, toA, toB } from "./Cast.ts"

const { absent, missingA, readyA, readyB, unusable } = looks
/** The same plan name with other content. */
const changedA = PlanLook.Found({ plan: { ...planA, info: "again" }, digest: "a2", release: releaseA, readiness: Readiness.Ready() })

const names = (upgrade: Upgrade | undefined): string => upgrade === undefined ? "none" : `${upgrade.name}: ${upgrade.from} -> ${upgrade.to}`

interface Row {
  readonly title: string
  readonly given: Partial<Memory>
  readonly isPending: boolean
  readonly ready: string
}

const rows: ReadonlyArray<Row> = [
  { title: "no plan", given: { look: absent }, isPending: false, ready: "none" },
  { title: "an unusable plan", given: { look: unusable }, isPending: false, ready: "none" },
  { title: "a plan for another release", given: { look: readyA }, isPending: true, ready: "A: genesis -> upgrades/A" },
  { title: "a plan whose release is not ready", given: { look: missingA }, isPending: true, ready: "none" },
  { title: "a plan for the release that runs", given: { look: readyA, current: releaseA }, isPending: false, ready: "none" },
  { title: "a plan below the height applied last", given: { look: readyA, appliedHeight: 21n }, isPending: false, ready: "none" },
  { title: "a plan at the height applied last", given: { look: readyA, appliedHeight: 20n }, isPending: true, ready: "A: genesis -> upgrades/A" },
  { title: "a plan above the height applied last", given: { look: readyB, current: releaseA, appliedHeight: 20n }, isPending: true, ready: "B: upgrades/A -> upgrades/B" },
  { title: "a plan that failed", given: { look: readyA, failedDigests: ["b", "a"] }, isPending: false, ready: "none" },
  { title: "a plan whose content changed after it failed", given: { look: changedA, failedDigests: ["a"] }, isPending: true, ready: "A: genesis -> upgrades/A" }
]

describe("a plan is pending, and ready to be carried out, as it should be with", () => {
  it.each(rows)("$title", ({ given, isPending, ready }) => {
    assert.strictEqual(Plans.pending(memory(given)) !== undefined, isPending)
    assert.strictEqual(names(Plans.ready(memory(given))), ready)
  })
})

describe("an upgrade that was begun, the node being down and the link where it was,", () => {
  const begun = toA()
  it.each([
    ["goes on with the same plan", { look: readyA }, "A: genesis -> upgrades/A"],
    ["goes on when its release is gone for the moment", { look: missingA }, "A: genesis -> upgrades/A"],
    ["goes on while the file is being written", { look: unusable }, "A: genesis -> upgrades/A"],
    ["goes to a newer plan that is ready", { look: readyB }, "B: genesis -> upgrades/B"],
    ["goes on while a newer plan is not ready", { look: looks.missingB }, "A: genesis -> upgrades/A"],
    ["ends when the plan is taken away", { look: absent }, "none"],
    ["ends when the plan is replaced by one that failed", { look: readyB, failedDigests: ["b"] }, "none"],
    ["ends when the plan is replaced by one below the height applied last", { look: readyB, appliedHeight: 31n }, "none"]
  ] as const)("%s", (_title, given, expected) => {
    assert.strictEqual(names(Plans.latest(memory(given), begun)), expected)
  })

  it("ends when the plan is replaced by one for the release that ran", () => {
    assert.isUndefined(Plans.latest(memory({ look: readyB, current: releaseB }), toA(releaseB)))
  })
})

describe("newer than the release on trial", () => {
  it.each([
    ["is a ready plan for another release", { look: readyB, current: releaseA }, "B: upgrades/A -> upgrades/B"],
    ["is the plan of the release before, asked for again", { look: readyA, current: releaseB, appliedHeight: 20n }, "A: upgrades/B -> upgrades/A"],
    ["is not the trial's own plan", { look: readyA, current: genesis }, "none"],
    ["is not a plan whose release is not ready", { look: looks.missingB, current: releaseA }, "none"],
    ["is not another plan for the release on trial", { look: changedA, current: releaseA }, "none"],
    ["is not a plan that failed", { look: readyB, current: releaseA, failedDigests: ["b"] }, "none"]
  ] as const)("%s", (_title, given, expected) => {
    assert.strictEqual(names(Plans.newer(memory(given), given.current === releaseB ? toB() : toA())), expected)
  })
})

describe("a look", () => {
  const said = (given: Partial<Memory>, look: PlanLook): ReadonlyArray<string> =>
    Plans.remember(memory(given), look).says.map((action) => action._tag === "Say" ? action.notice._tag : action._tag)

  it.each([
    ["without a plan is taken without a word", {}, absent, []],
    ["at a plan that can be carried out is taken without a word", {}, readyA, []],
    ["at the plan of the release that runs is taken without a word", { current: releaseA }, missingA, []],
    ["at an unusable plan is told", {}, unusable, ["PlanUnusable"]],
    ["at a plan whose release is not ready is told", {}, missingA, ["PlanNotReady"]],
    ["at a plan below the height applied last is told", { appliedHeight: 21n }, missingA, ["PlanPassed"]],
    ["at a plan that failed is told", { failedDigests: ["a"] }, readyA, ["PlanFailedBefore"]]
  ] as const)("%s", (_title, given, look, notices) => assert.deepStrictEqual(said(given, look), notices))

  it("is told once for each content, and again for another", () => {
    const first = Plans.remember(memory(), unusable)
    assert.lengthOf(Plans.remember(first.memory, unusable).says, 0)
    assert.lengthOf(Plans.remember(first.memory, { ...unusable, key: "other" }).says, 1)
  })

  it("is told again when another obstacle stands in the way of the same plan", () => {
    const notExecutable = Readiness.NotReady({ obstacle: Obstacle.NotExecutable({ path: "upgrades/A/bin/node" }) })
    const first = Plans.remember(memory(), missingA)
    assert.lengthOf(Plans.remember(first.memory, missingA).says, 0)
    assert.lengthOf(Plans.remember(first.memory, { ...missingA, readiness: notExecutable }).says, 1)
  })

  it("at an unusable file leaves the plan that was read before standing", () => {
    assert.strictEqual(Plans.remember(memory({ look: readyA }), unusable).memory.look, readyA)
  })

  it.each([["an unusable one", unusable], ["none", absent]] as const)("at an unusable file replaces %s", (_title, before) => {
    assert.strictEqual(Plans.remember(memory({ look: before }), unusable).memory.look, unusable)
  })

  it("at a file that is gone forgets the plan", () => {
    assert.strictEqual(Plans.remember(memory({ look: readyA }), absent).memory.look, absent)
  })
})

describe("what was told", () => {
  it("is kept to a bounded number, the oldest forgotten first", () => {
    let told = memory()
    for (let count = 0; count < 5000; count += 1) told = Plans.remember(told, { ...unusable, key: String(count) }).memory
    assert.isBelow(told.told.length, 5000)
    assert.lengthOf(Plans.remember(told, { ...unusable, key: "4999" }).says, 0)
    assert.lengthOf(Plans.remember(told, { ...unusable, key: "0" }).says, 1)
  })
})
