// The operator's programs around an upgrade: the directories of hooks, the custom pre-upgrade script, the new binary's own pre-upgrade command.
// Runs them and says how they ended. When it is time for one, and what a failure leads to, is decided elsewhere.
import { Context, Duration, Effect, Layer, Option, Schema } from "effect"
import { ChildExit, describe, isClean } from "../../domain/ChildExit.ts"
import { span } from "../../domain/GoDuration.ts"
import { releaseBinary } from "../../domain/Home.ts"
import { argumentsOf, hookDirectory, type Occasion, type Stage, variablesOf } from "../../domain/Hook.ts"
import * as CommandRunner from "./CommandRunner.ts"
import { Config } from "../Config.ts"
import { Disk, type DiskError } from "../Disk.ts"
import { Room } from "../Log.ts"
import { thisMachine, type Unfitness, unfitness } from "../ProgramFile.ts"

/**
 * `Failed`: it ended otherwise than well. `TimedOut`: it did not end, and was ended. `NotStarted`: the system would not start it.
 * `Refused`: its file, or the directory it should be in, is not fit; nothing was tried.
 */
export class HookError extends Schema.TaggedError<HookError>()("HookError", {
  reason: Schema.Literals(["Failed", "TimedOut", "NotStarted", "Refused"]),
  path: Schema.String,
  why: Schema.String
}) {
  override get message() {
    return `${this.path} ${this.why}`
  }
}

export class Hooks extends Context.Service<Hooks, {
  /**
   * Runs the hooks of the stage one after another, in the order of their names; without a directory there are none. Each gets the arguments,
   * variables and input that docs/OPERATING.md has. `pre-upgrade` fails with the first that did; the other stages warn, go on, and never fail.
   * Not idempotent of itself: a hook is told by the occasion's key that it runs again. Interrupted, it ends the hook that runs and its group first.
   */
  readonly run: (stage: Stage, occasion: Occasion) => Effect.Effect<void, HookError>
  /**
   * Runs the custom script, then the new binary's own command, as far as the settings have them. No node runs meanwhile: the caller sees to
   * that. Fails unless both ended well; interrupted as above.
   */
  readonly preUpgrade: (occasion: Occasion) => Effect.Effect<void, HookError>
}>()("wemixvisor/services/hooks/Hooks") {
  static readonly layerWith = (limits: CommandRunner.Limits) =>
    Layer.effect(
      Hooks,
      Effect.gen(function*() {
        const tools: Tools = { config: yield* Config, disk: yield* Disk, limits }
        return Hooks.of({
          run: (stage, occasion) => runStage(tools, stage, occasion),
          preUpgrade: (occasion) => Effect.andThen(
            tools.config.settings.customPreupgrade === undefined ? Effect.void : runScript(tools, tools.config.settings.customPreupgrade, occasion),
            tools.config.settings.preupgrade ? runOwn(tools, occasion) : Effect.void
          )
        })
      })
    )
  static readonly layer = Hooks.layerWith(CommandRunner.limits)
}

interface Tools {
  readonly config: Config["Service"]
  readonly disk: Disk["Service"]
  readonly limits: CommandRunner.Limits
}

const runStage = Effect.fnUntraced(function*(tools: Tools, stage: Stage, occasion: Occasion) {
  const names = yield* listed(tools, stage)
  if (names.length > 0) yield* runAll(tools, stage, names, occasion)
}, (running, _tools, stage) => tolerant(stage, running))

const runAll = Effect.fn("Hooks.run")(function*(tools: Tools, stage: Stage, names: ReadonlyArray<string>, occasion: Occasion) {
  const paths = yield* Effect.filter(names.map((name) => `${hookDirectory(tools.config.home, stage)}/${name}`), (path) => isHook(tools, path))
  yield* Effect.forEach(paths, (path) => tolerant(stage, runHook(tools, stage, path, occasion)), { discard: true })
})

/** Only `pre-upgrade` has something left to refuse. */
const tolerant = <A>(stage: Stage, effect: Effect.Effect<A, HookError>): Effect.Effect<A | void, HookError> =>
  stage === "pre-upgrade" ? effect : Effect.catch(effect, ({ message, path }) => log(Effect.logWarning(`${stage}: ${message}`), nameOf(path)))

/** In the order of their bytes; without those that editors and package managers leave behind. */
const listed = ({ config, disk }: Tools, stage: Stage): Effect.Effect<ReadonlyArray<string>, HookError> =>
  disk.list(hookDirectory(config.home, stage)).pipe(
    Effect.catchIf(({ code }) => code === "ENOENT", () => Effect.succeed([])),
    Effect.mapError(({ code, path }) => new HookError({ reason: "Refused", path, why: `cannot be listed: ${code}: make it a directory that wemixvisor may read` })),
    Effect.map((names) => names.filter((name) => !/^\.|~$/.test(name)).toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other))))
  )

const isHook = ({ disk }: Tools, path: string): Effect.Effect<boolean> =>
  disk.status(path, true).pipe(
    Effect.flatMap(({ kind, mode }) => {
      if (kind === "directory") return Effect.succeed(false)
      if (kind === "file" && (mode & 0o111) !== 0) return Effect.succeed(true)
      return passOver(path, kind === "file" ? `is not executable: chmod +x ${path}` : "is not a file")
    }),
    Effect.catch(({ code }) => passOver(path, `cannot be looked at: ${code}`))
  )

const passOver = (path: string, why: string) => Effect.as(log(Effect.logWarning(`${path} ${why}; passed over`), nameOf(path)), false)

const runHook = ({ config, disk, limits }: Tools, stage: Stage, path: string, occasion: Occasion): Effect.Effect<void, HookError> => {
  const { home, settings } = config
  const command = {
    path,
    arguments: argumentsOf(occasion),
    variables: variablesOf(home, stage, occasion),
    directory: home.directory,
    input: occasion.plan,
    timeLimit: settings.hookTimeout
  }
  return runWell(disk, limits, command, stage, "mend it, or take it out of the directory")
}

const runScript = Effect.fn("Hooks.customPreupgrade")(function*({ config, disk, limits }: Tools, name: string, occasion: Occasion) {
  const { home, settings } = config
  const path = `${home.root}/${name}`
  yield* makeExecutable(disk, path)
  const command = {
    path,
    arguments: argumentsOf(occasion),
    variables: variablesOf(home, "pre-upgrade", occasion),
    directory: home.directory,
    input: occasion.plan,
    timeLimit: settings.hookTimeout
  }
  yield* runWell(disk, limits, command, "custom pre-upgrade", "mend it, or unset COSMOVISOR_CUSTOM_PREUPGRADE")
})

/** As cosmovisor does. A file that is not there, or is none, is left to the judgement before the start. */
const makeExecutable = Effect.fnUntraced(function*(disk: Disk["Service"], path: string) {
  const status = yield* Effect.option(disk.status(path, true))
  if (Option.isNone(status) || status.value.kind !== "file" || (status.value.mode & 0o100) !== 0) return
  yield* disk.changeMode(path, status.value.mode | 0o100).pipe(Effect.mapError((error) => notExecutable(path, error)))
  yield* log(Effect.logInfo(`${path} was not executable, and is now`), nameOf(path))
})

const notExecutable = (path: string, { code }: DiskError) =>
  new HookError({ reason: "Refused", path, why: `is not executable and cannot be made so: ${code}: chmod u+x ${path}` })

/** What the application says with the exit code of its own command (cosmos-sdk, x/upgrade and cosmovisor). */
const saysNothingToDo = 1
const saysFailed = 30
const saysAgain = 31

/** The word is all that the program gets: environment and working directory are those of this process, as with cosmovisor. */
const runOwn = Effect.fn("Hooks.preUpgrade")(function*({ config, disk, limits }: Tools, { upgrade }: Occasion) {
  const { home, settings } = config
  const path = releaseBinary(home, upgrade.to)
  const command = { path, arguments: ["pre-upgrade"], variables: {}, directory: undefined, input: undefined, timeLimit: settings.hookTimeout }
  for (let retry = 0; ; retry++) {
    const exit = yield* runToEnd(disk, limits, command, "pre-upgrade command")
    const code = exit._tag === "Code" ? exit.code : undefined
    if (code === 0) return
    if (code === saysNothingToDo) return yield* log(Effect.logInfo(`${path} has no pre-upgrade command: it ended with code 1`), home.binaryName)
    if (code !== saysAgain || retry >= settings.preupgradeMaxRetries) return yield* new HookError({ reason: "Failed", path, why: ownFailure(exit, settings.preupgradeMaxRetries) })
    yield* log(Effect.logWarning(`${path} pre-upgrade asks to be run again: retry ${retry + 1} of ${settings.preupgradeMaxRetries}`), home.binaryName)
  }
})

const ownFailure = (exit: ChildExit, maxRetries: number): string => {
  const said = `pre-upgrade ended with ${describe(exit)}`
  if (exit._tag === "Code" && exit.code === saysFailed) return `${said}, which says that the upgrade must not be done: see what it wrote`
  if (exit._tag === "Code" && exit.code === saysAgain) return `${said} once more: it was run again ${maxRetries} times, as DAEMON_PREUPGRADE_MAX_RETRIES says`
  return `${said}: see what it wrote, or unset DAEMON_PREUPGRADE if it has no such command`
}

type Command = Omit<CommandRunner.Command, "tell">

/** Fails unless it ends with 0; `remedy` is for the one who reads why. */
const runWell = Effect.fnUntraced(function*(disk: Disk["Service"], limits: CommandRunner.Limits, command: Command, kind: string, remedy: string) {
  const exit = yield* runToEnd(disk, limits, command, kind)
  if (!isClean(exit)) return yield* new HookError({ reason: "Failed", path: command.path, why: `ended with ${describe(exit)}: see what it wrote, ${remedy}` })
})

const runToEnd = Effect.fnUntraced(function*(disk: Disk["Service"], limits: CommandRunner.Limits, command: Command, kind: string) {
  const { path, timeLimit } = command
  const unfit = yield* unfitness(disk, path, thisMachine)
  if (unfit !== undefined) return yield* new HookError({ reason: "Refused", path, why: unfitText(unfit) })
  yield* log(Effect.logInfo(`running the ${kind} ${nameOf(path)}`), nameOf(path))
  const room = yield* Room
  const tell = (line: string) => Effect.asVoid(Effect.when(log(Effect.logInfo(`${nameOf(path)}: ${line}`), nameOf(path)), room))
  yield* CommandRunner.endLeftovers({ ...command, tell }, limits)
  const exit = yield* CommandRunner.run({ ...command, tell }, limits).pipe(
    Effect.mapError(({ code }) => new HookError({ reason: "NotStarted", path, why: `could not be started: ${code}: see that this user may run it` }))
  )
  if (Option.isSome(exit)) return exit.value
  const limit = span(Duration.toMillis(timeLimit))
  return yield* new HookError({ reason: "TimedOut", path, why: `did not end within ${limit} and was ended: mend it, or set DAEMON_HOOK_TIMEOUT higher` })
})

const unfitText = (unfit: Unfitness): string => {
  switch (unfit._tag) {
    case "BinaryMissing":
      return "is not there: put it there, or take back the setting that names it"
    case "NotAFile":
      return "is not a file: put a program there"
    case "NotExecutable":
      return `is not executable: chmod +x ${unfit.path}`
    case "NotPermitted":
      return "may not be executed by this user: see its owner and its mode, and that its file system is not mounted noexec"
    case "NotAProgram":
      return `is not a program: ${unfit.why}; begin a script with #!/bin/sh`
    case "WrongMachine":
      return `is built for ${unfit.built} and this machine is ${unfit.machine}: put the right build there`
    case "Incomplete":
      return `is cut off: ${unfit.bytes} of ${unfit.neededBytes} bytes are there: copy it again`
    case "InterpreterMissing":
      return `needs ${unfit.interpreter}, which is not on this machine: install that`
    case "Unreadable":
      return `cannot be read: ${unfit.code}: see that this user may read it`
  }
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1)

const log = (line: Effect.Effect<void>, hook: string): Effect.Effect<void> => Effect.annotateLogs(line, { topic: "hook", hook })
