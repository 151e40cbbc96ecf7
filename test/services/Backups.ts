// Homes with backups, on every disk: the data furnished, the service at hand, and the manifest of what was made.
import { describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import type { About } from "../../src/domain/Backup.ts"
import { genesis, inUpgrades } from "../../src/domain/Release.ts"
import { Backups } from "../../src/services/backup/Backups.ts"
import { Config } from "../../src/services/Config.ts"
import { DataCopy } from "../../src/services/copy/DataCopy.ts"
import { Disk } from "../../src/services/Disk.ts"
import { layerOverDisk } from "../../src/services/copy/DiskCopy.ts"
import { disks, layerConfig, Place, write } from "../contracts/Places.ts"

export const about: About = { plan: "v2", from: genesis, to: inUpgrades("v2"), height: 1500n }

type Needs = Backups | Config | DataCopy | Disk | Place
export type Promises = <A, E>(promise: string, test: Effect.Effect<A, E, Needs>, environment?: Readonly<Record<string, string>>) => void

const stacks = {
  "the real disk": Layer.provideMerge(DataCopy.layer, disks["the real disk"]),
  "the disk in memory": Layer.provideMerge(layerOverDisk, disks["the disk in memory"]),
  "the simulated disk": Layer.provideMerge(layerOverDisk, disks["the simulated disk"])
}

/** `$HERE` in a setting is the test's directory. */
const layerHere = (environment: Readonly<Record<string, string>>) =>
  Layer.unwrap(Effect.map(Place, (place) =>
    layerConfig(Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, value.replace("$HERE", place())])))))

export const withBackups = <A, E>(test: Effect.Effect<A, E, Needs>, which: keyof typeof stacks, environment: Readonly<Record<string, string>> = {}) =>
  Effect.provide(test, Backups.layer.pipe(Layer.provideMerge(layerHere(environment)), Layer.provideMerge(stacks[which])))

export const onEveryDisk = (name: string, suite: (promises: Promises) => void): void => {
  for (const which of ["the real disk", "the disk in memory", "the simulated disk"] as const) {
    describe(`${name}, on ${which}`, () =>
      suite((promise, test, environment) => it.live(promise, () => withBackups(test, which, environment))))
  }
}

/** Three files of 16 bytes together, a link and two directories. */
export const furnish = Effect.gen(function*() {
  const [backups, disk, place, { home, settings }] = [yield* Backups, yield* Disk, yield* Place, yield* Config]
  yield* disk.makeDirectory(`${home.data}/geth/chaindata`)
  yield* write(`${home.data}/upgrade-info.json`, "plan")
  yield* write(`${home.data}/geth/nodekey`, "secret", 0o600)
  yield* write(`${home.data}/geth/chaindata/000001.log`, "blocks")
  yield* disk.link("geth", `${home.data}/link`)
  return { backups, disk, place, home, data: home.data, root: settings.dataBackupDir }
})

/** Makes one, which must not be off. */
export const make = (more: Partial<About> = {}) =>
  Effect.map(Backups.use((backups) => backups.create({ ...about, ...more })), Option.getOrThrow)
