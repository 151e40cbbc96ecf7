// Whether an upgrade could begin: what is wrong with its release, its record or the backup that it needs, before the node is stopped.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { createHash } from "node:crypto"
import { genesis } from "../../src/domain/Release.ts"
import { Backups } from "../../src/services/backup/Backups.ts"
import { Config } from "../../src/services/Config.ts"
import { layerOverDisk } from "../../src/services/copy/DiskCopy.ts"
import { Disk } from "../../src/services/Disk.ts"
import { LinkManager } from "../../src/services/LinkManager.ts"
import { layerMemory } from "../../src/services/MemoryDisk.ts"
import { Releases } from "../../src/services/Releases.ts"
import { Staging } from "../../src/services/staging/Staging.ts"
import * as Ready from "../../src/supervisor/Ready.ts"
import { releaseOf } from "../support/world/Operator.ts"
import * as TroubledDisk from "../support/world/TroubledDisk.ts"

const v2 = releaseOf("v2")
const program = "#!/bin/sh\n"
const sha256 = createHash("sha256").update(program).digest("hex")
const record = "/node/wemixvisor/upgrades/v2/release.json"

/** A home with data, genesis running, and v2 beside it. */
const furnish = Effect.fnUntraced(function*(settings: Readonly<Record<string, string>> = {}) {
  const { troubles, wrap } = TroubledDisk.make()
  const files = {
    "/bin/sh": "",
    "/node/data/chain/blocks": "0123456789",
    "/node/wemixvisor/genesis/bin/wemixd": program,
    "/node/wemixvisor/upgrades/v2/bin/wemixd": program
  }
  const disk = Layer.effect(Disk, Effect.map(Disk, (whole) => wrap(whole, Effect.void, () => Effect.void))).pipe(Layer.provide(layerMemory(files)))
  const layer = Layer.mergeAll(Backups.layer.pipe(Layer.provide(layerOverDisk)), LinkManager.layer, Releases.layer, Staging.layer).pipe(
    Layer.provideMerge(Layer.merge(disk, Config.layerOf({ DAEMON_HOME: "/node", DAEMON_BACKUP: "copy", ...settings })))
  )
  return yield* Effect.provide(Effect.gen(function*() {
    yield* (yield* LinkManager).pointTo(genesis)
    const made = yield* Disk
    const ready = yield* Ready.make
    return {
      ready,
      troubles,
      putRecord: (text: string) => made.write(record, new TextEncoder().encode(text), 0o644),
      obstacleTo: (release = v2) => Effect.map(ready.forUpgrade(release), (readiness) => readiness._tag === "NotReady" ? readiness.obstacle : undefined)
    }
  }), yield* Effect.orDie(Layer.build(layer)))
})

describe("an upgrade", () => {
  it.effect("can begin to a release that was put there by hand", () =>
    Effect.gen(function*() {
      const { obstacleTo, ready } = yield* furnish()
      assert.deepStrictEqual([yield* obstacleTo(), (yield* ready.judge(v2)).sha256], [undefined, undefined])
    }))
  it.effect("can begin to one that is what it was staged as", () =>
    Effect.gen(function*() {
      const { obstacleTo, putRecord, ready } = yield* furnish()
      yield* putRecord(JSON.stringify({ sha256, bytes: program.length, from: "/tmp/v2", at: "2026-01-01T00:00:00.000Z", checksum: null }))
      assert.deepStrictEqual([yield* obstacleTo(), (yield* ready.judge(v2)).sha256], [undefined, sha256])
    }))
  it.effect("cannot begin to one whose record cannot be read", () =>
    Effect.gen(function*() {
      const { obstacleTo, putRecord, ready } = yield* furnish()
      yield* putRecord("{")
      const obstacle = yield* obstacleTo()
      assert.deepStrictEqual([obstacle?._tag, obstacle?.path, (yield* ready.judge(v2)).sha256], ["Unverified", record, undefined])
    }))
  it.effect("needs room for its backup, which the release that runs already does not", () =>
    Effect.gen(function*() {
      const { obstacleTo, troubles } = yield* furnish()
      yield* troubles.setFreeBytes(2 * 1024 * 1024)
      assert.deepStrictEqual([(yield* obstacleTo())?._tag, yield* obstacleTo(genesis)], ["NoRoomForBackup", undefined])
    }))
  it.effect("needs a place where its backup can be made", () =>
    Effect.gen(function*() {
      const { obstacleTo } = yield* furnish({ DAEMON_DATA_BACKUP_DIR: "/node/data/backups" })
      assert.strictEqual((yield* obstacleTo())?._tag, "NoBackup")
    }))
})
