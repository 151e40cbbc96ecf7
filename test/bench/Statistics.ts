// What is said about a series of measurements: its middle and its ends. Pure.

export interface Summary {
  readonly count: number
  readonly median: number
  readonly min: number
  readonly max: number
}

/** Of an even number of values the median is the mean of the middle two. No values at all is a mistake of the caller. */
export const summary = (values: readonly number[]): Summary => {
  const sorted = values.toSorted((one, other) => one - other)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.floor((sorted.length - 1) / 2)]
  const min = sorted.at(0)
  const max = sorted.at(-1)
  if (upper === undefined || lower === undefined || min === undefined || max === undefined) {
    throw new RangeError("no measurements to summarise")
  }
  return { count: sorted.length, median: (lower + upper) / 2, min, max }
}
