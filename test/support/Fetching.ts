// A home on the real disk into which releases are fetched, with limits that tests can wait for, and what is left of an attempt.
import { Effect, Layer, Result, Scope } from "effect"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import { join } from "node:path"
import { releaseBinary } from "../../src/domain/Home.ts"
import { parseSource } from "../../src/domain/PlanBinaries.ts"
import { inUpgrades } from "../../src/domain/Release.ts"
import { Config } from "../../src/services/Config.ts"
import { Disk } from "../../src/services/Disk.ts"
import { type Limits, limits } from "../../src/services/download/DownloadError.ts"
import { Downloads } from "../../src/services/download/Downloads.ts"
import { thisMachine } from "../../src/services/Releases.ts"
import { Staging } from "../../src/services/staging/Staging.ts"
import { layerConfig, layerTemporary, Place } from "../contracts/Places.ts"
import { script } from "./world/Binaries.ts"

export const v2 = inUpgrades("v2")

/** A program that the header check accepts, as long as is wanted; no piece of it is like another. */
export const programOf = (bytes: number): Buffer => {
  const head = script("exit 0")
  const body = Buffer.alloc(Math.max(0, bytes - head.byteLength))
  for (let at = 0; at + 4 <= body.byteLength; at += 4) body.writeUInt32LE(Math.imul(at + 1, 2654435761) >>> 0, at)
  return Buffer.concat([head, body])
}

export const sha256 = (content: Uint8Array): string => createHash("sha256").update(content).digest("hex")
export const withSum = (url: string, content: Uint8Array): string => `${url}${url.includes("?") ? "&" : "?"}checksum=sha256:${sha256(content)}`

/** Long enough for a loaded machine where nothing is wrong, short where something is. */
export const short: Limits = { ...limits, answerMillis: 10_000, silenceMillis: 10_000, reserveBytes: 0, attempts: 3, pauseMillis: 1, longestPauseMillis: 5 }

/** Until the scope closes. */
export const scene = Effect.fnUntraced(function*(bounds: Partial<Limits> = {}, environment: Readonly<Record<string, string>> = {}) {
  const services = Downloads.layerFor(thisMachine, { ...short, ...bounds }).pipe(
    Layer.provideMerge(Staging.layer),
    Layer.provideMerge(layerConfig(environment)),
    Layer.provideMerge(layerTemporary),
    Layer.provideMerge(Disk.layer)
  )
  const context = yield* Layer.buildWithScope(Layer.fresh(services), yield* Scope.Scope)
  return yield* Effect.provide(made, context)
})

const made = Effect.gen(function*() {
  const [disk, { home }, place, downloads, staging] = [yield* Disk, yield* Config, yield* Place, yield* Downloads, yield* Staging]
  yield* disk.makeDirectory(home.root)
  const fetch = (url: string, force = false) => downloads.fetch({ release: v2, source: Result.getOrThrow(parseSource(url)), force })
  const binary = releaseBinary(home, v2)
  return {
    disk, home, place, downloads, staging, binary, fetch,
    /** What there is in `upgrades`; a partial download makes `.staging,` be there. */
    upgrades: disk.list(home.upgrades).pipe(Effect.map((names) => names.toSorted()), Effect.orElseSucceed((): ReadonlyArray<string> => [])),
    /** Every file below `upgrades` with its length, and every empty directory; the name that an attempt gave its own is `*`. */
    remains: Effect.sync(() => fs.readdirSync(home.upgrades, { recursive: true, encoding: "utf8" }).toSorted().flatMap((name) => {
      const [path, stat] = [join(home.upgrades, name), fs.statSync(join(home.upgrades, name))]
      const seen = name.replace(/[0-9a-f]{12}/, "*")
      return stat.isFile() ? [`${seen} ${stat.size}`] : fs.readdirSync(path).length === 0 ? [`${seen}/`] : []
    })),
    content: Effect.map(disk.read(binary, 2 ** 30), (bytes) => Buffer.from(bytes)),
    /** The error of a fetch that fails, and that nothing of it is left but what may be gone on with. */
    refusal: (url: string, force = false) =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(fetch(url, force))
        const left = yield* disk.list(home.upgrades).pipe(Effect.orElseSucceed((): ReadonlyArray<string> => []))
        const mayGoOn = error._tag === "DownloadError" && error.mayPass
        return { reason: error.reason, why: error.message, left: left.filter((name) => !mayGoOn || name !== ".staging,") }
      })
  }
})
