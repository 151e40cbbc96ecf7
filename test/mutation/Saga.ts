// Ways to break the upgrade: its records, its steps, whether it can begin, and the fetching of its release.
import { of } from "./Mutation.ts"

const upgrade = of("src/supervisor/Upgrade.ts", [
  { breaks: "the release is not looked at before the record", from: "const evidence = yield* check(tools, upgrade)\n  yield* Steps", to: "const evidence = {}\n  yield* Steps" },
  { breaks: "the link is not prepared before the stop", from: "  yield* tools.links.prepare(upgrade.to)\n", to: "" },
  { breaks: "the record names the wrong step", from: "begin(tools, { upgrade, step: \"stop\", ...evidence })", to: "begin(tools, { upgrade, step: \"switch\", ...evidence })" },
  { breaks: "the upgrade is not recorded before the stop", from: "  yield* begin(tools, { upgrade, step: \"stop\", ...evidence })\n", to: "" },
  { breaks: "the upgrade is recorded before the link is prepared", from: "  yield* tools.links.prepare(upgrade.to)\n  yield* begin(tools, { upgrade, step: \"stop\", ...evidence })\n", to: "  yield* begin(tools, { upgrade, step: \"stop\", ...evidence })\n  yield* tools.links.prepare(upgrade.to)\n" },
  { breaks: "the release is not looked at once more before the switch", from: "const evidence = yield* check(tools, upgrade)\n    yield* begin", to: "const evidence = {}\n    yield* begin" },
  { breaks: "the switch is not recorded before it begins", from: "    yield* begin(tools, { upgrade, step: \"switch\", ...evidence })\n", to: "" },
  { breaks: "the switch is recorded after it was done", from: "    yield* begin(tools, { upgrade, step: \"switch\", ...evidence })\n    yield* doAll(steps, upgrade)\n", to: "    yield* doAll(steps, upgrade)\n    yield* begin(tools, { upgrade, step: \"switch\", ...evidence })\n" },
  { breaks: "the start of the probation is not recorded", from: "      ...Ledger.beginStep({ upgrade, step: \"probation\" }, at)(journal),\n", to: "      ...journal,\n" },
  { breaks: "the child is not announced with the switch", from: "      ...announcement(tools.config.home, upgrade.to, args)\n", to: "" },
  { breaks: "the link stays moved when the record after it is refused", from: ".pipe(Effect.onError(() => Effect.ignore(undoAll(steps, upgrade))))", to: "" },
  { breaks: "a step that failed halfway is not undone", from: ", Effect.onError(() => Effect.ignore(step.undo(upgrade))))", to: ")" },
  { breaks: "the announcement says that SIGTERM was sent", from: "arguments: args, stopSent: false", to: "arguments: args, stopSent: true" },
  { breaks: "the release that ran last is not recorded", from: "  lastRan: release,\n", to: "" },
  { breaks: "a roll-back is not recorded before it begins", from: "    if (verdict === \"failed\") yield* remember(Ledger.beginStep({ upgrade, step: \"roll-back\", why }, at))\n", to: "" },
  {
    breaks: "a roll-back is recorded as failed before the link is back",
    from: "    yield* undoAll(steps, upgrade)\n    yield* remember(verdict === \"failed\" ? Ledger.markFailed(upgrade, at, why) : Ledger.forget(upgrade))\n",
    to: "    yield* remember(verdict === \"failed\" ? Ledger.markFailed(upgrade, at, why) : Ledger.forget(upgrade))\n    yield* undoAll(steps, upgrade)\n"
  },
  { breaks: "a full disk keeps the old release down", from: "Effect.catch(tools.ledger.remember(change), warn)", to: "tools.ledger.remember(change)" },
  { breaks: "an upgrade that is undone leaves the link", from: "    yield* undoAll(steps, upgrade)\n", to: "" },
  { breaks: "an abandoned upgrade is recorded as failed", from: "verdict === \"failed\" ? Ledger.markFailed(upgrade, at, why) : Ledger.forget(upgrade)", to: "Ledger.markFailed(upgrade, at, why)" },
  { breaks: "an upgrade is confirmed by forgetting it", from: "Ledger.markApplied(upgrade, yield* timestamp)", to: "Ledger.forget(upgrade)" },
  { breaks: "the pre-stop hooks are not run", from: "  yield* Steps.orStop(tools, Effect.flatMap(Steps.occasionOf(tools, upgrade), (occasion) => Steps.runHooks(tools, \"pre-stop\", occasion)))\n", to: "" },
  { breaks: "the node is stopped while its pre-stop hooks run", from: "Steps.orStop(tools, Effect.flatMap(Steps.occasionOf(tools, upgrade), (occasion) => Steps.runHooks(tools, \"pre-stop\", occasion)))", to: "Effect.forkDetach(Steps.orStop(tools, Effect.flatMap(Steps.occasionOf(tools, upgrade), (occasion) => Steps.runHooks(tools, \"pre-stop\", occasion))))" },
  { breaks: "a stop does not end the pre-stop hooks", from: "Steps.orStop(tools, Effect.flatMap(Steps.occasionOf(tools, upgrade), (occasion) => Steps.runHooks(tools, \"pre-stop\", occasion)))", to: "Effect.flatMap(Steps.occasionOf(tools, upgrade), (occasion) => Steps.runHooks(tools, \"pre-stop\", occasion))" },
  { breaks: "the upgrade is on record before its pre-stop hooks", from: "  const evidence = yield* check(tools, upgrade)\n  yield* Steps", to: "  const evidence = yield* check(tools, upgrade)\n  yield* begin(tools, { upgrade, step: \"stop\", ...evidence })\n  yield* Steps" },
  { breaks: "the record does not say what the binary hashed to", from: "sha256 === undefined ? {} : { sha256 }", to: "{}" },
  { breaks: "the steps are done in the wrong order", from: "yield* doAll(steps, upgrade)", to: "yield* doAll(steps.toReversed(), upgrade)" },
  { breaks: "the steps after the first are dropped", from: "Effect.andThen(doAll(rest, upgrade)), ", to: "" },
  { breaks: "the post-upgrade hooks run before the upgrade is on record", from: "  yield* tools.ledger.update(Ledger.markApplied(upgrade, yield* timestamp))\n  yield* tools.afterwards(Effect.andThen(Steps.runHooks(tools, \"post-upgrade\", occasion), prune(tools)))\n", to: "  yield* tools.afterwards(Effect.andThen(Steps.runHooks(tools, \"post-upgrade\", occasion), prune(tools)))\n  yield* tools.ledger.update(Ledger.markApplied(upgrade, yield* timestamp))\n" },
  { breaks: "the loop waits for the post-upgrade hooks", from: "tools.afterwards(Effect.andThen(Steps.runHooks(tools, \"post-upgrade\", occasion), prune(tools)))", to: "Effect.andThen(Steps.runHooks(tools, \"post-upgrade\", occasion), prune(tools))" },
  { breaks: "the post-upgrade hooks are not run", from: "Effect.andThen(Steps.runHooks(tools, \"post-upgrade\", occasion), prune(tools))", to: "prune(tools)" },
  { breaks: "old backups are kept", from: "Effect.andThen(Steps.runHooks(tools, \"post-upgrade\", occasion), prune(tools))", to: "Steps.runHooks(tools, \"post-upgrade\", occasion)" },
  { breaks: "a backup that is needed is thrown away", from: "neededBackups(yield* ledger.journal)", to: "[]" },
  { breaks: "the on-failure hooks are not run", from: "Effect.andThen(tellOfBackup(occasion.backup), tools.afterwards(Steps.runHooks(tools, \"on-failure\", occasion)))", to: "tellOfBackup(occasion.backup)" },
  { breaks: "the loop waits for the on-failure hooks", from: "tools.afterwards(Steps.runHooks(tools, \"on-failure\", occasion))", to: "Steps.runHooks(tools, \"on-failure\", occasion)" },
  { breaks: "the on-failure hooks run for an upgrade that a stop broke off", from: "if (verdict === \"failed\") yield* Effect.andThen(", to: "yield* Effect.andThen(" },
  { breaks: "nobody is told of the backup after a failure", from: "Effect.andThen(tellOfBackup(occasion.backup), ", to: "Effect.andThen(Effect.void, " },
  { breaks: "the on-failure hooks are not told why", from: "Steps.occasionOf(tools, upgrade, why)", to: "Steps.occasionOf(tools, upgrade)" }
])

const both = "Effect.andThen(backUp(tools, upgrade), preUpgrade(tools, upgrade))"
const before = `{ name: "back up and pre-upgrade", do: (upgrade) => orStop(tools, ${both}), undo: () => Effect.void }`
const link = "{ name: \"switch\", do: ({ to }) => tools.links.turnTo(to), undo: ({ from }) => tools.links.pointTo(from) }"

const steps = of("src/supervisor/UpgradeSteps.ts", [
  { breaks: "the step of the link undoes nothing", from: "undo: ({ from }) => tools.links.pointTo(from)", to: "undo: () => Effect.void" },
  { breaks: "the step of the link does nothing", from: "do: ({ to }) => tools.links.turnTo(to)", to: "do: () => Effect.void" },
  { breaks: "the step of the backup does nothing", from: both, to: "preUpgrade(tools, upgrade)" },
  { breaks: "the step of the hooks does nothing", from: both, to: "backUp(tools, upgrade)" },
  { breaks: "the hooks come before the backup", from: both, to: "Effect.andThen(preUpgrade(tools, upgrade), backUp(tools, upgrade))" },
  { breaks: "the link moves before the backup and the hooks", from: `  ${before},\n  ${link}\n`, to: `  ${link},\n  ${before}\n` },
  { breaks: "a hook is begun after a stop request", from: "isAsked ? stopped : Effect.raceFirst(effect", to: "isAsked && stopAsked !== undefined ? Effect.andThen(effect, stopped) : Effect.raceFirst(effect" },
  { breaks: "a stop does not break off the backup", from: `orStop(tools, ${both})`, to: "Effect.andThen(backUp(tools, upgrade), orStop(tools, preUpgrade(tools, upgrade)))" },
  { breaks: "a stop does not break off the hooks", from: `orStop(tools, ${both})`, to: "Effect.andThen(orStop(tools, backUp(tools, upgrade)), preUpgrade(tools, upgrade))" },
  { breaks: "a step that a stop broke off has failed", from: "verdict: \"abandoned\"", to: "verdict: \"failed\"" },
  { breaks: "the backup is not recorded", from: "  yield* ledger.update(Ledger.withEvidence(upgrade, { backup: made.value.name }))\n", to: "" },
  { breaks: "a backup is made again after a crash", from: "  if (backup !== undefined && (yield* backups.list).some(({ name }) => name === backup)) return\n", to: "" },
  { breaks: "a backup that is on record and gone is not made again", from: "backup !== undefined && (yield* backups.list).some(({ name }) => name === backup)", to: "backup !== undefined" },
  { breaks: "any backup is the one on record", from: ".some(({ name }) => name === backup)", to: ".length > 0" },
  { breaks: "an upgrade goes on without the backup that could not be made", from: "yield* backups.create({ plan, from, to, height })", to: "yield* Effect.orElseSucceed(backups.create({ plan, from, to, height }), () => Option.none<Made>())" },
  { breaks: "a backup is not told of", from: "  yield* tell(made.value)\n", to: "" },
  { breaks: "a hook that fails before the switch has passed", from: "Effect.mapError(({ message }): StepFailure => ({ message, verdict: \"failed\" }))", to: "Effect.ignore" },
  { breaks: "an upgrade whose hook failed is held", from: "({ message, verdict: \"failed\" })", to: "({ message, verdict: \"held\" })" },
  { breaks: "an upgrade whose hook failed is abandoned", from: "({ message, verdict: \"failed\" })", to: "({ message, verdict: \"abandoned\" })" },
  { breaks: "the application's own command is not run", from: "Effect.andThen(hooks.run(\"pre-upgrade\", occasion), hooks.preUpgrade(occasion))", to: "hooks.run(\"pre-upgrade\", occasion)" },
  { breaks: "the pre-upgrade hooks are not run", from: "Effect.andThen(hooks.run(\"pre-upgrade\", occasion), hooks.preUpgrade(occasion))", to: "hooks.preUpgrade(occasion)" },
  { breaks: "the application's command comes before the hooks", from: "Effect.andThen(hooks.run(\"pre-upgrade\", occasion), hooks.preUpgrade(occasion))", to: "Effect.andThen(hooks.preUpgrade(occasion), hooks.run(\"pre-upgrade\", occasion))" },
  { breaks: "hooks are not told of the backup", from: "backup: backup === undefined ? undefined : ", to: "backup: backup !== undefined ? undefined : " },
  { breaks: "another attempt has the key of the one before", from: "`${upgrade.digest.slice(0, 16)}-${attempt}`", to: "upgrade.digest.slice(0, 16)" },
  { breaks: "hooks are given the plan that is there now for the one that is carried out", from: "reading._tag === \"Read\" && reading.digest === upgrade.digest", to: "reading._tag === \"Read\"" }
])

const ready = of("src/supervisor/Ready.ts", [
  { breaks: "a release is started whose binary changed since it was staged", from: "readiness._tag === \"Ready\" ? yield* unchanged(staging, release) : { readiness", to: "readiness._tag === \"Ready\" ? { readiness, sha256: undefined } : { readiness" },
  { breaks: "a release whose record is damaged is ready", from: "readiness: notReady(Obstacle.Unverified({ path, why: message, isRefusal: reason === \"Refused\" }))", to: "readiness: Readiness.Ready()" },
  { breaks: "room for the backup is not reckoned", from: "? readiness : yield* hasRoom(backups)", to: "? readiness : readiness" },
  { breaks: "room for a backup is reckoned for the current release", from: "readiness._tag === \"NotReady\" || (yield* isCurrent(release)) ? ", to: "readiness._tag === \"NotReady\" ? " },
  { breaks: "too little room is enough", from: "Option.isSome(reckoning) && !reckoning.value.isEnough", to: "Option.isSome(reckoning) && reckoning.value.neededBytes === 0" },
  { breaks: "backups that cannot be made are found out once the node is down", from: "Effect.succeed(notReady(Obstacle.NoBackup({ path, why: message })))", to: "Effect.succeed(Readiness.Ready())" },
  { breaks: "the digest of a release is not asked for", from: "Option.getOrUndefined(checked)?.staged.sha256", to: "undefined" }
])

const fetching = of("src/supervisor/Fetching.ts", [
  { breaks: "a release is fetched where that is not allowed", from: "!settings.allowDownloadBinaries || ", to: "" },
  { breaks: "a release that is there and cannot be started is fetched", from: " || look.readiness.obstacle._tag !== \"BinaryMissing\"", to: "" },
  { breaks: "a release is fetched for a plan below the applied height", from: "      if (applied !== undefined && applied.upgrade.height > look.plan.height) return\n", to: "" },
  { breaks: "a release at the applied height is not fetched (>= for >)", from: "applied.upgrade.height > look.plan.height", to: "applied.upgrade.height >= look.plan.height" },
  { breaks: "a release that could not be fetched is not tried again", from: "      Effect.retry(Schedule.exponential(pauses.first).pipe(Schedule.modifyDelay(({ duration }) => Effect.succeed(Duration.min(duration, pauses.longest))))),\n", to: "" },
  { breaks: "a release that cannot be fetched is tried again as often as at first", from: "Schedule.exponential(pauses.first).pipe", to: "Schedule.spaced(pauses.first).pipe" },
  { breaks: "the pauses between attempts to fetch grow without an end", from: "Effect.succeed(Duration.min(duration, pauses.longest))", to: "Effect.succeed(duration)" },
  { breaks: "the same trouble with fetching is complained of again and again", from: "before === line ? Effect.void", to: "before === \"\" ? Effect.void" },
  { breaks: "trouble with fetching is not told", from: "      Effect.tapError(({ message }) => say(told, look, message)),\n", to: "" },
  { breaks: "a plan without binaries is passed over in silence", from: "return yield* say(told, look, \"the plan does not say where its binary is to be had: its info names no binaries\")", to: "return" }
])

export const saga = [...upgrade, ...steps, ...ready, ...fetching]
