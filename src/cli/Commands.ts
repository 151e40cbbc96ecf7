// The command tree. Each command turns flags into one call and prints its answer on standard output.
import { Console, Effect, Layer, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { currentBinary } from "../domain/Home.ts"
import { Config } from "../services/Config.ts"
import { LinkManager } from "../services/LinkManager.ts"
import { Surroundings } from "../services/Surroundings.ts"
import { checkHome } from "../supervisor/Boot.ts"
import * as Init from "../supervisor/Init.ts"
import { adoptCommand } from "./AdoptCommand.ts"
import * as Answers from "./Answers.ts"
import { untilStopped } from "./AtRest.ts"
import { backupCommand } from "./BackupCommands.ts"
import { examine } from "./Doctor.ts"
import { isWrong, render } from "./Finding.ts"
import * as Flags from "./Flags.ts"
import { absolute, type Program, provided, root, settled } from "./Program.ts"
import { programVersion } from "./ProgramVersion.ts"
import { NodeStatus, run, UsageError } from "./Run.ts"
import { addUpgradeCommand, showUpgradeInfoCommand, upgradeCommand } from "./UpgradeCommands.ts"

const runCommand = (program: Program) =>
  Command.make(
    "run",
    { arguments: Argument.String("arguments").pipe(Argument.variadic()) },
    Effect.fnUntraced(function*({ arguments: args }) {
      yield* run(program.environment, Flags.given(yield* root), args)
    })
  ).pipe(Command.withDescription("Run the node and upgrade it; everything after `run` goes to the node, even --help"))

const initCommand = (program: Program) =>
  Command.make(
    "init",
    {
      binary: Argument.String("binary").pipe(Argument.optional),
      force: Flag.Boolean("force").pipe(Flag.withDescription("replace a genesis binary that is another one"), Flag.withDefault(false)),
      adopt: Flag.Boolean("adopt").pipe(Flag.withDescription("move a home that cosmovisor laid out"), Flag.withDefault(false))
    },
    Effect.fnUntraced(function*({ adopt, binary, force }) {
      if (Option.isNone(binary) && !adopt) return yield* new UsageError({ lines: ["init needs the node's binary: wemixvisor init <binary>"] })
      const options = { adopt, force, binary: Option.map(binary, absolute) }
      const done = yield* Effect.scoped(Init.init(options)).pipe(Effect.provide(yield* provided(program)))
      yield* Effect.forEach(done.length > 0 ? done : ["nothing to do: the home is as it should be"], (line) => Console.log(line))
    })
  ).pipe(Command.withDescription("Make the home, with this binary as its first release"))

const versionCommand = (program: Program) =>
  Command.make(
    "version",
    { output: Answers.output },
    Effect.fnUntraced(function*(flags) {
      const answer = yield* untilStopped(Effect.flatMap(Config, releaseVersion)).pipe(Effect.provide(yield* provided(program)))
      yield* Console.log(Answers.versions(flags.output, { wemixvisor: program.version, ...answer }))
    })
  ).pipe(Command.withDescription("Print the version of wemixvisor and of the current release"))

const releaseVersion = Effect.fnUntraced(function*({ home }: Config["Service"]) {
  const links = yield* LinkManager
  const found = yield* Effect.result(Effect.andThen(checkHome, links.current))
  if (found._tag === "Failure") return { release: undefined, program: undefined, problem: found.failure.message }
  if (Option.isNone(found.success)) return { release: undefined, program: undefined, problem: `there is no link ${home.current}` }
  const version = yield* programVersion(currentBinary(home))
  const problem = Option.isNone(version) ? `${currentBinary(home)} gives no version` : undefined
  return { release: found.success.value, program: Option.getOrUndefined(version), problem }
})

const configCommand = (program: Program) =>
  Command.make(
    "config",
    { output: Answers.output },
    Effect.fnUntraced(function*(flags) {
      const { rows } = yield* Config.pipe(Effect.provide(yield* settled(program)))
      yield* Console.log(Answers.rows(flags.output, rows))
    })
  ).pipe(Command.withDescription("Print every setting with its value and where it came from"))

const doctorCommand = (program: Program) =>
  Command.make(
    "doctor",
    { output: Answers.output },
    Effect.fnUntraced(function*(flags) {
      const findings = yield* untilStopped(examine).pipe(Effect.provide(Layer.provideMerge(Surroundings.layer, yield* provided(program))))
      yield* Console.log(render(flags.output, findings))
      if (isWrong(findings)) return yield* new NodeStatus({ status: 1 })
    })
  ).pipe(Command.withDescription("Look at all that a run depends on, and say what would mend what is wrong"))

/** In the order of the help: what an operator needs first stands first. */
export const command = (program: Program) =>
  root.pipe(Command.withSubcommands([
    initCommand(program),
    runCommand(program),
    upgradeCommand(program),
    backupCommand(program),
    doctorCommand(program),
    configCommand(program),
    versionCommand(program),
    adoptCommand(program),
    addUpgradeCommand(program),
    showUpgradeInfoCommand(program)
  ]))
