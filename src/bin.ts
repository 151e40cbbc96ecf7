#!/usr/bin/env node
// The program: the only file that runs anything. Parses the arguments, provides the real system, turns the end into an exit status.
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect, Layer } from "effect"
import { CliConfig, CliOutput, Command, GlobalFlag } from "effect/cli"
import { command } from "./cli/Commands.ts"
import { ending } from "./cli/Failure.ts"
import { prepare } from "./cli/Flags.ts"
import { version } from "./domain/Version.ts"

/** Help and versions are answers, on standard output; what is wrong with an invocation is not, and comes without the whole help. */
const presenter = CliOutput.layerPresenter({
  present: (event) =>
    event._tag === "InvalidInvocation"
      ? Effect.forEach([...event.errors.map(({ message }) => message), "wemixvisor --help says what there is"], (line) =>
        Console.error(`wemixvisor: ${line}`), { discard: true })
      : CliOutput.defaultPresenter.present(event)
})

const builtIns = CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions] })

const environment = process.env
const main = Command.runWith(command({ version, environment }), { version })(prepare(process.argv.slice(2))).pipe(
  Effect.provide(Layer.mergeAll(presenter, builtIns, NodeServices.layer))
)

// A terminal or a reader that is gone must not end the program that keeps a node running.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined)
process.title = "wemixvisor"

const withTraces = environment["WEMIXVISOR_LOG_LEVEL"] === "debug" || process.argv.slice(2).join(" ").includes("--log-level debug")
const { lines, status } = ending(await Effect.runPromiseExit(main), withTraces)
for (const line of lines) process.stderr.write(`wemixvisor: ${line}\n`)
process.exit(status)
