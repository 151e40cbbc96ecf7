// A power cut while a home is made, or taken over from cosmovisor, leaves nothing that doing it again does not mend.
import { it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { account } from "../support/Account.ts"
import { cutMaking, makings } from "./Inits.ts"

it.live.each(makings.map((making) => [making.title, making] as const))("%s, cut off anywhere, can be done again", ([, making]) =>
  Effect.gen(function*() {
    const { cuts, disks, faults } = yield* cutMaking(making)
    account(making.title, { cuts, "disks that differ": disks })
    expect(faults).toEqual([])
  }), 60_000)
