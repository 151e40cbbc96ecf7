// A story under way: its stage, its dice, and what is known of the releases and the plan. The things that may happen in it.
import { Deferred, Effect, Option } from "effect"
import type { State } from "../../src/machine/State.ts"
import * as Binaries from "../support/world/Binaries.ts"
import { failure } from "../support/fakes/FakeHooks.ts"
import { obedient, releaseOf } from "../support/world/Operator.ts"
import type { Coverage } from "./Coverage.ts"
import type { Dice } from "../support/Dice.ts"
import * as Draws from "./Draws.ts"
import type { Stage } from "./Stage.ts"
import type { VirtualClock } from "./VirtualClock.ts"

const highest = 7

export class Scene {
  readonly stage: Stage
  readonly dice: Dice
  readonly setup: Draws.Setup
  private readonly clock: VirtualClock
  private readonly coverage: Coverage
  /** Releases whose binary could be started now. */
  readonly ready = new Set(["genesis"])
  /** The number of the newest release that a plan asked for. */
  private newest = 1
  private variants = 0
  /** How likely the disk is to refuse a change now. */
  flakiness = 0
  /** How long each operation on the disk takes now, beside what it takes in this story anyway. */
  slowMillis = 0
  private args: ReadonlyArray<string> = ["start"]

  constructor(stage: Stage, dice: Dice, setup: Draws.Setup, clock: VirtualClock, coverage: Coverage) {
    this.stage = stage
    this.dice = dice
    this.setup = setup
    this.clock = clock
    this.coverage = coverage
  }

  count(deed: string): void {
    this.coverage.count(`deed ${deed.replaceAll(" ", "-")}`)
  }

  // Time

  get passes(): Effect.Effect<void> {
    return Effect.suspend(() => Effect.sleep(Math.max(0, Draws.pauseMillis(this.dice, this.clock.nextMillis ?? 1))))
  }

  /** Waits until the loop enters one of these situations, if it does so soon; then for a turn, a millisecond, or not at all. */
  readonly soon = Effect.fnUntraced({ self: this }, function*(this: Scene, tags: ReadonlyArray<State["_tag"]>) {
    const entered = yield* Deferred.make<void>()
    this.stage.watch.entered = (tag) => tags.includes(tag) && Deferred.doneUnsafe(entered, Effect.void)
    yield* Effect.timeoutOption(Deferred.await(entered), this.dice.pick([1000, 12_000, 70_000]))
    for (let turns = this.dice.below(8); turns > 0; turns--) yield* Effect.yieldNow
    if (this.dice.chance(0.2)) yield* Effect.sleep(1)
  })

  // wemixvisor

  get starts() {
    if (this.dice.chance(0.1)) this.args = [this.dice.pick(["start", "sync"])]
    return this.stage.run(this.args)
  }

  // Plans and programs

  /** Each as it is drawn, every time anew. */
  get hooks(): Effect.Effect<void> {
    const { dice, setup, stage } = this
    return Effect.forEach(setup.hooks, ({ fails, part, takesMillis }) =>
      stage.hooks.script(part, () => Effect.andThen(Effect.sleep(takesMillis), Effect.suspend(() => dice.chance(fails) ? Effect.fail(failure()) : Effect.void))), { discard: true })
  }

  /** Gives one of the releases so far a program: as it should be, or as it is drawn. */
  readonly installs = Effect.fnUntraced({ self: this }, function*(this: Scene, name: string, script = Draws.script(this.dice, this.setup)) {
    this.ready.add(name)
    const isBetterNextTime = this.dice.chance(0.4)
    yield* this.stage.install(name)
    yield* this.stage.script(name, (start) => start > 1 && isBetterNextTime ? obedient : script)
    yield* this.stage.tell(`${name} does ${JSON.stringify(script)}${isBetterNextTime ? ", once" : ""}`)
  })

  readonly spoils = Effect.fnUntraced({ self: this }, function*(this: Scene, name: string) {
    const { stage } = this
    const link = yield* Effect.option(stage.disk.readLink(stage.home.current))
    if (Option.isSome(link) && link.value === releaseOf(name)) return
    this.ready.delete(name)
    if (this.dice.chance(0.5)) {
      yield* stage.remove(stage.binary(name))
      return yield* stage.tell(`the binary of ${name} is removed`)
    }
    const { bytes, mode = 0o755 } = Draws.notReady(this.dice)
    yield* stage.put(stage.binary(name), bytes, mode)
    yield* stage.tell(`the binary of ${name} is one that cannot be started`)
  })

  /** A plan for the release of this number: its first content, or one that differs from those before. */
  plans(number: number, isNew = false): Effect.Effect<void> {
    const name = nameOf(number)
    return this.stage.plan(name, 100 * number, isNew ? { info: String(++this.variants) } : {})
  }

  get plansNext(): Effect.Effect<void> {
    this.newest = Math.min(highest, this.newest + this.dice.draw([[5, 1], [1, 2]]))
    return this.plans(this.newest)
  }

  get plansAny(): Effect.Effect<void> {
    return this.plans(2 + this.dice.below(Math.max(1, this.newest - 1)), this.dice.chance(0.3))
  }

  /** The same release once more, which is another plan. */
  get plansAgain(): Effect.Effect<void> {
    return this.plans(Math.max(2, this.newest), true)
  }

  /** The release that the newest plan asks for. */
  get target(): string {
    return nameOf(Math.max(2, this.newest))
  }

  get any(): string {
    return nameOf(2 + this.dice.below(this.newest))
  }

  /** The node halts for its next plan: it writes that as the last thing it does. */
  get halts(): Effect.Effect<void> {
    this.newest = Math.min(highest, this.newest + 1)
    const { dice, newest, stage } = this
    const text = Binaries.text(JSON.stringify({ name: nameOf(newest), height: 100 * newest }))
    const [aside, place] = [`${stage.home.planFile}.node`, stage.home.planFile]
    const writes = Effect.orDie(Effect.andThen(stage.disk.write(aside, text, 0o644), stage.disk.rename(aside, place)))
    const end = dice.draw([[3, Draws.exit(dice)], [2, { _tag: "Code", code: 0 } as const]])
    const ends = Effect.flatMap(stage.nodes.living, ([pid]) => pid === undefined ? Effect.void : stage.nodes.end(pid, end))
    return Effect.andThen(stage.tell(`the node writes the plan for ${nameOf(newest)} and ends`), dice.chance(0.7) ? Effect.andThen(writes, ends) : Effect.andThen(ends, writes))
  }

  get ends(): Effect.Effect<void> {
    const { dice, stage } = this
    return Effect.flatMap(stage.nodes.living, ([pid]) => pid === undefined ? Effect.void : stage.nodes.end(pid, Draws.exit(dice)))
  }
}

export const nameOf = (number: number): string => `v${number}`
