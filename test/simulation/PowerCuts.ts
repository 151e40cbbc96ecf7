// Cuts the power at every part of every operation, lets the disk choose everything that it may have kept, and starts again from each;
// and cuts the power of that start everywhere too, until no disk comes up that was not started from.
import { Effect, type Scope } from "effect"
import { Dice } from "../support/Dice.ts"
import * as Judge from "./Judge.ts"
import { type Image, keyOf } from "./Platter.ts"
import { onStage, open, play } from "./Rehearsal.ts"
import type { Scenario } from "./Scenarios.ts"
import type { SimulatedDisk } from "./SimulatedDisk.ts"

/** A disk as a cut left it, and how: the cuts since the beginning, each as the call it came before and the number of what the disk chose. */
interface Cut {
  readonly image: Image
  readonly trace: string
}

export interface Report {
  /** Calls before which the power was cut, in all runs; and what the disk could choose at them, which is the count of cuts. */
  readonly calls: number
  readonly cuts: number
  /** Disks that differ, from each of which wemixvisor was started. */
  readonly disks: number
  /** Whether every disk that came up was started from. */
  readonly isComplete: boolean
  readonly faults: ReadonlyArray<string>
}

/** All disks that cuts in these runs can leave. */
class Cuts {
  /** Those that were not known before, in their order. */
  readonly queue: Array<Cut> = []
  /** By their traces, all that this run was cut at. */
  readonly all = new Map<string, Image>()
  calls = 0
  cuts = 0
  private readonly known = new Set<string>()
  private readonly keepsAll: boolean
  private readonly mostOutcomes: number | undefined

  constructor({ sample }: Scenario, { keepsAll }: { readonly keepsAll: boolean }) {
    this.mostOutcomes = sample?.outcomes
    this.keepsAll = keepsAll
  }

  /** Takes a cut at this instant, in the run that began with `trace`. */
  take(disk: SimulatedDisk, trace: string, call: number): void {
    const images = disk.cuts(new Dice(call), this.mostOutcomes)
    this.calls += 1
    this.cuts += images.length
    images.forEach((image, outcome) => {
      if (this.keepsAll) this.all.set(`${trace} ${call}.${outcome}`, image)
      const key = keyOf(image)
      if (this.known.has(key)) return
      this.known.add(key)
      this.queue.push({ image, trace: `${trace} ${call}.${outcome}` })
    })
  }
}

/** A run on a disk whose power is cut before each call. */
const stage = (scenario: Scenario, { image, trace }: Cut, cuts: Cuts) =>
  open({ ...scenario, home: image }, (disk, number) => Effect.sync(() => cuts.take(disk, trace, number)))

const firstRun = Effect.fnUntraced(function*(scenario: Scenario, cuts: Cuts): Effect.fn.Return<void, never, Scope.Scope> {
  const on = yield* stage(scenario, { image: scenario.home, trace: "" }, cuts)
  yield* play(on, scenario.deeds)
  cuts.take(on.disk, "", on.calls() + 1)
})

/** Starts again, runs on, and gives the operator what he wants. */
const recovery = Effect.fnUntraced(function*(scenario: Scenario, cut: Cut, cuts: Cuts): Effect.fn.Return<Judge.Faults, never, Scope.Scope> {
  const on = yield* stage({ ...scenario, interruption: undefined }, cut, cuts)
  const rest = yield* Judge.ofRest(on.world, yield* play(on, []))
  yield* scenario.wants(on.world)
  const faults = [...rest, ...yield* Judge.ofEnd(on.world, yield* play(on, []), scenario)]
  return faults.length === 0 ? [] : [`${scenario.title}, cut at${cut.trace}: ${faults.join("; ")}\n${on.world.account()}`]
})

const attempt = (scenario: Scenario, cut: Cut, cuts: Cuts): Effect.Effect<Judge.Faults> =>
  onStage(Effect.catchCause(recovery(scenario, cut, cuts), (cause) => Effect.succeed([`${scenario.title}, cut at${cut.trace}: ${String(cause)}`])))

/** Stops at the first fault. Where not all disks are started from, they are taken evenly from those of the first run. */
export const cutEverywhere = Effect.fnUntraced(function*(scenario: Scenario, mostDisks: number): Effect.fn.Return<Report> {
  const cuts = new Cuts(scenario, { keepsAll: false })
  yield* onStage(firstRun(scenario, cuts))
  const most = Math.min(mostDisks, scenario.sample?.disks ?? Infinity)
  const stride = Math.max(1, cuts.queue.length / most)
  let [disks, faults]: [number, Judge.Faults] = [0, []]
  for (let at = 0; at < cuts.queue.length && disks < most && faults.length === 0; at += stride) {
    const cut = cuts.queue[Math.floor(at)]
    if (cut !== undefined) faults = yield* attempt(scenario, cut, cuts)
    disks += 1
  }
  return { calls: cuts.calls, cuts: cuts.cuts, disks, isComplete: disks === cuts.queue.length, faults }
})

/** The disk that such a trace leads to, and what comes of it. */
export const replay = Effect.fnUntraced(function*(scenario: Scenario, trace: string): Effect.fn.Return<Judge.Faults> {
  let [cut, faults]: [Cut, Judge.Faults] = [{ image: scenario.home, trace: "" }, []]
  for (const step of trace.trim().split(" ")) {
    const cuts = new Cuts(scenario, { keepsAll: true })
    yield* cut.trace === "" ? onStage(firstRun(scenario, cuts)) : attempt(scenario, cut, cuts)
    const next = cuts.all.get(`${cut.trace} ${step}`)
    if (next === undefined) return [`${scenario.title} has no cut ${step} after${cut.trace}`]
    cut = { image: next, trace: `${cut.trace} ${step}` }
    faults = yield* attempt(scenario, cut, new Cuts(scenario, { keepsAll: true }))
  }
  return faults
})
