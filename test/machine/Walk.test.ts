// The machine's promises, held against every pair of state and world that a run can come into; the page about the machine is printed
// from the same walks.
import { beforeAll, describe, expect, it } from "vitest"
import { account } from "../support/Account.ts"
import { meanings, print } from "./Page.ts"
import { promises, type Survey, survey } from "./Survey.ts"

let found: Survey

beforeAll(() => {
  found = survey()
  account("the walk", { "pairs of state and world": found.pairs, transitions: found.transitions })
}, 120_000)

describe("from every beginning, and whatever follows, the machine", () => {
  it.each(promises)("%s", (promise) => {
    expect(found.breaches.get(promise) ?? "kept").toBe("kept")
  })
})

describe("the page about the machine", () => {
  it("says what each state is that the walks come to, and no other", () => {
    const reached = [...found.sightings.steps.values(), ...found.sightings.beginnings.values()].map(({ to }) => to)
    expect([...new Set(reached)].sort()).toEqual(Object.keys(meanings).sort())
  })

  it("is what the walks print now", async () => {
    await expect(print(found)).toMatchFileSnapshot("../../docs/MACHINE.md")
  })
})
