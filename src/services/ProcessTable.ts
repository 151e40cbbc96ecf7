// What the system knows of processes: which one a pid names, who is in a group, who runs a program. Reads /proc; without one, asks `ps`.
import { Effect, Option } from "effect"
import { execFile } from "node:child_process"
import { readdir, readFile } from "node:fs/promises"
import { constants } from "node:os"
import { ChildExit } from "../domain/ChildExit.ts"
import type { ProcessIdentity } from "../domain/Journal.ts"
import { codeOf } from "./FileLooks.ts"

export interface ProcessEntry {
  readonly pid: number
  readonly group: number
  /** Ended, and not yet reaped by its parent. */
  readonly isZombie: boolean
  readonly startTicks: string
}

const hasProc = process.platform === "linux"

/** The boot that start times count from; empty where times are absolute. */
export const bootId: Effect.Effect<string> = Effect.promise(() =>
  readFile("/proc/sys/kernel/random/boot_id", "utf8").then((text) => text.trim(), () => "")
)

/** None when there is no such process; fails when the system would not say, as where descriptors have run out. */
const entryOf = async (pid: number): Promise<ProcessEntry | undefined> => {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch((cause: unknown) => isGone(cause) ? undefined : Promise.reject(cause))
  if (text === undefined) return undefined
  // The name, in parentheses, may hold anything; the fields after it are numbered from 3 (proc(5)).
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
  return { pid, group: Number(fields[2]), isZombie: fields[0] === "Z" || fields[0] === "X", startTicks: fields[19] ?? "" }
}

const isGone = (cause: unknown): boolean => ["ENOENT", "ESRCH"].includes(codeOf(cause))

const orNothing = (): undefined => undefined

const parsePs = (line: string): ProcessEntry | undefined => {
  const [, pid, group, state = "", startTicks = ""] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*?)\s*$/.exec(line) ?? []
  return pid === undefined ? undefined : { pid: Number(pid), group: Number(group), isZombie: state.startsWith("Z"), startTicks }
}

/** Every process, as `ps` lists them; exported for the test that compares it with /proc. */
export const listByPs: Effect.Effect<ReadonlyArray<ProcessEntry>> = Effect.promise(() =>
  new Promise((resolve) =>
    execFile("ps", ["-A", "-o", "pid=,pgid=,stat=,lstart="], { env: { ...process.env, LC_ALL: "C" } }, (_error, stdout) =>
      resolve(stdout.split("\n").map(parsePs).filter((entry) => entry !== undefined)))
  )
)

const pidsInProc = async (): Promise<ReadonlyArray<number>> =>
  (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number)

const list: Effect.Effect<ReadonlyArray<ProcessEntry>> = hasProc
  ? Effect.promise(async () => (await Promise.all((await pidsInProc()).map((pid) => entryOf(pid).catch(orNothing)))).filter((entry) => entry !== undefined))
  : listByPs

const entry = (pid: number): Effect.Effect<ProcessEntry | undefined> =>
  hasProc ? Effect.promise(() => entryOf(pid).catch(orNothing)) : Effect.map(listByPs, (entries) => entries.find((found) => found.pid === pid))

/** Who this pid is; None when there is no such process, or only its zombie. */
export const identify = Effect.fnUntraced(function*(pid: number) {
  const found = yield* entry(pid)
  if (found === undefined || found.isZombie) return Option.none<ProcessIdentity>()
  return Option.some<ProcessIdentity>({ pid, startTicks: found.startTicks, bootId: yield* bootId })
})

/** Whether exactly this process still runs. */
export const isAlive = (identity: ProcessIdentity): Effect.Effect<boolean> =>
  Effect.map(identify(identity.pid), Option.exists(({ bootId, startTicks }) => bootId === identity.bootId && startTicks === identity.startTicks))

/** Whether this number can be that of a child: not of a group or of the system's first process, as kill(2) would take it, nor this process's own. */
export const canBeChild = (pid: number): boolean => pid > 1 && pid !== process.pid

/** Whether this process leads a group of its own, as every child of a launcher does. */
export const leadsGroup = (pid: number): Effect.Effect<boolean> => Effect.map(entry(pid), (found) => found?.group === pid)

/** Whether the system knows the group, if only by its zombies. */
export const isGroup = (group: number): boolean => answers(-group)

/** Whether anybody in the group still runs; zombies, which only wait to be reaped, do not count. Where the system would not say, somebody does. */
export const hasMembers = (group: number): Effect.Effect<boolean> =>
  Effect.suspend(() => isGroup(group) ? Effect.flatMap(isSeen(group), (seen) => seen ? Effect.succeed(true) : isSeen(group)) : Effect.succeed(false))

/** One that starts another and ends while it is looked for hides both: who sees nobody looks again. */
const isSeen = (group: number): Effect.Effect<boolean> => Effect.map(membersOf(group), (found) => found.some(({ isZombie }) => !isZombie))

type Member = Pick<ProcessEntry, "isZombie">

const membersOf = (group: number): Effect.Effect<ReadonlyArray<Member>> =>
  hasProc
    ? Effect.promise(() => inProc(group).catch((): ReadonlyArray<Member> => [{ isZombie: false }]))
    : Effect.map(listByPs, (entries) => entries.filter((found) => found.group === group))

const inProc = async (group: number): Promise<ReadonlyArray<Member>> => {
  const entries = await Promise.all((await pidsInProc()).map(entryOf))
  return entries.flatMap((found) => found?.group === group ? [found] : [])
}

/** How often the rest of a group is looked at, in milliseconds, at first and at last: nothing tells when a process that is not our child ends. */
const groupPoll = { first: 1, last: 20 }

/** Returns once there are no members any more. */
export const emptied = Effect.fnUntraced(function*(members: Effect.Effect<boolean>) {
  for (let pause = groupPoll.first; yield* members; pause = Math.min(groupPoll.last, pause * 2)) yield* Effect.sleep(pause)
})

/** How a child ended, from what Node says of it. */
export const exitOf = (code: number | null, signal: NodeJS.Signals | null): ChildExit =>
  signal === null ? ChildExit.Code({ code: code ?? 0 }) : ChildExit.Signal({ signal, number: constants.signals[signal] })

const answers = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (cause) {
    return codeOf(cause) === "EPERM"
  }
}

/** Sends a signal; false when there was nobody to receive it. */
export const send = (pid: number, signal: NodeJS.Signals): Effect.Effect<boolean> =>
  Effect.sync(() => {
    try {
      return process.kill(pid, signal)
    } catch {
      return false
    }
  })

export interface RunningProgram {
  readonly path: string
  readonly arguments: ReadonlyArray<string>
  /** What runs the program when it is a script, as its first line names it. */
  readonly interpreter: string | undefined
}

/** The leaders of their own group whose command line is this program with these arguments. */
export const findRunning = Effect.fnUntraced(function*(program: RunningProgram) {
  const leaders = (yield* list).filter((found) => found.pid === found.group && !found.isZombie)
  const running = yield* Effect.filter(leaders, ({ pid }) => Effect.promise(() => runs(pid, program)), { concurrency: 8 })
  return running.map(({ pid }) => pid)
})

/** Those of them that are started in this way by whatever interpreter: for programs of which nobody else has this command line. */
export const findStarted = Effect.fnUntraced(function*(program: Omit<RunningProgram, "interpreter">) {
  const leaders = (yield* list).filter((found) => found.pid === found.group && !found.isZombie && canBeChild(found.pid))
  const started = yield* Effect.filter(leaders, ({ pid }) => Effect.promise(async () => (await wordsBefore(pid, program)) !== undefined), { concurrency: 8 })
  return started.map(({ pid }) => pid)
})

/** For a script the system puts its interpreter, and at most one argument for that, before the path (execve(2)). */
const wordsBefore = async (pid: number, program: Omit<RunningProgram, "interpreter">): Promise<ReadonlyArray<string> | undefined> => {
  const command = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0").slice(0, -1)
  const wanted = [program.path, ...program.arguments]
  const before = command.length - wanted.length
  const isSame = before >= 0 && before <= 2 && wanted.every((word, index) => command[before + index] === word)
  return isSame ? command.slice(0, before) : undefined
}

const runs = async (pid: number, program: RunningProgram): Promise<boolean> => {
  const before = await wordsBefore(pid, program)
  return before !== undefined && (before.length === 0 || before[0] === program.interpreter)
}
