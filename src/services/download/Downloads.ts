// Fetches a release: what its URL says, verified, unpacked, and given to Staging. What that takes is loaded when something is fetched.
import { Context, Effect, Layer, type Option } from "effect"
import type { Home } from "../../domain/Home.ts"
import type { MachineNames, Source } from "../../domain/PlanBinaries.ts"
import type { Release } from "../../domain/Release.ts"
import type { Staged } from "../../domain/Staged.ts"
import type { UpgradePlan } from "../../domain/UpgradePlan.ts"
import { Config } from "../Config.ts"
import { Disk } from "../Disk.ts"
import { DownloadError, type Limits, limits } from "./DownloadError.ts"
import { thisMachine } from "../Releases.ts"
import { Staging, type StagingError } from "../staging/Staging.ts"

export { DownloadError }

export interface Fetching {
  readonly release: Release
  readonly source: Source
  /** Replaces another release of that name, once the new one is whole; the caller knows that it is not the current one. */
  readonly force: boolean
}

export class Downloads extends Context.Service<Downloads, {
  /**
   * Fetches what the URL says and places it; a checksum is needed unless the setting says otherwise. Tries again what may pass, so it may
   * take long. What was interrupted or failed for now leaves its bytes, with which a later call for the same URL goes on; all else leaves nothing.
   * Where those bytes are not as they came, which the checksum tells, all of it is fetched anew.
   * A release that is there and has that checksum is not fetched again. Two for one release: the later takes over.
   */
  readonly fetch: (fetching: Fetching) => Effect.Effect<Staged, DownloadError | StagingError>
  /** The source for this machine that a plan's `info` names, which may lie elsewhere and be fetched. None when it names none at all. */
  readonly sourceOf: (plan: UpgradePlan) => Effect.Effect<Option.Option<Source>, DownloadError>
}>()("wemixvisor/services/download/Downloads") {
  static readonly layerFor = (machine: MachineNames, bounds: Limits = limits) =>
    Layer.effect(
      Downloads,
      Effect.gen(function*() {
        const { home, settings: { skipChecksum } } = yield* Config
        const tools: Tools = { disk: yield* Disk, staging: yield* Staging, home, machine, limits: bounds, skipChecksum }
        const loaded = Effect.promise(() => import("./Downloading.ts"))
        return Downloads.of({
          fetch: (fetching) => Effect.flatMap(loaded, ({ fetch }) => fetch(tools, fetching)),
          sourceOf: (plan) => Effect.flatMap(loaded, ({ sourceOf }) => sourceOf(tools, plan))
        })
      })
    )
  /** Needs `Staging`. */
  static readonly layer = Downloads.layerFor(thisMachine)
}

export interface Tools {
  readonly disk: Disk["Service"]
  readonly staging: Staging["Service"]
  readonly home: Home
  readonly machine: MachineNames
  readonly limits: Limits
  readonly skipChecksum: boolean
}
