// A power cut or a refusal while a home is made, taken over from cosmovisor or given back leaves nothing that doing it again does not mend;
// and what was said to be done, stays.
import { it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { account } from "../support/Account.ts"
import { refusal } from "../support/world/Refusal.ts"
import { cutMaking } from "./InitCuts.ts"
import { refuseMaking } from "./InitRefusals.ts"
import { carryOut, makings, simplest } from "./Inits.ts"
import * as SimulatedDisk from "./SimulatedDisk.ts"

const titled = makings.map((making) => [making.title, making] as const)

it.live.each(titled)("%s, cut off anywhere, can be done again, and once it is done it stays", ([, making]) =>
  Effect.gen(function*() {
    const { cuts, disks, faults } = yield* cutMaking(making)
    account(making.title, { cuts, "disks that differ": disks })
    expect(faults).toEqual([])
  }), 60_000)

it.live.each(titled)("%s, refused anything, says so, and can be done once the cause is gone", ([, making]) =>
  Effect.gen(function*() {
    const { faults, refusals } = yield* refuseMaking(making)
    account(making.title, { refusals })
    expect(faults).toEqual([])
  }), 60_000)

it.live("a home is found done where the directory above it cannot be opened", () =>
  Effect.gen(function*() {
    const { inside, outside } = yield* SimulatedDisk.make(simplest.before)
    yield* carryOut(outside, simplest.does)
    const disk = inside(({ operation, path }) => operation === "syncDirectory" && path === "/" ? Effect.fail(refusal(operation, path, "EACCES")) : Effect.void)
    expect(yield* carryOut(disk, simplest.does)).toEqual([])
  }))
