// Hooks in memory behind their service: each stage, and the pre-upgrade command, runs the script it was given and nothing where it was given none.
import { Cause, Clock, Context, Effect, Exit, Layer } from "effect"
import type { Occasion, Stage } from "../../../src/domain/Hook.ts"
import { HookError, Hooks } from "../../../src/services/hooks/Hooks.ts"

/** A stage's directory of hooks, or the custom script and the new binary's command together. */
export type Part = Stage | "command"

export interface Deed {
  readonly atMillis: number
  readonly part: Part
  readonly event: "Began" | "Ended" | "Failed" | "Interrupted"
  readonly occasion: Occasion
}

/** What a part does when it is run. */
export type Script = (occasion: Occasion) => Effect.Effect<void, HookError>

export interface Options {
  /** Hears of every deed as it is done. */
  readonly observe?: (deed: Deed) => void
}

export class FakeHooks extends Context.Service<FakeHooks, {
  /** In order; grows. A part without a script leaves no trace. */
  readonly deeds: ReadonlyArray<Deed>
  readonly script: (part: Part, script: Script) => Effect.Effect<void>
}>()("test/support/fakes/FakeHooks") {
  /** Both the service and its handle. */
  static readonly layer = ({ observe }: Options = {}): Layer.Layer<FakeHooks | Hooks> =>
    Layer.effectContext(Effect.sync(() => {
      const deeds: Array<Deed> = []
      const scripts = new Map<Part, Script>()
      const note = (part: Part, event: Deed["event"], occasion: Occasion) =>
        Effect.map(Clock.currentTimeMillis, (atMillis) => {
          const deed = { atMillis, part, event, occasion }
          deeds.push(deed)
          observe?.(deed)
        })
      const play = Effect.fnUntraced(function*(part: Part, occasion: Occasion): Effect.fn.Return<void, HookError> {
        const script = scripts.get(part)
        if (script === undefined) return
        yield* note(part, "Began", occasion)
        yield* Effect.onExit(script(occasion), (exit) => note(part, endOf(exit), occasion))
      })
      return Context.make(Hooks, hooks(play)).pipe(
        Context.add(FakeHooks, { deeds, script: (part, script) => Effect.sync(() => void scripts.set(part, script)) })
      )
    }))
}

const endOf = (exit: Exit.Exit<void, HookError>): Deed["event"] => {
  if (Exit.isSuccess(exit)) return "Ended"
  return Cause.hasInterruptsOnly(exit.cause) ? "Interrupted" : "Failed"
}

const hooks = (play: (part: Part, occasion: Occasion) => Effect.Effect<void, HookError>): Hooks["Service"] => ({
  run: (stage, occasion) => stage === "pre-upgrade" ? play(stage, occasion) : Effect.ignore(play(stage, occasion)),
  preUpgrade: (occasion) => play("command", occasion)
})

/** What a hook that ends with this code fails with. */
export const failure = (path = "/node/wemixvisor/hooks/pre-upgrade/hook", code = 1): HookError =>
  new HookError({ reason: "Failed", path, why: `ended with code ${code}` })
