// What the kernel says a process uses. Linux only: it reads /proc.
import { execFileSync } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"

const kibibytes = (file: string, field: string): number => {
  const found = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(readFileSync(file, "utf8"))?.[1]
  if (found === undefined) throw new Error(`${file} has no ${field}`)
  return Number(found)
}

/** Memory in MiB. `proportional` (shared pages divided among those who share them) needs a right that not everyone has. */
export interface Memory {
  readonly resident: number
  readonly anonymous: number
  readonly proportional: number | undefined
}

const proportional = (pid: number): number | undefined => {
  try {
    return kibibytes(`/proc/${pid}/smaps_rollup`, "Pss") / 1024
  } catch {
    return undefined
  }
}

export const memoryOf = (pid: number): Memory => ({
  resident: kibibytes(`/proc/${pid}/status`, "VmRSS") / 1024,
  anonymous: kibibytes(`/proc/${pid}/status`, "RssAnon") / 1024,
  proportional: proportional(pid)
})

const ticksPerSecond = (): number => Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }))

/** utime + stime: the same time as below, to one tick (mostly 10 ms). */
const processorByTicks = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? []
  return (Number(fields[11]) + Number(fields[12])) * 1000 / ticksPerSecond()
}

const processorByThreads = (pid: number): number =>
  readdirSync(`/proc/${pid}/task`)
    .map((thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]) / 1e6)
    .reduce((sum, millis) => sum + millis, 0)

/** Processor time in milliseconds since the start, of all threads: by the nanosecond where the kernel keeps it, else by the tick. */
export const processorOf = (pid: number): number => {
  try {
    return processorByThreads(pid)
  } catch {
    return processorByTicks(pid)
  }
}
