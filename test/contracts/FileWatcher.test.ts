// What the watcher of the plan promises, on every disk: one reading as it is, then one for each change that reads differently.
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { PlanReading } from "../../src/domain/Readiness.ts"
import { sizeLimit } from "../../src/domain/UpgradePlan.ts"
import { FileWatcher } from "../../src/services/FileWatcher.ts"
import { inHomesOnEveryDisk } from "./Places.ts"
import { phrase, plan, planFile, watching } from "./Plans.ts"

const quick = { DAEMON_POLL_INTERVAL: "10ms" }

inHomesOnEveryDisk("watching the plan", FileWatcher.layer, (promises) => {
  promises("begins with what there is: nothing, or a plan", Effect.gen(function*() {
    const { put } = yield* planFile
    const before = yield* watching
    assert.deepStrictEqual(yield* before.next, PlanReading.Absent())
    yield* put(plan("v2", 100))
    const after = yield* watching
    assert.strictEqual(phrase(yield* after.next), "v2 at 100")
  }))
  promises("tells of a plan that appears, is replaced, rewritten in place, and removed", Effect.gen(function*() {
    const { inPlace, put, remove } = yield* planFile
    const { next } = yield* watching
    yield* next
    yield* put(plan("v2", 100))
    assert.strictEqual(phrase(yield* next), "v2 at 100")
    yield* put(plan("v3", 200))
    assert.strictEqual(phrase(yield* next), "v3 at 200")
    yield* inPlace(plan("v4", 3000))
    assert.strictEqual(phrase(yield* next), "v4 at 3000")
    yield* remove
    assert.strictEqual(phrase(yield* next), "absent")
    yield* put(plan("v4", 3000))
    assert.strictEqual(phrase(yield* next), "v4 at 3000")
  }))
  promises("tells of a plan rewritten at once with another of the same length", Effect.gen(function*() {
    const { inPlace } = yield* planFile
    const { next } = yield* watching
    yield* next
    for (let height = 100; height < 130; height++) {
      yield* inPlace(plan("v2", height))
      assert.strictEqual(phrase(yield* next), `v2 at ${height}`)
    }
  }))
  promises("tells nothing of the same plan put again, touched, or spelt otherwise", Effect.gen(function*() {
    const { inPlace, put, remove } = yield* planFile
    yield* put(plan("v2", 100))
    const { next } = yield* watching
    yield* next
    for (const text of [plan("v2", 100), plan("v2", "\"100\""), "\uFEFF{ \"height\" : 100,\n \"name\":\"v2\" }\n"]) {
      yield* put(text)
      yield* inPlace(text)
      const meanwhile = yield* watching
      assert.strictEqual(phrase(yield* meanwhile.next), "v2 at 100")
    }
    yield* remove
    assert.strictEqual(phrase(yield* next), "absent")
  }))
  promises("tells of a half-written plan once, and of the whole one then", Effect.gen(function*() {
    const { inPlace } = yield* planFile
    const { next } = yield* watching
    yield* next
    yield* inPlace("")
    assert.strictEqual(phrase(yield* next), "is empty")
    yield* inPlace("{\"name\":\"v2\",\"hei")
    assert.match(phrase(yield* next), /^is not complete JSON/)
    yield* inPlace(plan("v2", 100))
    assert.strictEqual(phrase(yield* next), "v2 at 100")
  }))
  promises("tells of each distinct complaint, and of the same content once", Effect.gen(function*() {
    const { put } = yield* planFile
    const { next } = yield* watching
    yield* next
    yield* put("[]")
    const first = yield* next
    yield* put("[]")
    yield* put("null")
    const second = yield* next
    assert.deepStrictEqual([phrase(first), phrase(second)], ["is not a JSON object", "is not a JSON object"])
    assert.notStrictEqual(first._tag === "Unusable" && first.key, second._tag === "Unusable" && second.key)
  }))
  promises("tells of a directory in the plan's place, and of a plan in the directory's", Effect.gen(function*() {
    const { disk, home, put } = yield* planFile
    const { next } = yield* watching
    yield* next
    yield* disk.makeDirectory(home.planFile)
    assert.strictEqual(phrase(yield* next), "is a directory")
    yield* disk.rename(home.planFile, `${home.data}/moved`)
    assert.strictEqual(phrase(yield* next), "absent")
    yield* put(plan("v2", 100))
    assert.strictEqual(phrase(yield* next), "v2 at 100")
  }))
  promises("waits for a data directory that is made later, away, and made again", Effect.gen(function*() {
    const { disk, home, put } = yield* planFile
    yield* disk.rename(home.data, `${home.directory}/away`)
    const { next } = yield* watching
    assert.strictEqual(phrase(yield* next), "absent")
    yield* disk.makeDirectory(home.data)
    yield* put(plan("v2", 100))
    assert.strictEqual(phrase(yield* next), "v2 at 100")
    yield* disk.rename(home.data, `${home.directory}/again`)
    assert.strictEqual(phrase(yield* next), "absent")
    yield* disk.makeDirectory(home.data)
    yield* put(plan("v3", 200))
    assert.strictEqual(phrase(yield* next), "v3 at 200")
  }))
  promises("follows a link in the plan's place, and tells when what it leads to is another", Effect.gen(function*() {
    const { disk, home, put } = yield* planFile
    yield* put(plan("v2", 100))
    yield* disk.rename(home.planFile, `${home.directory}/plan`)
    yield* disk.link("../plan", home.planFile)
    const { next } = yield* watching
    assert.strictEqual(phrase(yield* next), "v2 at 100")
    yield* disk.write(`${home.directory}/plan`, new TextEncoder().encode(plan("v3", 200)), 0o644)
    assert.strictEqual(phrase(yield* next), "v3 at 200")
  }))
  promises("tells everybody who watches", Effect.gen(function*() {
    const { put } = yield* planFile
    const [one, other] = [yield* watching, yield* watching]
    yield* Effect.all([one.next, other.next])
    yield* put(plan("v2", 100))
    assert.deepStrictEqual((yield* Effect.all([one.next, other.next])).map(phrase), ["v2 at 100", "v2 at 100"])
  }))
}, quick)

inHomesOnEveryDisk("reading the plan", FileWatcher.layer, (promises) => {
  const large = plan("v2", 1).replace("}", `,"info":"${"x".repeat(2 * sizeLimit)}"}`)
  const readings: ReadonlyArray<readonly [string, string, string | RegExp]> = [
    ["a plan after a byte-order mark", "\uFEFF{\"name\":\"v2\",\"height\":1}", "v2 at 1"],
    ["the highest height, to the last digit", plan("v2", "9223372036854775807"), "v2 at 9223372036854775807"],
    ["a height as a decimal string", plan("v2", "\"9007199254740993\""), "v2 at 9007199254740993"],
    ["a height one too high", plan("v2", "9223372036854775808"), "height must be an integer from 1 to 9223372036854775807"],
    ["a height of 1e30", plan("v2", "1e30"), /^height /],
    ["a height of -5", plan("v2", "-5"), "height must be an integer from 1 to 9223372036854775807"],
    ["two mebibytes", large, `is larger than ${sizeLimit} bytes`],
    ["an empty file", "", "is empty"],
    ["no JSON", "upgrade to v2", /^is not complete JSON/]
  ]
  for (const [what, text, expected] of readings) {
    promises(`says of ${what}: ${String(expected).slice(0, 60)}`, Effect.gen(function*() {
      const { home, put } = yield* planFile
      yield* put(text)
      const reading = yield* FileWatcher.use(({ read }) => read)
      if (reading._tag === "Unusable") assert.isTrue(reading.why.startsWith(`${home.planFile} `))
      if (typeof expected === "string") assert.strictEqual(phrase(reading), expected)
      else assert.match(phrase(reading), expected)
    }))
  }
  promises("gives one digest for all spellings of one plan, and another for another", Effect.gen(function*() {
    const { put } = yield* planFile
    const digests = yield* Effect.forEach([plan("v2", 100), "{\"height\":\"100\", \"name\":\"v2\"}", plan("v2", 101)], (text) =>
      Effect.map(Effect.andThen(put(text), FileWatcher.use(({ read }) => read)), (reading) => reading._tag === "Read" ? reading.digest : ""))
    assert.strictEqual(digests[0], digests[1])
    assert.notStrictEqual(digests[0], digests[2])
    assert.match(digests[0] ?? "", /^[0-9a-f]{64}$/)
  }))
  promises("reads afresh each time", Effect.gen(function*() {
    const { inPlace } = yield* planFile
    const { read } = yield* FileWatcher
    for (const height of [100, 200, 300]) {
      yield* inPlace(plan("v2", height))
      assert.strictEqual(phrase(yield* read), `v2 at ${height}`)
    }
  }))
})
