// Plans read from bytes: what is taken, what is refused and in which words, and that no bytes at all can do more than be refused.
import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { canonical, decode, make, sizeLimit, toJson, type UpgradePlan } from "../../src/domain/UpgradePlan.ts"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const read = (text: string): UpgradePlan => Result.getOrThrow(decode(bytes(text)))
const refusal = (content: string | Uint8Array): string => Result.getOrThrow(Result.flip(decode(typeof content === "string" ? bytes(content) : content)))

const range = "must be an integer from 1 to 9223372036854775807"

describe("a plan", () => {
  it("has a name, a height, and every other key as it was read", () => {
    const plan = read("{\"name\":\"v2\",\"height\":100,\"info\":{\"binaries\":{\"linux/amd64\":\"https://x\"}},\"time\":\"0001-01-01T00:00:00Z\",\"x\":[1,null]}")
    assert.deepStrictEqual({ ...plan }, {
      name: "v2",
      height: make("v2", 100n).height,
      info: { binaries: { "linux/amd64": "https://x" } },
      time: "0001-01-01T00:00:00Z",
      x: [1, null]
    })
  })
  const heights: Readonly<Record<string, bigint>> = {
    "1": 1n,
    "\"1\"": 1n,
    "9007199254740993": 9_007_199_254_740_993n,
    "\"9007199254740993\"": 9_007_199_254_740_993n,
    "9223372036854775807": 2n ** 63n - 1n,
    "\"9223372036854775807\"": 2n ** 63n - 1n,
    "100.0": 100n,
    "1e3": 1000n
  }
  for (const [text, height] of Object.entries(heights)) {
    it(`has the height ${height} by ${text}`, () => assert.strictEqual(read(`{"name":"v2","height":${text}}`).height, height))
  }
  for (const text of ["0", "-5", "\"0\"", "9223372036854775808", "\"9223372036854775808\""]) {
    it(`has no height of ${text}, in words that say the range`, () => assert.strictEqual(refusal(`{"name":"v2","height":${text}}`), `height ${range}`))
  }
  for (const text of ["1.5", "1e30", "null", "true", "\"\"", "\"1.5\"", "\"-5\"", "\"0x10\"", "\" 1\"", "[1]", "{}", "\"12345678901234567890\""]) {
    it(`has no height of ${text}`, () => assert.match(refusal(`{"name":"v2","height":${text}}`), /^height /))
  }
  for (const text of ["4503599627370497.5", "1.00000000000000001", "0.99999999999999999", "100000000000000000001e-20"]) {
    it(`has no height of ${text}, which JavaScript rounds to an integer`, () => assert.match(refusal(`{"name":"v2","height":${text}}`), /^height /))
  }
  it("is read after a byte-order mark, among white space, and with a key twice as the last one", () => {
    assert.strictEqual(read("\uFEFF{\"name\":\"v2\",\"height\":1}").name, "v2")
    assert.strictEqual(read("\n\t {\"name\" : \"v2\" ,\r\n \"height\":1}\n\n").name, "v2")
    assert.strictEqual(read("{\"name\":\"v1\",\"name\":\"v2\",\"height\":1}").name, "v2")
  })
  it("keeps keys that JavaScript gives a meaning to", () => {
    const plan = read("{\"name\":\"v2\",\"height\":1,\"__proto__\":{\"x\":1},\"constructor\":2}")
    assert.deepStrictEqual(Object.keys(plan).toSorted(), ["__proto__", "constructor", "height", "name"])
  })
  it("may be exactly as large as the limit", () => {
    const frame = "{\"name\":\"v2\",\"height\":1,\"info\":\"\"}"
    const filled = (length: number) => frame.replace("\"\"", `"${"x".repeat(length - frame.length)}"`)
    assert.strictEqual(read(filled(sizeLimit)).name, "v2")
    assert.strictEqual(refusal(filled(sizeLimit + 1)), `is larger than ${sizeLimit} bytes`)
  })
})

describe("no plan", () => {
  const refusals: ReadonlyArray<readonly [string | Uint8Array, string | RegExp]> = [
    ["", "is empty"],
    [" \n\t", "is empty"],
    ["{", /^is not complete JSON \(.+\)$/],
    ["{\"name\":\"v2\",\"height\":1", /^is not complete JSON/],
    ["{\"name\":\"v2\",\"height\":1}}", /^is not complete JSON/],
    ["{'name':'v2','height':1}", /^is not complete JSON/],
    ["name = \"v2\"", /^is not complete JSON/],
    [new Uint8Array([0x7b, 0xff, 0x7d]), /^is not complete JSON/],
    ["\0\0\0\0", /^is not complete JSON/],
    ["[]", "is not a JSON object"],
    ["null", "is not a JSON object"],
    ["\"v2\"", "is not a JSON object"],
    ["7", "is not a JSON object"],
    ["{}", "name is missing; height is missing"],
    ["{\"name\":\"v2\"}", "height is missing"],
    ["{\"height\":1}", "name is missing"],
    ["{\"name\":\"\",\"height\":1}", "name is empty"],
    ["{\"name\":\"..\",\"height\":1}", "name is \"..\""],
    ["{\"name\":\"a\\nb\",\"height\":0}", `name has a control character; height ${range}`],
    ["{\"name\":7,\"height\":1}", /^name /],
    ["{\"Name\":\"v2\",\"Height\":1}", "name is missing; height is missing"]
  ]
  for (const [content, why] of refusals) {
    it(`is read of ${JSON.stringify(String(content))}: it ${String(why)}`, () => {
      if (typeof why === "string") assert.strictEqual(refusal(content), why)
      else assert.match(refusal(content), why)
    })
  }
  const Bytes = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 })))
  it.prop("is more than refused, whatever the bytes are", { content: Bytes }, ({ content }) => {
    const decoded = decode(Uint8Array.from(content))
    if (Result.isSuccess(decoded)) assert.notStrictEqual(canonical(decoded.success), "")
    else assert.notStrictEqual(decoded.failure, "")
  })
  const valid = bytes("{\"name\":\"some spaces\",\"height\":\"9007199254740993\",\"info\":{\"a\":[1,2,{\"b\":null}]}}")
  const Place = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: valid.byteLength - 1 }))
  const Byte = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))
  it.prop("comes of a broken file as a defect: one byte changed, or cut off", { at: Place, byte: Byte }, ({ at, byte }) => {
    const mutated = valid.slice()
    mutated[at] = byte
    for (const content of [mutated, valid.slice(0, at)]) {
      const decoded = decode(content)
      if (Result.isSuccess(decoded)) canonical(decoded.success)
    }
    assert.isTrue(Result.isFailure(decode(valid.slice(0, at))))
  }, { arbitrary: { runs: 500 } })
  for (const depth of [100, 1000, 10_000, 400_000]) {
    it(`comes of ${depth} nested lists as a defect`, () => {
      const text = `{"name":"v2","height":1,"info":${"[".repeat(depth)}${"]".repeat(depth)}}`
      const decoded = decode(bytes(text))
      assert.isNotEmpty(Result.match(decoded, { onSuccess: canonical, onFailure: (why) => why }))
    })
  }
})

describe("the canonical text", () => {
  const first = read("{\"name\":\"v2\",\"height\":100,\"info\":{\"a\":1,\"b\":[{\"x\":1,\"y\":2}]}}")
  it("is one for all spellings of a plan", () => {
    for (const text of [
      "{\"height\":100,\"info\":{\"b\":[{\"y\":2,\"x\":1}],\"a\":1},\"name\":\"v2\"}",
      "\uFEFF{ \"name\" : \"v\\u0032\",\n\"height\" : \"100\", \"info\" : { \"a\" : 1.0, \"b\" : [ { \"x\" : 1, \"y\" : 2 } ] } }"
    ]) assert.strictEqual(canonical(read(text)), canonical(first))
  })
  const others = [
    "{\"name\":\"v3\",\"height\":100,\"info\":{\"a\":1,\"b\":[{\"x\":1,\"y\":2}]}}",
    "{\"name\":\"v2\",\"height\":101,\"info\":{\"a\":1,\"b\":[{\"x\":1,\"y\":2}]}}",
    "{\"name\":\"v2\",\"height\":100,\"info\":{\"a\":1,\"b\":[{\"x\":1,\"y\":3}]}}",
    "{\"name\":\"v2\",\"height\":100,\"info\":{\"a\":\"1\",\"b\":[{\"x\":1,\"y\":2}]}}",
    "{\"name\":\"v2\",\"height\":100}"
  ]
  for (const text of others) {
    it(`is another for ${text}`, () => assert.notStrictEqual(canonical(read(text)), canonical(first)))
  }
  it("is another for a large number than for the same digits as a text", () => {
    const [number, text] = [read("{\"name\":\"v2\",\"height\":1,\"x\":9007199254740993}"), read("{\"name\":\"v2\",\"height\":1,\"x\":\"9007199254740993\"}")]
    assert.notStrictEqual(canonical(number), canonical(text))
  })
  it("is another for each large number", () => {
    const [one, other] = [read("{\"name\":\"v2\",\"height\":1,\"x\":9007199254740993}"), read("{\"name\":\"v2\",\"height\":1,\"x\":9007199254740992}")]
    assert.notStrictEqual(canonical(one), canonical(other))
  })
  it("of a plan that an embedder makes is that of the file that says the same", () => {
    assert.strictEqual(canonical(make("v2", 100n)), canonical(read("{\"name\":\"v2\",\"height\":\"100\"}")))
  })
})

describe("a plan as JSON", () => {
  it.each([
    "{\"name\":\"v2\",\"height\":100}",
    "{\"name\":\"v2\",\"height\":9223372036854775807,\"info\":{\"a\":[1,12345678901234567890,1.5,null,true,\"\\u0000\\\"\",{}],\"\":-99999999999999999999}}",
    "{\"name\":\"caf\u00e9 \ud83d\ude00\",\"height\":1,\"__proto__\":{\"x\":1}}"
  ])("is %s again", (text) => {
    const plan = read(text)
    assert.deepStrictEqual(JSON.parse(toJson(plan)), JSON.parse(text))
    assert.strictEqual(canonical(read(toJson(plan))), canonical(plan))
    if (text.includes("12345678901234567890")) assert.include(toJson(plan), "12345678901234567890")
  })
})
