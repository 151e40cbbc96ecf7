// What is cut off and refused at every point of the making of a home, of the taking over of one that cosmovisor laid out, and of giving it back:
// homes, what is done to them, and what must be true of them then.
import { Effect, Layer, Option, type Scope } from "effect"
import { Config } from "../../src/services/Config.ts"
import { Disk } from "../../src/services/Disk.ts"
import type { HomeLock } from "../../src/services/HomeLock.ts"
import { LinkManager } from "../../src/services/LinkManager.ts"
import { StateFile } from "../../src/services/StateFile.ts"
import * as Adopt from "../../src/supervisor/Adopt.ts"
import { init, type Options } from "../../src/supervisor/Init.ts"
import { Dice } from "../support/Dice.ts"
import * as FakeHomeLock from "../support/fakes/FakeHomeLock.ts"
import { script, text } from "../support/world/Binaries.ts"
import * as World from "../support/World.ts"
import { type Entry, type Image, keyOf } from "./Platter.ts"
import { onStage, play } from "./Rehearsal.ts"
import * as SimulatedDisk from "./SimulatedDisk.ts"

/** What a command does. */
export type Doing = Effect.Effect<unknown, { readonly message: string }, Config | Disk | HomeLock | LinkManager | StateFile | Scope.Scope>

export interface Making {
  readonly title: string
  readonly before: Image
  readonly does: Doing
  /** What a person may do instead of the same again, once it was broken off. */
  readonly instead: ReadonlyArray<Doing>
}

const initialises = (options: Partial<Options>): Doing => init({ binary: Option.none<string>(), force: false, adopt: false, ...options })
const adopts: Doing = Effect.flatMap(Adopt.moves, Adopt.carryOut)
const givesBack: Doing = Effect.flatMap(Adopt.movesBack, Adopt.carryOut)

const shell: readonly [string, Entry] = ["/bin/sh", { mode: 0o755, bytes: text("") }]
const program = (name: string): Entry => ({ mode: 0o755, bytes: script(name) })
const theirSettings: Entry = { mode: 0o644, bytes: text("daemon_shutdown_grace = 30000000000\n") }
const ourSettings: Entry = { mode: 0o644, bytes: text("daemon_shutdown_grace = \"1m\"\n") }
const [ours, theirs] = ["/node/wemixvisor", "/node/cosmovisor"]

const home = (root: string, link: string, more: ReadonlyArray<readonly [string, Entry]>): Image =>
  new Map<string, Entry>([
    shell,
    ["/srv/wemixd", program("genesis")],
    ["/srv/other", program("another")],
    [`${root}/genesis/bin/wemixd`, program("genesis")],
    [`${root}/upgrades/v1/bin/wemixd`, program("v1")],
    [`${root}/current`, { text: link }],
    ...more.map(([name, entry]) => [`${root}/${name}`, entry] as const),
    ["/node/data", "directory"],
    ["/node/backups", "directory"]
  ])
const cosmovisorHome = (link: string): Image => home(theirs, link, [["config.toml", theirSettings]])
const finished = home(ours, "upgrades/v1", [["config.toml", ourSettings]])

const first = initialises({ binary: Option.some("/srv/wemixd") })
/** It must be refused, with such a word. */
const refuses = (does: Doing, word: string): Doing =>
  Effect.matchEffect(does, {
    onSuccess: () => Effect.fail({ message: "it is done though it must not be" }),
    onFailure: (error) => error.message.includes(word) ? Effect.void : Effect.fail(error)
  })
const another = refuses(initialises({ binary: Option.some("/srv/other") }), "is another program than")
const unasked = refuses(first, "wemixvisor adopt")

export const simplest: Making = { title: "making a home", before: new Map([shell, ["/srv/wemixd", program("genesis")]]), does: first, instead: [] }

export const makings: ReadonlyArray<Making> = [
  simplest,
  { title: "making a home that is there", before: finished, does: first, instead: [] },
  { title: "making a home that is there, of another program", before: finished, does: another, instead: [first] },
  { title: "making a home where cosmovisor has one", before: cosmovisorHome("upgrades/v1"), does: unasked, instead: [adopts] },
  { title: "making a home of one that cosmovisor laid out", before: cosmovisorHome("upgrades/v1"), does: initialises({ adopt: true }), instead: [adopts, givesBack] },
  { title: "taking over a home of cosmovisor", before: cosmovisorHome("upgrades/v1"), does: adopts, instead: [initialises({ adopt: true }), givesBack] },
  { title: "taking over a home with an absolute link", before: cosmovisorHome(`${theirs}/upgrades/v1`), does: adopts, instead: [givesBack] },
  { title: "giving a home back", before: home(ours, "upgrades/v1", [["config.toml.cosmovisor", theirSettings]]), does: givesBack, instead: [adopts] },
  {
    title: "giving a home back that has settings of its own",
    before: home(ours, "upgrades/v1", [["config.toml.cosmovisor", theirSettings], ["config.toml", ourSettings]]),
    does: givesBack,
    instead: [adopts]
  }
]

/** Does it on this disk. */
export const carryOut = (disk: Disk["Service"], does: Doing) =>
  Effect.scoped(does).pipe(
    Effect.provide(Layer.mergeAll(LinkManager.layer, FakeHomeLock.layer, StateFile.layer).pipe(
      Layer.provideMerge(Layer.merge(Config.layerOf({ DAEMON_HOME: "/node" }), Layer.succeed(Disk, disk)))
    ))
  )

/** Does it where nothing is in the way; gives what is on the disk then, or the fault. */
export const done = Effect.fnUntraced(function*(image: Image, does: Doing) {
  const { cuts, outside } = yield* SimulatedDisk.make(image)
  const result = yield* Effect.result(carryOut(outside, does))
  const [after = new Map()] = cuts(new Dice(0))
  return result._tag === "Failure" ? { after, fault: result.failure.message } : { after, fault: undefined }
})

/** For one line. */
export const shown = (image: Image): string => keyOf(image).replaceAll("\0", " | ")

/** What must be true of a home in which something was done, whichever of the two it belongs to now. */
export const faultsOf = Effect.fnUntraced(function*(before: Image, image: Image): Effect.fn.Return<ReadonlyArray<string>> {
  const has = (root: string) => [...image.keys()].some((path) => path === root || path.startsWith(`${root}/`))
  const settings = (root: string) => image.get(`${root}/config.toml`)
  if (has(ours) && has(theirs)) return ["there are two homes"]
  const lost = lostOf(before, image).map((what) => `${what} is lost`)
  if (has(theirs)) {
    const link = linkOf(image, theirs)
    return [
      ...lost,
      ...(image.has(`${theirs}/${link}/bin/wemixd`) ? [] : [`cosmovisor's link to ${link} leads nowhere`]),
      ...(isSame(settings(theirs), theirSettings) ? [] : ["cosmovisor's settings are not in their place"])
    ]
  }
  return [...lost, ...(isSame(settings(ours), theirSettings) ? ["cosmovisor's settings would be ours"] : []), ...(yield* onStage(runFaults(before, image)))]
})

const isSame = (one: Entry | undefined, other: Entry): boolean => one !== undefined && keyOf(new Map([["", one]])) === keyOf(new Map([["", other]]))

/** Without the directory that is renamed. */
const linkOf = (image: Image, root: string): string => {
  const entry = image.get(`${root}/current`)
  return entry !== undefined && entry !== "directory" && "text" in entry ? entry.text.replace(`${theirs}/`, "") : "nowhere"
}

/** The files of which there is none with this content any more. */
const lostOf = (before: Image, image: Image): ReadonlyArray<string> => {
  const contents = new Set([...image.values()].map((entry) => keyOf(new Map([["", entry]]))))
  return [...before].flatMap(([path, entry]) => entry === "directory" || "text" in entry || contents.has(keyOf(new Map([["", entry]]))) ? [] : [path])
}

/** wemixvisor is started, and nothing else is done: the release runs that ran before, or genesis in a home that is new. */
const runFaults = Effect.fnUntraced(function*(before: Image, image: Image): Effect.fn.Return<ReadonlyArray<string>, never, Scope.Scope> {
  const link = linkOf(image, ours)
  const wanted = [ours, theirs].map((root) => linkOf(before, root)).find((found) => found !== "nowhere") ?? "genesis"
  if (link !== wanted) return [`current -> ${link}, not ${wanted}`]
  const disk = yield* SimulatedDisk.make(image)
  const world = yield* World.make({ disk: { outside: disk.outside, inside: disk.outside } })
  yield* world.run()
  const state = yield* play({ world, disk, calls: () => 0 }, [])
  const runs = world.starts.join()
  return state?._tag === "Running" && runs === wanted.replace("upgrades/", "") ? [] : [`it ends in ${state?._tag ?? "its beginning"}, and what was started is ${runs || "nothing"}`]
})
