// Where a run begins after wemixvisor was killed: the rows of the promise that an upgrade is finished or undone before anything is
// started and that two children never share a home; and that whatever is found gives a legal first step.
import { assert, describe, it } from "@effect/vitest"
import { ChildExit } from "../../src/domain/ChildExit.ts"
import { Event } from "../../src/machine/Event.ts"
import { begin, type Found } from "../../src/machine/Recovery.ts"
import type { Step } from "../../src/machine/State.ts"
import { step } from "../../src/machine/Step.ts"
import { found, genesis, inFlight, looks, now, policy, releaseA, releaseB, survivorOf, toA, toB } from "./Cast.ts"
import { wordsOfAction, wordsOfState } from "./Words.ts"

const { absent, readyA, readyB } = looks
const ended = Event.ChildExited({ exit: ChildExit.Unknown(), leftovers: false })
const started = Event.ChildStarted({ pid: 2 })

/** The orders of a step, without words and clocks, and the situation after it. */
const told = ({ actions, state }: Step): string =>
  [...actions.filter(({ _tag }) => _tag !== "Say" && _tag !== "StartTimer").map(wordsOfAction), `= ${wordsOfState(state)}`].join(", ")

const live = (given: Partial<Found>, events: ReadonlyArray<Event> = []): ReadonlyArray<string> => {
  let at = begin(policy, found(given), now)
  return [told(at), ...events.map((event) => told(at = step(policy, at.state, event, now)))]
}

interface Row {
  readonly title: string
  readonly given: Partial<Found>
  readonly events?: ReadonlyArray<Event>
  readonly then: ReadonlyArray<string>
}

const onA = { current: releaseA, look: readyA } as const

const upgrades: ReadonlyArray<Row> = [
  { title: "before the record, the node alive", given: { look: readyA, survivor: survivorOf(genesis) }, then: ["Adopt, Record A, = Recording"] },
  { title: "before the record, the node gone", given: { look: readyA }, then: ["Switch A, = Switching"] },
  {
    title: "after the record, the node not asked to stop yet",
    given: { look: readyA, inFlight: inFlight("stop"), survivor: survivorOf(genesis) },
    events: [ended],
    then: ["Adopt, Terminate, = Stopping (ForUpgrade)", "LookAtPlan, = Settling (ForUpgrade)"]
  },
  {
    title: "while the node was stopping",
    given: { look: readyA, inFlight: inFlight("stop"), survivor: survivorOf(genesis, { stopSent: true }) },
    events: [ended],
    then: ["Adopt, = Stopping (ForUpgrade)", "LookAtPlan, = Settling (ForUpgrade)"]
  },
  { title: "after the node had stopped", given: { look: readyA, inFlight: inFlight("stop") }, then: ["Switch A, = Switching"] },
  {
    title: "after the node had stopped, and the plan was taken away",
    given: { look: absent, inFlight: inFlight("stop") },
    events: [Event.Undone()],
    then: ["Undo A (abandoned), = RollingBack", "Spawn genesis, = Starting"]
  },
  { title: "after the node had stopped, and the plan was replaced", given: { look: readyB, inFlight: inFlight("stop") }, then: ["Switch B, = Switching"] },
  { title: "before the link moved", given: { look: readyA, inFlight: inFlight("switch") }, then: ["Switch A, = Switching"] },
  { title: "after the link moved, before that was written down", given: { ...onA, inFlight: inFlight("switch") }, then: ["Switch A, = Switching"] },
  {
    title: "after the link moved, before that was written down, and the plan was taken away",
    given: { current: releaseA, look: absent, inFlight: inFlight("switch") },
    events: [Event.Undone()],
    then: ["Undo A (abandoned), = RollingBack", "Spawn genesis, = Starting"]
  },
  {
    title: "before the new release was started",
    given: { ...onA, inFlight: inFlight("probation") },
    events: [started],
    then: ["Spawn upgrades/A, = Starting", "= Probation"]
  },
  {
    title: "in the probation, the new release alive",
    given: { ...onA, inFlight: inFlight("probation"), survivor: survivorOf(releaseA) },
    events: [ended],
    then: ["Adopt, = Probation", "LookAtPlan, = Settling (Ended)"]
  },
  {
    title: "while the new release was stopping",
    given: { ...onA, inFlight: inFlight("probation"), survivor: survivorOf(releaseA, { stopSent: true }) },
    events: [ended],
    then: ["Adopt, = Stopping (Misfit)", "Spawn upgrades/A, = Starting"]
  },
  { title: "in the probation, and the link was moved back by hand", given: { look: readyA, inFlight: inFlight("probation") }, then: ["Switch A, = Switching"] },
  {
    title: "in the roll-back, the new release alive",
    given: { ...onA, inFlight: inFlight("roll-back"), survivor: survivorOf(releaseA) },
    events: [ended, Event.Undone()],
    then: ["Adopt, Terminate, = Stopping (Misfit)", "Undo A (failed), = RollingBack", "Spawn genesis, = Starting"]
  },
  {
    title: "in the roll-back, the link not moved back yet",
    given: { ...onA, inFlight: inFlight("roll-back") },
    events: [Event.Undone()],
    then: ["Undo A (failed), = RollingBack", "Spawn genesis, = Starting"]
  },
  { title: "in the roll-back, after the link moved back", given: { look: readyA, inFlight: inFlight("roll-back") }, then: ["Undo A (failed), = RollingBack"] },
  { title: "after the upgrade was confirmed", given: { ...onA, appliedHeight: 20n, survivor: survivorOf(releaseA) }, then: ["Adopt, = Running"] }
]

describe("an upgrade is finished or undone before anything is started when wemixvisor was killed", () => {
  it.each(upgrades)("$title", ({ events, given, then }) => assert.deepStrictEqual(live(given, events), then))
})

const survivals: ReadonlyArray<Row> = [
  { title: "the release that is current, with the same arguments, is taken over", given: { survivor: survivorOf(genesis) }, then: ["Adopt, = Running"] },
  {
    title: "one with other arguments is stopped before another is started",
    given: { survivor: survivorOf(genesis, { sameArguments: false }) },
    events: [ended],
    then: ["Adopt, Terminate, = Stopping (Misfit)", "Spawn genesis, = Starting"]
  },
  {
    title: "one of another release is stopped before the current one is started",
    given: { current: releaseB, survivor: survivorOf(releaseA) },
    events: [ended],
    then: ["Adopt, Terminate, = Stopping (Misfit)", "Spawn upgrades/B, = Starting"]
  },
  {
    title: "one that got SIGTERM already is waited for, and gets no second one",
    given: { survivor: survivorOf(genesis, { stopSent: true }) },
    events: [ended],
    then: ["Adopt, = Stopping (Misfit)", "Spawn genesis, = Starting"]
  },
  {
    title: "one that leaves others of its group behind is not down before they are",
    given: { survivor: survivorOf(genesis, { stopSent: true }) },
    events: [Event.ChildExited({ exit: ChildExit.Unknown(), leftovers: true }), Event.GroupGone()],
    then: ["Adopt, = Stopping (Misfit)", "TerminateGroup, = Stopping (Misfit)", "Spawn genesis, = Starting"]
  },
  {
    title: "one that is being stopped is not followed by another when a stop is asked for",
    given: { survivor: survivorOf(genesis, { stopSent: true }) },
    events: [Event.StopRequested({ by: "SIGTERM", counts: true }), ended],
    then: ["Adopt, = Stopping (Misfit)", "= Stopping (Asked)", "= Done (Stopped, exit status 0)"]
  }
]

describe("of the nodes that outlive a killed wemixvisor", () => {
  it.each(survivals)("$title", ({ events, given, then }) => assert.deepStrictEqual(live(given, events), then))
})

const releases = [genesis, releaseA, releaseB]
const survivors = releases.flatMap((release) =>
  [true, false].flatMap((sameArguments) => [true, false].map((stopSent) => survivorOf(release, { sameArguments, stopSent })))
)
const inFlights = [toA(), toB(), toB(releaseA)].flatMap((upgrade) =>
  (["stop", "switch", "probation", "roll-back"] as const).map((step) => inFlight(step, upgrade))
)
const everything: ReadonlyArray<Found> = releases.flatMap((current) =>
  [undefined, ...survivors].flatMap((survivor) =>
    [undefined, ...inFlights].flatMap((open) =>
      Object.values(looks).flatMap((look) =>
        [undefined, 20n, 31n].flatMap((appliedHeight) =>
          [[], ["a"], ["a", "b"]].map((failedDigests) => found({ current, survivor, inFlight: open, look, appliedHeight, failedDigests }))
        )
      )
    )
  )
)

describe("whatever is found", () => {
  const first = everything.map((given) => ({ given, tags: begin(policy, given, now).actions.map(({ _tag }) => _tag) }))
  const count = (tags: ReadonlyArray<string>, ...wanted: ReadonlyArray<string>): number => tags.filter((tag) => wanted.includes(tag)).length

  it("a node that still runs is taken over before anything else is done, and nothing is started or moved beside it", () => {
    for (const { given, tags } of first.filter(({ given }) => given.survivor !== undefined)) {
      assert.strictEqual(tags.find((tag) => tag !== "Say"), "Adopt", JSON.stringify(given.survivor))
      assert.strictEqual(count(tags, "Spawn", "Switch", "Undo", "Commit"), 0)
      assert.strictEqual(count(tags, "Adopt"), 1)
    }
  })

  it("without one, exactly one thing is begun: a start, a switch or a roll-back", () => {
    for (const { tags } of first.filter(({ given }) => given.survivor === undefined)) {
      assert.strictEqual(count(tags, "Spawn", "Switch", "Undo"), 1)
      assert.strictEqual(count(tags, "Adopt", "Terminate", "Record", "Commit"), 0)
    }
  })

  it("SIGTERM goes to no node that got it already", () => {
    for (const { tags } of first.filter(({ given }) => given.survivor?.stopSent === true)) assert.strictEqual(count(tags, "Terminate"), 0)
  })

  it("nothing is started that is not current, and nothing is over before it began", () => {
    for (const given of everything) {
      const { actions, state } = begin(policy, given, now)
      assert.notStrictEqual(state._tag, "Done")
      for (const action of actions) if (action._tag === "Spawn") assert.strictEqual(action.release, given.current)
    }
  })
})
