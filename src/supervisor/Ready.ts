// Whether a release could be started now, and an upgrade to it carried out: its program, that it is the one that was staged, room for the backup.
import { Effect, Option } from "effect"
import { Obstacle, Readiness } from "../domain/Readiness.ts"
import type { Release } from "../domain/Release.ts"
import { Backups } from "../services/backup/Backups.ts"
import { LinkManager } from "../services/LinkManager.ts"
import { Releases } from "../services/Releases.ts"
import { Staging } from "../services/staging/Staging.ts"

/** `sha256`: what the release was staged with, in hexadecimal; undefined for one that was put there by hand, or is not ready. */
export interface Judged {
  readonly readiness: Readiness
  readonly sha256: string | undefined
}

export interface Ready {
  /** Of the release alone. */
  readonly judge: (release: Release) => Effect.Effect<Judged>
  /** The same without the digest. */
  readonly inspect: (release: Release) => Effect.Effect<Readiness>
  /** Of all that an upgrade to it needs before the node is stopped. */
  readonly forUpgrade: (release: Release) => Effect.Effect<Readiness>
  /** Asks all of it of a release that runs, and throws the answers away: the same code takes half the time when a plan has come. */
  readonly practise: (release: Release) => Effect.Effect<void>
}

export const make = Effect.gen(function*() {
  const [backups, links, releases, staging] = [yield* Backups, yield* LinkManager, yield* Releases, yield* Staging]
  const judge = Effect.fnUntraced(function*(release: Release) {
    const readiness = yield* releases.inspect(release)
    return readiness._tag === "Ready" ? yield* unchanged(staging, release) : { readiness, sha256: undefined }
  })
  const inspect = (release: Release) => Effect.map(judge(release), ({ readiness }) => readiness)
  const isCurrent = (release: Release) => links.current.pipe(Effect.map(Option.contains(release)), Effect.orElseSucceed(() => false))
  const ready: Ready = {
    judge,
    inspect,
    forUpgrade: Effect.fnUntraced(function*(release) {
      const readiness = yield* inspect(release)
      return readiness._tag === "NotReady" || (yield* isCurrent(release)) ? readiness : yield* hasRoom(backups)
    }),
    practise: (release) => Effect.asVoid(Effect.all([releases.locate("practice"), inspect(release), isCurrent(release), backups.practise]))
  }
  return ready
})

const notReady = (obstacle: Obstacle) => Readiness.NotReady({ obstacle })

const unchanged = (staging: Staging["Service"], release: Release): Effect.Effect<Judged> =>
  staging.check(release).pipe(
    Effect.map((checked) => {
      const change = Option.flatMap(checked, ({ change }) => change)
      return Option.isNone(change)
        ? { readiness: Readiness.Ready(), sha256: Option.getOrUndefined(checked)?.staged.sha256 }
        : { readiness: notReady(Obstacle.Changed(change.value)), sha256: undefined }
    }),
    Effect.catch(({ message, path, reason }) => Effect.succeed({ readiness: notReady(Obstacle.Unverified({ path, why: message, isRefusal: reason === "Refused" })), sha256: undefined }))
  )

const hasRoom = ({ reckon }: Backups["Service"]): Effect.Effect<Readiness> =>
  reckon.pipe(
    Effect.map((reckoning) => Option.isSome(reckoning) && !reckoning.value.isEnough ? notReady(Obstacle.NoRoomForBackup(reckoning.value)) : Readiness.Ready()),
    Effect.catch(({ message, path }) => Effect.succeed(notReady(Obstacle.NoBackup({ path, why: message }))))
  )
