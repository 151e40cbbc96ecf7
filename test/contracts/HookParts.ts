// The two kinds of hooks that a contract is held against: real ones with small shell scripts, and the fake with the same behaviours.
import { describe, it } from "@effect/vitest"
import { Context, Duration, Effect, Layer, Logger, References, type Scope } from "effect"
import { releaseBinary } from "../../src/domain/Home.ts"
import { hookDirectory, type Occasion, stages } from "../../src/domain/Hook.ts"
import { genesis, inUpgrades } from "../../src/domain/Release.ts"
import type { Upgrade } from "../../src/domain/Upgrade.ts"
import { Height } from "../../src/domain/UpgradePlan.ts"
import { Config } from "../../src/services/Config.ts"
import { Disk } from "../../src/services/Disk.ts"
import { Hooks } from "../../src/services/hooks/Hooks.ts"
import { failure, FakeHooks, type Part } from "../support/fakes/FakeHooks.ts"
import { layerConfig, layerTemporary, Place, textOf, write } from "./Places.ts"
import { until } from "./Stages.ts"

export const upgrade: Upgrade = { name: "v 2 ü%", height: Height.make(1500n), digest: "d".repeat(64), from: genesis, to: inUpgrades("v%202%20%C3%BC%25") }

export const occasion: Occasion = { upgrade, plan: `{"name":"v 2 ü%","height":1500}`, backup: undefined, attempt: 1, key: "key-1", why: undefined }

export const parts: ReadonlyArray<Part> = [...stages, "command"]

const behaviours = {
  "succeeds": { sh: "exit 0", script: Effect.void },
  "fails": { sh: "exit 3", script: Effect.fail(failure("somewhere", 3)) },
  "goes on": { sh: "exec sleep 1000", script: Effect.never }
} as const

export type Behaviour = keyof typeof behaviours

/** Where hooks are given what they do. */
export class HookStage extends Context.Service<HookStage, {
  readonly play: (part: Part, behaviour: Behaviour) => Effect.Effect<void>
  /** The parts that were run so far, each with its occasion's key, in order. */
  readonly ran: Effect.Effect<ReadonlyArray<string>>
}>()("test/contracts/HookStage") {}

/** A program in the place of a stage's hook or of the new release's binary. */
export const put = Effect.fnUntraced(function*(path: string, text: string, mode = 0o755) {
  const disk = yield* Disk
  yield* Effect.orDie(disk.makeDirectory(path.slice(0, path.lastIndexOf("/"))))
  yield* Effect.orDie(disk.remove(path))
  yield* Effect.orDie(write(path, text, mode))
})

/** The hook of this name, as a shell script. */
export const putHook = Effect.fnUntraced(function*(stage: Parameters<typeof hookDirectory>[1], name: string, text: string, mode = 0o755) {
  const { home } = yield* Config
  const path = `${hookDirectory(home, stage)}/${name}`
  yield* put(path, `#!/bin/sh\n${text}\n`, mode)
  return path
})

/** The new release's binary, as a shell script. */
export const putBinary = Effect.fnUntraced(function*(text: string) {
  const { home } = yield* Config
  const path = releaseBinary(home, upgrade.to)
  yield* put(path, `#!/bin/sh\n${text}\n`)
  return path
})

/** What was written to a file of the test's directory; nothing where there is none. */
export const contentOf = (name: string) =>
  Effect.gen(function*() {
    const place = yield* Place
    return yield* textOf(place(name)).pipe(Effect.orElseSucceed(() => ""))
  })

const layerReal = Layer.effect(
  HookStage,
  Effect.gen(function*() {
    const [place, services] = [yield* Place, yield* Effect.context<Config | Disk | Place>()]
    return HookStage.of({
      play: (part, behaviour) => {
        const text = `echo "${part} $WEMIXVISOR_KEY" >> '${place("ran")}'\n${behaviours[behaviour].sh}`
        return Effect.provide(Effect.asVoid(part === "command" ? putBinary(text.replace("$WEMIXVISOR_KEY", "key-1")) : putHook(part, "hook", text)), services)
      },
      ran: Effect.provide(Effect.map(contentOf("ran"), (text) => text.split("\n").slice(0, -1)), services)
    })
  })
)

const layerFake = Layer.effect(
  HookStage,
  Effect.map(FakeHooks, ({ deeds, script }) =>
    HookStage.of({
      play: (part, behaviour) => script(part, () => behaviours[behaviour].script),
      ran: Effect.sync(() => deeds.filter(({ event }) => event === "Began").map(({ occasion, part }) => `${part} ${occasion.key}`))
    }))
)

/** Small limits: what they are is tested by real programs that reach them. */
export const quick = { grace: Duration.millis(300), patience: Duration.seconds(10), lastWords: Duration.millis(300) }

export interface Said {
  readonly level: string
  readonly text: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** What was logged, in order; grows. */
export class Heard extends Context.Service<Heard, ReadonlyArray<Said>>()("test/contracts/Heard") {
  static readonly layer = Layer.unwrap(Effect.sync(() => {
    const heard: Array<Said> = []
    const logger = Logger.make(({ fiber, logLevel, message }) =>
      void heard.push({ level: logLevel, text: (Array.isArray(message) ? message : [message]).join(" "), fields: fiber.getRef(References.CurrentLogAnnotations) }))
    return Layer.merge(Layer.succeed(Heard, heard), Logger.layer([logger]))
  }))
}

/** Real hooks of a home in a directory of their own. */
export const realHooks = (settings: Readonly<Record<string, string>> = {}) =>
  Hooks.layerWith(quick).pipe(
    Layer.provideMerge(Layer.mergeAll(layerConfig(settings), Heard.layer)),
    Layer.provideMerge(layerTemporary),
    Layer.provideMerge(Disk.layer)
  )

type Promises = <A, E>(promise: string, test: Effect.Effect<A, E, Hooks | HookStage | Scope.Scope>) => void

/** Holds one suite against both. */
export const onBothHooks = (name: string, suite: (promises: Promises) => void): void => {
  const real = Layer.provideMerge(layerReal, realHooks({ DAEMON_PREUPGRADE: "true" }))
  const fake = Layer.provideMerge(layerFake, FakeHooks.layer())
  describe(`${name}, by the real ones`, () => suite((promise, test) => it.live(promise, () => Effect.provide(test, real))))
  describe(`${name}, by the fake ones`, () => suite((promise, test) => it.live(promise, () => Effect.provide(test, fake))))
}

/** Runs a part as the supervisor does. */
export const runPart = (part: Part, on: Occasion = occasion) => Hooks.use((hooks) => part === "command" ? hooks.preUpgrade(on) : hooks.run(part, on))

/** Once so many parts have begun. */
export const begun = (count: number) => HookStage.use(({ ran }) => until(`${count} parts have begun`, Effect.map(ran, (lines) => lines.length >= count)))
