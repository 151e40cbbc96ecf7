// The benchmark's own command line.
import { parseArgs } from "node:util"

export interface Options {
  readonly json: boolean
  readonly help: boolean
  readonly runs: number
  /** The figures asked for; none means all. */
  readonly only: readonly string[]
  readonly windowSeconds: number
  readonly memorySeconds: number
}

export const usage = (figures: readonly string[]): string => `npm run bench -- [options]

  --only <figure>   one of ${figures.join(", ")}; may be given again
  --runs <n>        samples a figure (20; fewer are no figures to quote)
  --idle <seconds>  how long idle processor time is watched (60)
  --long            reads memory five minutes after the start, not at the end of the idle window
  --json            for a program, on stdout
`

const positive = (name: string, text: string): number => {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new TypeError(`--${name} wants a whole number of at least 1, not '${text}'`)
  return value
}

/** Throws a TypeError for anything that is not understood. */
export const readOptions = (args: readonly string[], figures: readonly string[]): Options => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
      long: { type: "boolean", default: false },
      runs: { type: "string", default: "20" },
      idle: { type: "string", default: "60" },
      only: { type: "string", multiple: true, default: [] }
    }
  })
  const unknown = values.only.find((figure) => !figures.includes(figure))
  if (unknown !== undefined) throw new TypeError(`no figure '${unknown}'; there are ${figures.join(", ")}`)
  const windowSeconds = positive("idle", values.idle)
  return {
    json: values.json,
    help: values.help,
    runs: positive("runs", values.runs),
    only: values.only,
    windowSeconds,
    memorySeconds: values.long ? 300 : 0
  }
}
