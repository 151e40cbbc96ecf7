// The command tree. Each command turns flags into one call and prints its answer on standard output.
import { Console, Effect, Layer, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { resolve } from "node:path"
import { currentBinary } from "../domain/Home.ts"
import { Config, type Sources } from "../services/Config.ts"
import { LinkManager } from "../services/LinkManager.ts"
import { checkHome } from "../supervisor/Boot.ts"
import * as Init from "../supervisor/Init.ts"
import * as Answers from "./Answers.ts"
import * as Flags from "./Flags.ts"
import { programVersion } from "./ProgramVersion.ts"
import { configured, run, supervised, UsageError } from "./Run.ts"

export interface Program {
  readonly version: string
  readonly environment: Sources["environment"]
}

const output = Flag.Literals("output", ["text", "json"]).pipe(
  Flag.withAlias("o"),
  Flag.withDescription("how the answer is printed"),
  Flag.withDefault("text" as const)
)

const root = Command.make("wemixvisor").pipe(
  Command.withDescription("Keeps a blockchain node running and swaps its binary when an upgrade is due"),
  Command.withSharedFlags(Flags.flags)
)

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
      const options = { adopt, force, binary: Option.map(binary, (path) => resolve(path)) }
      const done = yield* Effect.scoped(Init.init(options)).pipe(Effect.provide(supervised(program.environment, Flags.given(yield* root))))
      yield* Effect.forEach(done.length > 0 ? done : ["nothing to do: the home is as it should be"], (line) => Console.log(line))
    })
  ).pipe(Command.withDescription("Make the home, with this binary as its first release"))

const versionCommand = (program: Program) =>
  Command.make(
    "version",
    { output },
    Effect.fnUntraced(function*(flags) {
      const answer = yield* Effect.flatMap(Config, releaseVersion).pipe(
        Effect.provide(LinkManager.layer.pipe(Layer.provideMerge(configured(program.environment, Flags.given(yield* root)))))
      )
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
    { output },
    Effect.fnUntraced(function*(flags) {
      const { rows } = yield* Config.pipe(Effect.provide(configured(program.environment, Flags.given(yield* root))))
      yield* Console.log(Answers.rows(flags.output, rows))
    })
  ).pipe(Command.withDescription("Print every setting with its value and where it came from"))

export const command = (program: Program) =>
  root.pipe(Command.withSubcommands([initCommand(program), runCommand(program), versionCommand(program), configCommand(program)]))
