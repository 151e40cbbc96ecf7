// The kernel's part in the fake launcher: pids, signals, groups and ends, on the clock of the test. Knows nothing of releases.
import { Clock, Deferred, Effect, Option, type Scope } from "effect"
import { ChildExit } from "../../../src/domain/ChildExit.ts"
import type { ProcessIdentity } from "../../../src/domain/Journal.ts"
import type { Child, Program } from "../../../src/services/Launcher.ts"

export interface Ending {
  /** After the start, or after the signal. */
  readonly afterMillis: number
  readonly exit: ChildExit
  /** What it does last, as writing a plan. */
  readonly doing?: Effect.Effect<void>
}

/** What a program does. One with an empty script runs until SIGTERM and dies of it at once. */
export interface Script {
  /** Its end by itself. */
  readonly ends?: Ending
  /** Its answer to SIGTERM. */
  readonly onTerminate?: Ending | "ignores"
  /** Another process in its group, which outlives it: until so long after SIGTERM to the group, or until SIGKILL. */
  readonly leaves?: { readonly afterMillis: number } | "stubborn"
  /** The start is refused with this error code. */
  readonly refuses?: string
}

/** `release` is the binary's directory below the home's root: `genesis`, `upgrades/v2`. */
export type Deed = { readonly atMillis: number } & Act
export type Act =
  | { readonly _tag: "Started"; readonly pid: number; readonly release: string; readonly program: Program }
  | { readonly _tag: "Refused"; readonly release: string; readonly code: string }
  | { readonly _tag: "Signalled"; readonly pid: number; readonly to: "child" | "group"; readonly signal: "SIGTERM" | "SIGKILL" }
  | { readonly _tag: "Ended"; readonly pid: number; readonly exit: ChildExit }
  | { readonly _tag: "GroupEnded"; readonly pid: number }

export interface Process {
  readonly pid: number
  readonly identity: ProcessIdentity
  /** The program's file, links followed. */
  readonly executable: string
  readonly program: Program
  readonly script: Script
  readonly exit: Deferred.Deferred<ChildExit>
  isAlive: boolean
  hasOther: boolean
}

const killed = ChildExit.Signal({ signal: "SIGKILL", number: 9 })
const terminated: Ending = { afterMillis: 0, exit: ChildExit.Signal({ signal: "SIGTERM", number: 15 }) }

const hasGroup = ({ hasOther, isAlive }: Process): boolean => isAlive || hasOther

export class FakeProcesses {
  readonly deeds: Array<Deed> = []
  /** Which wemixvisor it is that starts and finds: a number that grows when one is killed. */
  supervisor = 1
  private readonly processes = new Map<number, Process>()
  private readonly scope: Scope.Scope
  private readonly observe: (deed: Deed) => void

  /** What is under way in time ends with the scope. */
  constructor(scope: Scope.Scope, observe: (deed: Deed) => void) {
    this.scope = scope
    this.observe = observe
  }

  tell(act: Act): Effect.Effect<void> {
    return Effect.map(Clock.currentTimeMillis, (atMillis) => {
      const deed = { atMillis, ...act }
      this.deeds.push(deed)
      this.observe(deed)
    })
  }

  /** A process that runs, and has not begun with its script. */
  add(executable: string, program: Program, script: Script): Process {
    const pid = 101 + this.processes.size
    const process: Process = {
      pid,
      identity: { pid, startTicks: String(pid * 7), bootId: "fake" },
      executable,
      program,
      script,
      exit: Deferred.makeUnsafe(),
      isAlive: true,
      hasOther: script.leaves !== undefined
    }
    this.processes.set(pid, process)
    return process
  }

  begin(process: Process): Effect.Effect<void> {
    return process.script.ends === undefined ? Effect.void : this.play(process, process.script.ends)
  }

  all(): ReadonlyArray<Process> {
    return [...this.processes.values()]
  }

  withGroup(): ReadonlyArray<Process> {
    return this.all().filter(hasGroup)
  }

  /** The process as its launcher holds it. */
  handle(process: Process, stopSent: boolean): Child {
    let isAsked = stopSent
    return {
      pid: process.pid,
      identity: process.isAlive ? Option.some(process.identity) : Option.none(),
      exit: Deferred.await(process.exit),
      terminate: Effect.suspend(() => {
        if (isAsked || !process.isAlive) return Effect.void
        isAsked = true
        return this.terminate(process)
      }),
      signalGroup: (signal) => this.signalGroup(process, signal),
      hasGroup: Effect.sync(() => hasGroup(process))
    }
  }

  readonly end = Effect.fnUntraced({ self: this }, function*(process: Process, exit: ChildExit) {
    if (!process.isAlive) return
    process.isAlive = false
    yield* this.tell({ _tag: "Ended", pid: process.pid, exit })
    yield* Deferred.succeed(process.exit, exit)
  })

  private terminate(process: Process): Effect.Effect<void> {
    return Effect.andThen(this.tell({ _tag: "Signalled", pid: process.pid, to: "child", signal: "SIGTERM" }), this.answer(process))
  }

  private signalGroup(process: Process, signal: "SIGTERM" | "SIGKILL"): Effect.Effect<void> {
    const effect = signal === "SIGKILL"
      ? Effect.andThen(this.end(process, killed), this.endOther(process))
      : Effect.andThen(this.answer(process), this.answerOther(process))
    const told = Effect.andThen(this.tell({ _tag: "Signalled", pid: process.pid, to: "group", signal }), effect)
    return Effect.suspend(() => hasGroup(process) ? told : Effect.void)
  }

  /** What the child does on SIGTERM. */
  private answer(process: Process): Effect.Effect<void> {
    const answer = process.script.onTerminate ?? terminated
    return Effect.suspend(() => answer === "ignores" || !process.isAlive ? Effect.void : this.play(process, answer))
  }

  /** What the other one of its group does on SIGTERM. */
  private answerOther(process: Process): Effect.Effect<void> {
    const { leaves } = process.script
    return leaves === undefined || leaves === "stubborn" ? Effect.void : this.after(leaves.afterMillis, this.endOther(process))
  }

  private endOther(process: Process): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (!process.hasOther) return Effect.void
      process.hasOther = false
      return this.tell({ _tag: "GroupEnded", pid: process.pid })
    })
  }

  private play(process: Process, { afterMillis, doing = Effect.void, exit }: Ending): Effect.Effect<void> {
    return this.after(afterMillis, Effect.suspend(() => process.isAlive ? Effect.andThen(doing, this.end(process, exit)) : Effect.void))
  }

  private after(afterMillis: number, what: Effect.Effect<void>): Effect.Effect<void> {
    return afterMillis === 0 ? what : Effect.asVoid(Effect.forkIn(Effect.delay(what, afterMillis), this.scope, { startImmediately: true }))
  }
}
