// Lines of arguments of every kind, in process: the short way to `run` and the parser agree, and no line ends in a defect or without a word.
// No line here gets as far as a home: settings that are wrong stand in the environment, so nothing is started, made or locked.
import * as NodeServices from "@effect/platform-node/NodeServices"
import { describe } from "@effect/vitest"
import { Console, Effect, Ref } from "effect"
import { Argument, Command } from "effect/cli"
import { expect } from "vitest"
import { commandLine } from "../../src/cli/CommandLine.ts"
import * as Flags from "../../src/cli/Flags.ts"
import { run } from "../../src/cli/Run.ts"
import * as RunLine from "../../src/cli/RunLine.ts"
import { settings } from "../../src/domain/Settings.ts"
import type { Dice } from "../support/Dice.ts"
import { fuzzing } from "./Fuzz.ts"
import { settingText } from "./SettingsTexts.ts"
import * as Words from "./Words.ts"

const { holds } = fuzzing(import.meta.filename)

const names = Object.values(settings).map(({ flag }) => `--${flag}`)
const words = ["run", "init", "version", "config", "help", "--help", "-h", "--version", "-v", "-o", "json", "--output", "--output=xml", "--force", "--adopt", "--", "-", "--completions", "bash", "--completions=fish", "--wizard", "--hom", "--no-unsafe-skip-backup", "--home", "true", "FALSE", "-x", "-vh", "--=", "=", ""] as const

const word = (dice: Dice): string => {
  if (dice.oneIn(3)) return dice.any(names) ?? ""
  if (dice.oneIn(3)) return `${dice.any(names) ?? ""}=${settingText(dice)}`
  if (dice.oneIn(4)) return dice.text(0, 3).replaceAll("\0", "")
  return dice.pick(words)
}

const line = (dice: Dice): ReadonlyArray<string> => [...dice.several(0, 4, word), ...dice.oneIn(3) ? [] : [dice.pick(["run", "run", "init", "version", "config", "help"])], ...dice.several(0, 3, word)]

/** What the whole command line makes of an invocation of `run`; undefined when it is none. */
const parsed = Effect.fnUntraced(function*(argv: ReadonlyArray<string>) {
  const seen = yield* Ref.make<RunLine.RunLine | undefined>(undefined)
  const root = Command.make("wemixvisor").pipe(Command.withSharedFlags(Flags.flags))
  const runs = Command.make("run", { args: Argument.String("args").pipe(Argument.variadic()) }, Effect.fnUntraced(function*({ args }) {
    yield* Ref.set(seen, { flags: Flags.given(yield* root), args })
  }))
  const command = root.pipe(Command.withSubcommands([runs]))
  yield* Command.runWith(command, { version: "0", renderErrors: false })(Flags.prepare(argv)).pipe(Effect.ignore, Effect.provide(NodeServices.layer))
  return yield* Ref.get(seen)
})

/** Wrong in more places than one line of arguments mends. */
const wrong = Object.fromEntries(Object.values(settings).map(({ variable }) => [variable, variable === "DAEMON_HOME" ? "nowhere" : "/\u001b\n/.."]))

/** The program with these arguments as it is in `bin.ts`, and what it wrote on standard error. */
const invoked = Effect.fnUntraced(function*(argv: ReadonlyArray<string>) {
  const written: Array<string> = []
  const context = yield* Console.Console
  const add = (...said: ReadonlyArray<unknown>) => void written.push(said.map(String).join(" "))
  const short = RunLine.parse(argv)
  const main = short === undefined ? commandLine(argv, wrong) : run(wrong, short.flags, short.args)
  const exit = yield* Effect.exit(main).pipe(Effect.provideService(Console.Console, { ...context, error: add, log: () => undefined }))
  return { exit, written }
})

const [ok, usage, wrongSettings] = [0, 64, 78]

describe("a line of arguments", () => {
  holds("that the short way is sure of means the same to the parser", 400, (dice) =>
    Effect.gen(function*() {
      const argv = line(dice)
      const short = RunLine.parse(argv)
      if (short !== undefined) expect(yield* parsed(argv), JSON.stringify(argv)).toEqual(short)
    }))

  holds("before run leaves every argument after it as it was", 200, (dice) =>
    Effect.gen(function*() {
      const flags = dice.several(0, 3, (dice) => `${dice.any(names) ?? ""}=${settingText(dice)}`)
      const args = dice.several(0, 5, word)
      const given = flags.map((flag) => flag.split("=")[0])
      if (new Set(given).size < given.length) return
      expect(RunLine.parse([...flags, "run", ...args])?.args).toEqual(args)
      expect((yield* parsed([...flags, "run", ...args]))?.args).toEqual(args)
    }))

  holds("ends in an answer, in a word about its usage, or in one about the settings: never in a defect", 400, (dice) =>
    Effect.gen(function*() {
      const argv = line(dice)
      const { exit, written } = yield* invoked(argv)
      const { lines, status } = Words.ends(exit, [ok, usage, wrongSettings])
      for (const said of written) Words.isLine(said)
      if (status !== ok) expect(lines.length + written.length, JSON.stringify(argv)).toBeGreaterThan(0)
    }))
})
