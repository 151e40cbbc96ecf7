// What wemixvisor costs while nothing happens: memory and processor time, of several at once beside as many bare Nodes.
// They idle side by side through the same window, which is what taking turns is for the other figures.
import { freemem } from "node:os"
import { setTimeout as sleep } from "node:timers/promises"
import type { Heading, Measured, Series } from "./Figure.ts"
import { freshHome, supervise } from "./Homes.ts"
import { now, Program } from "./Programs.ts"
import { memoryOf, processorOf } from "./Usage.ts"

export interface IdleOptions {
  readonly runs: number
  /** How long processor time is watched. */
  readonly windowSeconds: number
  /** The age at which memory is read, when that is later than the end of the window. */
  readonly memorySeconds: number
}

export const memoryHeading: Heading = {
  id: "memory",
  title: "resident memory, idle",
  unit: "MiB",
  aim: { kind: "above", most: 25 }
}
export const processorHeading: Heading = {
  id: "processor",
  title: "processor time of an idle minute",
  unit: "ms",
  aim: { kind: "above", most: 25 }
}
const anonymousHeading: Heading = { id: "memory.anonymous", title: "  of it anonymous (RssAnon)", unit: "MiB" }
const proportionalHeading: Heading = { id: "memory.proportional", title: "  with shared pages divided (PSS)", unit: "MiB" }

const restMillis = 5_000
const groupMebibytes = 250

/** As many of each as there are runs, but no more than half the free memory holds. */
const groupCount = (runs: number): number => Math.max(1, Math.min(runs, Math.floor(freemem() / 2 / 2 ** 20 / groupMebibytes)))

const idleNode = "setInterval(() => {}, 1e9)"
/** What wemixvisor cannot do without while it polls at its default. */
const pollingNode = "const fs = require('node:fs'); setInterval(() => fs.statSync('plan', { throwIfNoEntry: false }), 300)"

interface Side {
  readonly name: string
  readonly programs: readonly Program[]
}

/** The programs are handed over as they are started, so that the caller can end them whatever happens next. */
const startSides = async (count: number, started: Program[]): Promise<readonly [Side, Side, Side]> => {
  const wemixvisor: Program[] = []
  const idle: Program[] = []
  const polling: Program[] = []
  const start = (side: Program[], program: Program): void => {
    side.push(program)
    started.push(program)
  }
  for (let index = 0; index < count; index++) {
    const home = await freshHome()
    start(wemixvisor, supervise(home))
    start(idle, new Program(process.execPath, ["-e", idleNode]))
    start(polling, new Program(process.execPath, ["-e", pollingNode]))
    await wemixvisor.at(-1)?.line("up genesis")
  }
  return [
    { name: "wemixvisor", programs: wemixvisor },
    { name: "`node` that does nothing", programs: idle },
    { name: "`node` that stats a file every 300 ms", programs: polling }
  ]
}

/** Milliseconds of processor time in the window, for each program, scaled to a minute. */
const observeProcessor = async (programs: readonly Program[], seconds: number): Promise<ReadonlyMap<Program, number>> => {
  const began = programs.map((program) => [program, processorOf(program.pid)] as const)
  const beganAt = now()
  await sleep(seconds * 1000)
  const minutes = (now() - beganAt) / 60_000
  return new Map(began.map(([program, before]) => [program, (processorOf(program.pid) - before) / minutes]))
}

const untilAge = (program: Program, seconds: number): Promise<void> =>
  sleep(Math.max(0, seconds * 1000 - (now() - program.startedAt)))

/** Nothing where the kernel does not tell. */
const figure = (
  heading: Heading,
  [wemixvisor, floor, ...others]: readonly [Side, Side, ...(readonly Side[])],
  of: (program: Program) => number | undefined
): readonly Measured[] => {
  const series = ({ name, programs }: Side): Series => ({
    name,
    values: programs.map(of).filter((value) => value !== undefined)
  })
  const measured = { ...heading, subject: series(wemixvisor), floor: series(floor), others: others.map(series) }
  return measured.subject.values.length > 0 && measured.floor.values.length > 0 ? [measured] : []
}

export const measureIdle = async (options: IdleOptions): Promise<readonly Measured[]> => {
  const started: Program[] = []
  try {
    const sides = await startSides(groupCount(options.runs), started)
    const [wemixvisor, idle] = sides
    await sleep(restMillis)
    const spent = await observeProcessor(started, options.windowSeconds)
    for (const program of wemixvisor.programs) await untilAge(program, options.memorySeconds)
    const held = new Map(started.map((program) => [program, memoryOf(program.pid)] as const))
    for (const program of wemixvisor.programs) program.terminate()
    for (const program of wemixvisor.programs) await program.finished()
    return [
      ...figure(memoryHeading, [wemixvisor, idle], (program) => held.get(program)?.resident),
      ...figure(anonymousHeading, [wemixvisor, idle], (program) => held.get(program)?.anonymous),
      ...figure(proportionalHeading, [wemixvisor, idle], (program) => held.get(program)?.proportional),
      ...figure(processorHeading, sides, (program) => spent.get(program))
    ]
  } finally {
    for (const program of started) program.kill()
  }
}
