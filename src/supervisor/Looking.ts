// Looks at the plan: a reading of it, judged by the release it means. The source of the facts called Looked.
import { Effect, Queue, Ref, Schedule, Semaphore, Stream } from "effect"
import { type PlanLook as Look, type PlanReading, PlanLook } from "../domain/Readiness.ts"
import { Config } from "../services/Config.ts"
import { FileWatcher } from "../services/FileWatcher.ts"
import { Releases } from "../services/Releases.ts"

/** One look, now. */
export const once = Effect.gen(function*() {
  const [releases, watcher] = [yield* Releases, yield* FileWatcher]
  return yield* judge(releases, yield* watcher.read)
})

export interface Looking {
  /** Looks now and tells of it, with this number. A release that is not ready is followed from then on. */
  readonly answer: (generation: number) => Effect.Effect<void>
  /** Looks at each change of the plan, and, while its release is not ready, at each change of that; tells of what is new. Does not end. */
  readonly follow: Effect.Effect<void>
}

/**
 * Each look is told of before the next one begins: facts about the plan reach the loop in the order in which the plan was read,
 * so that what it said earlier can never overrule what it says now.
 */
export const make = Effect.fnUntraced(function*(tell: (look: Look, answers: number) => Effect.Effect<void>) {
  const { settings } = yield* Config
  const [releases, watcher] = [yield* Releases, yield* FileWatcher]
  const turn = yield* Semaphore.make(1)
  const told = yield* Ref.make("nothing")
  const nudges = yield* Queue.unbounded<void>()

  const look = (answers: number | undefined) =>
    Effect.gen(function*() {
      const found = yield* judge(releases, yield* watcher.read)
      yield* tellOf(found, answers)
      return found
    }).pipe(turn.withPermits(1))

  /** What counts as told is told: a follower that gives way to the next one must not be broken off in between. */
  const tellOf = (found: Look, answers: number | undefined) =>
    Effect.flatMap(Ref.getAndSet(told, keyOf(found)), (before) =>
      before === keyOf(found) && answers === undefined ? Effect.void : tell(found, answers ?? 0)).pipe(Effect.uninterruptible)

  const ticks = Stream.fromSchedule(Schedule.spaced(settings.pollInterval))
  const followed = Stream.unwrap(Effect.map(look(undefined), (first) => {
    if (first._tag !== "Found" || first.readiness._tag === "Ready") return Stream.empty
    return Stream.merge(ticks, releases.changes(first.release)).pipe(Stream.mapEffect(() => look(undefined)), Stream.takeUntil(isReady))
  }))

  const looking: Looking = {
    answer: (generation) => Effect.flatMap(look(generation), (found) => isReady(found) ? Effect.void : Effect.asVoid(Queue.offer(nudges, undefined))),
    follow: Stream.merge(watcher.readings, Stream.fromQueue(nudges)).pipe(Stream.switchMap(() => followed), Stream.runDrain)
  }
  return looking
})

/** Which release a reading means, and whether that could be started now. */
const judge = Effect.fnUntraced(function*(releases: Releases["Service"], reading: PlanReading): Effect.fn.Return<Look> {
  if (reading._tag !== "Read") return reading
  const release = yield* releases.locate(reading.plan.name)
  return PlanLook.Found({ plan: reading.plan, digest: reading.digest, release, readiness: yield* releases.inspect(release) })
})

const isReady = (look: Look): boolean => look._tag === "Found" && look.readiness._tag === "Ready"

const keyOf = (look: Look): string => {
  switch (look._tag) {
    case "Absent":
      return "absent"
    case "Unusable":
      return `unusable ${look.key}`
    case "Found":
      return look.readiness._tag === "Ready"
        ? `ready ${look.release} ${look.digest}`
        : `${look.readiness.obstacle._tag} ${look.readiness.obstacle.path} ${look.digest}`
  }
}
