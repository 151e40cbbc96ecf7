// wemixvisor as an operator meets it: the built program, its command line, its environment, its log, its exit status.
// Nothing here knows how wemixvisor is made; whatever is still running below a home is found by that home's path.
import { spawn, spawnSync } from "node:child_process"
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs"
import { createInterface } from "node:readline"
import { setTimeout as pause } from "node:timers/promises"

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Invocation {
  /** The bundle. */
  readonly program: string
  readonly args: ReadonlyArray<string>
  readonly settings: Readonly<Record<string, string>>
  /** Gets the child's stdout, which is the node's for `run`. */
  readonly stdoutFile: string
  /** Gets each line of stderr that is not blank: wemixvisor's own log, and whatever the node says there. */
  readonly line: (line: string) => void
}

export interface Running {
  readonly ended: Promise<Ended>
  /** What `ended` resolved to, once it has. */
  readonly outcome: () => Ended | undefined
  readonly signal: (signal: NodeJS.Signals) => void
}

const ours = /^(DAEMON_|UNSAFE_|COSMOVISOR_|WEMIXVISOR_)|^(FORCE_COLOR|CLICOLOR_FORCE)$/

/** The caller's environment without any setting of wemixvisor's in it. */
const environment = (settings: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name))),
  ...settings
})

/** Starts it in a session of its own: a Ctrl-C for the demo reaches it only through the demo, once. */
export const start = ({ args, line, program, settings, stdoutFile }: Invocation): Running => {
  const stdout = openSync(stdoutFile, "a")
  const child = spawn(process.execPath, [program, ...args], {
    env: environment(settings),
    stdio: ["ignore", stdout, "pipe"],
    detached: true
  })
  closeSync(stdout)
  if (child.stderr !== null) {
    createInterface({ input: child.stderr }).on("line", (text) => {
      if (text.trim() !== "") line(text)
    })
  }
  let outcome: Ended | undefined
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject)
    child.on("exit", (code, signal) => {
      const known = outcome = { code, signal }
      child.on("close", () => resolve(known)) // Its last lines are in.
      setTimeout(() => resolve(known), 1_000).unref() // Somebody it left behind holds its stderr.
    })
  })
  return { ended, outcome: () => outcome, signal: (signal) => void child.kill(signal) }
}

/** Sends one stop request and, should that not be enough, kills; resolves when it is gone. */
export const end = async (running: Running, patienceMillis: number): Promise<void> => {
  if (running.outcome() !== undefined) return
  running.signal("SIGTERM")
  const waited = new AbortController()
  const patience = pause(patienceMillis, "late" as const, { signal: waited.signal }).catch(() => "ended" as const)
  if (await Promise.race([running.ended, patience]) === "late") running.signal("SIGKILL")
  waited.abort()
  await running.ended
}

interface Process {
  readonly pid: number
  readonly command: string
}

const processesOfLinux = (): ReadonlyArray<Process> =>
  readdirSync("/proc").filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    try {
      return [{ pid: Number(name), command: readFileSync(`/proc/${name}/cmdline`, "utf8") }]
    } catch {
      return [] // It ended between the two reads.
    }
  })

const processesOfPs = (): ReadonlyArray<Process> =>
  spawnSync("ps", ["-axww", "-o", "pid=,args="], { encoding: "utf8" }).stdout.split("\n").map((row) => {
    const [pid = "", ...command] = row.trim().split(/\s+/)
    return { pid: Number(pid), command: command.join(" ") }
  })

/** The processes whose command line names the home, that is, its node. */
export const leftBelow = (home: string): ReadonlyArray<number> =>
  (process.platform === "linux" ? processesOfLinux() : processesOfPs())
    .filter(({ command, pid }) => pid !== process.pid && command.includes(home))
    .map(({ pid }) => pid)

/** The last resort of a clean-up: no process of a home that is about to be removed may live on. */
export const sweep = (home: string): void => {
  for (const pid of leftBelow(home)) {
    try {
      process.kill(pid, "SIGKILL")
    } catch {
      // It ended by itself.
    }
  }
}
