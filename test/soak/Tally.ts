// What a soak has seen so far, and the line that says so.

export class Tally {
  kills = 0
  upgraded = 0
  rolledBack = 0
  takeOvers = 0
  readonly violations: Array<string> = []

  get line(): string {
    const { kills, rolledBack, takeOvers, upgraded, violations } = this
    return `${kills} kills, ${upgraded} upgrades done, ${rolledBack} rolled back, ${takeOvers} take-overs seen, ${violations.length} violations`
  }
}
