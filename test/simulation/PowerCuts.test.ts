// Whatever a power cut leaves on the disk, the next start needs no human.
import { it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { cutEverywhere } from "./PowerCuts.ts"
import { scenarios } from "./Scenarios.ts"

const mostDisks = process.env["WEMIXVISOR_PROOF"] === "full" ? Infinity : 150

it.live.each(scenarios.map((scenario) => [scenario.title, scenario] as const))("%s, cut off anywhere, goes on", ([, scenario]) =>
  Effect.gen(function*() {
    const began = performance.now()
    const { calls, cuts, disks, faults, isComplete } = yield* cutEverywhere(scenario, mostDisks)
    console.info(`${scenario.title}: ${cuts} cuts at ${calls} calls left ${disks} disks that differ${isComplete ? "" : ", and more"} ${Math.round(performance.now() - began)} ms`)
    expect(faults).toEqual([])
  }), 600_000)
