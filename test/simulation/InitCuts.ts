// Cuts the power at every part of what `init` and `adopt` do: done again, or taken back, it ends as if nothing had happened; and what is done, stays.
import { Effect } from "effect"
import { cutsOf } from "./Cuts.ts"
import { carryOut, done, faultsOf, type Making, shown } from "./Inits.ts"
import { type Image, keyOf } from "./Platter.ts"

export const cutMaking = Effect.fnUntraced(function*({ before, does, instead }: Making) {
  const { after, fault } = yield* done(before, does)
  const { cuts, images, last } = yield* cutsOf(before, (disk) => carryOut(disk, does))
  const whole = yield* faultsOf(before, after)
  const stays = yield* Effect.forEach(last, (image) => staysFaults(before, after, image))
  const faults = yield* Effect.forEach(images.values(), (image) =>
    Effect.map(Effect.all([againFaults(after, image, does), Effect.forEach(instead, (other) => insteadFaults(before, image, other))]), ([again, others]) =>
      [...again, ...others.flat()].map((what) => `${what}, from ${shown(image)}`)))
  return { cuts, disks: images.size, faults: [...(fault === undefined ? [] : [fault]), ...whole, ...stays.flat(), ...faults.flat()] }
})

/** A disk right after it was said to be done: all of it is there, and wemixvisor runs, or cosmovisor would. */
const staysFaults = Effect.fnUntraced(function*(before: Image, after: Image, image: Image) {
  const same = keyOf(image) === keyOf(after) ? [] : [`it was said to be done, and what is there is ${shown(image)}`]
  return [...same, ...(yield* faultsOf(before, image)).map((fault) => `it was said to be done, and ${fault}`)]
})

const againFaults = Effect.fnUntraced(function*(after: Image, image: Image, does: Making["does"]) {
  const again = yield* done(image, does)
  if (again.fault !== undefined) return [`it cannot be done again: ${again.fault}`]
  return keyOf(again.after) === keyOf(after) ? [] : [`done again it leaves ${shown(again.after)}`]
})

const insteadFaults = Effect.fnUntraced(function*(before: Image, image: Image, other: Making["does"]) {
  const { after, fault } = yield* done(image, other)
  if (fault !== undefined) return [`the other cannot be done: ${fault}`]
  return (yield* faultsOf(before, after)).map((found) => `after the other ${found}`)
})
