// `npm run bench`: measures wemixvisor beside its floors and prints the report. Exit status 1 when a figure could not be
// measured, 64 for a wrong option; a missed aim is part of the report only.
import { constants } from "node:os"
import { clonedHeading, largeHeading, measureClonedBackup, measureLargeBackup, measureSmallBackup, smallHeading } from "./Backup.ts"
import { downtimeHeading, measureDowntime } from "./Downtime.ts"
import { downloadHeading, measureDownload } from "./Download.ts"
import type { Figure, Heading, Measured } from "./Figure.ts"
import { measureIdle, memoryHeading, processorHeading } from "./Idle.ts"
import { describeMachine } from "./Machine.ts"
import { measureNotice, noticeHeading } from "./Notice.ts"
import { type Options, readOptions, usage } from "./Options.ts"
import { killAll } from "./Programs.ts"
import { json, table } from "./Report.ts"
import { removeScratch } from "./Scratch.ts"
import { measureStart, startHeading } from "./Start.ts"
import { measureStop, stopHeading } from "./Stop.ts"

interface Group {
  readonly headings: readonly Heading[]
  readonly measure: (options: Options) => Promise<readonly Measured[]>
}

const groups: readonly Group[] = [
  { headings: [startHeading], measure: async ({ runs }) => [await measureStart(runs)] },
  { headings: [noticeHeading], measure: async ({ runs }) => [await measureNotice(runs)] },
  { headings: [stopHeading], measure: async ({ runs }) => [await measureStop(runs)] },
  { headings: [downtimeHeading], measure: async ({ runs }) => [await measureDowntime(runs)] },
  { headings: [downloadHeading], measure: async ({ runs }) => [await measureDownload(runs)] },
  { headings: [memoryHeading, processorHeading], measure: measureIdle },
  { headings: [clonedHeading], measure: ({ runs }) => measureClonedBackup(runs) },
  { headings: [largeHeading], measure: async ({ runs }) => [await measureLargeBackup(runs)] },
  { headings: [smallHeading], measure: async ({ runs }) => [await measureSmallBackup(runs)] }
]

const figureNames = groups.flatMap(({ headings }) => headings.map(({ id }) => id))

const isWanted = ({ only }: Options) => ({ id }: Heading): boolean =>
  only.length === 0 || only.some((name) => id === name || id.startsWith(`${name}.`))

const measureGroup = async ({ headings, measure }: Group, options: Options): Promise<readonly Figure[]> => {
  const wanted = headings.filter(isWanted(options))
  if (wanted.length === 0) return []
  process.stderr.write(`measuring ${wanted.map(({ id }) => id).join(", ")}\n`)
  try {
    return (await measure(options)).filter(isWanted(options))
  } catch (cause) {
    const failure = cause instanceof Error ? cause.message : String(cause)
    return wanted.map((heading) => ({ ...heading, failure }))
  }
}

const measureAll = async (options: Options): Promise<void> => {
  const machine = describeMachine()
  const figures: Figure[] = []
  for (const group of groups) figures.push(...await measureGroup(group, options))
  const report = { machine, options, figures }
  process.stdout.write(`${options.json ? json(report) : table(report)}\n`)
  process.exitCode = figures.some((figure) => "failure" in figure) ? 1 : 0
}

const leaveNothing = (): void => {
  process.on("exit", () => {
    killAll()
    removeScratch()
  })
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => process.exit(128 + constants.signals[signal]))
  }
}

const optionsOrUsage = (): Options | undefined => {
  try {
    return readOptions(process.argv.slice(2), figureNames)
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    process.stderr.write(`${cause.message}\n\n${usage(figureNames)}`)
    process.exitCode = 64
    return undefined
  }
}

leaveNothing()
const options = optionsOrUsage()
if (options?.help) process.stdout.write(usage(figureNames))
else if (options !== undefined) await measureAll(options)
