// Cuts the power at every operation of a deed on a simulated disk.
import { Effect } from "effect"
import type { Disk } from "../../src/services/Disk.ts"
import { Dice } from "../support/Dice.ts"
import { type Image, keyOf } from "./Platter.ts"
import * as SimulatedDisk from "./SimulatedDisk.ts"

export interface Cuts {
  readonly cuts: number
  /** Every disk that they can leave, by its content. */
  readonly images: ReadonlyMap<string, Image>
  /** Those of a cut right after the deed. */
  readonly last: ReadonlyArray<Image>
}

/** What goes wrong in the deed is a defect. */
export const cutsOf = Effect.fnUntraced(function*<E>(before: Image, deed: (disk: Disk["Service"]) => Effect.Effect<unknown, E>): Effect.fn.Return<Cuts> {
  const disk = yield* SimulatedDisk.make(before)
  const images = new Map<string, Image>()
  let [calls, cuts] = [0, 0]
  const cut = Effect.sync(() => {
    calls += 1
    for (const image of disk.cuts(new Dice(calls))) {
      cuts += 1
      images.set(keyOf(image), image)
    }
  })
  yield* Effect.orDie(deed(disk.inside(() => cut)))
  yield* cut
  return { cuts, images, last: [...disk.cuts(new Dice(0))] }
})
