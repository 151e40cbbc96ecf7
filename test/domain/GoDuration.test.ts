// Durations as Go reads them: the cases of Go's own tests (time_test.go), what is refused, and that what is printed is read again.
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Schema } from "effect"
import { format, GoDuration } from "../../src/domain/GoDuration.ts"

const decode = Schema.decodeUnknownEffect(GoDuration)
const nanosOf = (text: string) => Effect.map(decode(text), Duration.toNanosUnsafe)
const [microsecond, millisecond, second, minute, hour] = [1000n, 1_000_000n, 1_000_000_000n, 60_000_000_000n, 3_600_000_000_000n]

const readable: Readonly<Record<string, bigint>> = {
  "0": 0n,
  "5s": 5n * second,
  "30s": 30n * second,
  "1478s": 1478n * second,
  "5.0s": 5n * second,
  "5.6s": 5n * second + 600n * millisecond,
  "5.s": 5n * second,
  ".5s": 500n * millisecond,
  "1.00s": second,
  "1.004s": second + 4n * millisecond,
  "100.00100s": 100n * second + millisecond,
  "10ns": 10n,
  "11us": 11n * microsecond,
  "12\u00b5s": 12n * microsecond,
  "12\u03bcs": 12n * microsecond,
  "13ms": 13n * millisecond,
  "15m": 15n * minute,
  "16h": 16n * hour,
  "3h30m": 3n * hour + 30n * minute,
  "10.5s4m": 4n * minute + 10n * second + 500n * millisecond,
  "1h1m1.5s": hour + minute + 1500n * millisecond,
  "1h2m3s4ms5us6ns": hour + 2n * minute + 3n * second + 4n * millisecond + 5n * microsecond + 6n,
  "39h9m14.425s": 39n * hour + 9n * minute + 14_425n * millisecond,
  "52763797000ns": 52_763_797_000n,
  "9007199254740993ns": 9_007_199_254_740_993n,
  "9223372036854775807ns": 2n ** 63n - 1n,
  "9223372036854775.807us": 2n ** 63n - 1n,
  "9223372036s854ms775us807ns": 2n ** 63n - 1n,
  "0.100000000000000000000h": 6n * minute,
  "0.830103483285477580700h": 49n * minute + 48n * second + 372_539_827n
}

const refused = [
  "", "3", "00", "1.", "1.5", "-5s", "-", "s", ".", ".s", "-.s", "1d", "1w", "1S", "1 s", " 1s", "1s ", "1s\n", "1h 30m", "1h30", "1,5s", "0x1s", "1e3s", "infinity", "300 millis",
  "\u0085", "9223372036854775808ns", "9223372036854775810ns", "9223372036854776us", "3000000h", "9223372036854775.808us", "9223372036854ms775us808ns", `${"9".repeat(400)}h`
]

describe("a duration", () => {
  for (const [text, nanos] of Object.entries(readable)) {
    it.effect(`is read of ${text} to the nanosecond`, () => Effect.map(nanosOf(text), (found) => assert.strictEqual(found, nanos)))
  }
  for (const text of refused) {
    it.effect(`is not read of ${JSON.stringify(text.slice(0, 30))}`, () =>
      Effect.map(Effect.flip(decode(text)), ({ message }) => assert.match(message, /^a duration (with its unit, like 300ms, 30s, 1m30s or 2h|of at most 2562047h47m)$/)))
  }
  it.effect("says what would be right, and another thing of one that is too long", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* Effect.flip(decode("30"))).message, "a duration with its unit, like 300ms, 30s, 1m30s or 2h")
      assert.strictEqual((yield* Effect.flip(decode("3000000h"))).message, "a duration of at most 2562047h47m")
    }))
  it.effect("is refused of half a million digits without trying every way to part them", () =>
    Effect.gen(function*() {
      const digits = "1".repeat(500_000)
      for (const text of [digits, `${digits}.`, `.${digits}`, `${digits}x`]) assert.isTrue(Exit.isFailure(yield* Effect.exit(decode(text))))
    }))
  it.effect.prop("is read or refused of any text, never a defect", { text: Schema.String }, ({ text }) =>
    Effect.map(Effect.exit(decode(text)), (exit) => Exit.isSuccess(exit) || !Exit.hasDies(exit)))
})

describe("a printed duration", () => {
  const printed: ReadonlyArray<readonly [Duration.Input, string]> = [
    [0, "0ms"],
    ["300 millis", "300ms"],
    ["999 millis", "999ms"],
    ["1 second", "1s"],
    ["1500 millis", "1.5s"],
    ["90 seconds", "1m30s"],
    ["5 minutes", "5m"],
    ["60 minutes", "1h"],
    ["3601 seconds", "1h1s"],
    ["25 hours", "25h"],
    [Duration.nanos(1n), "0ms"],
    [Duration.nanos(999_500_000n), "1s"],
    [Duration.infinity, "infinity"]
  ]
  for (const [duration, text] of printed) {
    it(`is ${text} for ${String(Duration.fromInputUnsafe(duration))}`, () => assert.strictEqual(format(Duration.fromInputUnsafe(duration)), text))
  }
  const Millis = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1e12 }))
  it.effect.prop("is read as the same duration, to the millisecond", { millis: Millis }, ({ millis }) =>
    Effect.map(nanosOf(format(Duration.millis(millis))), (found) => assert.strictEqual(found, BigInt(millis) * millisecond)))
})
