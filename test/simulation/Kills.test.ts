// Whenever wemixvisor is killed, the next one goes on from there: the node that lives is taken over or stopped, and nothing is started twice.
import { it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { account, isFull } from "../support/Account.ts"
import { killEverywhere } from "./Kills.ts"
import { scenarios } from "./Scenarios.ts"

const extent = isFull ? { first: 1, stride: 1, further: 2 } : { first: 1, stride: 12, further: 0 }

it.live.each(scenarios.map((scenario) => [scenario.title, scenario] as const))("%s, killed anywhere, goes on", ([, scenario]) =>
  Effect.gen(function*() {
    const { faults, kills } = yield* killEverywhere(scenario, extent)
    account(scenario.title, { kills })
    expect(kills).toBeGreaterThan(0)
    expect(faults).toEqual([])
  }), 600_000)
