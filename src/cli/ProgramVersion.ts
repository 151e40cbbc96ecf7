// Asks a release's program for its version: `version` first, as geth-like and Cosmos programs know it, then `--version`.
import { Effect, Option, Stream } from "effect"
import { ChildProcess } from "effect/process"

/** A program that takes a word for something else, and runs on, is ended after this: for both words together. */
const limit = "10 seconds"

/** Longer answers are cut, in characters. */
const longest = 4096

/** What the program prints, or None when it gives no version. Its whole group is ended when this returns, however it returns. */
export const programVersion = (path: string) =>
  ask(path, "version").pipe(
    Effect.filterOrElse(Option.isSome, () => ask(path, "--version")),
    Effect.timeoutOption(limit),
    Effect.map(Option.flatten)
  )

const ask = Effect.fnUntraced(function*(path: string, argument: string) {
  const child = yield* ChildProcess.make(path, [argument], { stdin: "ignore", stderr: "ignore", forceKillAfter: "1 second" })
  const text = yield* child.stdout.pipe(Stream.decodeText(), Stream.mkString)
  const isAnswer = (yield* child.exitCode) === 0 && text.trim() !== ""
  return isAnswer ? Option.some(text.trim().slice(0, longest)) : Option.none<string>()
}, Effect.scoped, Effect.orElseSucceed(() => Option.none<string>()))
