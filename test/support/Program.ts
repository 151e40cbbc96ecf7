// One running wemixvisor: the built bundle as an operator runs it, with what it wrote and how it ended.
import { type ChildProcessByStdio, spawn } from "node:child_process"
import { resolve } from "node:path"
import type { Readable, Writable } from "node:stream"
import { expect } from "vitest"
import { eventually, isAlive, type TestHome } from "./TestHome.ts"

export const bundle = resolve(import.meta.dirname, "../../dist/wemixvisor.js")

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Options {
  /** What the node gets. */
  readonly args?: ReadonlyArray<string>
  readonly env?: Readonly<Record<string, string>>
  /** A command that runs the one that follows it, as `unshare -m`. */
  readonly within?: ReadonlyArray<string>
  /** A module that Node loads before the program. */
  readonly preload?: string
}

/** What every run of wemixvisor finds in its environment: this home, and nothing of the person's own. */
export const environment = (home: TestHome, env: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  PATH: process.env["PATH"] ?? "",
  HOME: home.root,
  DAEMON_HOME: home.path,
  DAEMON_NAME: home.name,
  DAEMON_UPGRADE_PROBATION: "0s",
  UNSAFE_SKIP_BACKUP: "true",
  WEMIXVISOR_LOG_FORMAT: "json",
  ...env
})

export class Program {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly pid: number
  /** Ends with the process itself: a child that lives on may hold the pipes open. */
  readonly exit: Promise<Exit>
  private ended: Exit | undefined
  private readonly out: Array<Buffer> = []
  private err = ""

  constructor(home: TestHome, words: ReadonlyArray<string>, { env, preload, within = [] }: Options = {}) {
    const before = preload === undefined ? [] : ["--import", preload]
    const [command = "", ...rest] = [...within, process.execPath, ...before, bundle, ...words]
    this.child = spawn(command, rest, { env: environment(home, env), stdio: ["pipe", "pipe", "pipe"], cwd: home.root })
    this.pid = this.child.pid ?? Number.NaN
    this.child.stdin.on("error", () => {})
    this.child.stdout.on("data", (chunk: Buffer) => this.out.push(chunk))
    this.child.stderr.setEncoding("utf8").on("data", (chunk: string) => this.err += chunk)
    this.exit = new Promise((done) => this.child.once("exit", (code, signal) => done(this.ended = { code, signal })))
    home.accounts.push(() => `wemixvisor ${words.join(" ")} (pid ${this.pid}) ${JSON.stringify(this.ended ?? "runs")}\n${this.err}`)
  }

  /** `wemixvisor run`. */
  static run(home: TestHome, options: Options = {}): Program {
    return new Program(home, ["run", ...options.args ?? []], options)
  }

  get stdout(): Buffer {
    return Buffer.concat(this.out)
  }

  get stderr(): string {
    return this.err
  }

  get isRunning(): boolean {
    return this.ended === undefined && isAlive(this.pid)
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name)
  }

  /** Waits for a line of the log that matches. */
  logged(pattern: RegExp): Promise<string> {
    return eventually(`the log says ${pattern}`, () => this.err.split("\n").find((line) => pattern.test(line)), () => this.err)
  }

  /** Waits for the end: an exit code, or the signal that ended it. */
  async end(): Promise<number | string> {
    const exit = await eventually("wemixvisor ends", () => this.ended, () => this.err)
    return exit.code ?? exit.signal ?? "?"
  }

  /** Kills it as the system does when memory runs out: it cannot act any more. */
  async kill(): Promise<void> {
    this.signal("SIGKILL")
    expect(await this.end()).toBe("SIGKILL")
  }

  /** The stop request; it must be obeyed with 0. */
  async stop(): Promise<void> {
    this.signal("SIGTERM")
    expect(await this.end()).toBe(0)
  }
}

export interface Answer {
  readonly code: number | string
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command to its end. */
export const ask = async (home: TestHome, words: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}): Promise<Answer> => {
  const program = new Program(home, words, { env })
  const closed = new Promise((done) => program.child.once("close", done))
  program.child.stdin.end()
  const code = await program.end()
  await closed
  return { code, stdout: program.stdout.toString(), stderr: program.stderr }
}

/** The home is upgraded to v2 and its wemixvisor stopped. */
export const upgraded = async (home: TestHome): Promise<void> => {
  home.stage("v2")
  home.plan("v2", 10)
  const program = Program.run(home)
  await home.started("v2")
  await program.stop()
  expect(home.current()).toBe("upgrades/v2")
}
