// Runs a program to its end: in its own session, its output told line by line, its time limited, and nobody of its group left when it is over.
// Knows nothing of hooks; what an end means is for the one to say who asked.
import { Deferred, Duration, Effect, Fiber, Schedule, Schema } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import type { Readable, Writable } from "node:stream"
import type { ChildExit } from "../../domain/ChildExit.ts"
import * as OutputLines from "../../domain/OutputLines.ts"
import * as ProcessTable from "../ProcessTable.ts"
import * as ProgramStreams from "./ProgramStreams.ts"

/** The program could not be started; nothing runs. `code` is the errno's name. */
export class CommandError extends Schema.TaggedError<CommandError>()("CommandError", { path: Schema.String, code: Schema.String }) {
  override get message() {
    return `cannot start ${this.path}: ${this.code}`
  }
}

export interface Command {
  readonly path: string
  readonly arguments: ReadonlyArray<string>
  /** Added to the environment of this process. */
  readonly variables: Readonly<Record<string, string>>
  /** The working directory; undefined: that of this process. */
  readonly directory: string | undefined
  /** What it may read on its standard input; undefined: nothing, from /dev/null. That it reads less is no error. */
  readonly input: string | undefined
  /** Above 0, or infinite. */
  readonly timeLimit: Duration.Duration
  /** Hears of every line of its standard output and standard error. While it takes its time the program's next output waits. */
  readonly tell: (line: string) => Effect.Effect<void>
}

export interface Limits {
  /** What is left to a program between SIGTERM and SIGKILL. */
  readonly grace: Duration.Duration
  /** How long SIGKILL is waited for: who took another user's rights, or hangs in the kernel, does not obey it. */
  readonly patience: Duration.Duration
  /** How long output is still read once the program has ended and its group is gone: a process that left the group may hold it open for ever. */
  readonly lastWords: Duration.Duration
}

/** A hook is small and gets no more than init systems give a small service; what is in a pipe when its writer is gone is read in no time. */
export const limits: Limits = { grace: Duration.seconds(5), patience: Duration.seconds(10), lastWords: Duration.millis(500) }

/**
 * How the program ended; None: not in time, so that it was ended. Either way its group is gone when this returns, with whatever it
 * left there; who cannot be ended is told of as a line. Interrupted, it ends the program in the same way first: SIGTERM to the group,
 * the grace, SIGKILL. A file that is still open for writing is waited for, a few seconds.
 */
export const run = Effect.fn("CommandRunner.run")(function*(command: Command, limits: Limits) {
  const running = Effect.acquireUseRelease(
    start(command),
    ({ exit }) => Effect.timeoutOption(Deferred.await(exit), command.timeLimit),
    (program) => Effect.andThen(end(program, command, limits), hearOut(program, limits))
  )
  return yield* Effect.retry(running, { while: ({ code }) => code === "ETXTBSY", schedule: Schedule.spaced("50 millis"), times: 100 })
})

interface Running {
  readonly pid: number
  readonly exit: Deferred.Deferred<ChildExit>
  readonly listener: Fiber.Fiber<unknown>
  /** Closes our ends of its streams, which ends the listener. */
  readonly close: Effect.Effect<void>
}

const end = Effect.fnUntraced(function*({ exit, pid }: Running, { tell }: Command, limits: Limits) {
  if (!(yield* Deferred.isDone(exit))) yield* terminate(pid, Deferred.await(exit), limits)
  yield* kill(pid, tell, Effect.andThen(Deferred.await(exit), gone(pid)), limits)
})

/**
 * Ends whoever runs the very same command already, with its group: a wemixvisor that was killed could not end it, and two of one must not
 * work on the same data. For programs that nobody else has a reason to run in a session of their own.
 */
export const endLeftovers = Effect.fn("CommandRunner.endLeftovers")(function*({ arguments: words, path, tell }: Pick<Command, "arguments" | "path" | "tell">, limits: Limits) {
  for (const pid of yield* ProcessTable.findStarted({ path, arguments: words })) {
    yield* tell(`pid ${pid} still runs it, left by a wemixvisor that was killed; it is ended first`)
    yield* terminate(pid, gone(pid), limits)
    yield* kill(pid, tell, gone(pid), limits)
  }
})

const gone = (pid: number) => ProcessTable.emptied(ProcessTable.hasMembers(pid))

const terminate = (pid: number, ended: Effect.Effect<unknown>, { grace }: Limits) =>
  Effect.andThen(ProcessTable.send(-pid, "SIGTERM"), Effect.timeoutOption(ended, grace))

/** The whole group; SIGKILL only where somebody of it is left, for the number may be another's once nobody is. */
const kill = (pid: number, tell: Command["tell"], ended: Effect.Effect<unknown>, { patience }: Limits) =>
  Effect.when(ProcessTable.send(-pid, "SIGKILL"), ProcessTable.hasMembers(pid)).pipe(
    Effect.andThen(Effect.timeoutOption(ended, patience)),
    Effect.flatMap((done) => done._tag === "Some" ? Effect.void : tell(`processes of group ${pid} do not end though they were killed; see to them`))
  )

const hearOut = ({ close, listener }: Running, { lastWords }: Limits) =>
  Effect.timeoutOption(Fiber.await(listener), lastWords).pipe(Effect.andThen(close), Effect.andThen(Fiber.await(listener)))

const start = Effect.fnUntraced(function*(command: Command) {
  const streams = yield* ProgramStreams.make(command.input)
  const { child, exit } = yield* spawned(command, streams.stdio).pipe(Effect.onError(() => streams.discard), Effect.ensuring(streams.handedOver))
  const { input, outputs } = streams.of(child)
  feed(input, command.input)
  const listening = Effect.forEach(outputs, (stream) => listen(stream, command.tell), { concurrency: "unbounded", discard: true })
  const running: Running = {
    pid: child.pid ?? 0,
    exit,
    listener: yield* Effect.forkDetach(listening, { startImmediately: true }),
    close: Effect.sync(() => [input, ...outputs].forEach((stream) => void stream?.destroy()))
  }
  return running
})

/** Who does not read it, or no more (EPIPE, ECONNRESET), need not. */
const feed = (stream: Writable | undefined, input: string | undefined): void => {
  stream?.on("error", () => undefined)
  stream?.end(input)
}

const listen = Effect.fnUntraced(function*(stream: Readable, tell: Command["tell"]) {
  const chunks = stream.iterator()
  let pending = OutputLines.nothing
  while (true) {
    const next = yield* Effect.promise(() => chunks.next().catch(() => ({ done: true, value: undefined })))
    if (next.done === true || !(next.value instanceof Uint8Array)) break
    const found = OutputLines.split(pending, next.value)
    pending = found.pending
    yield* Effect.forEach(found.lines, tell, { discard: true })
  }
  yield* Effect.forEach(OutputLines.rest(pending), tell, { discard: true })
})

interface Spawned {
  readonly child: ChildProcess
  readonly exit: Deferred.Deferred<ChildExit>
}

const spawned = (command: Command, stdio: ProgramStreams.ProgramStreams["stdio"]): Effect.Effect<Spawned, CommandError> =>
  Effect.callback<Spawned, CommandError>((resume) => {
    const fail = (cause: NodeJS.ErrnoException) => resume(Effect.fail(new CommandError({ path: command.path, code: cause.code ?? "UNKNOWN" })))
    const exit = Deferred.makeUnsafe<ChildExit>()
    const child = spawnOrFail(command, stdio, fail)
    child?.once("error", fail)
    child?.once("exit", (code, signal) => Deferred.doneUnsafe(exit, Effect.succeed(ProcessTable.exitOf(code, signal))))
    child?.once("spawn", () => resume(Effect.succeed({ child, exit })))
  })

/** Node throws some refusals (ETXTBSY, E2BIG …) and emits others. */
const spawnOrFail = (
  command: Command,
  stdio: ProgramStreams.ProgramStreams["stdio"],
  fail: (cause: NodeJS.ErrnoException) => void
): ChildProcess | undefined => {
  try {
    return spawn(command.path, command.arguments, {
      stdio: [...stdio],
      env: { ...process.env, ...command.variables },
      cwd: command.directory,
      detached: true
    })
  } catch (cause) {
    fail(cause instanceof Error ? cause : new Error(String(cause)))
    return undefined
  }
}
