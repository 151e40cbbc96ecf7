// Chance that can be repeated: a generator of numbers that a seed fixes (splitmix32), and the ways in which stories draw with it.

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
}
