// Which known name was probably meant.

/** The Levenshtein distance between two short texts. */
const distance = (from: string, to: string): number => {
  const rows = [...from].reduce((previous: ReadonlyArray<number>, character, row) => {
    const next = [row + 1]
    for (const [column, other] of [...to].entries()) {
      const substituted = (previous[column] ?? 0) + (character === other ? 0 : 1)
      next.push(Math.min(substituted, (previous[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    return next
  }, Array.from({ length: to.length + 1 }, (_, index) => index))
  return rows.at(-1) ?? 0
}

/** What is longer than this is like no known name, and not compared to its end. */
const longest = 100

/** The one of `known` that is spelt most like `name`; `known` is not empty. */
export const nearest = (name: string, known: ReadonlyArray<string>): string =>
  known.reduce((best, candidate) => distance(name.slice(0, longest), candidate) < distance(name.slice(0, longest), best) ? candidate : best, known[0] ?? "")
