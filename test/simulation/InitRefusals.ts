// Refuses each call of the disk that `init` and `adopt` make, once or from then on, with each error that a system gives: it is said which path was
// refused, or all is done all the same; and once the cause is gone, doing it again ends as if nothing had happened.
import { Effect } from "effect"
import { Dice } from "../support/Dice.ts"
import { refusal } from "../support/world/Refusal.ts"
import { carryOut, done, type Making, shown } from "./Inits.ts"
import { type Image, keyOf } from "./Platter.ts"
import { errnos } from "./Refusals.ts"
import * as SimulatedDisk from "./SimulatedDisk.ts"

interface Refused {
  /** The number of the call. */
  readonly at: number
  readonly errno: string
  /** All that follow, too. */
  readonly lasting: boolean
}

/** What comes of one refusal. */
const refuse = Effect.fnUntraced(function*({ before, does }: Making, after: Image, { at, errno, lasting }: Refused) {
  const disk = yield* SimulatedDisk.make(before)
  const refused = new Array<SimulatedDisk.Call>()
  let calls = 0
  const inside = disk.inside((call) => {
    calls += 1
    if (calls !== at && !(lasting && calls > at)) return Effect.void
    refused.push(call)
    return Effect.fail(refusal(call.operation, call.path, errno))
  })
  const result = yield* Effect.result(carryOut(inside, does))
  const other = () => disk.cuts(new Dice(0)).find((image) => keyOf(image) !== keyOf(after))
  const half = result._tag === "Success" ? other() : undefined
  const again = yield* Effect.result(carryOut(disk.inside(() => Effect.void), does))
  const left = other()
  const [first] = refused
  const what = `call ${at} (${first?.operation} ${first?.path}, ${first?.part}) refused with ${errno}${lasting ? " and so on" : ""}`
  const faults = [
    ...(result._tag === "Failure" && !refused.some(({ path }) => result.failure.message.includes(path)) ? [`what is said names another path: ${result.failure.message}`] : []),
    ...(again._tag === "Failure" ? [`it cannot be done again: ${again.failure.message}`] : []),
    ...(half === undefined ? [] : [`it is said to be done, and after a power cut there is ${shown(half)}`]),
    ...(left === undefined ? [] : [`done again it leaves, after a power cut, ${shown(left)}`])
  ]
  return { calls, faults: faults.map((fault) => `${what}: ${fault}`) }
})

export const refuseMaking = Effect.fnUntraced(function*(making: Making) {
  const { after } = yield* done(making.before, making.does)
  const { calls, faults } = yield* refuse(making, after, { at: Infinity, errno: "EIO", lasting: false })
  const all = Array.from({ length: calls }, (_, index) => index + 1).flatMap((at) => errnos.flatMap((errno) => [false, true].map((lasting) => ({ at, errno, lasting }))))
  const found = yield* Effect.forEach(all, (refused) => refuse(making, after, refused))
  return { refusals: all.length, faults: [...faults, ...found.flatMap((one) => one.faults)] }
})
