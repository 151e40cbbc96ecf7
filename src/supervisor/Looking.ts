// Looks at the plan: a reading of it, judged by the release it means. The source of the facts called Looked.
import { Effect, Schedule, Stream } from "effect"
import { type PlanLook as Look, type PlanReading, PlanLook } from "../domain/Readiness.ts"
import type { Config } from "../services/Config.ts"
import type { FileWatcher } from "../services/FileWatcher.ts"
import type { Releases } from "../services/Releases.ts"

interface Tools {
  readonly settings: Config["Service"]["settings"]
  readonly watcher: FileWatcher["Service"]
  readonly releases: Releases["Service"]
}

/** Which release a reading means, and whether that could be started now. */
const judge = Effect.fnUntraced(function*({ releases }: Tools, reading: PlanReading): Effect.fn.Return<Look> {
  if (reading._tag !== "Read") return reading
  const release = yield* releases.locate(reading.plan.name)
  return PlanLook.Found({ plan: reading.plan, digest: reading.digest, release, readiness: yield* releases.inspect(release) })
})

/** One look, now. */
export const once = (tools: Tools): Effect.Effect<Look> => Effect.flatMap(tools.watcher.read, (reading) => judge(tools, reading))

/** A look at each change of the plan, and, while its release is not ready, at each change of that. */
export const looks = (tools: Tools): Stream.Stream<Look> =>
  tools.watcher.readings.pipe(Stream.switchMap((reading) => untilReady(tools, reading)))

const untilReady = (tools: Tools, reading: PlanReading): Stream.Stream<Look> =>
  Stream.unwrap(Effect.map(judge(tools, reading), (first) => {
    if (first._tag !== "Found" || first.readiness._tag === "Ready") return Stream.succeed(first)
    const stirs = Stream.merge(Stream.fromSchedule(Schedule.spaced(tools.settings.pollInterval)), tools.releases.changes(first.release))
    const later = stirs.pipe(Stream.mapEffect(() => judge(tools, reading)), Stream.takeUntil(isReady))
    return Stream.concat(Stream.succeed(first), later).pipe(Stream.changesWith((before, after) => obstacleOf(before) === obstacleOf(after)))
  }))

const isReady = (look: Look): boolean => look._tag === "Found" && look.readiness._tag === "Ready"

const obstacleOf = (look: Look): string =>
  look._tag === "Found" && look.readiness._tag === "NotReady"
    ? `${look.release} ${look.readiness.obstacle._tag} ${look.readiness.obstacle.path}`
    : look._tag
