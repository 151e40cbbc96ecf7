// Whatever the disk refuses, and whenever: the node is kept running where it can be, what is wrong is said, and all goes on once the cause is gone.
import { it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { account, isFull } from "../support/Account.ts"
import { refuseEverywhere } from "./Refusals.ts"
import { scenarios } from "./Scenarios.ts"

const extent = isFull ? { first: 1, stride: 1, allErrors: true } : { first: 1, stride: 14, allErrors: false }

it.live.each(scenarios.map((scenario) => [scenario.title, scenario] as const))("%s, refused anywhere, goes on", ([, scenario]) =>
  Effect.gen(function*() {
    const { faults, refusals } = yield* refuseEverywhere(scenario, extent)
    account(scenario.title, { refusals })
    expect(refusals).toBeGreaterThan(0)
    expect(faults).toEqual([])
  }), 600_000)
