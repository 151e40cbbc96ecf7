// Cuts the power at every part of the making of a home, and of the taking over of one that cosmovisor laid out; then makes it again.
import { Effect, Layer, Option, type Scope } from "effect"
import { Config } from "../../src/services/Config.ts"
import { Disk } from "../../src/services/Disk.ts"
import { LinkManager } from "../../src/services/LinkManager.ts"
import { StateFile } from "../../src/services/StateFile.ts"
import { init, type Options } from "../../src/supervisor/Init.ts"
import * as FakeHomeLock from "../support/fakes/FakeHomeLock.ts"
import { script, text } from "../support/world/Binaries.ts"
import * as World from "../support/World.ts"
import { cutsOf } from "./Cuts.ts"
import type { Entry, Image } from "./Platter.ts"
import { onStage, play } from "./Rehearsal.ts"
import * as SimulatedDisk from "./SimulatedDisk.ts"

export interface Making {
  readonly title: string
  readonly before: Image
  readonly options: Options
  /** The link that there must be in the end. */
  readonly link: string
}

const shell: readonly [string, Entry] = ["/bin/sh", { mode: 0o755, bytes: text("") }]
const program = (name: string): Entry => ({ mode: 0o755, bytes: script(name) })
const adopting = { binary: Option.none<string>(), force: false, adopt: true }
const cosmovisorHome = (link: string): Image =>
  new Map<string, Entry>([
    shell,
    ["/node/cosmovisor/genesis/bin/wemixd", program("genesis")],
    ["/node/cosmovisor/upgrades/v1/bin/wemixd", program("v1")],
    ["/node/cosmovisor/current", { text: link }],
    ["/node/data", "directory"]
  ])

export const makings: ReadonlyArray<Making> = [
  {
    title: "making a home",
    before: new Map<string, Entry>([shell, ["/srv/wemixd", program("genesis")]]),
    options: { binary: Option.some("/srv/wemixd"), force: false, adopt: false },
    link: "genesis"
  },
  { title: "taking over a home of cosmovisor", before: cosmovisorHome("upgrades/v1"), options: adopting, link: "upgrades/v1" },
  { title: "taking over a home with an absolute link", before: cosmovisorHome("/node/cosmovisor/upgrades/v1"), options: adopting, link: "upgrades/v1" }
]

const make = (disk: Disk["Service"], options: Options) =>
  Effect.scoped(init(options)).pipe(
    Effect.provide(Layer.mergeAll(LinkManager.layer, FakeHomeLock.layer, StateFile.layer).pipe(
      Layer.provideMerge(Layer.merge(Config.layerOf({ DAEMON_HOME: "/node" }), Layer.succeed(Disk, disk)))
    ))
  )

/** Makes it again, and runs on it. */
const again = Effect.fnUntraced(function*({ link, options }: Making, image: Image): Effect.fn.Return<ReadonlyArray<string>, never, Scope.Scope> {
  const disk = yield* SimulatedDisk.make(image)
  const made = yield* Effect.result(make(disk.outside, options))
  if (made._tag === "Failure") return [`it cannot be made again: ${made.failure.message}`]
  const world = yield* World.make({ disk: { outside: disk.outside, inside: disk.outside } })
  yield* world.run()
  const state = yield* play({ world, disk, calls: () => 0 }, [])
  const found = yield* world.link
  return state?._tag === "Running" && found === link ? [] : [`it ends in ${state?._tag ?? "its beginning"} with current -> ${found}`]
})

export const cutMaking = Effect.fnUntraced(function*(making: Making) {
  const { cuts, images } = yield* cutsOf(making.before, (disk) => make(disk, making.options))
  const faults = yield* Effect.forEach([...images], ([key, image]) => Effect.map(onStage(again(making, image)), (found) => found.map((fault) => `${fault}, from ${key.replaceAll("\0", " | ")}`)))
  return { cuts, disks: images.size, faults: faults.flat() }
})
