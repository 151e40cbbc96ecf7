// Looks at the plan: a reading of it, judged by the release it means. The source of the facts called Looked.
import { Effect, Option, Queue, Ref, Schedule, Semaphore, Stream } from "effect"
import type { Journal } from "../domain/Journal.ts"
import { isRefused, type PlanLook as Look, type PlanReading, PlanLook } from "../domain/Readiness.ts"
import { Config } from "../services/Config.ts"
import { FileWatcher } from "../services/FileWatcher.ts"
import { Releases } from "../services/Releases.ts"
import * as Fetching from "./Fetching.ts"
import * as Ready from "./Ready.ts"

/** One look, now. */
export const once = Effect.gen(function*() {
  const tools = { ready: yield* Ready.make, releases: yield* Releases }
  return yield* judge(tools, yield* (yield* FileWatcher).read)
})

export interface Looking {
  /** The plan as it was read last. */
  readonly latest: Effect.Effect<PlanReading>
  /** Looks now and tells of it, with this number. A release that is not ready is followed from then on. */
  readonly answer: (generation: number) => Effect.Effect<void>
  /** Looks at each change of the plan, and, while its release is not ready, at each change of that; tells of what is new. Does not end. */
  readonly follow: Effect.Effect<void>
}

/**
 * How long what is no plan may be one that is still being written, in milliseconds, before it is complained of: the Cosmos SDK, and a shell,
 * empty the file first and write then.
 */
const writingMillis = 1000

/**
 * Each look is told of before the next one begins: facts about the plan reach the loop in the order in which the plan was read,
 * so that what it said earlier can never overrule what it says now.
 */
export const make = Effect.fnUntraced(function*(ready: Ready.Ready, journal: Effect.Effect<Journal>, tell: (look: Look, answers: number) => Effect.Effect<void>) {
  const { settings } = yield* Config
  const [releases, watcher] = [yield* Releases, yield* FileWatcher]
  const fetch = yield* Fetching.make(journal)
  const turn = yield* Semaphore.make(1)
  const told = yield* Ref.make("nothing")
  const latest = yield* Ref.make(Option.none<PlanReading>())
  const nudges = yield* Queue.unbounded<void>()

  const look = (answers: number | undefined) =>
    Effect.gen(function*() {
      const reading = yield* watcher.read
      yield* Ref.set(latest, Option.some(reading))
      const found = yield* judge({ ready, releases }, reading)
      yield* tellOf(found, answers)
      return found
    }).pipe(turn.withPermits(1))

  /** What counts as told is told: a follower that gives way to the next one must not be broken off in between. */
  const tellOf = (found: Look, answers: number | undefined) =>
    Effect.flatMap(Ref.getAndSet(told, keyOf(found)), (before) =>
      before === keyOf(found) && answers === undefined ? Effect.void : tell(found, answers ?? 0)).pipe(Effect.uninterruptible)

  const ticks = Stream.fromSchedule(Schedule.spaced(settings.pollInterval))
  const followed: Stream.Stream<Look> = Stream.unwrap(Effect.map(look(undefined), (first) => {
    // The watcher has read the plan, and does not read it again for what this look was refused.
    if (isRefused(first)) return Stream.fromEffectDrain(Effect.sleep(settings.pollInterval)).pipe(Stream.concat(Stream.suspend(() => followed)))
    if (first._tag !== "Found" || first.readiness._tag === "Ready") return Stream.empty
    return Stream.mergeAll([Stream.as(ticks, undefined), releases.changes(first.release), Stream.fromEffectDrain(fetch(first))], { concurrency: "unbounded" }).pipe(
      Stream.mapEffect(() => look(undefined)),
      Stream.takeUntil(isReady)
    )
  }))

  const looking: Looking = {
    latest: Effect.flatMap(Ref.get(latest), Option.match({ onNone: () => watcher.read, onSome: (reading) => Effect.succeed(reading) })),
    answer: (generation) => Effect.flatMap(look(generation), (found) => isReady(found) ? Effect.void : Effect.asVoid(Queue.offer(nudges, undefined))),
    follow: Stream.merge(watcher.readings, Stream.fromQueue(nudges)).pipe(
      Stream.switchMap((reading) => reading?._tag === "Unusable" ? Stream.unwrap(Effect.delay(Effect.succeed(followed), writingMillis)) : followed),
      Stream.runDrain
    )
  }
  return looking
})

/** Which release a reading means, and whether that could be started now. */
const judge = Effect.fnUntraced(function*({ ready, releases }: { readonly ready: Ready.Ready; readonly releases: Releases["Service"] }, reading: PlanReading): Effect.fn.Return<Look> {
  if (reading._tag !== "Read") return reading
  const release = yield* releases.locate(reading.plan.name)
  return PlanLook.Found({ plan: reading.plan, digest: reading.digest, release, readiness: yield* ready.forUpgrade(release) })
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
