// Chance that can be repeated: a generator of numbers that a seed fixes (splitmix32), and the ways in which tests draw with it.

export class Dice {
  private state: number

  constructor(seed: number) {
    this.state = seed | 0
  }

  /** In [0, 1). */
  next(): number {
    this.state = (this.state + 0x9e3779b9) | 0
    const first = Math.imul(this.state ^ (this.state >>> 16), 0x21f0aaad)
    const second = Math.imul(first ^ (first >>> 15), 0x735a2d97)
    return ((second ^ (second >>> 15)) >>> 0) / 2 ** 32
  }

  /** An integer from 0 up to, and without, the limit. */
  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  /** An integer, both ends included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  /** True once in so many times. */
  oneIn(times: number): boolean {
    return this.below(times) === 0
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<A>(items: readonly [A, ...ReadonlyArray<A>]): A {
    return items[this.below(items.length)] ?? items[0]
  }

  /** One of them, as often as its weight says. */
  draw<A>(items: readonly [readonly [number, A], ...ReadonlyArray<readonly [number, A]>]): A {
    let left = this.next() * items.reduce((sum, [weight]) => sum + weight, 0)
    const drawn = items.find(([weight]) => (left -= weight) < 0)
    return (drawn ?? items[0])[1]
  }

  /** Dice of their own for another purpose: what is drawn with them changes nothing here. */
  fork(): Dice {
    return new Dice(this.below(2 ** 32))
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
