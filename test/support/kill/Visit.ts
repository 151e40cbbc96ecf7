// An occasion that is not a test: a home made on it is cleared away when it is over.
import type { Occasion } from "../TestHome.ts"

export class Visit implements Occasion {
  readonly task = {}
  private readonly clears: Array<() => Promise<void>> = []

  readonly onTestFinished = (clear: () => Promise<void>): void => void this.clears.push(clear)

  async over(): Promise<void> {
    for (const clear of this.clears.splice(0)) await clear()
  }
}
