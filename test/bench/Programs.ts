// Starts programs and stamps each line they print when it arrives here. All instants are this process's own clock,
// so subject and floor carry the same small cost (one pipe, one wake-up) and nothing is compared between clocks.
// No program outlives the benchmark.
import { type ChildProcess, spawn } from "node:child_process"
import { closeSync, openSync, readFileSync } from "node:fs"
import { scratchFile } from "./Scratch.ts"

const patienceMillis = 30_000

/** The environment of every measured program: nobody's settings of wemixvisor or of Node. */
export const environment: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(DAEMON|WEMIXVISOR|UNSAFE|COSMOVISOR|NODE)_/.test(name))
)

/** Milliseconds, to well under a microsecond. */
export const now = (): number => performance.now()

const alive = new Set<ChildProcess>()

/** Ends what is still there, at once. A node whose wemixvisor is killed reads the end of its stdin and ends too. */
export const killAll = (): void => {
  for (const child of alive) {
    child.stdin?.destroy()
    child.kill("SIGKILL")
  }
}

interface Line {
  readonly text: string
  readonly at: number
}

export interface Ended {
  readonly at: number
  readonly how: string
}

export class Program {
  readonly startedAt: number
  readonly pid: number
  /** Settles when the process has ended; `how` is its code or its signal. */
  readonly ended: Promise<Ended>
  readonly #child: ChildProcess
  /** Fails once nothing more will be printed. */
  readonly #closed: Promise<never>
  readonly #stderr = scratchFile("stderr")
  readonly #command: string
  readonly #arrived: Line[] = []
  #onLine: () => void = () => {}
  #terminatedAt: number | undefined

  constructor(file: string, args: readonly string[], env: NodeJS.ProcessEnv = environment) {
    this.#command = [file, ...args].join(" ")
    const stderr = openSync(this.#stderr, "a")
    this.startedAt = now()
    this.#child = spawn(file, args, { env, stdio: ["pipe", "pipe", stderr] })
    closeSync(stderr)
    alive.add(this.#child)
    this.ended = this.#watchEnd()
    this.ended.catch(() => {})
    this.pid = this.#child.pid ?? 0
    this.#closed = new Promise((_, reject) => {
      this.#child.once("error", reject)
      this.#child.once("close", () => reject(this.#problem("has ended")))
    })
    this.#closed.catch(() => {})
    this.#child.stdin?.on("error", () => {})
    this.#readLines()
  }

  #watchEnd(): Promise<Ended> {
    return new Promise((resolve, reject) => {
      this.#child.once("error", (cause) => {
        alive.delete(this.#child)
        reject(cause)
      })
      this.#child.once("exit", (code, signal) => {
        const at = now()
        alive.delete(this.#child)
        resolve({ at, how: signal ?? String(code) })
      })
    })
  }

  #readLines(): void {
    let rest = ""
    this.#child.stdout?.on("data", (chunk: Buffer) => {
      const at = now()
      const [last = "", ...whole] = (rest + chunk.toString()).split("\n").toReversed()
      rest = last
      for (const text of whole.toReversed()) this.#arrived.push({ text, at })
      this.#onLine()
    })
  }

  /** The instant at which the next line arrived, which must be this one. */
  async line(text: string): Promise<number> {
    const arrival = new Promise<Line>((resolve) => {
      this.#onLine = () => {
        const next = this.#arrived.shift()
        if (next === undefined) return
        this.#onLine = () => {}
        resolve(next)
      }
      this.#onLine()
    })
    const line = await this.#within(Promise.race([arrival, this.#closed]), `did not print '${text}'`)
    if (line.text !== text) throw this.#problem(`printed '${line.text}', not '${text}'`)
    return line.at
  }

  /** Sends SIGTERM, once however often it is called; the instant just before it was sent. */
  terminate(): number {
    this.#terminatedAt ??= this.#send()
    return this.#terminatedAt
  }

  #send(): number {
    const at = now()
    this.#child.kill("SIGTERM")
    return at
  }

  /** Waits for a good end, that is code 0. */
  async finished(): Promise<Ended> {
    const ended = await this.#within(this.ended, "did not end")
    if (ended.how !== "0") throw this.#problem(`ended with ${ended.how}`)
    return ended
  }

  kill(): void {
    if (!alive.has(this.#child)) return
    this.#child.stdin?.destroy()
    this.#child.kill("SIGKILL")
  }

  async #within<A>(outcome: Promise<A>, otherwise: string): Promise<A> {
    const limit = Promise.withResolvers<never>()
    const timer = setTimeout(() => limit.reject(this.#problem(`${otherwise} within ${patienceMillis / 1000} s`)), patienceMillis)
    return Promise.race([outcome, limit.promise]).finally(() => clearTimeout(timer))
  }

  #problem(what: string): Error {
    const said = readFileSync(this.#stderr, "utf8").trimEnd().split("\n").slice(-5).join("\n    ")
    return new Error(`${this.#command}\n  ${what}; its log ends with:\n    ${said}`)
  }
}

/** Uses a program, then stops it and checks that it stopped well; whatever goes wrong, it is gone afterwards. */
export const during = async <A>(program: Program, use: (program: Program) => Promise<A>): Promise<A> => {
  try {
    const result = await use(program)
    program.terminate()
    await program.finished()
    return result
  } finally {
    program.kill()
  }
}

/** Milliseconds a whole process takes, from its start to its good end. */
export const wholeRun = async (file: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<number> => {
  const program = new Program(file, args, env)
  try {
    return (await program.finished()).at - program.startedAt
  } finally {
    program.kill()
  }
}
