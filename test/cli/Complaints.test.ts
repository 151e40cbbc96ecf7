// What is wrong with an invocation is said in lines that cannot speak to the terminal, though they quote it.
import { it } from "@effect/vitest"
import { Console, Effect } from "effect"
import { expect } from "vitest"
import { commandLine } from "../../src/cli/CommandLine.ts"

it.effect("an unknown flag or word is quoted with its control characters escaped", () =>
  Effect.gen(function*() {
    const written: Array<string> = []
    const context = yield* Console.Console
    const error = (...said: ReadonlyArray<unknown>) => void written.push(said.map(String).join(" "))
    for (const word of ["--x\u001b[31m\ny", "\u009b31m"]) {
      yield* commandLine([word], {}).pipe(Effect.ignore, Effect.provideService(Console.Console, { ...context, error }))
    }
    expect(written.filter((line) => /\p{Cc}/u.test(line))).toEqual([])
    expect(written.join("\n")).toContain("\\u001b[31m\\ny")
    expect(written.join("\n")).toContain("\\u009b31m")
  }))

it.effect("a suggestion stands in the line of the complaint, and the help that is named is the command's own", () =>
  Effect.gen(function*() {
    const written: Array<string> = []
    const context = yield* Console.Console
    const error = (...said: ReadonlyArray<unknown>) => void written.push(said.map(String).join(" "))
    yield* commandLine(["upgrade", "lst"], {}).pipe(Effect.ignore, Effect.provideService(Console.Console, { ...context, error }))
    expect(written).toEqual([
      "wemixvisor: Unknown subcommand \"lst\" for \"wemixvisor upgrade\": did you mean list?",
      "wemixvisor: wemixvisor upgrade --help says what there is"
    ])
  }))
