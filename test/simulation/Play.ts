// One story by its seed: things happen in an order that the seed draws, then the outside becomes quiet and all must come to rest.
import { Effect, Exit, type Scope } from "effect"
import type { State } from "../../src/machine/State.ts"
import { Coverage } from "./Coverage.ts"
import { Dice } from "../support/Dice.ts"
import * as Draws from "./Draws.ts"
import { drive } from "./Drive.ts"
import * as Rest from "./Rest.ts"
import { nameOf, Scene } from "./Scene.ts"
import * as Stage from "./Stage.ts"
import { Troubles } from "./Troubles.ts"
import { Watch } from "./Watch.ts"

export interface Played {
  readonly seed: number
  readonly breaches: ReadonlyArray<string>
  readonly coverage: Coverage
  readonly turns: number
  /** The story as a text that a person can read. */
  readonly account: () => string
}

export const play = (seed: number): Played => {
  const [dice, coverage] = [new Dice(seed), new Coverage()]
  const setup = Draws.setup(dice)
  const watch = new Watch(coverage)
  coverage.count(`story ${setup.theme.replaceAll(" ", "-")}`)
  let scene: Scene | undefined
  const account = () => [`seed ${seed}: ${setup.theme}, ${JSON.stringify({ ...setup.settings, ...setup.pace, tellsAll: setup.tellsAll, latencyMillis: setup.latencyMillis })}`, scene?.stage.account].join("\n")
  try {
    const { exit, turns } = drive(dice, setup.pace, (clock) =>
      Effect.scoped(Effect.gen(function*() {
        const stage = yield* Stage.make({
          settings: setup.settings,
          watch,
          tellsAll: setup.tellsAll,
          isRefused: () => isRefused(dice, scene),
          latencyMillis: () => (scene?.slowMillis ?? 0) + (setup.latencyMillis > 0 && dice.chance(0.5) ? setup.latencyMillis : 0)
        })
        scene = new Scene(stage, dice, setup, clock, coverage)
        yield* story(scene)
      })))
    if (coverage.of("enters Recording") + coverage.of("enters Switching") > 0) coverage.count("begun")
    if (Exit.isFailure(exit)) watch.breach(`the story breaks off: ${String(exit.cause)}`)
    return { seed, breaches: watch.breaches, coverage, turns, account }
  } catch (error) {
    watch.breach(String(error))
    return { seed, breaches: watch.breaches, coverage, turns: 0, account }
  }
}

const isRefused = (dice: Dice, scene: Scene | undefined): boolean => scene !== undefined && scene.flakiness > 0 && dice.chance(scene.flakiness)

const story = Effect.fnUntraced(function*(scene: Scene) {
  const { dice, setup, stage } = scene
  const troubles = new Troubles(scene)
  for (let number = 2; number <= 7; number++) if (dice.chance(0.75)) yield* scene.installs(nameOf(number))
  if (dice.chance(0.3)) yield* stage.script("genesis", Draws.script(dice, setup))
  yield* scene.hooks
  if (dice.chance(0.15)) yield* scene.plansNext
  yield* scene.starts
  if (dice.chance(0.85)) yield* scene.soon(["Running"])
  yield* happens(scene, troubles, "plans", scene.plansNext)
  for (let left = 2 + dice.below(10); left > 0; left--) yield* happensNext(scene, troubles)
  yield* troubles.end
  yield* Rest.comes(scene)
})

const situations: readonly [State["_tag"], ...ReadonlyArray<State["_tag"]>] = [
  "Starting", "Recording", "Stopping", "Settling", "Delaying", "Switching", "Probation", "Committing", "RollingBack", "BackingOff", "Waiting"
]

const happensNext = Effect.fnUntraced(function*(scene: Scene, troubles: Troubles) {
  const { dice, stage } = scene
  if (dice.chance(0.55)) yield* scene.soon([dice.pick(situations), dice.pick(situations)])
  else yield* scene.passes
  const [name, deed] = !stage.isRunning && dice.chance(0.75) ? ["starts", () => scene.starts] as const : dice.draw(deedsOf(scene, troubles))
  yield* happens(scene, troubles, name, deed())
})

const happens = (scene: Scene, troubles: Troubles, name: string, deed: Effect.Effect<unknown, never, Scope.Scope>) =>
  Effect.andThen(Effect.sync(() => scene.count(name)), scene.setup.theme === "disk" && scene.dice.chance(0.3) ? Effect.andThen(troubles.begins, deed) : deed)

type Named = readonly [string, () => Effect.Effect<unknown, never, Scope.Scope>]

const deedsOf = (scene: Scene, troubles: Troubles): readonly [readonly [number, Named], ...ReadonlyArray<readonly [number, Named]>] => {
  const { dice, setup: { theme }, stage } = scene
  const when = (about: Draws.Theme, much: number, little: number) => theme === about ? much : theme === "quiet" ? little / 3 : little
  return [
    [8, ["plans next", () => scene.plansNext]],
    [2, ["plans any", () => scene.plansAny]],
    [2, ["plans again", () => scene.plansAgain]],
    [2, ["withdraws", () => stage.withdrawPlan]],
    [1, ["writes what is no plan", () => stage.planText("no plan", Draws.unusable(dice))]],
    [when("bad releases", 5, 2), ["installs", () => scene.installs(scene.target)]],
    [1, ["installs any", () => scene.installs(scene.any)]],
    [when("halts", 3, 2), ["spoils", () => scene.spoils(dice.pick([scene.target, scene.target, scene.any]))]],
    [when("halts", 8, 2), ["halts", () => scene.halts]],
    [when("halts", 3, 3), ["ends", () => scene.ends]],
    [when("signals", 6, 1), ["stops", () => stops(scene)]],
    [2, ["looks", () => stage.signal("SIGHUP")]],
    [when("kills", 7, 1), ["kills", () => kills(scene)]],
    [3, ["aims", () => aims(scene, troubles)]],
    [when("disk", 6, 2), ["refuses", () => troubles.begins]]
  ]
}

/** The short situations, each met by what matters in it, with a disk that is in the way or not. */
const aims = Effect.fnUntraced(function*(scene: Scene, troubles: Troubles) {
  const { dice, stage } = scene
  if (dice.chance(0.6)) yield* troubles.hinders
  if (dice.chance(0.6)) yield* scene.plansNext
  yield* scene.soon([dice.pick(["Recording", "Recording", "Committing", "Settling", "Switching", "RollingBack", "BackingOff", "Delaying"])])
  yield* dice.draw<() => Effect.Effect<unknown, never, Scope.Scope>>([
    [3, () => scene.ends],
    [3, () => stops(scene)],
    [1, () => stage.signal("SIGHUP")],
    [1, () => kills(scene)],
    [1, () => scene.halts]
  ])()
})

/** Asked once or more often, with or without time between. */
const stops = Effect.fnUntraced(function*({ dice, stage }: Scene) {
  for (let left = dice.draw([[4, 1], [1, 2], [2, 3], [1, 4]]); left > 0; left--) {
    yield* stage.signal(dice.pick(["SIGTERM", "SIGINT", "SIGQUIT"]))
    if (dice.chance(0.6)) yield* Effect.sleep(dice.pick([1, 200, 5000]))
  }
})

const kills = Effect.fnUntraced(function*(scene: Scene) {
  if (!(yield* scene.stage.kill())) return
  scene.count("killed")
  yield* Effect.sleep(scene.dice.pick([0, 1, 200, 10_000, 60_000]))
  yield* scene.starts
})
