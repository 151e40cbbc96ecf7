// Plan files near the legal ones: a grammar of what may stand in them, real ones that are spoilt, and legal ones with another meaning.
import { Arbitrary, Schema } from "effect"
import type { Dice } from "../support/Dice.ts"
import { altered, spoilt } from "./Mutate.ts"

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** As Cosmos chains, operators and wemixvisor's own tests write them. */
const real: readonly [unknown, ...ReadonlyArray<unknown>] = [
  { name: "v2", height: 1500000 },
  { name: "v2", time: "0001-01-01T00:00:00Z", height: 100, info: "{\"binaries\":{\"linux/amd64\":\"https://x/y.zip?checksum=sha256:00\"}}", upgraded_client_state: null },
  { name: "some spaces", height: "9007199254740993", info: { a: [1, 2, { b: null }] } },
  { height: 7, name: "V2" }
]

export const spoiltPlan = (dice: Dice): Uint8Array => {
  const plan = dice.pick(real)
  const value = dice.oneIn(2) ? altered(dice, plan) : plan
  return spoilt(dice, utf8(JSON.stringify(value, undefined, dice.pick([0, 2])) ?? ""))
}

const Name = Schema.Union([
  Schema.Literals(["\"v2\"", "\"some spaces\"", "\"\"", "\".\"", "\"..\"", "\"a/b\"", "\"v2\\u0000\"", "\"\\ud800\"", "\"V2\"", "\"v\\u0032\"", "\"../v2\"", "null", "2", "[\"v2\"]"]),
  Schema.String.pipe(Schema.check(Schema.isMaxLength(40)))
])
const Height = Schema.Literals([
  "1", "100", "\"100\"", "0", "-1", "-0", "1.0", "1.5", "1e2", "1E+2", "100e-2", "1e30", "1.00000000000000001", "4503599627370497.5", "9007199254740993", "9007199254740993.0",
  "9223372036854775807", "9223372036854775808", "\"9223372036854775807\"", "\"9223372036854775808\"", "\"0100\"", "\" 1\"", "\"1e2\"", "\"\"", "true", "null", "[1]", "{}",
  "01", "+1", "1.", ".5", "0x10", "NaN", "1_000"
])
const Extra = Schema.Literals([
  "", ",\"info\":\"\"", ",\"info\":{\"a\":1}", ",\"__proto__\":{\"height\":5}", ",\"constructor\":null", ",\"height\":2", ",\"name\":\"v3\"", ",\"x\":", ",", ",\"\":0", ",\"time\":\"\\u001b\""
])
const Frame = Schema.Literals(["plain", "spaced", "bom", "twice", "listed", "swapped", "trailing", "commented", "unclosed"])

const framed = (frame: typeof Frame.Type, name: string, height: string, extra: string): string => {
  const [nameMember, heightMember] = [`"name":${name}`, `"height":${height}`]
  const object = `{${nameMember},${heightMember}${extra}}`
  switch (frame) {
    case "plain":
      return object
    case "spaced":
      return `\r\n\t{ "name" : ${name} ,\n"height": ${height}${extra} }\n\n`
    case "bom":
      return `\uFEFF${object}`
    case "twice":
      return object + object
    case "listed":
      return `[${object}]`
    case "swapped":
      return `{${heightMember}${extra},${nameMember}}`
    case "trailing":
      return `{${nameMember},${heightMember},}`
    case "commented":
      return `// a plan\n${object}`
    case "unclosed":
      return object.slice(0, -1)
  }
}

/** Texts of plans by the grammar above; about one in three is legal. */
export const planText = Arbitrary.map(
  Arbitrary.schema(Schema.Struct({ name: Name, height: Height, extra: Extra, frame: Frame })),
  ({ extra, frame, height, name }) => framed(frame, /^(?:["[{]|null$|2$)/.test(name) ? name : JSON.stringify(name), height, extra)
)
