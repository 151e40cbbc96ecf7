// Takes one sample of the subject and one of each floor in turn, so that whatever else the machine does meets all of them alike.
import { setTimeout as sleep } from "node:timers/promises"
import type { Measurement, Series } from "./Figure.ts"

export interface Sampler {
  readonly name: string
  /** `phase` runs from 0 towards 1 over the runs: for spreading samples evenly over a period of the subject's. */
  readonly take: (phase: number) => Promise<number>
}

export interface Plan {
  readonly runs: number
  readonly subject: Sampler
  readonly floor: Sampler
  readonly others?: readonly Sampler[]
}

/** One round before the first is not counted: it fills the disk cache, and whatever a program keeps between its runs. */
export const interleave = async ({ runs, subject, floor, others = [] }: Plan): Promise<Measurement> => {
  const track = (sampler: Sampler) => ({ sampler, values: new Array<number>() })
  const tracks = { subject: track(subject), floor: track(floor), others: others.map(track) }
  for (let run = -1; run < runs; run++) {
    for (const { sampler, values } of [tracks.subject, tracks.floor, ...tracks.others]) {
      const value = await sampler.take(Math.max(run, 0) / runs)
      if (run >= 0) values.push(value)
    }
  }
  const series = ({ sampler, values }: { sampler: Sampler; values: readonly number[] }): Series => ({ name: sampler.name, values })
  return { subject: series(tracks.subject), floor: series(tracks.floor), others: tracks.others.map(series) }
}

const pollMillis = 300

/** Lets a started program come to rest, and ends at another point of its poll in every run. */
export const settle = (phase: number): Promise<void> => sleep(pollMillis * (1 + phase))
