// The soak's own command line.
import { parseArgs } from "node:util"

export interface Options {
  readonly help: boolean
  readonly kills: number
  /** The same seed draws the same instants and plans; how far wemixvisor has come by then is up to the machine. */
  readonly seed: number
  /** Homes at a time. */
  readonly homes: number
}

export const usage = `node test/soak/main.ts [options]

  --kills <n>   how often wemixvisor is killed (1000)
  --seed <n>    what the instants and the plans are drawn from (1)
  --homes <n>   homes at a time (3)
`

const whole = (name: string, text: string, least: number): number => {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < least) throw new TypeError(`--${name} wants a whole number of at least ${least}, not '${text}'`)
  return value
}

/** Throws a TypeError for anything that is not understood. */
export const readOptions = (args: ReadonlyArray<string>): Options => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: "boolean", default: false },
      kills: { type: "string", default: "1000" },
      seed: { type: "string", default: "1" },
      homes: { type: "string", default: "3" }
    }
  })
  return { help: values.help, kills: whole("kills", values.kills, 1), seed: whole("seed", values.seed, 0), homes: whole("homes", values.homes, 1) }
}
