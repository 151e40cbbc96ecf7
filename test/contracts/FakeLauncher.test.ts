// What the fake launcher promises its tests beyond the service: scripts on the test's clock, deeds with their time, and survivors.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Option, Scope } from "effect"
import { TestClock } from "effect/testing"
import { ChildExit } from "../../src/domain/ChildExit.ts"
import { releaseBinary } from "../../src/domain/Home.ts"
import { genesis, inUpgrades } from "../../src/domain/Release.ts"
import { Config } from "../../src/services/Config.ts"
import { Disk } from "../../src/services/Disk.ts"
import { Launcher } from "../../src/services/Launcher.ts"
import { layerMemory } from "../../src/services/MemoryDisk.ts"
import { type Deed, FakeLauncher } from "../support/fakes/FakeLauncher.ts"
import { write } from "./Places.ts"
import { announced, furnishProgram, start } from "./Stages.ts"

const layer = (observe?: (deed: Deed) => void) =>
  FakeLauncher.layer(observe === undefined ? {} : { observe }).pipe(
    Layer.provideMerge(Layer.orDie(Config.layerOf({ DAEMON_HOME: "/srv/node", DAEMON_NAME: "node", DAEMON_SHUTDOWN_GRACE: "30s" }))),
    Layer.provideMerge(layerMemory())
  )

/** Deeds in one phrase each: `100 Ended code 3`. */
const phrases = (deeds: ReadonlyArray<Deed>): ReadonlyArray<string> =>
  deeds.map((deed) => {
    const what = deed._tag === "Started" ? deed.release
      : deed._tag === "Refused" ? `${deed.release} ${deed.code}`
      : deed._tag === "Signalled" ? `${deed.signal} to ${deed.to}`
      : deed._tag === "Ended" ? deed.exit._tag : ""
    return `${deed.atMillis} ${deed._tag} ${what}`.trim()
  })

describe("the fake launcher", () => {
  it.effect("plays a script on the test's clock and keeps every deed with its time, in order", () => {
    const observed: Array<Deed> = []
    return Effect.gen(function*() {
      const fake = yield* FakeLauncher
      yield* furnishProgram("program")
      yield* fake.script(genesis, { onTerminate: "ignores", leaves: "stubborn" })
      const scope = yield* Scope.make()
      const child = yield* start("--x").pipe(Scope.provide(scope))
      yield* TestClock.adjust("1 second")
      const closing = yield* Effect.forkScoped(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("29 seconds")
      assert.deepStrictEqual(yield* fake.living, [child.pid])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* fake.living, [])
      assert.isDefined(closing.pollUnsafe())
      assert.deepStrictEqual(phrases(fake.deeds), ["0 Started genesis", "1000 Signalled SIGTERM to child", "31000 Signalled SIGKILL to group", "31000 Ended Signal", "31000 GroupEnded"])
      assert.deepStrictEqual(observed, fake.deeds)
    }).pipe(Effect.provide(layer((deed) => observed.push(deed))))
  })
  it.effect("gives each release its program, and each start its script", () =>
    Effect.gen(function*() {
      const [fake, disk, { home }] = [yield* FakeLauncher, yield* Disk, yield* Config]
      yield* furnishProgram("program")
      yield* fake.script(genesis, (count) => count === 1 ? { ends: { afterMillis: 100, exit: ChildExit.Code({ code: count }) } } : {})
      const first = yield* start()
      yield* TestClock.adjust("100 millis")
      assert.deepStrictEqual(yield* first.exit, ChildExit.Code({ code: 1 }))
      yield* start()
      yield* TestClock.adjust("1 hour")
      yield* disk.makeDirectory(`${home.upgrades}/v2/bin`)
      yield* write(releaseBinary(home, inUpgrades("v2")), "program", 0o755)
      yield* disk.remove(home.current)
      yield* disk.link("upgrades/v2", home.current)
      yield* fake.script(inUpgrades("v2"), { refuses: "EAGAIN" })
      assert.strictEqual((yield* Effect.flip(start())).code, "EAGAIN")
      assert.deepStrictEqual(phrases(fake.deeds), ["0 Started genesis", "100 Ended Code", "100 Started genesis", "3600100 Refused upgrades/v2 EAGAIN"])
    }).pipe(Effect.provide(layer())))
  it.effect("does what a script does last before its end is told", () =>
    Effect.gen(function*() {
      const fake = yield* FakeLauncher
      yield* furnishProgram("program")
      yield* fake.script(genesis, { ends: { afterMillis: 10, exit: ChildExit.Code({ code: 0 }), doing: Effect.orDie(Effect.provideService(write("/srv/plan", "last"), Disk, yield* Disk)) } })
      const { exit } = yield* start()
      yield* TestClock.adjust("10 millis")
      yield* exit
      assert.isDefined(yield* Disk.use((disk) => disk.glance("/srv/plan")))
    }).pipe(Effect.provide(layer())))
  it.effect("ends a child by hand, once", () =>
    Effect.gen(function*() {
      const fake = yield* FakeLauncher
      yield* furnishProgram("program")
      const child = yield* start()
      yield* fake.end(child.pid, ChildExit.Code({ code: 9 }))
      yield* fake.end(child.pid, ChildExit.Code({ code: 8 }))
      assert.deepStrictEqual(yield* child.exit, ChildExit.Code({ code: 9 }))
    }).pipe(Effect.provide(layer())))
  it.effect("plants a survivor that is found by the record that it gives", () =>
    Effect.gen(function*() {
      const [fake, launcher] = [yield* FakeLauncher, yield* Launcher]
      const record = yield* fake.survive(yield* announced("--x"), { ends: { afterMillis: 50, exit: ChildExit.Code({ code: 0 }) } })
      const found = Option.getOrThrow(yield* launcher.find(record))
      assert.deepStrictEqual([found.pid, found.identity], [record.identity.pid, Option.some(record.identity)])
      yield* TestClock.adjust("50 millis")
      assert.deepStrictEqual(yield* found.exit, ChildExit.Unknown())
      assert.deepStrictEqual(phrases(fake.deeds), ["50 Ended Code"])
    }).pipe(Effect.provide(layer())))
  it.effect("leaves children alone when it was told that their wemixvisor was killed, until the next one has found them", () =>
    Effect.gen(function*() {
      const [fake, launcher] = [yield* FakeLauncher, yield* Launcher]
      yield* furnishProgram("program")
      const child = yield* Effect.scoped(Effect.tap(start(), () => fake.abandon))
      assert.deepStrictEqual(yield* fake.living, [child.pid])
      const found = yield* Effect.scoped(Effect.flatMap(announced(), launcher.find))
      assert.strictEqual(Option.getOrThrow(found).pid, child.pid)
      assert.deepStrictEqual(yield* fake.living, [])
    }).pipe(Effect.provide(layer())))
})
