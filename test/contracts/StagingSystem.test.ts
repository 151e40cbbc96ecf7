// A release that is staged on the real disk: all of it is on the device before it has its place, and its place before that is said.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, type Scope } from "effect"
import { createHash } from "node:crypto"
import { releaseDirectory } from "../../src/domain/Home.ts"
import { inUpgrades } from "../../src/domain/Release.ts"
import type { Config } from "../../src/services/Config.ts"
import type { Disk } from "../../src/services/Disk.ts"
import { type Placing, Staging } from "../../src/services/staging/Staging.ts"
import { disks, furnishHome, layerConfig, Place } from "./Places.ts"
import { deeds, fs, refuseSync } from "./Spied.ts"

const layer = Staging.layer.pipe(Layer.provideMerge(layerConfig()), Layer.provideMerge(disks["the real disk"]))

const promises = <A, E>(promise: string, test: Effect.Effect<A, E, Config | Disk | Place | Staging | Scope.Scope>) =>
  it.live(promise, () => Effect.provide(test, layer))

const program = "#!/bin/sh\nexit 0\n"
const v9 = inUpgrades("v9")

/** A home, a program elsewhere, and what is done with files that makes them last; places of attempts have a name of their own each. */
const furnish = Effect.gen(function*() {
  const [{ home }, place, staging] = [yield* furnishHome, yield* Place, yield* Staging]
  fs.writeFileSync(place("built"), program)
  const placing: Placing = { release: v9, binary: place("built"), from: place("built"), checksum: undefined, force: false }
  const noted = yield* deeds
  const named = () => noted
    .filter((deed) => /^(?:sync|rename)/.test(deed))
    .map((deed) => deed.replaceAll(home.upgrades, "").replaceAll(place("built"), "built").replaceAll(/\/\.staging,[^ ]*?(?=\/bin|\/release\.json| |$)/g, "aside"))
  return { home, noted, place, placing, staging, named, final: releaseDirectory(home, v9) }
})

const made = ["sync aside/release.json", "sync aside/bin", "sync aside", "rename aside to /v9", "sync "]

describe("a release on a real file system", () => {
  promises("is on the disk, program, record and directories, before it has its place", Effect.gen(function*() {
    const { named, placing, staging } = yield* furnish
    yield* staging.place(placing)
    assert.deepStrictEqual(named(), ["sync aside/bin/node", ...made])
  }))
  promises("is on the disk before it has its place, also when it was downloaded and is moved there", Effect.gen(function*() {
    const { named, placing, staging } = yield* furnish
    yield* staging.place({ ...placing, verified: { sha256: createHash("sha256").update(program).digest("hex") } })
    assert.deepStrictEqual(named(), ["rename built to aside/bin/node", "sync aside/bin/node", ...made])
  }))
  promises("has no place where the device does not keep it", Effect.gen(function*() {
    const { final, home, named, placing, staging } = yield* furnish
    yield* refuseSync("EIO")
    const error = yield* Effect.flip(staging.place(placing))
    assert.strictEqual(error.reason, "Refused")
    assert.include(error.message, "EIO")
    assert.deepStrictEqual(named(), [])
    assert.isFalse(fs.existsSync(final))
    assert.deepStrictEqual(fs.readdirSync(home.upgrades).toSorted(), ["v2", "v3"])
  }))
})
