// Cuts the power at every part of a download: the release is complete or absent, and what is left is gone on with or begun anew, to the end.
import { Effect, Layer, Result } from "effect"
import { gzipSync } from "node:zlib"
import { parseSource } from "../../src/domain/PlanBinaries.ts"
import { Config } from "../../src/services/Config.ts"
import { Disk } from "../../src/services/Disk.ts"
import { Downloads } from "../../src/services/download/Downloads.ts"
import { thisMachine } from "../../src/services/Releases.ts"
import { Staging } from "../../src/services/staging/Staging.ts"
import { short, withSum } from "../support/Fetching.ts"
import { give, serve } from "../support/FileServer.ts"
import { script } from "../support/world/Binaries.ts"
import { cutsOf } from "./Cuts.ts"
import type { Image } from "./Platter.ts"
import * as SimulatedDisk from "./SimulatedDisk.ts"
import { found, home, v2 } from "./Stagings.ts"

export interface Scenario {
  readonly title: string
  readonly file: string
  readonly content: Uint8Array
  /** Where the server ends the connection, the first time and the next. */
  readonly cutAt: ReadonlyArray<number>
}

const program = script("new")

export const fetchings: ReadonlyArray<Scenario> = [
  { title: "a download", file: "node", content: program, cutAt: [] },
  { title: "a download whose connection breaks twice", file: "node", content: program, cutAt: [4, 9] },
  { title: "a packed download whose connection breaks", file: "node.gz", content: gzipSync(program), cutAt: [11] }
]

const fetching = (disk: Disk["Service"], url: string) => {
  const services = Downloads.layerFor(thisMachine, short).pipe(Layer.provideMerge(Staging.layer), Layer.provide(Config.layerOf({ DAEMON_HOME: "/node" })), Layer.provide(Layer.succeed(Disk, disk)))
  return Downloads.use((downloads) => downloads.fetch({ release: v2, source: Result.getOrThrow(parseSource(url)), force: false })).pipe(Effect.provide(Layer.fresh(services)))
}

/** What is wrong with a disk that came up, and with what the next attempt makes of it. */
const faultsOf = Effect.fnUntraced(function*(image: Image, url: string) {
  const state = found(image)
  if ("fault" in state) return [state.fault]
  const { outside } = yield* SimulatedDisk.make(image)
  const again = yield* Effect.result(fetching(outside, url))
  const names = yield* Effect.orDie(outside.list("/node/wemixvisor/upgrades"))
  const binary = yield* Effect.option(outside.read("/node/wemixvisor/upgrades/v2/bin/wemixd", 1000))
  const isThere = binary._tag === "Some" && Buffer.compare(binary.value, program) === 0
  return [
    ...(state.content === "old" ? ["it is another release"] : []),
    ...(Result.isFailure(again) ? [`it cannot be done again: ${again.failure.message}`] : []),
    ...(names.join() === "v2" && isThere ? [] : [`doing it again leaves ${names.join(", ")}`])
  ]
})

/** The names that attempts draw for themselves make no difference. */
const withoutNames = (key: string): string => key.replaceAll(/\b[0-9a-f]{12}\b/g, "drawn")

/** `cutAgain`: how many of the disks that come up are cut off once more in the attempt that follows, chosen evenly. */
export const cutFetching = Effect.fnUntraced(function*({ content, cutAt, file }: Scenario, cutAgain: number) {
  const server = yield* serve((request, response, number) => {
    const cut = cutAt[number]
    give(request, response, content, cut === undefined ? {} : { cutAt: cut })
  })
  const url = withSum(`${server.url}/${file}`, content)
  const first = yield* cutsOf(new Map(home), (disk) => fetching(disk, url))
  const asked = server.asked.length
  const every = Math.ceil(first.images.size / cutAgain)
  const seconds = yield* Effect.forEach([...first.images.values()].filter((_, index) => index % every === 0), (image) => cutsOf(image, (disk) => fetching(disk, url)))
  const images = new Map([first, ...seconds].flatMap((cuts) => [...cuts.images]).map(([key, image]) => [withoutNames(key), image]))
  const faults = yield* Effect.forEach([...images], ([key, image]) => Effect.map(faultsOf(image, url), (all) => all.map((fault) => `${fault}, from ${key.replaceAll("\0", " | ")}`)))
  const undone = first.last.map(found).filter((state) => !("content" in state) || state.content !== "new")
  return {
    asked,
    resumed: server.asked.filter(({ range }) => range !== undefined).length,
    cuts: seconds.reduce((sum, { cuts }) => sum + cuts, first.cuts),
    disks: images.size,
    faults: [...undone.map((state) => `it was said to be done, and is not: ${JSON.stringify(state)}`), ...faults.flat()]
  }
}, Effect.scoped)
