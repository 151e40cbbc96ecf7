// A power cut while a release is staged, replaced or removed leaves it complete or absent, and nothing that the next attempt does not clear.
import { it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { account } from "../support/Account.ts"
import { cutStaging, meetings, stagings } from "./Stagings.ts"

it.live.each(stagings.map((staging) => [staging.title, staging] as const))("%s, cut off anywhere", ([, staging]) =>
  Effect.gen(function*() {
    const { cuts, disks, faults } = yield* cutStaging(staging)
    account(staging.title, { cuts, "disks that differ": disks })
    expect(faults).toEqual([])
  }), 60_000)

it.live("two that stage the same release at once leave it whole, of one of them", () =>
  Effect.gen(function*() {
    const { faults, ways } = yield* meetings
    account("two at once", { ways })
    expect(faults).toEqual([])
    expect(ways).toBeGreaterThan(100)
  }), 60_000)
