// What a figure is: a series measured of wemixvisor, the floor measured beside it in the same run, and the aim. Values only.
import { summary } from "./Statistics.ts"

/** What the median may be at most: a multiple of the floor, so much above the floor, or in itself. */
export type Aim =
  | { readonly kind: "ratio"; readonly most: number }
  | { readonly kind: "above"; readonly most: number }
  | { readonly kind: "absolute"; readonly most: number }

export interface Heading {
  /** What `--only` selects by; `memory.proportional` belongs to `memory`. */
  readonly id: string
  readonly title: string
  readonly unit: "ms" | "MiB"
  /** Absent where the figure only explains another one. */
  readonly aim?: Aim
}

export interface Series {
  readonly name: string
  readonly values: readonly number[]
}

export interface Measurement {
  readonly subject: Series
  /** The one the aim refers to. */
  readonly floor: Series
  /** Further floors, which show where the time goes. */
  readonly others: readonly Series[]
}

export interface Measured extends Heading, Measurement {}

export interface Failed extends Heading {
  readonly failure: string
}

export type Figure = Measured | Failed

/** Whether the aim is met, judged by medians; undefined where there is no aim. */
export const isMet = ({ aim, subject, floor }: Measured): boolean | undefined => {
  if (aim === undefined) return undefined
  const measured = summary(subject.values).median
  const bare = summary(floor.values).median
  switch (aim.kind) {
    case "ratio":
      return measured <= aim.most * bare
    case "above":
      return measured <= bare + aim.most
    case "absolute":
      return measured <= aim.most
  }
}
