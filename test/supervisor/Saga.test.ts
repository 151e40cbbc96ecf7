// What the saga of an upgrade promises by itself, whatever is asked of it next: nothing half done is left, and each step is on record before it begins.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { createHash } from "node:crypto"
import { empty, type Journal } from "../../src/domain/Journal.ts"
import { genesis } from "../../src/domain/Release.ts"
import { Backups } from "../../src/services/backup/Backups.ts"
import { Config } from "../../src/services/Config.ts"
import { layerOverDisk } from "../../src/services/copy/DiskCopy.ts"
import { Disk } from "../../src/services/Disk.ts"
import { FileWatcher } from "../../src/services/FileWatcher.ts"
import { Hooks } from "../../src/services/hooks/Hooks.ts"
import { LinkManager } from "../../src/services/LinkManager.ts"
import { layerMemory } from "../../src/services/MemoryDisk.ts"
import { Releases } from "../../src/services/Releases.ts"
import { Staging } from "../../src/services/staging/Staging.ts"
import { StateFile } from "../../src/services/StateFile.ts"
import * as Ledger from "../../src/supervisor/Ledger.ts"
import * as Ready from "../../src/supervisor/Ready.ts"
import * as Upgrade from "../../src/supervisor/Upgrade.ts"
import { FakeHooks } from "../support/fakes/FakeHooks.ts"
import { releaseOf, upgradeOf } from "../support/world/Operator.ts"
import * as TroubledDisk from "../support/world/TroubledDisk.ts"

const [upgrade, v2] = [upgradeOf("v2", 100), releaseOf("v2")]
const program = "#!/bin/sh\n"

/** `once.moved` is done when the link has moved. */
const furnish = Effect.gen(function*() {
  const { troubles, wrap } = TroubledDisk.make()
  const once: { moved: Effect.Effect<unknown> } = { moved: Effect.void }
  const moved = (path: string) => path === "/node/wemixvisor/current" ? Effect.suspend(() => Effect.asVoid(once.moved)) : Effect.void
  const disk = Layer.effect(Disk, Effect.map(Disk, (whole) => wrap(whole, Effect.void, moved))).pipe(
    Layer.provide(layerMemory({ "/bin/sh": "", "/node/wemixvisor/genesis/bin/wemixd": program, "/node/wemixvisor/upgrades/v2/bin/wemixd": program }))
  )
  const services = Layer.mergeAll(
    Backups.layer.pipe(Layer.provide(layerOverDisk)),
    FakeHooks.layer(),
    FileWatcher.layer,
    LinkManager.layer,
    Releases.layer,
    Staging.layer,
    StateFile.layer
  ).pipe(Layer.provideMerge(Layer.merge(disk, Config.layerOf({ DAEMON_HOME: "/node", UNSAFE_SKIP_BACKUP: "true" }))))
  return yield* Effect.provide(Effect.gen(function*() {
    const [links, state, config] = [yield* LinkManager, yield* StateFile, yield* Config]
    const { home } = config
    yield* links.pointTo(genesis)
    const ledger = yield* Ledger.make(state, empty)
    return {
      disk: yield* Disk,
      home,
      once,
      troubles,
      saga: Upgrade.make({
        afterwards: (effect) => effect,
        backups: yield* Backups,
        config,
        hooks: yield* Hooks,
        ledger,
        links,
        plan: (yield* FileWatcher).read,
        ready: yield* Ready.make,
        isStopAsked: Effect.succeed(false),
        stopAsked: Effect.never
      }),
      journal: Effect.map(state.read, Option.getOrElse(() => empty)),
      linkText: (yield* Disk).readLink(home.current)
    }
  }), yield* Effect.orDie(Layer.build(services)))
})

const stepOf = ({ inFlight }: Journal) => inFlight?.step

describe("the saga of an upgrade", () => {
  it.effect("announces the child together with the probation", () =>
    Effect.gen(function*() {
      const { home, journal, linkText, saga } = yield* furnish
      yield* saga.record(upgrade)
      assert.strictEqual(stepOf(yield* journal), "stop")
      yield* saga.switchOver(upgrade, ["--x"])
      assert.strictEqual(yield* linkText, v2)
      const { child, inFlight, lastRan } = yield* journal
      assert.deepStrictEqual({ step: inFlight?.step, lastRan, child }, {
        step: "probation",
        lastRan: v2,
        child: { release: v2, path: `${home.current}/bin/wemixd`, arguments: ["--x"], stopSent: false }
      })
    }))

  it.effect("says on record what the binary was staged as", () =>
    Effect.gen(function*() {
      const { disk, journal, saga } = yield* furnish
      const sha256 = createHash("sha256").update(program).digest("hex")
      const record = { sha256, bytes: program.length, from: "/tmp/v2", at: "2026-01-01T00:00:00.000Z", checksum: null }
      yield* disk.write("/node/wemixvisor/upgrades/v2/release.json", new TextEncoder().encode(JSON.stringify(record)), 0o644)
      yield* saga.record(upgrade)
      assert.strictEqual((yield* journal).inFlight?.sha256, sha256)
      yield* saga.switchOver(upgrade, [])
      assert.strictEqual((yield* journal).inFlight?.sha256, sha256)
    }))

  it.effect("puts the link back when the one who moves it breaks off right after the move", () =>
    Effect.gen(function*() {
      const { linkText, once, saga } = yield* furnish
      yield* saga.record(upgrade)
      once.moved = Effect.sync(() => void (once.moved = Effect.void)).pipe(Effect.andThen(Effect.die("a bug after the move")))
      assert.strictEqual((yield* Effect.exit(saga.switchOver(upgrade, [])))._tag, "Failure")
      assert.strictEqual(yield* linkText, genesis)
    }))

  const refusals = {
    "the record after it is refused": ["write", "/node/wemixvisor/state.json.new"],
    "it cannot be made durable": ["syncDirectory", "/node/wemixvisor"]
  } as const
  for (const [what, [operation, path]] of Object.entries(refusals)) {
    it.effect(`puts the link back at once when ${what}`, () =>
      Effect.gen(function*() {
        const { linkText, once, saga, troubles } = yield* furnish
        yield* saga.record(upgrade)
        once.moved = troubles.refuse(operation, path, "EIO")
        assert.include((yield* Effect.flip(saga.switchOver(upgrade, []))).message, "EIO")
        assert.strictEqual(yield* linkText, genesis)
      }))
  }

  it.effect("leaves nothing on record when the link cannot be prepared", () =>
    Effect.gen(function*() {
      const { journal, saga, troubles } = yield* furnish
      yield* troubles.refuse("link", "/node/wemixvisor/current.new", "EROFS")
      yield* Effect.flip(saga.record(upgrade))
      assert.deepStrictEqual(yield* journal, empty)
    }))
})
