// A power cut while a release is fetched leaves it complete or absent; what came before the cut is gone on with, or the next attempt begins anew.
import { it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { account, isFull } from "../support/Account.ts"
import { cutFetching, fetchings } from "./Fetchings.ts"

it.live.each(fetchings.map((fetching) => [fetching.title, fetching] as const))("%s, cut off anywhere by the power", ([, fetching]) =>
  Effect.gen(function*() {
    const { asked, cuts, disks, faults, resumed } = yield* cutFetching(fetching, isFull ? 12 : 2)
    account(fetching.title, { cuts, "disks that differ": disks, "attempts that went on where one was cut off": resumed })
    expect(faults).toEqual([])
    expect([asked, resumed > 0]).toEqual([fetching.cutAt.length + 1, true])
  }), 600_000)
