// Whatever a power cut leaves on the disk, the next start needs no human.
import { it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { account, isFull } from "../support/Account.ts"
import { cutEverywhere, replay } from "./PowerCuts.ts"
import { scenarios } from "./Scenarios.ts"

const mostDisks = isFull ? Infinity : 25

/** As a failure prints it: `WEMIXVISOR_CUT="an upgrade, cut at 37.2 12.0"`. */
const wanted = process.env["WEMIXVISOR_CUT"]

it.live.each(scenarios.map((scenario) => [scenario.title, scenario] as const))("%s, cut off anywhere, goes on", ([, scenario]) =>
  Effect.gen(function*() {
    const [title, trace] = wanted?.split(", cut at ") ?? []
    if (trace !== undefined) return title === scenario.title ? expect(yield* replay(scenario, trace)).toEqual([]) : undefined
    const { calls, cuts, disks, faults, isComplete } = yield* cutEverywhere(scenario, mostDisks)
    account(scenario.title, { cuts, calls, "disks started from": disks })
    expect(faults).toEqual([])
    expect(isComplete || !isFull || scenario.sample !== undefined, "all disks were started from").toBe(true)
  }), 600_000)
