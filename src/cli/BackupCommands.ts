// The commands around backups. Those that make, restore or remove one want the home at rest; the others only look.
import { Console, Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import type { About } from "../domain/Backup.ts"
import { type Journal, neededBackups } from "../domain/Journal.ts"
import { genesis, label, type Release } from "../domain/Release.ts"
import { BackupError } from "../services/backup/BackupError.ts"
import { Backups } from "../services/backup/Backups.ts"
import { Config } from "../services/Config.ts"
import { LinkManager } from "../services/LinkManager.ts"
import { checkHome } from "../supervisor/Boot.ts"
import { planStateWith } from "../supervisor/Overview.ts"
import * as Answered from "./Answers.ts"
import { atRest, untilStopped } from "./AtRest.ts"
import * as Answers from "./BackupAnswers.ts"
import { type Program, provided } from "./Program.ts"
import { UsageError } from "./Run.ts"

const nameArgument = Argument.String("name").pipe(Argument.withDescription("as wemixvisor backup list says it"))

/** Why one is made by hand: for the release that the data belong to. */
const aboutNow = Effect.fnUntraced(function*(journal: Journal) {
  const current = Option.getOrUndefined(yield* (yield* LinkManager).current) ?? journal.lastRan ?? genesis
  const about: About = { plan: label(current), from: current, to: current, height: journal.applied.at(-1)?.upgrade.height ?? 0n }
  return about
})

const create = Effect.gen(function*() {
  const [backups, { home, settings }] = [yield* Backups, yield* Config]
  const journal = yield* atRest
  const made = yield* backups.create(yield* aboutNow(journal))
  if (Option.isNone(made)) {
    if (!settings.skipBackup && settings.backup !== "none") return yield* new BackupError({ path: home.data, reason: "Missing", why: `there are no data at ${home.data}: see that ${home.directory} is the node's home, or that what its data lie on is mounted` })
    return yield* new UsageError({ lines: ["backups are off: wemixvisor --backup auto --unsafe-skip-backup false backup create makes one all the same"] })
  }
  const removed = yield* backups.prune(settings.backupKeep, [made.value.name, ...neededBackups(journal)])
  return { made: made.value, removed }
})

const createCommand = (program: Program) =>
  Command.make("create", { output: Answered.output }, Effect.fnUntraced(function*({ output }) {
    const { made, removed } = yield* untilStopped(Effect.scoped(create)).pipe(Effect.provide(yield* provided(program)))
    yield* Console.log(Answers.created(output, made, removed))
  })).pipe(Command.withDescription("Make a backup of the data now, while no node runs"))

const listCommand = (program: Program) =>
  Command.make("list", { output: Answered.output }, Effect.fnUntraced(function*({ output }) {
    const [backups, path] = yield* Effect.all([Effect.andThen(checkHome, Backups.use(({ list }) => list)), Config.useSync(({ settings }) => settings.dataBackupDir)]).pipe(Effect.provide(yield* provided(program)))
    yield* Console.log(Answers.listed(output, backups, path))
  })).pipe(Command.withDescription("Print the backups, the newest first"))

const verifyCommand = (program: Program) =>
  Command.make("verify", { name: nameArgument, output: Answered.output }, Effect.fnUntraced(function*({ name, output }) {
    const verdict = yield* untilStopped(Effect.andThen(checkHome, Backups.use((backups) => backups.verify(name)))).pipe(Effect.provide(yield* provided(program)))
    yield* Console.log(Answers.verified(output, verdict))
    const why = `the backup ${name} cannot be relied upon`
    if (!verdict.isSound) return yield* new BackupError({ path: verdict.path, reason: "Damaged", why })
  })).pipe(Command.withDescription("Check that every file of a backup is there as it was made"))

const restore = (name: string) =>
  Effect.gen(function*() {
    yield* atRest
    const { replaced } = yield* Backups.use((backups) => backups.restore(name))
    return { replaced, data: (yield* Config).home.data, before: yield* Effect.orElseSucceed(beforeStart(name), (): ReadonlyArray<string> => []) }
  })

/** What is to be done before the node runs on data of back then: the link to their release, and what their plan would bring about. */
const beforeStart = Effect.fnUntraced(function*(name: string) {
  const { home } = yield* Config
  const from = (yield* Backups.use(({ list }) => list)).flatMap((one) => one.name === name ? Option.toArray(one.manifest) : [])[0]?.from
  if (from === undefined) return []
  const current = Option.getOrUndefined(yield* Effect.orElseSucceed(LinkManager.use((links) => links.current), () => Option.none<Release>()))
  const isDue = (yield* planStateWith(from)) === "pending"
  return [
    ...(current === from ? [] : [`these data belong to ${label(from)}: ln -sfn ${from} ${home.current}`]),
    ...(isDue ? [`the plan of back then is carried out at the next start, unless you remove ${home.planFile}`] : [])
  ]
})

const restoreCommand = (program: Program) =>
  Command.make("restore", { name: nameArgument, output: Answered.output }, Effect.fnUntraced(function*({ name, output }) {
    const { before, data, replaced } = yield* untilStopped(Effect.scoped(restore(name))).pipe(Effect.provide(yield* provided(program)))
    yield* Console.log(Answers.restored(output, name, data, replaced, before))
  })).pipe(Command.withDescription("Put a backup in the place of the data, which are kept beside it; a validator may sign twice"))

const prune = (keep: Option.Option<number>) =>
  Effect.gen(function*() {
    const [backups, { settings }] = [yield* Backups, yield* Config]
    const journal = yield* atRest
    return yield* backups.prune(Option.getOrElse(keep, () => settings.backupKeep), neededBackups(journal))
  })

const keepFlag = Flag.Int("keep").pipe(Flag.withDescription("how many are kept (DAEMON_BACKUP_KEEP)"), Flag.withMetavar("count"), Flag.optional)

const pruneCommand = (program: Program) =>
  Command.make("prune", { keep: keepFlag, output: Answered.output }, Effect.fnUntraced(function*({ keep, output }) {
    if (Option.exists(keep, (count) => count < 0)) return yield* new UsageError({ lines: ["--keep wants an integer, 0 or more"] })
    const removed = yield* untilStopped(Effect.scoped(prune(keep))).pipe(Effect.provide(yield* provided(program)))
    yield* Console.log(Answers.pruned(output, removed))
  })).pipe(Command.withDescription("Remove the oldest backups, and what broken-off ones have left"))

export const backupCommand = (program: Program) =>
  Command.make("backup").pipe(
    Command.withDescription("Make, list, check, restore and remove backups of the data"),
    Command.withSubcommands([createCommand(program), listCommand(program), verifyCommand(program), restoreCommand(program), pruneCommand(program)])
  )
