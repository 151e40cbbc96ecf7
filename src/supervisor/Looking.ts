// Looks at the plan: a reading of it, judged by the release it means. The source of the facts called Looked.
import { Effect, Queue, Schedule, Stream } from "effect"
import { type PlanLook as Look, type PlanReading, PlanLook } from "../domain/Readiness.ts"
import { Config } from "../services/Config.ts"
import { FileWatcher } from "../services/FileWatcher.ts"
import { Releases } from "../services/Releases.ts"

export interface Looking {
  /** One look, now. One that finds a release not ready makes `looks` watch for it to become so. */
  readonly once: Effect.Effect<Look>
  /** A look at each change of the plan, and, while its release is not ready, at each change of that. Does not end. */
  readonly looks: Stream.Stream<Look>
}

export const make = Effect.gen(function*() {
  const { settings } = yield* Config
  const [releases, watcher] = [yield* Releases, yield* FileWatcher]
  const unready = yield* Queue.unbounded<void>()
  const readAgain = Stream.mapEffect(Stream.fromQueue(unready), () => watcher.read)
  const readings = Stream.merge(watcher.readings, readAgain)
  const looking: Looking = {
    once: Effect.gen(function*() {
      const reading = yield* watcher.read
      const look = yield* judge(releases, reading)
      if (look._tag === "Found" && look.readiness._tag === "NotReady") yield* Queue.offer(unready, undefined)
      return look
    }),
    looks: Stream.switchMap(readings, (reading) => untilReady(releases, Stream.fromSchedule(Schedule.spaced(settings.pollInterval)), reading))
  }
  return looking
})

/** Which release a reading means, and whether that could be started now. */
const judge = Effect.fnUntraced(function*(releases: Releases["Service"], reading: PlanReading): Effect.fn.Return<Look> {
  if (reading._tag !== "Read") return reading
  const release = yield* releases.locate(reading.plan.name)
  return PlanLook.Found({ plan: reading.plan, digest: reading.digest, release, readiness: yield* releases.inspect(release) })
})

const untilReady = (releases: Releases["Service"], ticks: Stream.Stream<unknown>, reading: PlanReading): Stream.Stream<Look> =>
  Stream.unwrap(Effect.map(judge(releases, reading), (first) => {
    if (first._tag !== "Found" || first.readiness._tag === "Ready") return Stream.succeed(first)
    const stirs = Stream.merge(ticks, releases.changes(first.release))
    const later = stirs.pipe(Stream.mapEffect(() => judge(releases, reading)), Stream.takeUntil(isReady))
    return Stream.concat(Stream.succeed(first), later).pipe(Stream.changesWith((before, after) => obstacleOf(before) === obstacleOf(after)))
  }))

const isReady = (look: Look): boolean => look._tag === "Found" && look.readiness._tag === "Ready"

const obstacleOf = (look: Look): string =>
  look._tag === "Found" && look.readiness._tag === "NotReady"
    ? `${look.release} ${look.readiness.obstacle._tag} ${look.readiness.obstacle.path}`
    : look._tag
