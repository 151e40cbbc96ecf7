// What the machine says of itself to one who looks for what is wrong: who we are, who owns what, what /proc has, what its tools answer. Changes nothing.
import { Context, Duration, Effect, Layer } from "effect"
import * as CommandRunner from "./hooks/CommandRunner.ts"
import { Disk } from "./Disk.ts"
import { lockHolder } from "./LockHolder.ts"
import { thisMachine, type Unfitness, unfitness } from "./ProgramFile.ts"

const fs = process.getBuiltinModule("node:fs")

export class Surroundings extends Context.Service<Surroundings, {
  /** The user id that this runs as; undefined where there is no such thing. */
  readonly user: number | undefined
  /** The user id of a file's owner; undefined when it cannot be looked at. */
  readonly owner: (path: string) => Effect.Effect<number | undefined>
  /** Whether this user may write there. */
  readonly isWritable: (path: string) => Effect.Effect<boolean>
  /** A small file of /proc, or undefined. */
  readonly text: (path: string) => Effect.Effect<string | undefined>
  /** The pid of the process that holds a lock on the file, as far as the system tells. */
  readonly lockHolder: (path: string) => Effect.Effect<number | undefined>
  /** What a tool prints on its streams; undefined when it is not there, fails, or takes longer than a few seconds. */
  readonly ask: (path: string, args: ReadonlyArray<string>) => Effect.Effect<string | undefined>
  /** What keeps a file from being run here. */
  readonly unfitness: (path: string) => Effect.Effect<Unfitness | undefined>
}>()("wemixvisor/services/Surroundings") {
  static readonly layer = Layer.effect(
    Surroundings,
    Effect.map(Disk, (disk) =>
      Surroundings.of({
        user: process.getuid?.(),
        owner: (path) => maybe(() => fs.statSync(path).uid),
        isWritable: (path) => Effect.map(maybe(() => fs.accessSync(path, fs.constants.W_OK) ?? true), (is) => is === true),
        text: (path) => maybe(() => fs.readFileSync(path, "utf8")),
        lockHolder: (path) => Effect.sync(() => lockHolder(path)),
        ask,
        unfitness: (path) => unfitness(disk, path, thisMachine)
      }))
  )
}

const maybe = <A>(look: () => A): Effect.Effect<A | undefined> => Effect.orElseSucceed(Effect.try({ try: look, catch: () => undefined }), () => undefined)

/** Tools that ask a service which does not answer wait for long. */
const timeLimit = Duration.seconds(5)

const ask = Effect.fnUntraced(function*(path: string, args: ReadonlyArray<string>) {
  const lines: Array<string> = []
  const tell = (line: string) => Effect.sync(() => void lines.push(line))
  const command = { path, arguments: args, variables: { LC_ALL: "C" }, directory: undefined, input: undefined, timeLimit, tell }
  const exit = yield* CommandRunner.run(command, CommandRunner.limits)
  return exit._tag === "Some" && exit.value._tag === "Code" && exit.value.code === 0 ? lines.join("\n") : undefined
}, Effect.orElseSucceed(() => undefined))
