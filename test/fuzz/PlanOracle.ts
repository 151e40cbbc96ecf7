// What a plan file asks for, read a second time: a strict JSON reader that keeps numbers as they are written. Shares no code with what it judges.

/** What must be read of these bytes: this plan, none, or, where machines may differ (deep nesting, large powers of ten), either. */
export type Judgement =
  | { readonly _tag: "Plan"; readonly name: string; readonly height: bigint; readonly mayBeRefused: boolean }
  | { readonly _tag: "None" }
  | { readonly _tag: "Unsure" }

type Json =
  | { readonly _tag: "Number"; readonly source: string }
  | { readonly _tag: "String"; readonly text: string }
  | { readonly _tag: "Object"; readonly members: ReadonlyMap<string, Json> }
  | { readonly _tag: "Other" }

class Deep extends Error {}
class Malformed extends Error {}

/** Deeper than this, what a parser does is a matter of its stack. */
const depthLimit = 500

class Reader {
  private at = 0
  private readonly text: string

  constructor(text: string) {
    this.text = text
  }

  document(): Json {
    const value = this.value(0)
    this.take(/[ \t\r\n]*/y)
    if (this.at < this.text.length) throw new Malformed("more than one value")
    return value
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)?.[0]
    this.at += found?.length ?? 0
    return found
  }

  private value(depth: number): Json {
    if (depth > depthLimit) throw new Deep("too deep to say")
    this.take(/[ \t\r\n]*/y)
    if (this.take(/\{/y) !== undefined) return this.object(depth)
    if (this.take(/\[/y) !== undefined) return this.list(depth)
    const string = this.string()
    if (string !== undefined) return { _tag: "String", text: string }
    const source = this.take(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y)
    if (source !== undefined) return { _tag: "Number", source }
    if (this.take(/true|false|null/y) === undefined) throw new Malformed("no value")
    return { _tag: "Other" }
  }

  private object(depth: number): Json {
    const members = new Map<string, Json>()
    if (this.take(/[ \t\r\n]*\}/y) !== undefined) return { _tag: "Object", members }
    do {
      this.take(/[ \t\r\n]*/y)
      const key = this.string()
      if (key === undefined || this.take(/[ \t\r\n]*:/y) === undefined) throw new Malformed("no key")
      members.set(key, this.value(depth + 1))
    } while (this.take(/[ \t\r\n]*,/y) !== undefined)
    if (this.take(/[ \t\r\n]*\}/y) === undefined) throw new Malformed("an open object")
    return { _tag: "Object", members }
  }

  private list(depth: number): Json {
    if (this.take(/[ \t\r\n]*\]/y) !== undefined) return { _tag: "Other" }
    do this.value(depth + 1)
    while (this.take(/[ \t\r\n]*,/y) !== undefined)
    if (this.take(/[ \t\r\n]*\]/y) === undefined) throw new Malformed("an open list")
    return { _tag: "Other" }
  }

  private string(): string | undefined {
    const quoted = this.take(/"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y)
    return quoted?.slice(1, -1).replaceAll(/\\(?:u(....)|(.))/g, (_, code: string | undefined, letter: string) =>
      code === undefined ? escapes.get(letter) ?? letter : String.fromCharCode(Number.parseInt(code, 16)))
  }
}

const escapes = new Map([["b", "\b"], ["f", "\f"], ["n", "\n"], ["r", "\r"], ["t", "\t"]])

const highest = 9_223_372_036_854_775_807n
const isHeight = (height: bigint): boolean => height >= 1n && height <= highest

/** The integer that a number says exactly, if it says one; a power of ten beyond every height is none. */
const integerOf = (source: string): bigint | undefined => {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(source) ?? []
  const power = Number(exponent) - fraction.length
  const digits = BigInt(whole + fraction)
  if (digits === 0n) return 0n
  if (Math.abs(power) > 1000 + source.length) return undefined
  const scaled = power >= 0 ? digits * 10n ** BigInt(power) : digits % 10n ** BigInt(-power) === 0n ? digits / 10n ** BigInt(-power) : undefined
  return scaled === undefined || sign === "" ? scaled : -scaled
}

/** The directory of a plan's name as a URL would spell it, or undefined for a name that can name none. */
export const directoryFor = (name: string): string | undefined => {
  const bytes = new TextEncoder().encode(name)
  if (new TextDecoder().decode(bytes) !== name.replace(/^\uFEFF/, "") || /[\u0000-\u001f\u007f-\u009f]/.test(name)) return undefined
  const directory = [...bytes].map((byte) => {
    const character = String.fromCharCode(byte)
    return /[A-Za-z0-9\-_.~$&+:=@]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`
  }).join("")
  return ["", ".", ".."].includes(directory) || directory.length > 255 ? undefined : directory
}

const heightOf = (value: Json | undefined): bigint | undefined => {
  if (value?._tag === "Number") return integerOf(value.source)
  return value?._tag === "String" && /^[0-9]{1,19}$/.test(value.text) ? BigInt(value.text) : undefined
}

const judged = (value: Json): Judgement => {
  const name = value._tag === "Object" ? value.members.get("name") : undefined
  const height = value._tag === "Object" ? value.members.get("height") : undefined
  const exact = heightOf(height)
  if (name?._tag !== "String" || directoryFor(name.text) === undefined || exact === undefined || !isHeight(exact)) return { _tag: "None" }
  return { _tag: "Plan", name: name.text, height: exact, mayBeRefused: height?._tag === "Number" && !/^\d+$/.test(height.source) }
}

export const judge = (bytes: Uint8Array): Judgement => {
  if (bytes.byteLength > 1_048_576) return { _tag: "None" }
  try {
    return judged(new Reader(new TextDecoder("utf-8", { fatal: true }).decode(bytes)).document())
  } catch (cause) {
    return { _tag: cause instanceof Deep || cause instanceof RangeError ? "Unsure" : "None" }
  }
}
