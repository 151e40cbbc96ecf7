// Fetches the release of a plan that is not there, where the operator allows it: again and again, ever more rarely, until it is or nobody waits any more.
import { Duration, Effect, Option, Ref, Schedule } from "effect"
import type { Journal } from "../domain/Journal.ts"
import { withoutQuery } from "../domain/PlanBinaries.ts"
import type { PlanLook } from "../domain/Readiness.ts"
import { Config } from "../services/Config.ts"
import { Downloads } from "../services/download/Downloads.ts"

type Found = Extract<PlanLook, { readonly _tag: "Found" }>

/** Between two attempts whose own retries came to nothing: the first pause, and the longest. */
const pauses = { first: "1 minute", longest: Duration.hours(1) } as const

export const make = Effect.fnUntraced(function*(journal: Effect.Effect<Journal>) {
  const { settings } = yield* Config
  const downloads = yield* Downloads
  const [begun, told] = [yield* Ref.make(""), yield* Ref.make("")]

  /** Returns once the release is in place; what goes wrong is said, the same once. Interrupting it keeps what can be gone on with. */
  return (look: Found): Effect.Effect<void> => {
    if (!settings.allowDownloadBinaries || look.readiness._tag === "Ready" || look.readiness.obstacle._tag !== "BinaryMissing") return Effect.void
    const attempt = Effect.gen(function*() {
      const applied = (yield* journal).applied.at(-1)
      if (applied !== undefined && applied.upgrade.height > look.plan.height) return
      const source = yield* downloads.sourceOf(look.plan)
      if (Option.isNone(source)) return yield* say(told, look, "the plan does not say where its binary is to be had: its info names no binaries")
      const line = `fetching ${look.plan.name} from ${withoutQuery(source.value.url)}`
      yield* once(begun, line, Effect.logInfo(line).pipe(about(look)))
      yield* downloads.fetch({ release: look.release, source: source.value, force: false })
    })
    return attempt.pipe(
      Effect.tapError(({ message }) => say(told, look, message)),
      Effect.retry(Schedule.exponential(pauses.first).pipe(Schedule.modifyDelay(({ duration }) => Effect.succeed(Duration.min(duration, pauses.longest))))),
      Effect.ignore
    )
  }
})

const say = (told: Ref.Ref<string>, look: Found, why: string): Effect.Effect<void> => {
  const line = `${look.plan.name} cannot be fetched: ${why}`
  return once(told, line, Effect.logWarning(line).pipe(about(look)))
}

const once = (told: Ref.Ref<string>, line: string, log: Effect.Effect<void>): Effect.Effect<void> =>
  Effect.flatMap(Ref.getAndSet(told, line), (before) => before === line ? Effect.void : log)

const about = ({ plan }: Found) => Effect.annotateLogs({ topic: "download", plan: plan.name })
