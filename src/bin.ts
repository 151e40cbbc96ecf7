// The program: the only file that runs anything. Turns the arguments into an effect, and its end into an exit status.
import { Effect } from "effect"
import { ending } from "./cli/Failure.ts"
import { run, UsageError } from "./cli/Run.ts"
import * as RunLine from "./cli/RunLine.ts"

/**
 * Node reads arguments as UTF-8 and puts a mark in the place of what is none. Only the system knows whether it was there before: it is asked where
 * there is a mark, with modules that are loaded only then (an import of the file system loads every kind of stream before the node is started).
 */
function isChanged(words: ReadonlyArray<string>): boolean {
  if (!words.some((word) => word.includes("\uFFFD"))) return false
  try {
    return !process.getBuiltinModule("node:buffer").isUtf8(process.getBuiltinModule("node:fs").readFileSync("/proc/self/cmdline"))
  } catch {
    return false
  }
}

/** For a command that has failed before its flags were read, or in it. */
function levelsIn(words: ReadonlyArray<string>): ReadonlyArray<string | undefined> {
  return words.flatMap((word, index) => word === "--log-level" ? [words[index + 1]] : word.startsWith("--log-level=") ? [word.slice("--log-level=".length)] : [])
}

const argv = process.argv.slice(2)
const line = RunLine.parse(argv)
const main = isChanged(argv)
  ? Effect.fail(new UsageError({ lines: ["an argument is not UTF-8 text, and the runtime has changed it already: nothing was started with it; write it in UTF-8"] }))
  : line === undefined
  ? Effect.flatMap(Effect.promise(() => import("./cli/CommandLine.ts")), ({ commandLine }) => commandLine(argv, process.env))
  : run(process.env, line.flags, line.args)

process.title = "wemixvisor"

const withTraces = [process.env["WEMIXVISOR_LOG_LEVEL"], ...(line === undefined ? levelsIn(argv) : [line.flags.logLevel])].some((level) => level === "debug" || level === "trace")
const { lines, status } = ending(await Effect.runPromiseExit(main), withTraces)
// The log has its own way to standard error; the stream is made only for these lines, and a reader that is gone is no failure.
if (lines.length > 0) process.stderr.on("error", () => undefined)
for (const text of lines) process.stderr.write(`wemixvisor: ${text}\n`)
process.exit(status)
