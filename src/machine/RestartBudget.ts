// How often a node that ended by itself may be started again, and how long to wait first: arithmetic over instants.

export interface RestartPolicy {
  readonly maxRestarts: number
  readonly periodMillis: number
}

/** The restarts still within the period, oldest first, and how many ended in a row without a minute of life between them. */
export interface RestartBudget {
  readonly restartsAtMillis: ReadonlyArray<number>
  readonly streak: number
}

export const full: RestartBudget = { restartsAtMillis: [], streak: 0 }

/** A child that lived this long resets the delay. */
const steadyMillis = 60_000
const firstDelayMillis = 1000
const longestDelayMillis = 60_000

/** The delay is between these shares of the nominal one, so that many nodes that fell together do not rise together. */
const jitter = { least: 0.8, span: 0.4 }

export type Verdict =
  | { readonly _tag: "Restart"; readonly afterMillis: number; readonly budget: RestartBudget }
  | { readonly _tag: "GiveUp" }

/**
 * Judges one end of a child that nobody asked for: `livedMillis` is how long it ran, `roll` a random number in [0, 1).
 * The delay doubles from 1s to at most 60s, jitter included.
 */
export const judge = (policy: RestartPolicy, budget: RestartBudget, end: {
  readonly atMillis: number
  readonly livedMillis: number
  readonly roll: number
}): Verdict => {
  const recent = budget.restartsAtMillis.filter((at) => at > end.atMillis - policy.periodMillis)
  if (recent.length >= policy.maxRestarts) return { _tag: "GiveUp" }
  const streak = end.livedMillis >= steadyMillis ? 0 : budget.streak
  const nominal = Math.min(longestDelayMillis, firstDelayMillis * 2 ** Math.min(streak, 16))
  const afterMillis = Math.min(longestDelayMillis, Math.round(nominal * (jitter.least + jitter.span * end.roll)))
  return { _tag: "Restart", afterMillis, budget: { restartsAtMillis: [...recent, end.atMillis], streak: streak + 1 } }
}
