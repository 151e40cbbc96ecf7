// The program: the only file that runs anything. Turns the arguments into an effect, and its end into an exit status.
import { Effect } from "effect"
import { ending } from "./cli/Failure.ts"
import { run } from "./cli/Run.ts"
import * as RunLine from "./cli/RunLine.ts"

const argv = process.argv.slice(2)
const line = RunLine.parse(argv)
const main = line === undefined
  ? Effect.flatMap(Effect.promise(() => import("./cli/CommandLine.ts")), ({ commandLine }) => commandLine(argv, process.env))
  : run(process.env, line.flags, line.args)

process.title = "wemixvisor"

const withTraces = [process.env["WEMIXVISOR_LOG_LEVEL"], line?.flags.logLevel].some((level) => level === "debug" || level === "trace")
const { lines, status } = ending(await Effect.runPromiseExit(main), withTraces)
// The log has its own way to standard error; the stream is made only for these lines, and a reader that is gone is no failure.
if (lines.length > 0) process.stderr.on("error", () => undefined)
for (const text of lines) process.stderr.write(`wemixvisor: ${text}\n`)
process.exit(status)
