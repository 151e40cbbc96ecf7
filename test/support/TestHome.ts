// A temporary home with its fake node: stages releases, writes plans, reads what happened.
// When its test ends, well or not, everything that carries this home in its environment is killed and the home removed.
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { expect } from "vitest"
import { type Behaviour, type Desk, steady } from "./FakeNode.ts"

/** One line of the record: what happened to which process of which release. */
export interface Line {
  readonly event: string
  readonly pid: number
  readonly release: string
  readonly detail: string
}

/** What a home belongs to: a test, or anything else that ends and has it cleared away then. */
export interface Occasion {
  readonly task: { readonly result?: { readonly state: string } | undefined }
  readonly onTestFinished: (clear: () => Promise<void>) => void
}

const patience = 20_000

/** Asks until there is an answer. It gives up after a deadline that no healthy run comes near. */
export const eventually = async <A>(what: string, ask: () => A | undefined, evidence: () => string = () => ""): Promise<A> => {
  const deadline = performance.now() + patience
  while (performance.now() < deadline) {
    const answer = ask()
    if (answer !== undefined) return answer
    await delay(5)
  }
  throw new Error(`never came true: ${what}\n${evidence()}`)
}

export class TestHome implements Desk {
  readonly root: string
  readonly path: string
  readonly name = "node"
  readonly record: string
  readonly orders: string
  readonly silence: string
  /** Says what the programs of this home wrote; for a failing test. */
  readonly accounts: Array<() => string> = []

  private constructor(root: string, path: string) {
    this.root = root
    this.path = path
    this.record = join(root, "record")
    this.orders = join(root, "orders")
    this.silence = join(root, "silence")
  }

  /** An initialised home whose `genesis` behaves as given. */
  static make(test: Occasion, genesis: Behaviour = steady, directory = "home"): TestHome {
    const home = TestHome.empty(test, directory)
    home.stage("genesis", genesis)
    fs.mkdirSync(join(home.path, "data"), { recursive: true })
    fs.symlinkSync("genesis", home.inside("current"))
    return home
  }

  /** A place for a home, with nothing in it. */
  static empty(test: Occasion, directory = "home"): TestHome {
    const root = fs.mkdtempSync(join(tmpdir(), "wemixvisor-"))
    const home = new TestHome(root, join(root, directory))
    fs.chmodSync(home.root, 0o755)
    fs.mkdirSync(home.path)
    fs.writeFileSync(home.record, "")
    spawnSync("mkfifo", [home.orders, home.silence])
    test.onTestFinished(() => home.close(test.task.result?.state === "fail"))
    return home
  }

  /** The same home for those who find its directory at another path. */
  seenAt(path: string): TestHome {
    return new TestHome(this.root, path)
  }

  inside(...parts: ReadonlyArray<string>): string {
    return join(this.path, "wemixvisor", ...parts)
  }

  /** The directory of a release: `genesis`, or an upgrade's directory name. */
  release(release: string): string {
    return release === "genesis" ? this.inside("genesis") : this.inside("upgrades", release)
  }

  binary(release: string): string {
    return join(this.release(release), "bin", this.name)
  }

  get planPath(): string {
    return join(this.path, "data", "upgrade-info.json")
  }

  /** Puts a release's binary in place whole and ready to run. */
  stage(release: string, behaviour: Behaviour = steady): void {
    this.put(this.binary(release), behaviour(this, release), 0o755)
  }

  /** Writes a file aside, on the same file system, and renames it into place. */
  put(path: string, content: string | Buffer, mode = 0o644): void {
    fs.mkdirSync(dirname(path), { recursive: true })
    const isNear = fs.statSync(dirname(path)).dev === fs.statSync(this.root).dev
    const aside = join(isNear ? this.root : dirname(path), `aside-${Math.random()}`)
    fs.writeFileSync(aside, content, { mode })
    fs.chmodSync(aside, mode)
    fs.renameSync(aside, path)
  }

  plan(name: string, height: number, more: Readonly<Record<string, unknown>> = {}): void {
    this.put(this.planPath, JSON.stringify({ name, height, ...more }))
  }

  /** The text of the link that says which release runs. */
  current(): string | undefined {
    return fs.lstatSync(this.inside("current"), { throwIfNoEntry: false }) && fs.readlinkSync(this.inside("current"))
  }

  /** Has the living fake node run a line of bash: `finish 3`, `note hello`. */
  tell(order: string): void {
    const pipe = fs.openSync(this.orders, "r+")
    fs.writeSync(pipe, `${order}\n`)
    fs.closeSync(pipe)
  }

  lines(event?: string): ReadonlyArray<Line> {
    const text = fs.readFileSync(this.record, "utf8")
    const whole = text.slice(0, text.lastIndexOf("\n") + 1).split("\n").filter((line) => line !== "")
    const parsed = whole.map((line) => {
      const [word = "", pid = "", release = "", ...detail] = line.split(" ")
      return { event: word, pid: Number(pid), release, detail: detail.join(" ") }
    })
    return event === undefined ? parsed : parsed.filter((line) => line.event === event)
  }

  /** The releases that were started, in order. */
  starts(): ReadonlyArray<string> {
    return this.lines("started").map((line) => line.release)
  }

  /** The signals that a process recorded, as `TERM 1`, in order. */
  signals(pid: number): ReadonlyArray<string> {
    return this.lines("signal").filter((line) => line.pid === pid).map((line) => line.detail)
  }

  /** Waits for a line of the record. */
  line(what: string, matches: (line: Line) => boolean): Promise<Line> {
    return this.until(`a line: ${what}`, () => this.lines().find(matches))
  }

  /** Waits for the count-th start of a release. */
  started(release: string, count = 1): Promise<Line> {
    const nth = () => this.lines("started").filter((line) => line.release === release)[count - 1]
    return this.until(`start ${count} of ${release}`, nth)
  }

  /** Waits for a process's signal, as `TERM 1`. */
  signalled(pid: number, signal: string): Promise<Line> {
    return this.line(`${signal} at ${pid}`, (line) => line.event === "signal" && line.pid === pid && line.detail === signal)
  }

  /** Asks a node for a word, which it can only give while it lives and is not stopped. */
  async answers(node: Line, word: string): Promise<void> {
    this.tell(`note said ${word}`)
    await this.line(`${node.pid} says ${word}`, (line) => line.event === "said" && line.pid === node.pid && line.detail === word)
  }

  until<A>(what: string, ask: () => A | undefined): Promise<A> {
    return eventually(what, ask, () => this.evidence())
  }

  becomes(what: string, ask: () => boolean): Promise<true> {
    return this.until(what, () => ask() || undefined)
  }

  /** Watches that something stays true for so many milliseconds. For what must not happen there is no line to wait for. */
  async stays(what: string, millis: number, holds: () => boolean): Promise<void> {
    const end = performance.now() + millis
    while (performance.now() < end) {
      if (!holds()) throw new Error(`did not stay true: ${what}\n${this.evidence()}`)
      await delay(10)
    }
  }

  /** The living processes that carry this home in their environment. */
  processes(): ReadonlyArray<number> {
    return fs.readdirSync("/proc").map(Number).filter((pid) => pid > 0 && pid !== process.pid && isAlive(pid) && carries(pid, this.root))
  }

  /** What is known of this home, for a failing test. */
  evidence(): string {
    return [`record:\n${fs.existsSync(this.record) ? fs.readFileSync(this.record, "utf8") : ""}`, ...this.accounts.map((tell) => tell())].join("\n")
  }

  private async close(failed: boolean): Promise<void> {
    if (failed) console.error(this.evidence())
    await eventually(`nothing lives in ${this.root}`, () => {
      const left = this.processes()
      left.forEach((pid) => ignoring(() => process.kill(pid, "SIGKILL")))
      return left.length === 0 || undefined
    })
    const overlaps = this.lines("overlap")
    fs.rmSync(this.root, { recursive: true, force: true })
    expect(overlaps, "two children never share a home").toEqual([])
  }
}

/** Whether a process is there and more than a zombie. */
export const isAlive = (pid: number): boolean => {
  const stat = ignoring(() => fs.readFileSync(`/proc/${pid}/stat`, "latin1"))
  return stat !== undefined && !/^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2))
}

const carries = (pid: number, root: string): boolean =>
  ignoring(() => fs.readFileSync(`/proc/${pid}/environ`, "utf8"))?.includes(root) ?? false

const ignoring = <A>(attempt: () => A): A | undefined => {
  try {
    return attempt()
  } catch {
    return undefined
  }
}
