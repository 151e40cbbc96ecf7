// The commands about releases and plans, and cosmovisor's words for them. Turns flags into one call each.
import { Console, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { releaseBinary } from "../domain/Home.ts"
import { toJson } from "../domain/UpgradePlan.ts"
import { Config } from "../services/Config.ts"
import { checkHome } from "../supervisor/Boot.ts"
import * as Looking from "../supervisor/Looking.ts"
import * as Overview from "../supervisor/Overview.ts"
import { rehearse } from "../supervisor/Rehearsal.ts"
import { retry } from "../supervisor/Retry.ts"
import { output } from "./Answers.ts"
import { untilStopped } from "./AtRest.ts"
import * as Overviews from "./Overviews.ts"
import { absolute, type Program, provided } from "./Program.ts"
import { programVersion } from "./ProgramVersion.ts"
import { NodeStatus } from "./Run.ts"
import * as Answers from "./UpgradeAnswers.ts"
import * as Upgrades from "./Upgrades.ts"

const name = Argument.String("name").pipe(Argument.withDescription("the plan's name"))
const binary = Argument.String("binary").pipe(Argument.withDescription("a program file, or the URL of one, http, https or file"))
const force = Flag.Boolean("force").pipe(Flag.withDescription("replace another release of that name, and another plan"), Flag.withDefault(false))
const optional = (flag: string, metavar: string, description: string) =>
  Flag.String(flag).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.optional)
const checksum = optional("checksum", "sum", "what it must hash to: sha256:…, sha512:…, or file: and the URL of a list")

const heightText = "write the plan too, with this height: a wemixvisor that runs carries it out at once, whatever the node's height"

interface Given extends Omit<Upgrades.Adding, "from"> {
  readonly binary: string
}

const adding = Effect.fnUntraced(function*(program: Program, format: "text" | "json", given: Given) {
  const from = Upgrades.isUrl(given.binary) ? given.binary : absolute(given.binary)
  const added = yield* Upgrades.add({ ...given, from }).pipe(Effect.provide(yield* provided(program)))
  yield* Console.log(Answers.added(format, added))
})

const addCommand = (program: Program) =>
  Command.make(
    "add",
    { name, binary, checksum, force, height: optional("height", "N", heightText), output },
    ({ output, ...given }) => adding(program, output, given)
  ).pipe(Command.withDescription("Put a release into its place, from a file or a URL"))

/** In cosmovisor's words. */
export const addUpgradeCommand = (program: Program) =>
  Command.make(
    "add-upgrade",
    { name, binary, checksum, force, height: optional("upgrade-height", "N", heightText), output },
    ({ output, ...given }) => adding(program, output, given)
  ).pipe(Command.withDescription("The same as upgrade add, as cosmovisor calls it"))

const removeCommand = (program: Program) =>
  Command.make(
    "remove",
    { name, output },
    Effect.fnUntraced(function*(given) {
      const removed = yield* Upgrades.remove(given.name).pipe(Effect.provide(yield* provided(program)))
      yield* Console.log(Answers.removed(given.output, removed))
    })
  ).pipe(Command.withDescription("Remove a release that the node does not need"))

const verifyCommand = (program: Program) =>
  Command.make(
    "verify",
    { name: name.pipe(Argument.optional), output },
    Effect.fnUntraced(function*(given) {
      const verdicts = yield* Upgrades.verify(given.name).pipe(Effect.provide(yield* provided(program)))
      yield* Console.log(Answers.verdicts(given.output, verdicts))
      if (verdicts.some(({ problem }) => Option.isSome(problem))) return yield* new NodeStatus({ status: 1 })
    })
  ).pipe(Command.withDescription("Look whether releases are there, executable, for this machine, and what was staged; 1 when one is not"))

const listCommand = (program: Program) =>
  Command.make(
    "list",
    { output },
    Effect.fnUntraced(function*(given) {
      const listed = Effect.andThen(checkHome, Effect.flatMap(Overview.list, Effect.forEach(withVersion, { concurrency: 4 })))
      yield* Console.log(Overviews.list(given.output, yield* untilStopped(listed).pipe(Effect.provide(yield* provided(program)))))
    })
  ).pipe(Command.withDescription("Every release: whether it runs, ran, failed or waits, and what is known of its binary"))

const withVersion = Effect.fnUntraced(function*(entry: Overview.Entry) {
  const { home } = yield* Config
  const version = entry.problem === undefined || entry.standing === "failed" ? yield* programVersion(releaseBinary(home, entry.release)) : Option.none<string>()
  const listed: Overviews.Listed = { ...entry, version: Option.getOrUndefined(version) }
  return listed
})

const look = (program: Program) =>
  Effect.flatMap(provided(program), (services) =>
    Effect.gen(function*() {
      yield* checkHome
      return { path: (yield* Config).home.planFile, found: yield* Looking.once, state: yield* Overview.planStateNow }
    }).pipe(Effect.provide(services)))

const showCommand = (program: Program) =>
  Command.make(
    "show",
    { output },
    Effect.fnUntraced(function*(given) {
      const { found, path, state } = yield* look(program)
      yield* Console.log(Overviews.plan(given.output, path, found, state))
    })
  ).pipe(Command.withDescription("The plan as it is read now, and whether it could be carried out"))

/** In cosmovisor's words: the plan alone. */
export const showUpgradeInfoCommand = (program: Program) =>
  Command.make(
    "show-upgrade-info",
    { output },
    Effect.fnUntraced(function*(given) {
      const { found, path, state } = yield* look(program)
      yield* Console.log(found._tag === "Found" ? toJson(found.plan) : Overviews.plan(given.output, path, found, state))
      if (found._tag !== "Found") return yield* new NodeStatus({ status: 1 })
    })
  ).pipe(Command.withDescription("The plan, as cosmovisor prints it"))

const retryCommand = (program: Program) =>
  Command.make(
    "retry",
    { name, output },
    Effect.fnUntraced(function*(given) {
      const plan = yield* retry(given.name).pipe(Effect.provide(yield* provided(program)))
      yield* Console.log(given.output === "json" ? toJson(plan) : `${given.name} at height ${plan.height} is tried again`)
    })
  ).pipe(Command.withDescription("Have a plan tried again that was recorded as failed"))

const rehearseCommand = (program: Program) =>
  Command.make(
    "rehearse",
    { name, output },
    Effect.fnUntraced(function*(given) {
      const rehearsed = yield* Effect.andThen(checkHome, rehearse(given.name)).pipe(Effect.provide(yield* provided(program)))
      yield* Console.log(Overviews.rehearsal(given.output, given.name, rehearsed))
      if (!rehearsed.isDone || rehearsed.problem !== undefined) return yield* new NodeStatus({ status: 1 })
    })
  ).pipe(Command.withDescription("The whole upgrade on a throw-away home, with a stand-in for the node and your hooks: what happens, and how long it takes"))

export const upgradeCommand = (program: Program) =>
  Command.make("upgrade").pipe(
    Command.withDescription("Put releases into place, look at them, remove them"),
    Command.withSubcommands([
      addCommand(program),
      listCommand(program),
      showCommand(program),
      verifyCommand(program),
      rehearseCommand(program),
      retryCommand(program),
      removeCommand(program)
    ])
  )
