// The whole command line: parsing, help, completions, every command. Loaded only where the plain form of `run` does not do.
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect, Layer } from "effect"
import { CliConfig, CliError, CliOutput, Command, GlobalFlag } from "effect/cli"
import { version } from "../domain/Version.ts"
import type { Sources } from "../services/Config.ts"
import { printable } from "../services/Log.ts"
import { command } from "./Commands.ts"
import { prepare } from "./Flags.ts"
import { UsageError } from "./Run.ts"

const complain = (messages: ReadonlyArray<string>, command: ReadonlyArray<string>) =>
  Effect.forEach([...messages.map(asOneLine), `${command.join(" ")} --help says what there is`], (line) => Console.error(`wemixvisor: ${printable(line)}`), { discard: true })

/** The suggestions of the command line's parser stand in lines of their own. */
const asOneLine = (message: string): string =>
  message.replace(/\n\n {2}Did you mean this\?\n {4}([\w\n -]+)$/, (_, names: string) => `: did you mean ${names.split(/\n {4}/).join(" or ")}?`)

/** Help and versions that were asked for are answers, on standard output; what is wrong with an invocation is not, and comes without the whole help. */
const presenter = CliOutput.layerPresenter({
  present: (event) => {
    if (event._tag === "InvalidInvocation") return complain(event.errors.map(({ message }) => message), event.commandPath)
    return event._tag === "Help" && event.reason === "Implicit" ? complain(["a command is missing"], event.commandPath) : CliOutput.defaultPresenter.present(event)
  }
})

const builtIns = CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions] })

export const commandLine = (argv: ReadonlyArray<string>, environment: Sources["environment"]) =>
  Command.runWith(command({ version, environment }), { version })(prepare(argv)).pipe(
    Effect.catchIf(CliError.isCliError, () => Effect.fail(new UsageError({ lines: [] }))),
    Effect.provide(Layer.mergeAll(presenter, builtIns, NodeServices.layer))
  )
