// wemixvisor is killed right before and right after every call that changes something: the next one finishes or undoes what was under way.
// Here at the boundaries of the steps; WEMIXVISOR_PROOF=full takes every call, and the middle of every write.
import { describe, expect, it } from "vitest"
import { account, isFull } from "../support/Account.ts"
import { atBoundaries, callsOf, momentsOf, violations, writesOf } from "../support/kill/Matrix.ts"
import { stories } from "../support/kill/Stories.ts"

/** In milliseconds. */
const limit = 600_000

describe("wemixvisor killed at each of its calls", () => {
  it.for(stories)("in $name: the next one brings it to its end", { timeout: limit }, async (story, test) => {
    const moments = await momentsOf(story, test)
    expect(callsOf(moments)).toEqual(story.calls)
    expect(writesOf(moments), "each record is opened, written, synced, closed and renamed").toEqual(Array.from({ length: 5 }, () => story.records))
    const chosen = isFull ? moments : atBoundaries(story, moments)
    expect(await violations(story, chosen)).toEqual([])
    account(story.name, { kills: chosen.length, "moments there are": moments.length })
  })
})
