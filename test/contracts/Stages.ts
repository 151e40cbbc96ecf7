// The two launchers that a contract is held against: real ones with small shell scripts, and the fake one with the same behaviours as its scripts.
import { describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Schedule, type Scope } from "effect"
import { ChildExit } from "../../src/domain/ChildExit.ts"
import { currentBinary, releaseBinary } from "../../src/domain/Home.ts"
import type { ChildRecord } from "../../src/domain/Journal.ts"
import { genesis } from "../../src/domain/Release.ts"
import { Config } from "../../src/services/Config.ts"
import { Disk } from "../../src/services/Disk.ts"
import { type Child, Launcher } from "../../src/services/Launcher.ts"
import { layerMemory } from "../../src/services/MemoryDisk.ts"
import { FakeLauncher, type Script } from "../support/fakes/FakeLauncher.ts"
import { layerConfig, layerTemporary, Place, write } from "./Places.ts"

/** What the program of `genesis` does. `$ready` and the like are files in the test's directory. */
const behaviours = {
  "runs until SIGTERM": { sh: ": > $ready; exec sleep 1000", script: {} },
  "ends with 3": { sh: "exit 3", script: { ends: { afterMillis: 0, exit: ChildExit.Code({ code: 3 }) } } },
  "ends with 3 after a while": { sh: ": > $ready; sleep 0.1; exit 3", script: { ends: { afterMillis: 100, exit: ChildExit.Code({ code: 3 }) } } },
  "ends by SIGKILL": { sh: "kill -9 $$", script: { ends: { afterMillis: 0, exit: ChildExit.Signal({ signal: "SIGKILL", number: 9 }) } } },
  "ends with 5 on SIGTERM": {
    sh: "trap 'exit 5' TERM; : > $ready; while :; do sleep 0.01; done",
    script: { onTerminate: { afterMillis: 10, exit: ChildExit.Code({ code: 5 }) } }
  },
  "ignores SIGTERM": { sh: "trap '' TERM; : > $ready; exec sleep 1000", script: { onTerminate: "ignores" } },
  "counts SIGTERM": { sh: "trap 'echo TERM >> $signals' TERM; : > $ready; until [ -e $finish ]; do sleep 0.01; done", script: { onTerminate: "ignores" } },
  "leaves another one behind": {
    sh: "sleep 1000 & exit 4",
    script: { ends: { afterMillis: 0, exit: ChildExit.Code({ code: 4 }) }, leaves: { afterMillis: 10 } }
  },
  "leaves a stubborn one behind": {
    sh: "(trap '' TERM; : > $ready; exec sleep 1000) & until [ -e $ready ]; do sleep 0.01; done; exit 4",
    script: { ends: { afterMillis: 0, exit: ChildExit.Code({ code: 4 }) }, leaves: "stubborn" }
  }
} as const satisfies Record<string, { readonly sh: string; readonly script: Script }>

export type Behaviour = keyof typeof behaviours

/** Where programs are given their parts. */
export class Stage extends Context.Service<Stage, {
  readonly play: (behaviour: Behaviour) => Effect.Effect<void>
  /** Once the program that was started has come so far that its part is played. */
  readonly ready: Effect.Effect<void>
  /** How many SIGTERMs the program that counts them got. */
  readonly signals: Effect.Effect<number>
  /** Ends the program that counts. */
  readonly finish: (child: Child) => Effect.Effect<void>
}>()("test/contracts/Stage") {}

/** Asks until it is so; gives up after a time that no healthy run comes near. */
export const until = <R>(what: string, isSo: Effect.Effect<boolean, never, R>): Effect.Effect<void, never, R> =>
  isSo.pipe(
    Effect.repeat({ until: (so) => so, schedule: Schedule.spaced("5 millis") }),
    Effect.timeoutOrElse({ duration: "4 seconds", orElse: () => Effect.die(new Error(`never came true: ${what}`)) }),
    Effect.asVoid
  )

const exists = (path: string) => Disk.use((disk) => Effect.map(disk.glance(path), (glance) => glance !== undefined))

/** The home's `genesis` with a program of this text, and `current` leading to it. */
export const furnishProgram = Effect.fnUntraced(function*(text: string) {
  const [disk, { home }] = [yield* Disk, yield* Config]
  yield* disk.makeDirectory(`${home.genesis}/bin`)
  yield* write(releaseBinary(home, genesis), text, 0o755)
  yield* disk.remove(home.current)
  yield* disk.link(genesis, home.current)
})

const layerReal = Layer.effect(
  Stage,
  Effect.gen(function*() {
    const [place, services] = [yield* Place, yield* Effect.context<Config | Disk>()]
    const names = ["ready", "signals", "finish"].map((name) => `${name}='${place(name)}'`).join("; ")
    return Stage.of({
      play: (behaviour) => Effect.provide(Effect.orDie(furnishProgram(`#!/bin/sh\n${names}\n${behaviours[behaviour].sh}\n`)), services),
      ready: Effect.provide(until("the program is ready", exists(place("ready"))), services),
      signals: Effect.provide(Disk.use((disk) => disk.read(place("signals"), 1000)), services).pipe(
        Effect.match({ onFailure: () => 0, onSuccess: (content) => content.byteLength / "TERM\n".length })
      ),
      finish: () => Effect.provide(Effect.orDie(write(place("finish"), "")), services)
    })
  })
)

const layerFake = Layer.effect(
  Stage,
  Effect.gen(function*() {
    const [fake, services] = [yield* FakeLauncher, yield* Effect.context<Config | Disk>()]
    return Stage.of({
      play: (behaviour) => Effect.andThen(fake.script(genesis, behaviours[behaviour].script), Effect.provide(Effect.orDie(furnishProgram("played")), services)),
      ready: Effect.void,
      signals: Effect.sync(() => fake.deeds.filter(({ _tag }) => _tag === "Signalled").length),
      finish: ({ pid }) => fake.end(pid, ChildExit.Code({ code: 0 }))
    })
  })
)

const grace = { DAEMON_SHUTDOWN_GRACE: "200ms" }

export const realLauncher = Layer.mergeAll(Launcher.layer, layerReal).pipe(
  Layer.provideMerge(layerConfig(grace)),
  Layer.provideMerge(layerTemporary),
  Layer.provideMerge(Disk.layer)
)

const fakeLauncher = layerFake.pipe(
  Layer.provideMerge(FakeLauncher.layer()),
  Layer.provideMerge(layerConfig(grace)),
  Layer.provideMerge(Layer.succeed(Place, Place.at("/srv/test"))),
  Layer.provideMerge(layerMemory())
)

type Promises = <A, E>(promise: string, test: Effect.Effect<A, E, Config | Disk | Launcher | Stage | Scope.Scope>) => void

/** Holds one suite against both launchers. */
export const onBothLaunchers = (name: string, suite: (promises: Promises) => void): void => {
  describe(`${name}, by the real launcher`, () => suite((promise, test) => it.live(promise, () => Effect.provide(test, realLauncher))))
  describe(`${name}, by the fake launcher`, () => suite((promise, test) => it.live(promise, () => Effect.provide(test, fakeLauncher))))
}

/** Starts what `current` leads to. */
export const start = (...words: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const { home } = yield* Config
    return yield* Launcher.use((launcher) => launcher.start({ path: currentBinary(home), arguments: words }))
  })

/** The record of a child of `genesis` that was announced. */
export const announced = (...words: ReadonlyArray<string>): Effect.Effect<ChildRecord, never, Config> =>
  Config.useSync(({ home }) => ({ release: genesis, path: currentBinary(home), arguments: words, stopSent: false }))
