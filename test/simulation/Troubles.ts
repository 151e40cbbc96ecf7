// The ways in which the disk is in the way for a while: one operation on one path, any change now and then, or no space at all.
import { Effect, Fiber, type Scope } from "effect"
import type { Operation } from "../support/world/TroubledDisk.ts"
import type { Scene } from "./Scene.ts"

type Place = readonly [Operation, string]

const placesOf = ({ stage, target }: Scene): readonly [Place, ...ReadonlyArray<Place>] => {
  const { home } = stage
  return [
    ["write", `${home.stateFile}.new`],
    ["write", `${home.stateFile}.new`],
    ["rename", home.stateFile],
    ["rename", home.current],
    ["rename", home.current],
    ["link", `${home.current}.new`],
    ["remove", `${home.current}.new`],
    ["syncDirectory", home.root],
    ["syncDirectory", home.root],
    ["read", home.planFile],
    ["read", home.stateFile],
    ["readLink", home.current],
    ["list", home.upgrades],
    ["status", "/bin/sh"],
    ["status", stage.binary(target)],
    ["read", stage.binary(target)],
    ["freeBytes", stage.binary(target)],
    ["status", stage.binary("genesis")],
    ["status", home.root],
    ["list", home.data],
    ["makeDirectory", `${home.directory}/backups`]
  ]
}

/** The troubles of a story, each of which ends by itself, or when all is quiet. */
export class Troubles {
  private readonly open = new Set<Fiber.Fiber<void>>()
  private readonly scene: Scene

  constructor(scene: Scene) {
    this.scene = scene
  }

  get begins(): Effect.Effect<void, never, Scope.Scope> {
    const { dice, stage } = this.scene
    const [operation, path] = dice.pick(placesOf(this.scene))
    const code = dice.pick(["EIO", "ENOSPC", "EROFS", "EACCES", "EMFILE"])
    const refusal = Effect.acquireRelease(stage.troubles.refuse(operation, path, code), ({ ends }) => ends)
    return dice.draw<() => Effect.Effect<void, never, Scope.Scope>>([
      [6, () => this.lasts(`the disk refuses to ${operation} ${path}`, Effect.asVoid(refusal))],
      [2, () => this.lasts("the disk refuses a change now and then", this.flaky(dice.pick([0.1, 0.3, 0.6])))],
      [1, () => this.lasts("the disk is full", this.full)],
      [1, () => this.lasts("the disk refuses every change", this.flaky(1))]
    ])()
  }

  /** For long enough that an upgrade meets it. */
  get hinders(): Effect.Effect<void, never, Scope.Scope> {
    const { dice } = this.scene
    const slow = (millis: number) => Effect.sync(() => void (this.scene.slowMillis = millis))
    const slows = Effect.acquireRelease(slow(dice.pick([0, 100, 100, 300])), () => slow(0))
    return this.lasts("the disk is slow and refuses a change now and then", Effect.andThen(slows, this.flaky(dice.pick([0, 0.1, 0.2]))), 12_000)
  }

  private flaky(share: number): Effect.Effect<void, never, Scope.Scope> {
    const set = (flakiness: number) => Effect.sync(() => void (this.scene.flakiness = flakiness))
    return Effect.acquireRelease(set(share), () => set(0))
  }

  private get full(): Effect.Effect<void, never, Scope.Scope> {
    const { stage } = this.scene
    const full = Effect.andThen(stage.troubles.setFreeBytes(0), Effect.asVoid(stage.troubles.refuse("write", `${stage.home.stateFile}.new`, "ENOSPC").pipe(
      (refuse) => Effect.acquireRelease(refuse, ({ ends }) => ends)
    )))
    return Effect.andThen(Effect.addFinalizer(() => stage.troubles.setFreeBytes(2 ** 40)), full)
  }

  private lasts(what: string, trouble: Effect.Effect<void, never, Scope.Scope>, millis?: number): Effect.Effect<void, never, Scope.Scope> {
    const { dice, stage } = this.scene
    const during = stage.tell(what).pipe(Effect.andThen(trouble), Effect.andThen(Effect.sleep(millis ?? dice.pick([1, 200, 4999, 5001, 20_000, 70_000]))), Effect.scoped, Effect.ensuring(stage.tell(`no more: ${what}`)))
    return Effect.map(Effect.forkScoped(during, { startImmediately: true }), (fiber) => {
      this.open.add(fiber)
      fiber.addObserver(() => this.open.delete(fiber))
    })
  }

  /** All is well from here on. */
  get end(): Effect.Effect<void> {
    return Effect.suspend(() => Fiber.interruptAll([...this.open]))
  }
}
