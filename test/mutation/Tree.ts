// Copies of the project in which something is broken, and the programs that run there. Nothing of either is left afterwards, and the project
// itself is only read.
import { type ChildProcess, spawn } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { broken, type Mutation } from "./Mutation.ts"

export interface Ran {
  /** undefined when it did not end in its time. */
  readonly status: number | undefined
  readonly output: string
}

const copied = ["src", "test", "docs", "package.json", "tsconfig.json", "vitest.config.ts"]

const living = new Set<ChildProcess>()
const scratch = new Set<string>()

export class Tree {
  readonly root: string
  private readonly scratch: string

  constructor(project: string) {
    this.scratch = realpathSync(mkdtempSync(join(tmpdir(), "wemixvisor-mutation-")))
    scratch.add(this.scratch)
    this.root = join(this.scratch, "project")
    for (const name of copied) cpSync(join(project, name), join(this.root, name), { recursive: true })
    symlinkSync(realpathSync(join(project, "node_modules")), join(this.root, "node_modules"))
    mkdirSync(join(this.scratch, "tmp"))
  }

  /** Uses the tree while it is broken, and mends it. */
  async withMutation<A>(mutation: Mutation, use: () => Promise<A>): Promise<A> {
    const path = join(this.root, mutation.file)
    const whole = readFileSync(path, "utf8")
    writeFileSync(path, broken(whole, mutation))
    try {
      return await use()
    } finally {
      writeFileSync(path, whole)
    }
  }

  /** Runs a program here; whatever it leaves behind is killed. */
  async run(file: string, args: ReadonlyArray<string>, patienceMillis: number): Promise<Ran> {
    const child = spawn(file, args, { cwd: this.root, detached: true, env: this.environment, stdio: ["ignore", "pipe", "ignore"] })
    living.add(child)
    const output: Array<Buffer> = []
    child.stdout.on("data", (chunk: Buffer) => void output.push(chunk))
    const patience = setTimeout(() => killGroup(child), patienceMillis)
    const status = await new Promise<number | undefined>((resolve, reject) => {
      child.once("error", reject)
      child.once("exit", (code) => resolve(code ?? undefined))
    })
    clearTimeout(patience)
    killGroup(child)
    living.delete(child)
    killStrays(this.scratch)
    return { status, output: Buffer.concat(output).toString() }
  }

  /** Nobody's settings of wemixvisor, and a place for temporary files that goes with the tree. */
  private get environment(): NodeJS.ProcessEnv {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(DAEMON|WEMIXVISOR|UNSAFE|COSMOVISOR|NODE|VITEST)_/.test(name))
    return { ...Object.fromEntries(inherited), CI: "1", TMPDIR: join(this.scratch, "tmp"), PATH: `${join(this.root, "node_modules/.bin")}:${process.env["PATH"]}` }
  }
}

const killGroup = ({ pid }: ChildProcess): void => {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL")
  } catch {
    // They have ended.
  }
}

/** Nodes of the tests live in sessions of their own; they are known by the path of their tree, which no other process has. */
const killStrays = (path: string): void => {
  if (process.platform !== "linux") return
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
    try {
      const told = ["cmdline", "environ"].map((name) => readFileSync(`/proc/${pid}/${name}`, "utf8"))
      if (told.some((text) => text.includes(path))) process.kill(Number(pid), "SIGKILL")
    } catch {
      // It has ended, or is somebody else's.
    }
  }
}

/** Ends everything that runs in any tree and removes them all. Synchronous, for the end of this process. */
export const leaveNothing = (): void => {
  living.forEach(killGroup)
  scratch.forEach(killStrays)
  // What was killed a moment ago may still be writing: removal is tried again.
  for (const path of scratch) rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
}
