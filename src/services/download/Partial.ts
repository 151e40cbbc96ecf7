// A download that is not whole yet: its bytes, and what they are a part of. Whoever takes it takes it away from everybody else.
import { Effect, Option, Schema } from "effect"
import { dirname } from "node:path/posix"
import type { Home } from "../../domain/Home.ts"
import type { Release } from "../../domain/Release.ts"
import { asideOf, removeTree, token } from "../staging/Aside.ts"
import type { Disk, DiskError } from "../Disk.ts"
import * as Durable from "../Durable.ts"

/** What the bytes are a part of. Only a strong entity tag says that two answers are of the same bytes (RFC 9110, 8.8.1). */
export const About = Schema.Struct({ url: Schema.String, etag: Schema.NullOr(Schema.String), total: Schema.NullOr(Schema.Int) })
export type About = typeof About.Type

const AboutJson = Schema.fromJsonString(About)

export interface Partial {
  /** Nobody else's, until somebody takes it. */
  readonly directory: string
  readonly body: string
}

const aboutPath = ({ directory }: Partial): string => `${directory}/about.json`

/** Larger than any that is written, in bytes. */
const aboutLimit = 64 * 1024

/** Takes over what an earlier attempt for this release left, or begins anew. */
export const take = Effect.fnUntraced(function*(disk: Disk["Service"], home: Home, release: Release): Effect.fn.Return<Partial, DiskError> {
  const place = asideOf(home, "part", release)
  yield* Durable.makeDirectory(disk, home.upgrades)
  yield* disk.makeDirectory(place)
  const [left, ...others] = yield* disk.list(place)
  const directory = `${place}/${yield* token}`
  yield* Effect.forEach(others, (name) => removeTree(disk, `${place}/${name}`))
  yield* left === undefined ? disk.makeDirectory(directory) : disk.rename(`${place}/${left}`, directory)
  return { directory, body: `${directory}/body` }
})

export const aboutOf = Effect.fnUntraced(function*(disk: Disk["Service"], partial: Partial) {
  const bytes = yield* Effect.option(disk.read(aboutPath(partial), aboutLimit))
  if (Option.isNone(bytes)) return Option.none<About>()
  return yield* Effect.option(Schema.decodeEffect(AboutJson)(new TextDecoder().decode(bytes.value)))
})

/** Begins anew, with no byte, as a part of this. */
export const begin = Effect.fnUntraced(function*(disk: Disk["Service"], partial: Partial, about: About): Effect.fn.Return<void, DiskError> {
  // In this order: bytes are never taken for a part of what they are not.
  yield* disk.write(partial.body, new Uint8Array(0), 0o644)
  const json = yield* Effect.orDie(Schema.encodeEffect(AboutJson)(about))
  yield* disk.write(aboutPath(partial), new TextEncoder().encode(json), 0o644)
})

/** Leaves what the next attempt goes on with, and removes what it would not: no byte, or some of which nobody can tell whether they belong to what comes then. */
export const abandon = Effect.fnUntraced(function*(disk: Disk["Service"], partial: Partial, willBeJudged: boolean) {
  const [about, bytes] = [yield* aboutOf(disk, partial), yield* Effect.option(Effect.map(disk.status(partial.body, false), (status) => status.bytes))]
  const isWanted = willBeJudged && Option.exists(bytes, (count) => count > 0 && Option.exists(about, ({ etag, total }) => etag !== null || count === total))
  if (isWanted) return
  yield* Effect.ignore(removeTree(disk, partial.directory))
  yield* Effect.ignore(disk.removeDirectory(dirname(partial.directory)))
})

export const discard = (disk: Disk["Service"], home: Home, release: Release): Effect.Effect<void> => Effect.ignore(removeTree(disk, asideOf(home, "part", release)))
