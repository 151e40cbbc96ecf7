// Durations as Go writes them ("300ms", "1m30s", "1.5h"), the only spelling that settings accept. Exact to the nanosecond.
import { Duration, Effect, Schema, SchemaIssue, SchemaTransformation } from "effect"

const nanosPerUnit = new Map([
  ["ns", 1n],
  ["us", 1000n],
  ["\u00b5s", 1000n],
  ["\u03bcs", 1000n],
  ["ms", 1_000_000n],
  ["s", 1_000_000_000n],
  ["m", 60_000_000_000n],
  ["h", 3_600_000_000_000n]
])
const whole = /^(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h))+$/
const parts = /(\d*)\.?(\d*)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/g

/** Go's limit: the nanoseconds of a duration fit a signed 64-bit integer (about 292 years). */
const longest = 2n ** 63n - 1n

const decode = (text: string) => {
  if (text === "0") return Effect.succeed(Duration.zero)
  if (!whole.test(text)) {
    return Effect.fail(new SchemaIssue.InvalidValue({ message: "a duration with its unit, like 300ms, 30s, 1m30s or 2h" }))
  }
  const nanos = [...text.matchAll(parts)].reduce((sum, [, digits = "", fraction = "", unit = ""]) => {
    const scale = nanosPerUnit.get(unit) ?? 0n
    return sum + BigInt(digits || "0") * scale + BigInt(fraction || "0") * scale / 10n ** BigInt(fraction.length)
  }, 0n)
  return nanos > longest
    ? Effect.fail(new SchemaIssue.InvalidValue({ message: "a duration of at most 2562047h47m" }))
    : Effect.succeed(Duration.nanos(nanos))
}

/** A duration as a person reads it: `300ms`, `1m30s`, `infinity`. Decoding what this prints gives the same duration, to the millisecond. */
export const format = (duration: Duration.Duration): string => {
  const millis = Duration.toMillis(duration)
  if (!Number.isFinite(millis)) return "infinity"
  const rounded = Math.round(millis)
  if (rounded < 1000) return `${rounded}ms`
  const hours = Math.floor(rounded / 3_600_000)
  const minutes = Math.floor(rounded % 3_600_000 / 60_000)
  const seconds = rounded % 60_000 / 1000
  return `${hours > 0 ? `${hours}h` : ""}${minutes > 0 ? `${minutes}m` : ""}${seconds > 0 ? `${seconds}s` : ""}`
}

/** Milliseconds as a person reads them at a glance: `35ms`, `1.4s`, `2m5s`. */
export const span = (millis: number): string => {
  if (!Number.isFinite(millis)) return "infinity"
  if (millis < 1000) return `${Math.round(millis)}ms`
  return millis < 10_000 ? `${(millis / 1000).toFixed(1)}s` : format(Duration.seconds(Math.round(millis / 1000)))
}

/** Text to `Duration`. Zero may stand without a unit, as in Go; any other bare number is a mistake. */
export const GoDuration = Schema.String.pipe(Schema.decodeTo(
  Schema.Duration,
  SchemaTransformation.transformEffect({ decode, encode: (duration) => Effect.succeed(format(duration)) })
))
