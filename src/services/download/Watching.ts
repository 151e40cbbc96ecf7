// Looks at a transfer from beside it: ends it when nothing comes or too little, and shows how far it is. Reads nothing itself.
import { Clock, Effect } from "effect"
import { isatty } from "node:tty"
import type { DownloadError, Limits } from "./DownloadError.ts"
import { failure, shown } from "./Http.ts"

/** How far a transfer is. */
export interface Progress {
  readonly url: string
  readonly bytes: number
  readonly total: number | null
  readonly bytesPerSecond: number
  readonly elapsedMillis: number
}

export interface Meter {
  /** Called about once a second while bytes come. */
  readonly show: (progress: Progress) => Effect.Effect<void>
  /** When there is no more to show. */
  readonly clear: Effect.Effect<void>
}

interface Watched {
  readonly url: string
  readonly bytes: () => number
  readonly total: number | null
  readonly limits: Limits
  readonly meter: Meter
}

interface Sample {
  readonly atMillis: number
  readonly bytes: number
}

/** Never succeeds: it goes on until it is interrupted, or the transfer is not worth waiting for. */
export const watch = Effect.fnUntraced(function*({ bytes, limits, meter, total, url }: Watched): Effect.fn.Return<never, DownloadError> {
  const started: Sample = { atMillis: yield* Clock.currentTimeMillis, bytes: bytes() }
  let [samples, last]: [ReadonlyArray<Sample>, Sample] = [[started], started]
  while (true) {
    yield* Effect.sleep(Math.min(1000, limits.silenceMillis / 4, limits.windowMillis / 4))
    const now: Sample = { atMillis: yield* Clock.currentTimeMillis, bytes: bytes() }
    if (now.bytes !== last.bytes) last = now
    if (now.atMillis - last.atMillis >= limits.silenceMillis) {
      return yield* failure(url, "TooSlow", `sent nothing for ${limits.silenceMillis / 1000} s, after ${now.bytes} bytes`, true)
    }
    const before = samples.findLast(({ atMillis }) => now.atMillis - atMillis >= limits.windowMillis)
    const needed = limits.slowestBytesPerSecond * limits.windowMillis / 1000
    if (before !== undefined && now.bytes - before.bytes < needed) {
      return yield* failure(url, "TooSlow", `sent ${now.bytes - before.bytes} bytes in ${limits.windowMillis / 1000} s, and less than ${needed} are too slow`, true)
    }
    samples = [...samples.filter(({ atMillis }) => now.atMillis - atMillis < 2 * limits.windowMillis), now]
    yield* meter.show({ url, total, bytes: now.bytes, elapsedMillis: now.atMillis - started.atMillis, bytesPerSecond: rateOf(samples, now) })
  }
})

/** Of the last samples, as people want to see it. */
const recent = 10

const rateOf = (samples: ReadonlyArray<Sample>, now: Sample): number => {
  const from = samples.at(-recent) ?? samples[0] ?? now
  return now.atMillis === from.atMillis ? 0 : (now.bytes - from.bytes) * 1000 / (now.atMillis - from.atMillis)
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1)

/** One line, for a person: `12.3 of 45.6 MB, 4.5 MB/s, 7 s left`. */
export const lineOf = ({ bytes, bytesPerSecond, total }: Progress): string => {
  const rate = `${megabytes(bytesPerSecond)} MB/s`
  if (total === null) return `${megabytes(bytes)} MB, ${rate}`
  const left = bytesPerSecond === 0 ? "" : `, ${Math.ceil((total - bytes) / bytesPerSecond)} s left`
  return `${megabytes(bytes)} of ${megabytes(total)} MB, ${rate}${left}`
}

/** Between two lines in a log, in milliseconds. */
const logEvery = 10_000

/** One line that is written over on a terminal; elsewhere a line in the log now and then. */
export const meterFor = (isTerminal: boolean): Meter => {
  if (isTerminal) {
    return {
      show: (progress) => Effect.sync(() => void process.stderr.write(`\r\u001b[Kfetching ${shown(progress.url)}: ${lineOf(progress)}`)),
      clear: Effect.sync(() => void process.stderr.write("\r\u001b[K"))
    }
  }
  const said = { atMillis: 0 }
  return {
    show: (progress) =>
      Effect.suspend(() => {
        if (progress.elapsedMillis < said.atMillis) said.atMillis = 0
        if (progress.elapsedMillis - said.atMillis < logEvery) return Effect.void
        said.atMillis = progress.elapsedMillis
        return Effect.logInfo(`fetching ${shown(progress.url)}: ${lineOf(progress)}`)
      }),
    clear: Effect.void
  }
}

export const isTerminal = (): boolean => isatty(2)
