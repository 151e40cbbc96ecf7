// What `upgrade-info.json` asks for: its schema, and how bytes become a plan or a refusal. Decides nothing about the plan.
import { Result, Schema, SchemaIssue } from "effect"
import { directoryOf } from "./Release.ts"

/** Plans larger than this are refused unread, in bytes. */
export const sizeLimit = 1024 * 1024

/** Heights are int64 in Tendermint and CometBFT, which write the file on Cosmos chains. */
const highest = 2n ** 63n - 1n

export const Height = Schema.BigInt.check(
  Schema.isBetweenBigInt({ minimum: 1n, maximum: highest }, { message: `must be an integer from 1 to ${highest}` })
).pipe(Schema.brand("Height"))
export type Height = typeof Height.Type

const UpgradeName = Schema.String.check(
  Schema.makeFilter((name) => Result.match(directoryOf(name), { onSuccess: () => undefined, onFailure: (why) => why }))
)

const PlanJson = Schema.StructWithRest(
  Schema.Struct({
    name: UpgradeName.annotateKey({ messageMissingKey: "is missing" }),
    height: Height.annotateKey({ messageMissingKey: "is missing" })
  }),
  [Schema.Record(Schema.String, Schema.Unknown)]
)

/** A plan; keys other than these two are kept as they were read (`info`, `time` …). */
export type UpgradePlan = typeof PlanJson.Type

/** Makes a plan from its two facts, for embedders whose plans are not files. Throws when they are not legal. */
export const make = (name: string, height: bigint): UpgradePlan => PlanJson.make({ name, height: Height.make(height) })

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()
const describe = (issue: SchemaIssue.Issue): string =>
  issuesOf(issue).issues.map(({ message, path = [] }) => `${path.map(String).join(".") || "the plan"} ${message}`).join("; ")

/** `JSON.parse` rounds integers above 2^53, and fractions to integers; the reviver's third argument still has their digits. */
const exactIntegers = (key: string, value: unknown, ...rest: ReadonlyArray<unknown>): unknown => {
  const [context] = rest
  if (typeof value !== "number" || typeof context !== "object" || context === null || !("source" in context)) return value
  const { source } = context
  if (typeof source !== "string") return value
  if (!/^-?\d+$/.test(source)) return key === "height" && isRounded(source) ? source : value
  return Number.isSafeInteger(value) ? value : BigInt(source)
}

/** Fifteen digits of a decimal fraction come through a double unharmed (IEEE 754); a height is never guessed from more. */
const isRounded = (source: string): boolean => source.replace(/[eE].*$/, "").replace(/[-.]/g, "").length > 15

const asHeight = (value: unknown): unknown => {
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value)
  return typeof value === "string" && /^\d{1,19}$/.test(value) ? BigInt(value) : value
}

const decodePlan = Schema.decodeUnknownResult(PlanJson, { errors: "all" })

/**
 * Reads a plan from the bytes of its file; a byte-order mark before it is passed over.
 * The failure is a phrase that says what is wrong, for a person.
 */
export const decode = (bytes: Uint8Array): Result.Result<UpgradePlan, string> => {
  if (bytes.byteLength > sizeLimit) return Result.fail(`is larger than ${sizeLimit} bytes`)
  return Result.try({
    try: (): unknown => {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes)
      return text.trim() === "" ? undefined : JSON.parse(text, exactIntegers)
    },
    catch: (cause) => `is not complete JSON (${cause instanceof Error ? cause.message : String(cause)})`
  }).pipe(Result.flatMap(decodeValue))
}

const decodeValue = (value: unknown): Result.Result<UpgradePlan, string> => {
  if (value === undefined) return Result.fail("is empty")
  if (typeof value !== "object" || value === null || Array.isArray(value)) return Result.fail("is not a JSON object")
  const record: Record<string, unknown> = { ...value }
  const candidate = "height" in record ? { ...record, height: asHeight(record["height"]) } : record
  return Result.mapError(decodePlan(candidate), (error) => describe(error.issue))
}

/**
 * One text for all spellings of one plan (order of keys, white space, a height as number or string):
 * two plans are the same exactly when these texts are.
 */
export const canonical = (plan: UpgradePlan): string => JSON.stringify(sorted(plan))

/** Integers beyond JavaScript's are told from texts of the same digits by a letter before either. */
const sorted = (value: unknown): unknown => {
  if (typeof value === "bigint") return `i${value}`
  if (typeof value === "string") return `s${value}`
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1).map(([key, inner]) => [key, sorted(inner)]))
}

/** The plan as JSON on one line, integers with all their digits: reading it gives the same plan. */
export const toJson = (plan: UpgradePlan | { readonly name: string; readonly height: bigint }): string => jsonOf(plan)

/** `JSON.stringify` knows no integers beyond JavaScript's. */
const jsonOf = (value: unknown): string => {
  if (typeof value === "bigint") return String(value)
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(",")}]`
  if (typeof value !== "object" || value === null) return JSON.stringify(value)
  return `{${Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}:${jsonOf(inner)}`).join(",")}}`
}
