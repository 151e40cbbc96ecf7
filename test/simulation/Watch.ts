// Looks at every deed, step and record of a story as it happens, and says which promise is broken. Changes nothing.
import { Effect } from "effect"
import type { Journal } from "../../src/domain/Journal.ts"
import { exitStatus, type Outcome } from "../../src/domain/Outcome.ts"
import type { Action } from "../../src/machine/Action.ts"
import type { Upgrade } from "../../src/domain/Upgrade.ts"
import type { State } from "../../src/machine/State.ts"
import type { Entry } from "../../src/supervisor/Transcript.ts"
import type { Part } from "../support/fakes/FakeHooks.ts"
import type { Deed } from "../support/fakes/FakeLauncher.ts"
import type { Coverage } from "./Coverage.ts"

/** What is seen of one wemixvisor. */
interface Seen {
  state: State | undefined
  /** Where it was when it took up a stop request. */
  stoppedIn: State["_tag"] | undefined
  stoppedAtMillis: number
}

export class Watch {
  readonly breaches: Array<string> = []
  seen: Seen = { state: undefined, stoppedIn: undefined, stoppedAtMillis: Infinity }
  /** As the state file says. */
  journal: Journal = { version: 1, applied: [], failed: [] }
  /** Hears of each situation that is entered. */
  entered: (tag: State["_tag"]) => void = () => undefined
  private readonly asked = new Map<number, number>()
  /** How often a wemixvisor was killed that had asked a child and could not write it down. */
  private readonly excused = new Map<number, number>()
  private readonly coverage: Coverage
  private lastExit: string | undefined

  constructor(coverage: Coverage) {
    this.coverage = coverage
  }

  breach(what: string): void {
    this.breaches.push(what)
  }

  /** Another wemixvisor begins. */
  begins(): void {
    this.seen = { state: undefined, stoppedIn: undefined, stoppedAtMillis: Infinity }
  }

  /** The record of its SIGTERM was lost with the wemixvisor that sent it: it may get another. */
  excuse(pid: number): void {
    if (this.wasAsked(pid)) this.excused.set(pid, (this.excused.get(pid) ?? 0) + 1)
  }

  wasAsked(pid: number): boolean {
    return this.asked.has(pid)
  }

  deed(deed: Deed, living: Effect.Effect<ReadonlyArray<number>>): void {
    if (deed._tag === "Ended") this.lastExit = JSON.stringify(deed.exit)
    if (deed._tag === "Started") this.started(Effect.runSync(living))
    if (deed._tag === "Signalled" && deed.to === "child" && deed.signal === "SIGTERM") this.signalled(deed.pid)
  }

  /** Hooks of a stage, or the command, are begun. */
  hook(atMillis: number, part: Part, { digest }: Upgrade, living: ReadonlyArray<number>): void {
    this.coverage.count(`hooks ${part}`)
    const isApplied = this.journal.applied.some(({ upgrade }) => upgrade.digest === digest)
    const isBefore = part === "pre-upgrade" || part === "command"
    if (isBefore && living.length > 0) this.breach(`${part} is run while a child lives: ${living.join()}`)
    if (isBefore && atMillis > this.seen.stoppedAtMillis) this.breach(`${part} is begun after a stop request in ${this.seen.stoppedIn}`)
    if (part === "post-upgrade" && !isApplied) this.breach("post-upgrade is run for an upgrade that no record says is applied")
    if (part === "on-failure" && isApplied) this.breach("on-failure is run for an upgrade that is recorded as applied")
  }

  private started(living: ReadonlyArray<number>): void {
    if (living.length !== 1) this.breach(`a child is started while others live: ${living.join()}`)
    const { stoppedIn } = this.seen
    if (stoppedIn !== undefined && stoppedIn !== "Starting") this.breach(`a child is started after a stop request in ${stoppedIn}`)
  }

  private signalled(pid: number): void {
    const count = (this.asked.get(pid) ?? 0) + 1
    this.asked.set(pid, count)
    if (count > 1 + (this.excused.get(pid) ?? 0)) this.breach(`pid ${pid} gets SIGTERM ${count} times`)
  }

  step(entry: Entry): void {
    const { actions, event, from, to } = entry
    this.coverage.take(entry)
    if (event?._tag === "StopRequested" && this.seen.stoppedIn === undefined) {
      this.seen.stoppedIn = from?._tag
      this.seen.stoppedAtMillis = entry.atMillis
    }
    this.seen.state = to
    for (const action of actions) this.order(action)
    if (from?._tag !== to._tag) this.entered(to._tag)
  }

  private order(action: Action): void {
    const { stoppedIn } = this.seen
    const begins = action._tag === "Record" || action._tag === "Switch"
    if (stoppedIn !== undefined && (begins || action._tag === "Spawn")) this.breach(`${action._tag} is ordered after a stop request in ${stoppedIn}`)
    if (!begins) return
    const { digest, height } = action.upgrade
    const appliedHeight = this.journal.applied.at(-1)?.upgrade.height
    if (this.journal.failed.some(({ upgrade }) => upgrade.digest === digest)) this.breach(`${action._tag} for a plan that is recorded as failed`)
    if (this.journal.applied.some(({ upgrade }) => upgrade.digest === digest)) this.breach(`${action._tag} for a plan that is recorded as applied`)
    if (appliedHeight !== undefined && height < appliedHeight) this.breach(`${action._tag} for a plan below the height of the last one`)
  }

  linkMoved(text: string, resolves: boolean, living: ReadonlyArray<number>): void {
    if (!resolves) this.breach(`current points to ${text}, which is not there`)
    if (living.length > 0) this.breach(`the link moves under a living child: ${living.join()}`)
  }

  recorded(journal: Journal | undefined): void {
    if (journal === undefined) this.breach("state.json cannot be read")
    else this.journal = journal
  }

  /** A run is over by itself. */
  ended(outcome: Outcome, living: ReadonlyArray<number>): void {
    const { state, stoppedIn } = this.seen
    if (living.length > 0) this.breach(`the run is over and children are left: ${living.join()}`)
    if (state !== undefined && state._tag !== "Done") this.breach(`the run is over in ${state._tag}`)
    if (stoppedIn !== undefined && exitStatus(outcome) !== 0) this.breach(`a stop was asked for and the exit status is ${exitStatus(outcome)}`)
    if (outcome._tag === "Stopped" && state !== undefined && stoppedIn === undefined) this.breach("it was stopped and nobody asked")
    if (outcome._tag === "NodeEnded" && outcome.exit._tag !== "Unknown" && JSON.stringify(outcome.exit) !== this.lastExit) {
      this.breach(`the run ends with ${JSON.stringify(outcome.exit)}, the node ended with ${this.lastExit}`)
    }
  }
}
