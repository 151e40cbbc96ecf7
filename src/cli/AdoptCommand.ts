// `adopt`: shows what it would move of a home that cosmovisor laid out, asks, and moves it; `--undo` gives it back.
import { Console, Effect } from "effect"
import { Command, Flag, Prompt, TerminalCapabilities } from "effect/cli"
import { Config } from "../services/Config.ts"
import { printable } from "../services/Log.ts"
import * as Adopt from "../supervisor/Adopt.ts"
import * as Answers from "./Answers.ts"
import { atRest } from "./AtRest.ts"
import { type Program, provided } from "./Program.ts"
import { UsageError } from "./Run.ts"

const flags = {
  yes: Flag.Boolean("yes").pipe(Flag.withAlias("y"), Flag.withDescription("do not ask"), Flag.withDefault(false)),
  undo: Flag.Boolean("undo").pipe(Flag.withDescription("give the home back to cosmovisor"), Flag.withDefault(false)),
  output: Answers.output
}

export const adoptCommand = (program: Program) =>
  Command.make("adopt", flags, Effect.fnUntraced(function*({ output, undo, yes }) {
    yield* adopt(output, { undo, yes }).pipe(Effect.provide(yield* provided(program)))
  })).pipe(Command.withDescription("Take over a home that cosmovisor laid out; stop cosmovisor first"))

const adopt = Effect.fnUntraced(function*(output: Answers.Format, { undo, yes }: { readonly undo: boolean; readonly yes: boolean }) {
  const moves = yield* undo ? Adopt.movesBack : Adopt.moves
  if (moves.length > 0 && !yes) yield* ask(moves)
  const { home } = yield* Config
  // Without its directory nothing of wemixvisor's runs, and there is no lock.
  if (moves.some(({ from }) => from === home.root)) yield* Effect.scoped(atRest)
  const done = yield* Adopt.carryOut(moves)
  if (output === "json") return yield* Console.log(JSON.stringify({ moved: done.length > 0 ? moves : [] }))
  const nothing = undo ? `nothing to do: ${home.root} is not a home that could be given back` : `nothing to do: there is no ${home.cosmovisorRoot} to take over, or wemixvisor has its own home already`
  yield* Effect.forEach(done.length > 0 ? [...done, ...hint(moves, home.settingsFile)] : [nothing], (line) => Console.log(printable(line)))
})

/** Without a terminal nobody can answer: the flag says it beforehand. */
const ask = Effect.fnUntraced(function*(moves: ReadonlyArray<Adopt.Move>) {
  const lines = moves.map(({ from, to }) => printable(`would rename ${from} to ${to}`))
  if (!(yield* TerminalCapabilities.TerminalCapabilities).canPrompt) return yield* new UsageError({ lines: [...lines, "nobody can be asked here: give --yes to do it"] })
  yield* Effect.forEach(lines, (line) => Console.log(line))
  const isWanted = yield* Prompt.run(Prompt.Confirm({ message: "Do it?", initial: false })).pipe(Effect.orElseSucceed(() => false))
  if (!isWanted) return yield* new UsageError({ lines: ["nothing was moved"] })
})

/** They lie in the directory that was renamed after them. */
const hint = (moves: ReadonlyArray<Adopt.Move>, settings: string): ReadonlyArray<string> =>
  moves.filter(({ to }) => to.endsWith(".cosmovisor")).map(() => `${settings}.cosmovisor has cosmovisor's settings, which do not hold here: set what you need of them again; wemixvisor config shows what holds`)
