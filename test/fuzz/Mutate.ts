// Ways to spoil a file: its bytes, its lines, its foreign tokens; and, for JSON, its meaning. Every way is drawn from dice.
import type { Dice } from "../support/Dice.ts"

type Spoil = (dice: Dice, bytes: Uint8Array) => Uint8Array

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

const joined = (...parts: ReadonlyArray<Uint8Array>): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]))

/** Two places in it, the first before the second. */
const piece = (dice: Dice, { byteLength }: Uint8Array): readonly [number, number] => {
  const [one, other] = [dice.between(0, byteLength), dice.between(0, byteLength)]
  return one < other ? [one, other] : [other, one]
}

const insert = (dice: Dice, bytes: Uint8Array, inserted: Uint8Array): Uint8Array => {
  const at = dice.between(0, bytes.byteLength)
  return joined(bytes.subarray(0, at), inserted, bytes.subarray(at))
}

const replaceLines = (bytes: Uint8Array, change: (lines: ReadonlyArray<string>) => ReadonlyArray<string>, separator = "\n"): Uint8Array =>
  utf8(change(new TextDecoder().decode(bytes).split("\n")).join(separator))

/** Bytes that are no UTF-8: a lone continuation, an overlong slash, a surrogate, one beyond Unicode, a sequence cut off. */
const illFormed: readonly [ReadonlyArray<number>, ...ReadonlyArray<ReadonlyArray<number>>] = [[0x80], [0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]]

type Brackets = readonly [string, string]
const brackets: readonly [Brackets, ...ReadonlyArray<Brackets>] = [["[", "]"], ["{\"a\":", "}"], ["\"", "\""], ["(", ")"]]

const numbers = [
  "0", "-0", "-1", "1e3", "1e308", "1e999", "0.1", "1.0", "1.00000000000000001", "9007199254740991", "9007199254740993", "9223372036854775807",
  "9223372036854775808", "18446744073709551616", "123456789012345678901234567890", "0x10", "00", "+1", "NaN", "Infinity", ".5", "5."
] as const

const spoils: readonly [Spoil, ...ReadonlyArray<Spoil>] = [
  (dice, bytes) => {
    const [at, bit] = [dice.below(Math.max(1, bytes.byteLength)), 1 << dice.below(8)]
    return bytes.map((byte, index) => index === at ? byte ^ bit : byte)
  },
  (dice, bytes) => bytes.slice(0, dice.between(0, bytes.byteLength)),
  (dice, bytes) => bytes.slice(dice.between(0, bytes.byteLength)),
  (dice, bytes) => {
    const [from, to] = piece(dice, bytes)
    return joined(bytes.subarray(0, from), bytes.subarray(to))
  },
  (dice, bytes) => {
    const [from, to] = piece(dice, bytes)
    return joined(bytes.subarray(0, to), bytes.subarray(from))
  },
  (dice, bytes) => {
    const [from, to] = piece(dice, bytes)
    const middle = dice.between(from, to)
    return joined(bytes.subarray(0, from), bytes.subarray(middle, to), bytes.subarray(from, middle), bytes.subarray(to))
  },
  (dice, bytes) => insert(dice, bytes, dice.bytes(1, 4)),
  (dice, bytes) => insert(dice, bytes, Uint8Array.from(dice.pick(illFormed))),
  (dice, bytes) => insert(dice, bytes, utf8(dice.text(1, 3))),
  (dice, bytes) => insert(dice, bytes, utf8(dice.pick(numbers))),
  (dice, bytes) => insert(dice, bytes, new Uint8Array(dice.pick([1, 16, 512]))),
  (_dice, bytes) => joined(utf8("\uFEFF"), bytes),
  (_dice, bytes) => joined(Uint8Array.from([0xff, 0xfe]), bytes),
  (_dice, bytes) => replaceLines(bytes, (lines) => lines, "\r\n"),
  (dice, bytes) => replaceLines(bytes, (lines) => lines.flatMap((line) => dice.oneIn(4) ? [line, line] : [line])),
  (dice, bytes) => replaceLines(bytes, (lines) => lines.filter(() => !dice.oneIn(4))),
  (dice, bytes) => replaceLines(bytes, (lines) => lines.toSorted(() => dice.below(3) - 1)),
  (dice, bytes) => {
    const [open, close] = dice.pick(brackets)
    const depth = dice.pick([1, 2, 100, 2000, 20_000])
    return insert(dice, bytes, utf8(`${open.repeat(depth)}${dice.pick(["", "1", close.repeat(depth)])}`))
  },
  (dice, bytes) => utf8(new TextDecoder().decode(bytes).replaceAll(/\d+/g, (digits) => dice.oneIn(2) ? dice.pick(numbers) : digits)),
  (dice, bytes) => utf8(new TextDecoder().decode(bytes).replaceAll(/"[^"\n]*"/g, (word) => dice.oneIn(5) ? dice.pick<string>(["null", "true", "7", "[]", "{}", "\"\"", "\"\\ud800\"", "\"\\u0000\"", "\"__proto__\"", word.toUpperCase()]) : word))
]

/** The file, spoilt in one to three ways; now and then it comes through unharmed. */
export const spoilt = (dice: Dice, bytes: Uint8Array): Uint8Array =>
  dice.several(0, 3, () => dice.pick(spoils)).reduce((before, spoil) => spoil(dice, before), bytes)

const oddValues: readonly [unknown, ...ReadonlyArray<unknown>] = [
  null, true, false, 0, -1, 1, 1.5, 2 ** 31, 2 ** 53, -(2 ** 31), "", "0", "1", "-1", "9223372036854775808", "genesis", "upgrades/v2", "upgrades/..", "upgrades/\ud800",
  "\u001b[2J", "a\nb", "__proto__", [], [[]], {}, { length: 1 }, "x".repeat(300)
]

const oddKeys = ["__proto__", "constructor", "toString", "name", "height", "version", "", " ", "\u001b", "length"] as const

/** A value of JSON with something in it changed, left out, added or put elsewhere. */
export const altered = (dice: Dice, value: unknown): unknown => {
  if (dice.oneIn(6)) return dice.pick(oddValues)
  if (Array.isArray(value)) return alteredList(dice, value)
  if (typeof value !== "object" || value === null) return dice.oneIn(3) ? dice.pick(oddValues) : value
  const entries: ReadonlyArray<readonly [string, unknown]> = Object.entries(value)
  const at = dice.below(Math.max(1, entries.length))
  if (dice.oneIn(6)) return Object.fromEntries(entries.filter((_, index) => index !== at))
  if (dice.oneIn(6)) return Object.fromEntries([...entries, [dice.pick(oddKeys), dice.pick(oddValues)]])
  return Object.fromEntries(entries.map(([key, inner], index) => [key, index === at ? altered(dice, inner) : inner]))
}

const alteredList = (dice: Dice, values: ReadonlyArray<unknown>): ReadonlyArray<unknown> => {
  const at = dice.below(Math.max(1, values.length))
  if (dice.oneIn(4)) return values.filter((_, index) => index !== at)
  if (dice.oneIn(4)) return [...values, ...values]
  return values.map((inner, index) => index === at ? altered(dice, inner) : inner)
}
