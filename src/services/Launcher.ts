// Starts the node and holds its processes: its own session, its end as a value, one SIGTERM, the group. When to do what is decided elsewhere.
import { Context, Deferred, Duration, Effect, Layer, Option, Schedule, Schema, type Scope } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { isatty } from "node:tty"
import { ChildExit } from "../domain/ChildExit.ts"
import { releaseBinary } from "../domain/Home.ts"
import type { ChildRecord, ProcessIdentity } from "../domain/Journal.ts"
import { type LaunchProblem, Obstacle } from "../domain/Readiness.ts"
import { headBytes, parse } from "../domain/ProgramHeader.ts"
import { Config } from "./Config.ts"
import { Disk, isMissing } from "./Disk.ts"
import * as ProcessTable from "./ProcessTable.ts"

/** The child could not be started; nothing runs. */
export class LaunchError extends Schema.TaggedError<LaunchError>()("LaunchError", { path: Schema.String, code: Schema.String }) {
  override get message() {
    return `cannot start ${this.path}: ${this.code}`
  }
  /** Whether it has nothing to do with the program. */
  get isPassing(): boolean {
    return passing.has(this.code)
  }
  /** What kept it, in the words that a check before the start uses. */
  get problem(): LaunchProblem {
    switch (this.code) {
      case "ENOENT":
        return Obstacle.BinaryMissing({ path: this.path })
      case "EACCES":
        return Obstacle.NotExecutable({ path: this.path })
      case "ENOEXEC":
        return Obstacle.NotAProgram({ path: this.path, why: "the system cannot execute it" })
      default:
        return { _tag: "SpawnRefused", path: this.path, code: this.code }
    }
  }
}

/** Out of processes, memory or descriptors, or a disk in trouble (execve(2), fork(2)): the same start may succeed later. */
const passing = new Set(["EAGAIN", "ENOMEM", "EMFILE", "ENFILE", "EIO", "ETXTBSY"])

export interface Program {
  readonly path: string
  readonly arguments: ReadonlyArray<string>
}

export interface Child {
  readonly pid: number
  /** Tells this process from a later one with the same pid; None when it has ended, and at most others of its group are left. */
  readonly identity: Option.Option<ProcessIdentity>
  /** After the process is really gone; never fails. `Unknown` for a child that was taken over. */
  readonly exit: Effect.Effect<ChildExit>
  /** SIGTERM to the child alone, the first time; nothing after that. Does not wait. */
  readonly terminate: Effect.Effect<void>
  /** SIGTERM, or SIGKILL, to the child and everything it started in its group. Does not wait. */
  readonly signalGroup: (signal: "SIGTERM" | "SIGKILL") => Effect.Effect<void>
  /** Whether anybody of the group still runs. Once the system does not know it any more, it is not signalled again. */
  readonly hasGroup: Effect.Effect<boolean>
}

export class Launcher extends Context.Service<Launcher, {
  /**
   * Starts the program in its own session with the environment, working directory and streams of this process;
   * a standard input that is a terminal is replaced by /dev/null. A file that is still open for writing is waited for, a few seconds.
   * Closing the scope while the child lives stops it: SIGTERM unless it was sent, the grace, SIGKILL to the group, and waits for the end.
   */
  readonly start: (program: Program) => Effect.Effect<Child, LaunchError, Scope.Scope>
  /** The child that was recorded, if exactly that process still runs, or others of its group do; closing the scope stops it as above. */
  readonly find: (record: ChildRecord) => Effect.Effect<Option.Option<Child>, never, Scope.Scope>
}>()("wemixvisor/services/Launcher") {
  static readonly layer = Layer.effect(
    Launcher,
    Effect.gen(function*() {
      const { home, settings } = yield* Config
      const disk = yield* Disk
      const supervised = <E, R>(acquire: Effect.Effect<Held, E, R>) =>
        Effect.map(Effect.acquireRelease(acquire, (held) => stop(held, settings.shutdownGrace)), ({ child }) => child)
      return Launcher.of({
        start: (program) => supervised(launch(program)),
        find: Effect.fn("Launcher.find")(function*(record) {
          if (record.identity !== undefined && !ProcessTable.canBeChild(record.identity.pid)) return Option.none<Child>()
          const identity = yield* findIdentity(disk, record, releaseBinary(home, record.release))
          const found = Option.isSome(identity) ? adopted(identity.value, record.stopSent) : yield* leftBehind(record)
          return found === undefined ? Option.none<Child>() : Option.some(yield* supervised(Effect.succeed(found)))
        })
      })
    })
  )
}

/** What a scope does that closes on a living child. */
const stop = Effect.fnUntraced(function*({ child, isAlive }: Held, grace: Duration.Duration) {
  if (!(yield* isAlive) && !(yield* child.hasGroup)) return
  yield* child.terminate
  const kill = Effect.andThen(child.signalGroup("SIGKILL"), child.exit)
  yield* Effect.timeoutOrElse(child.exit, { duration: grace, orElse: () => kill })
  if (!(yield* child.hasGroup)) return
  yield* child.signalGroup("SIGTERM")
  yield* Effect.timeoutOrElse(groupGone(child), { duration: grace, orElse: () => Effect.andThen(child.signalGroup("SIGKILL"), groupGone(child)) })
})

/** Returns once nobody of the group runs any more. */
export const groupGone = ({ hasGroup }: Child): Effect.Effect<void> => ProcessTable.emptied(hasGroup)

const launch = Effect.fn("Launcher.start")(function*(program: Program) {
  const { exit, pid } = yield* spawnOnce(program).pipe(
    Effect.retry({ while: ({ code }) => code === "ETXTBSY", schedule: Schedule.spaced("50 millis"), times: 100 })
  )
  const isAlive = Effect.map(Deferred.isDone(exit), (isDone) => !isDone)
  return handle({ pid, identity: yield* ProcessTable.identify(pid), exit: Deferred.await(exit), isAlive, stopSent: false })
})

interface Spawned {
  readonly pid: number
  readonly exit: Deferred.Deferred<ChildExit>
}

const spawnOnce = (program: Program): Effect.Effect<Spawned, LaunchError> =>
  Effect.callback<Spawned, LaunchError>((resume) => {
    const fail = (cause: NodeJS.ErrnoException) => resume(Effect.fail(new LaunchError({ path: program.path, code: cause.code ?? "UNKNOWN" })))
    const exit = Deferred.makeUnsafe<ChildExit>()
    const child = spawnOrFail(program, fail)
    child?.once("error", fail)
    child?.once("exit", (code, signal) => Deferred.doneUnsafe(exit, Effect.succeed(ProcessTable.exitOf(code, signal))))
    child?.once("spawn", () => resume(Effect.succeed({ pid: child.pid ?? 0, exit })))
  })

/** Node throws some refusals (ETXTBSY, E2BIG …) and emits others. */
const spawnOrFail = (program: Program, fail: (cause: NodeJS.ErrnoException) => void): ChildProcess | undefined => {
  try {
    const stdin = isatty(0) ? "ignore" : "inherit"
    return spawn(program.path, program.arguments, { stdio: [stdin, "inherit", "inherit"], detached: true })
  } catch (cause) {
    fail(cause instanceof Error ? cause : new Error(String(cause)))
    return undefined
  }
}

interface Held {
  readonly child: Child
  /** Asked before each signal: the pid of a child that has ended may be somebody else's by now. */
  readonly isAlive: Effect.Effect<boolean>
}

const handle = ({ exit, identity, isAlive, pid, stopSent }: Pick<Child, "pid" | "identity" | "exit"> & Pick<Held, "isAlive"> & { readonly stopSent: boolean }): Held => {
  let [isAsked, isGone] = [stopSent, false]
  const child: Child = {
    pid,
    identity,
    exit,
    terminate: Effect.suspend(() => {
      if (isAsked) return Effect.void
      isAsked = true
      return Effect.when(ProcessTable.send(pid, "SIGTERM"), isAlive)
    }),
    signalGroup: (signal) => Effect.suspend(() => isGone ? Effect.void : Effect.asVoid(ProcessTable.send(-pid, signal))),
    // The number may be another group's after that.
    hasGroup: Effect.suspend(() => {
      isGone ||= !ProcessTable.isGroup(pid)
      return isGone ? Effect.succeed(false) : ProcessTable.hasMembers(pid)
    })
  }
  return { child, isAlive }
}

/** How often a node that is not our child, so that nothing tells of its end, is looked at. */
const adoptedPoll = "100 millis"

const adopted = (identity: ProcessIdentity, stopSent: boolean): Held => {
  const exit = ProcessTable.isAlive(identity).pipe(
    Effect.repeat({ while: (alive) => alive, schedule: Schedule.spaced(adoptedPoll) }),
    Effect.as(ChildExit.Unknown())
  )
  return handle({ pid: identity.pid, identity: Option.some(identity), exit, isAlive: ProcessTable.isAlive(identity), stopSent })
}

/**
 * The child has ended, and others of its group have not. The group's number cannot be somebody else's meanwhile:
 * the system gives no new process a pid that names a living group.
 */
const leftBehind = Effect.fnUntraced(function*({ identity }: ChildRecord) {
  if (identity === undefined || identity.bootId !== (yield* ProcessTable.bootId)) return undefined
  const isTaken = Option.isSome(yield* ProcessTable.identify(identity.pid))
  if (isTaken || !(yield* ProcessTable.hasMembers(identity.pid))) return undefined
  return handle({
    pid: identity.pid,
    identity: Option.none(),
    exit: Effect.succeed(ChildExit.Unknown()),
    isAlive: Effect.succeed(false),
    stopSent: true
  })
})

/** By its identity; a start that was announced and not confirmed is looked for among all processes. */
const findIdentity = Effect.fnUntraced(function*(disk: Disk["Service"], record: ChildRecord, executable: string) {
  if (record.identity !== undefined) {
    const isOurs = (yield* ProcessTable.isAlive(record.identity)) && (yield* ProcessTable.leadsGroup(record.identity.pid))
    return isOurs ? Option.some(record.identity) : Option.none<ProcessIdentity>()
  }
  const [pid] = yield* disk.read(executable, headBytes).pipe(
    Effect.catchIf(isMissing, () => Effect.succeed(new Uint8Array())),
    Effect.map(parse),
    Effect.matchEffect({
      onSuccess: (header) => ProcessTable.findRunning({ path: record.path, arguments: record.arguments, interpreter: header._tag === "Script" ? header.interpreter : undefined }),
      // Whether it is a script cannot be told: whoever runs with this path and these words is the node.
      onFailure: () => ProcessTable.findStarted(record)
    })
  )
  return pid === undefined ? Option.none<ProcessIdentity>() : yield* ProcessTable.identify(pid)
})
