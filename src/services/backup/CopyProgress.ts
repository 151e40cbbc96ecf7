// Tells a person how far a copy is: on a terminal in one line that is written over and over, elsewhere in a line of the log now and then.
import { Clock, Effect } from "effect"
import { type Progress, progressLine } from "../../domain/Backup.ts"
import { StatusLine } from "../copy/StatusLine.ts"

/** Between two lines of the log. */
const logEveryMillis = 10_000

/** Runs a copy with the function that it is to call; the line on the terminal is gone when it ends, however it ends. */
export const watched = Effect.fnUntraced(function*<A, E>(what: string, copy: (onProgress: (done: Progress) => Effect.Effect<void>) => Effect.Effect<A, E>) {
  const line = yield* StatusLine
  const startedAt = yield* Clock.currentTimeMillis
  let saidAt = startedAt
  const tell = Effect.fnUntraced(function*(done: Progress) {
    const now = yield* Clock.currentTimeMillis
    const text = `${what}: ${progressLine(done, now - startedAt)}`
    if (line !== undefined) return yield* line.show(text)
    if (now - saidAt < logEveryMillis) return
    saidAt = now
    yield* Effect.logInfo(text)
  })
  return yield* copy(tell).pipe(Effect.ensuring(line?.clear ?? Effect.void), Effect.annotateLogs({ topic: "backup" }))
})
