// Chance from a seed: the same seed throws the same dice, so that one printed number replays a case. Knows nothing of what is made with it.

/** Unsigned 32-bit arithmetic of the generator mulberry32. */
const scramble = (state: number): number => {
  const mixed = Math.imul(state ^ (state >>> 15), state | 1)
  const again = mixed ^ (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61))
  return (again ^ (again >>> 14)) >>> 0
}

export class Dice {
  private state: number

  constructor(seed: number) {
    this.state = scramble(seed >>> 0)
  }

  /** An integer from 0 to below `end`. */
  below(end: number): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    return Math.floor(scramble(this.state) / 2 ** 32 * end)
  }

  /** An integer, both ends included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  /** True once in so many times. */
  oneIn(times: number): boolean {
    return this.below(times) === 0
  }

  pick<A>(from: readonly [A, ...ReadonlyArray<A>]): A {
    const [first] = from
    return from[this.below(from.length)] ?? first
  }

  /** One of them, or undefined where there is none. */
  any<A>(from: ReadonlyArray<A>): A | undefined {
    return from[this.below(from.length)]
  }

  /** As many as between these two counts, each made afresh. */
  several<A>(least: number, most: number, make: (dice: Dice) => A): ReadonlyArray<A> {
    return Array.from({ length: this.between(least, most) }, () => make(this))
  }

  bytes(least: number, most: number): Uint8Array {
    return Uint8Array.from(this.several(least, most, (dice) => dice.below(256)))
  }

  /** Text of characters that tend to be taken for something else. */
  text(least: number, most: number): string {
    return this.several(least, most, (dice) => dice.pick(characters)).join("")
  }
}

const characters = [
  "a", "Z", "0", "9", " ", ".", "..", "/", "\\", "-", "--", "=", "%", "%2F", "\"", "'", "#", "[", "]", "{", "}", ",", ":", "$HOME", "~", "*", "\n", "\r\n",
  "\t", "\0", "\u001b[31m", "\u007f", "\u009b", "\u00e9", "e\u0301", "\u202e", "\u2028", "\ufeff", "\ufffd", "\u{1f600}", "\ud800", "\udc00", "v2", "genesis"
] as const
