// The stories that operators know, as the machine lives them: one readable file each, facts in and orders out.
import { expect, it } from "vitest"
import { ChildExit } from "../../src/domain/ChildExit.ts"
import { Event } from "../../src/machine/Event.ts"
import { inFlight, looks, releaseA, survivorOf } from "./Cast.ts"
import { type Story, tell } from "./Story.ts"

const { absent, missingA, readyA, readyB } = looks
const started = Event.ChildStarted({ pid: 1 })
const asked = Event.StopRequested({ by: "SIGTERM", counts: true })
const ended = (code: number, leftovers = false) => Event.ChildExited({ exit: ChildExit.Code({ code }), leftovers })
const seen = (look: typeof absent | typeof missingA) => Event.Looked({ look, answers: 0 })
const refused = { why: "no space left" }

const stories: Readonly<Record<string, Story>> = {
  "a good upgrade": {
    facts: [
      [0, started], [60, seen(readyA)], [60, Event.Recorded()], [62, ended(0)], [62, { finds: readyA }], [62, Event.Switched()], [62, started],
      [72, { rings: "Probation" }], [72, Event.Committed()], [80, seen(readyA)]
    ]
  },
  "a bad upgrade": {
    facts: [
      [0, started], [60, seen(readyA)], [60, Event.Recorded()], [62, ended(0)], [62, { finds: readyA }], [62, Event.Switched()], [62, started],
      [63, ended(2)], [63, { finds: readyA }], [63, Event.Undone()], [63, started], [64, seen(readyA)], [65, seen(readyB)]
    ]
  },
  "a newer plan while a release is on probation": {
    facts: [
      [0, started], [60, seen(readyA)], [60, Event.Recorded()], [62, ended(0)], [62, { finds: readyA }], [62, Event.Switched()], [62, started],
      [65, seen(readyB)], [66, ended(1)], [66, { finds: readyB }], [66, Event.Committed()], [66, { finds: readyB }], [66, Event.Switched()]
    ]
  },
  "a chain that halts for its plan": {
    facts: [[0, started], [30, ended(1)], [30, { finds: readyA }], [30, Event.Switched()], [30, started], [40, { rings: "Probation" }], [40, Event.Committed()]]
  },
  "a release that is not there yet": {
    facts: [[0, started], [10, seen(missingA)], [30, ended(1)], [30, { finds: missingA }], [90, seen(readyA)], [90, Event.Switched()]]
  },
  "an upgrade that the disk refuses": {
    facts: [
      [0, started], [10, seen(readyA)], [10, Event.NotRecorded(refused)], [15, { rings: "Retry" }], [15, Event.Recorded()], [16, ended(0)], [16, { finds: readyA }],
      [16, Event.NotSwitched({ ...refused, verdict: "held" })], [16, Event.NotUndone(refused)], [21, { rings: "Retry" }], [21, Event.Undone()], [21, started], [81, { rings: "Retry" }]
    ]
  },
  "an upgrade without a restart": {
    policy: { restartAfterUpgrade: false },
    facts: [[0, started], [10, seen(readyA)], [10, Event.Recorded()], [11, ended(0)], [11, { finds: readyA }], [11, Event.Switched()], [11, Event.Committed()]]
  },
  "a stop, asked for three times": {
    facts: [[0, started], [10, asked], [20, { rings: "Progress" }], [21, asked], [22, asked], [22, Event.ChildExited({ exit: ChildExit.Signal({ signal: "SIGKILL", number: 9 }), leftovers: false })]]
  },
  "a stop in the middle of an upgrade": {
    facts: [[0, started], [10, seen(readyA)], [10, Event.Recorded()], [11, asked], [12, ended(0)], [12, Event.Undone()]]
  },
  "a node that ends again and again": {
    policy: { restart: { maxRestarts: 2, periodMillis: 600_000 } },
    facts: [
      [0, started], [5, ended(3)], [5, { finds: absent }], [6, { rings: "Backoff" }], [6, started], [7, ended(3)], [7, { finds: absent }],
      [9, { rings: "Backoff" }], [9, started], [10, ended(3)], [10, { finds: absent }]
    ]
  },
  "a wrapper that leaves its node behind": {
    facts: [[0, started], [10, asked], [11, ended(0, true)], [310, { rings: "Grace" }], [310, Event.GroupGone()]]
  },
  "a node that is taken over": {
    found: { survivor: survivorOf(releaseA), current: releaseA, appliedHeight: 20n },
    facts: [[5, Event.ChildExited({ exit: ChildExit.Unknown(), leftovers: false })], [5, { finds: readyA }], [6, { rings: "Backoff" }], [6, started]]
  },
  "a kill in the middle of a probation": {
    found: { current: releaseA, inFlight: inFlight("probation"), look: readyA },
    facts: [[0, started], [1, ended(2)], [1, { finds: readyA }], [1, Event.Undone()], [1, started]]
  }
}

it.each(Object.entries(stories))("%s", async (name, story) => {
  await expect(tell(story)).toMatchFileSnapshot(`transcripts/${name.replaceAll(/[ ,]+/g, "-")}.txt`)
})
