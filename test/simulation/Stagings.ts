// Cuts the power at every part of the placing of a release, and of its removal: it is complete or absent, and doing it again works.
import { Deferred, Effect, Fiber, Layer, Option } from "effect"
import { createHash } from "node:crypto"
import { inUpgrades } from "../../src/domain/Release.ts"
import { Config } from "../../src/services/Config.ts"
import { Disk } from "../../src/services/Disk.ts"
import { type Checked, type Placing, Staging, type StagingError } from "../../src/services/staging/Staging.ts"
import * as TroubledDisk from "../support/world/TroubledDisk.ts"
import { script, text } from "../support/world/Binaries.ts"
import { cutsOf } from "./Cuts.ts"
import type { Entry, Image } from "./Platter.ts"
import * as SimulatedDisk from "./SimulatedDisk.ts"

type Doing = (staging: Staging["Service"]) => Effect.Effect<unknown, StagingError>

export interface Scenario {
  readonly title: string
  readonly before: Image
  readonly doing: Doing
  /** Contents that the release may have after a cut; none stands for its absence. */
  readonly legal: ReadonlyArray<string | undefined>
  /** The one that it has once it was said to be done. */
  readonly after: string | undefined
}

export const v2 = inUpgrades("v2")
const final = "/node/wemixvisor/upgrades/v2"
const file = (content: string): Entry => ({ mode: 0o644, bytes: script(content) })
const placing: Placing = { release: v2, binary: "/srv/built", from: "/srv/built", checksum: undefined, force: false }
export const home: ReadonlyArray<readonly [string, Entry]> = [["/bin/sh", { mode: 0o755, bytes: text("") }], ["/node/wemixvisor/genesis", "directory"], ["/srv/built", file("new")]]
const old: ReadonlyArray<readonly [string, Entry]> = [[`${final}/bin/wemixd`, { mode: 0o755, bytes: script("old") }], [`${final}/lib/more`, file("more")]]
const verified = { sha256: createHash("sha256").update(script("new")).digest("hex") }

export const stagings: ReadonlyArray<Scenario> = [
  { title: "placing a copy", before: new Map(home), doing: ({ place }) => place(placing), legal: [undefined, "new"], after: "new" },
  { title: "placing a file that is given away", before: new Map(home), doing: ({ place }) => place({ ...placing, verified }), legal: [undefined, "new"], after: "new" },
  { title: "replacing another release", before: new Map([...home, ...old]), doing: ({ place }) => place({ ...placing, force: true }), legal: [undefined, "old", "new"], after: "new" },
  { title: "removing a release", before: new Map([...home, ...old]), doing: ({ remove }) => remove(v2), legal: [undefined, "old"], after: undefined }
]

const on = <A, E>(disk: Disk["Service"], use: Effect.Effect<A, E, Staging>) =>
  use.pipe(Effect.provide(Layer.fresh(Staging.layer).pipe(Layer.provide(Layer.merge(Config.layerOf({ DAEMON_HOME: "/node" }), Layer.succeed(Disk, disk))))))

/** Whether a release was staged, and its binary is what its record says. */
const isWhole = (checked: Option.Option<Checked>): boolean => Option.isSome(checked) && Option.isNone(checked.value.change)

/** What an image has at the release's place, when that is a whole release; the fault when it is half of one. */
export const found = (image: Image): { readonly content: string | undefined } | { readonly fault: string } => {
  const below = [...image.keys()].filter((path) => path === final || path.startsWith(`${final}/`))
  const binary = image.get(`${final}/bin/wemixd`)
  if (below.length === 0) return { content: undefined }
  if (binary === undefined || binary === "directory" || "text" in binary) return { fault: `only ${below.join(", ")}` }
  const content = ["old", "new"].find((name) => Buffer.compare(script(name), binary.bytes) === 0)
  if (content === undefined || binary.mode !== 0o755) return { fault: `a binary of ${binary.bytes.byteLength} bytes with mode ${binary.mode.toString(8)}` }
  return content === "new" !== image.has(`${final}/release.json`) ? { fault: "a binary without its record, or another's" } : { content }
}

const faultsOf = Effect.fnUntraced(function*({ legal }: Scenario, image: Image) {
  const state = found(image)
  if ("fault" in state) return [state.fault]
  const disk = yield* SimulatedDisk.make(new Map([...image, ["/srv/built", file("new")]]))
  const again = yield* Effect.result(on(disk.outside, Staging.use((staging) => Effect.andThen(staging.place({ ...placing, force: true }), staging.check(v2)))))
  const names = yield* Effect.orDie(disk.outside.list("/node/wemixvisor/upgrades"))
  const binary = yield* Effect.orDie(disk.outside.read(`${final}/bin/wemixd`, 1000))
  return [
    ...(legal.includes(state.content) ? [] : [`it is ${state.content ?? "absent"}`]),
    ...(again._tag === "Failure" ? [`it cannot be done again: ${again.failure.message}`] : !isWhole(again.success) ? ["its record is of another, or gone"] : []),
    ...(names.join() === "v2" && Buffer.compare(binary, script("new")) === 0 ? [] : [`doing it again leaves ${names.join(", ")}`])
  ]
})

export const cutStaging = Effect.fnUntraced(function*(staging: Scenario) {
  const { cuts, images, last } = yield* cutsOf(staging.before, (disk) => on(disk, Staging.use(staging.doing)))
  const undone = last.map(found).filter((state) => !("content" in state) || state.content !== staging.after).map((state) => `it was said to be done, and is not: ${JSON.stringify(state)}`)
  const faults = yield* Effect.forEach([...images], ([key, image]) => Effect.map(faultsOf(staging, image), (all) => all.map((fault) => `${fault}, from ${key.replaceAll("\0", " | ")}`)))
  return { cuts, disks: images.size, faults: [...undone, ...faults.flat()] }
})

/** Calls this before the operation with that number. */
const beforeCall = (disk: Disk["Service"], at: number, then: Effect.Effect<unknown>) => {
  const calls = { count: 0 }
  const before = Effect.suspend(() => calls.count++ === at ? then : Effect.void)
  return { calls, disk: TroubledDisk.make().wrap(disk, Effect.asVoid(before), () => Effect.void) }
}

const placingOf = (name: string) => Staging.use((staging) => staging.place({ ...placing, binary: `/srv/${name}`, from: `/srv/${name}`, force: true }))

/**
 * One stages a release; before its operation with the number `first` another one begins to stage the same, and before that one's with the number
 * `second` the one goes on to its end, then the other. None when either has no such operation.
 */
const meeting = Effect.fnUntraced(function*(first: number, second: number) {
  const { outside } = yield* SimulatedDisk.make(new Map([...home, ["/srv/old", file("old")], ["/srv/new", file("new")]]))
  const [reached, isDone] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
  const other = beforeCall(outside, second, Effect.andThen(Deferred.succeed(reached, undefined), Deferred.await(isDone)))
  const both = new Array<Fiber.Fiber<unknown, unknown>>()
  const one = beforeCall(outside, first, Effect.gen(function*() {
    const fiber = yield* Effect.forkDetach(Effect.exit(on(other.disk, placingOf("old"))))
    both.push(fiber)
    yield* Effect.raceFirst(Deferred.await(reached), Fiber.await(fiber))
  }))
  yield* Effect.exit(on(one.disk, placingOf("new")))
  yield* Deferred.succeed(isDone, undefined)
  yield* Effect.forEach(both, (fiber) => Fiber.await(fiber))
  if (one.calls.count <= first || other.calls.count <= second) return undefined
  const content = yield* Effect.option(outside.read(`${final}/bin/wemixd`, 1000))
  const checked = yield* Effect.result(on(outside, Staging.use((staging) => staging.check(v2))))
  const is = (name: string) => Option.isSome(content) && Buffer.compare(content.value, script(name)) === 0
  const isRight = checked._tag === "Success" && isWhole(checked.success) && (is("new") || is("old"))
  return isRight ? "" : `at ${first} and ${second}: ${Option.match(content, { onNone: () => "nothing", onSome: String })}, ${checked._tag}`
})

/** Ways in which two may meet, every one of the first and some of the second, by what went wrong. */
export const meetings = Effect.gen(function*() {
  const met = { ways: 0, faults: new Array<string>() }
  for (let first = 0; (yield* meeting(first, 0)) !== undefined; first++) {
    for (let second = first % stride; ; second += stride) {
      const fault = yield* meeting(first, second)
      if (fault === undefined) break
      met.ways += 1
      if (fault !== "") met.faults.push(fault)
    }
  }
  return met
})

/** All of them would take a minute. */
const stride = 7
