// The short way to `run` and the whole command line understand an invocation alike, and every argument reaches the node.
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Effect, Ref, Schema } from "effect"
import { Argument, Command } from "effect/cli"
import { expect } from "vitest"
import * as Flags from "../../src/cli/Flags.ts"
import * as RunLine from "../../src/cli/RunLine.ts"
import { settings } from "../../src/domain/Settings.ts"

/** What the whole command line makes of an invocation of `run`. */
const parsed = Effect.fnUntraced(function*(argv: ReadonlyArray<string>) {
  const seen = yield* Ref.make<RunLine.RunLine | undefined>(undefined)
  const root = Command.make("wemixvisor").pipe(Command.withSharedFlags(Flags.flags))
  const run = Command.make("run", { args: Argument.String("args").pipe(Argument.variadic()) }, Effect.fnUntraced(function*({ args }) {
    yield* Ref.set(seen, { flags: Flags.given(yield* root), args })
  }))
  const command = root.pipe(Command.withSubcommands([run]))
  yield* Command.runWith(command, { version: "0", renderErrors: false })(Flags.prepare(argv)).pipe(Effect.ignore, Effect.provide(NodeServices.layer))
  return yield* Ref.get(seen)
})

const OddArgument = Schema.Union([
  Schema.String,
  Schema.Literals(["--help", "-h", "--", "run", "--home", "--home=x", "--version", "-", "", "--completions", "=", "\n", "é", "--log-level"])
])
const FlagPart = Schema.Literals(Object.values(settings).flatMap(({ flag, isSwitch }) => isSwitch ? [`--${flag}`, `--${flag}=false`] : [`--${flag}=v`]))

it.effect.prop("every argument after run reaches the node byte for byte", { args: Schema.Array(OddArgument) }, ({ args }) =>
  Effect.gen(function*() {
    assert.deepStrictEqual(RunLine.parse(["run", ...args])?.args, args)
    assert.deepStrictEqual((yield* parsed(["run", ...args]))?.args, args)
  }), { arbitrary: { runs: 200 } })

it.effect.prop("flags before run mean the same to both", { flags: Schema.Array(FlagPart), args: Schema.Array(OddArgument) }, ({ args, flags }) =>
  Effect.gen(function*() {
    const line = RunLine.parse([...flags, "run", ...args])
    const names = flags.map((flag) => flag.split("=")[0])
    if (new Set(names).size < names.length) return assert.isUndefined(line)
    assert.deepStrictEqual(line, yield* parsed([...flags, "run", ...args]))
  }), { arbitrary: { runs: 200 } })

it("a value may follow its flag as an argument of its own, run among them", () => {
  expect(RunLine.parse(["--home", "run", "--unsafe-skip-backup", "FALSE", "run", "x"])).toEqual({ flags: { home: "run", skipBackup: "FALSE" }, args: ["x"] })
})

it.each([
  [[]],
  [["version"]],
  [["--help", "run"]],
  [["--hom", "x", "run"]],
  [["--home"]],
  [["--home", "--name", "x", "run"]],
  [["-h"]],
  [["--", "run"]]
])("leaves %j to the whole command line", (argv) => {
  expect(RunLine.parse(argv)).toBeUndefined()
})

it("help with the name of a command is that command's help", () => {
  expect(Flags.prepare(["help", "init"])).toEqual(["init", "--help"])
  expect(Flags.prepare(["--home", "/x", "help"])).toEqual(["--home", "/x", "--help"])
})
