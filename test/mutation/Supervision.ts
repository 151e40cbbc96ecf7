// Ways to break the upgrade and the loop around the machine: `src/supervisor/*.ts`.
import { of } from "./Mutation.ts"

const upgrade = of("src/supervisor/Upgrade.ts", [
  { breaks: "the step of the link undoes nothing", from: "undo: ({ from }) => links.pointTo(from)", to: "undo: () => Effect.void" },
  { breaks: "the step of the link does nothing", from: "links.pointTo(to), undo", to: "Effect.void, undo" },
  { breaks: "the release is not looked at before the record", from: "  yield* check(tools, upgrade)\n  yield* tools.links.prepare(upgrade.to)\n", to: "  yield* tools.links.prepare(upgrade.to)\n" },
  { breaks: "the link is not prepared before the stop", from: "  yield* tools.links.prepare(upgrade.to)\n", to: "" },
  { breaks: "the record names the wrong step", from: "begin(tools, { upgrade, step: \"stop\" })", to: "begin(tools, { upgrade, step: \"switch\" })" },
  { breaks: "the upgrade is not recorded before the stop", from: "  yield* begin(tools, { upgrade, step: \"stop\" })\n", to: "" },
  { breaks: "the upgrade is recorded before the link is prepared", from: "  yield* tools.links.prepare(upgrade.to)\n  yield* begin(tools, { upgrade, step: \"stop\" })\n", to: "  yield* begin(tools, { upgrade, step: \"stop\" })\n  yield* tools.links.prepare(upgrade.to)\n" },
  { breaks: "the release is not looked at once more before the switch", from: "    yield* check(tools, upgrade)\n", to: "" },
  { breaks: "the switch is not recorded before it begins", from: "    yield* begin(tools, { upgrade, step: \"switch\" })\n", to: "" },
  { breaks: "the switch is recorded after it was done", from: "    yield* begin(tools, { upgrade, step: \"switch\" })\n    yield* doAll(steps, upgrade)\n", to: "    yield* doAll(steps, upgrade)\n    yield* begin(tools, { upgrade, step: \"switch\" })\n" },
  { breaks: "the start of the probation is not recorded", from: "      ...Ledger.beginStep({ upgrade, step: \"probation\" }, at)(journal),\n", to: "      ...journal,\n" },
  { breaks: "the child is not announced with the switch", from: "      ...announcement(tools.home, upgrade.to, args)\n", to: "" },
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
  { breaks: "a full disk keeps the old release down", from: "Effect.catch(ledger.remember(change), warn)", to: "ledger.remember(change)" },
  { breaks: "an upgrade that is undone leaves the link", from: "    yield* undoAll(steps, upgrade)\n", to: "" },
  { breaks: "an abandoned upgrade is recorded as failed", from: "verdict === \"failed\" ? Ledger.markFailed(upgrade, at, why) : Ledger.forget(upgrade)", to: "Ledger.markFailed(upgrade, at, why)" },
  { breaks: "an upgrade is confirmed by forgetting it", from: "Ledger.markApplied(upgrade, at)", to: "Ledger.forget(upgrade)" }
])

const ledger = of("src/supervisor/Ledger.ts", [
  { breaks: "a change counts before it is on the disk", from: "    yield* write(after)\n    yield* Ref.set(ref, after)\n", to: "    yield* Ref.set(ref, after)\n    yield* write(after)\n" },
  { breaks: "a change that was written is forgotten", from: "    yield* Ref.set(ref, after)\n", to: "" },
  { breaks: "a change that changes nothing is written", from: "    if (Equal.equals(before, after)) return\n", to: "" },
  { breaks: "two changes at a time", from: "Effect.uninterruptible(turn.withPermits(1)(effect))", to: "Effect.uninterruptible(effect)" },
  { breaks: "what the disk refused is not written again", from: "Effect.andThen(Ref.set(isBehind, true), behind.open)", to: "behind.open" },
  { breaks: "what is so all the same is forgotten when the disk refuses it", from: "alone(Effect.onError(update(change), () => Ref.update(ref, change)))", to: "alone(update(change))" },
  { breaks: "the upgrade before, which the disk refused to record, is not taken for done", from: "journal.inFlight !== undefined && isDoneBefore(journal, inFlight.upgrade) ? markApplied", to: "journal.inFlight !== undefined && journal.version !== 1 ? markApplied" },
  { breaks: "any upgrade in flight is taken for done by the next", from: "inFlight?.step === \"probation\" && inFlight.upgrade.digest", to: "inFlight !== undefined && inFlight.upgrade.digest" },
  { breaks: "an upgrade that is undone forgets the one before, which the disk refused to record", from: "isDoneBefore(journal, upgrade) ? journal : without(journal, \"inFlight\")", to: "without(journal, \"inFlight\")" },
  { breaks: "an applied upgrade stays in flight", from: "  ...without(journal, \"inFlight\"),\n  applied:", to: "  ...journal,\n  applied:" },
  { breaks: "an upgrade is recorded as applied twice", from: "[...journal.applied.filter((one) => one.upgrade.digest !== upgrade.digest), {", to: "[...journal.applied, {" },
  { breaks: "the newest of many applied upgrades goes first", from: "{ upgrade, at }].slice(-historyLimit)", to: "{ upgrade, at }].slice(0, historyLimit)" },
  { breaks: "the history of failed upgrades grows without an end", from: "{ upgrade, at, why }].slice(-historyLimit)", to: "{ upgrade, at, why }]" },
  { breaks: "a child that is gone stays on record", from: "without(journal, \"child\")", to: "journal" }
])

const perform = of("src/supervisor/Perform.ts", [
  { breaks: "a node that was found is not adopted", from: "survivor === undefined ? Effect.void : adopt(tools, survivor)", to: "Effect.void" },
  { breaks: "it is not recorded that SIGTERM was sent", from: "Effect.andThen(child.terminate, inBackground(tools, recordStopSent(tools)))", to: "child.terminate" },
  { breaks: "a group is killed that was to be asked", from: "child.signalGroup(\"SIGTERM\"), inBackground", to: "child.signalGroup(\"SIGKILL\"), inBackground" },
  { breaks: "the end of a group is not waited for", from: "child.signalGroup(\"SIGTERM\"), inBackground(tools, awaitGroup(tools, child)))", to: "child.signalGroup(\"SIGTERM\"), tools.inbox.put(Event.GroupGone()))" },
  { breaks: "the steps of an upgrade run into one another", from: "tools.turn.withPermits(1)(effect)", to: "effect" },
  { breaks: "a refusal is told as a success", from: "tools.inbox.put(failed({ why: message }))", to: "tools.inbox.put(done)" },
  { breaks: "a bug in the background is lost", from: "Effect.catchCause(tools.inbox.fail), Effect.interruptible, FiberSet", to: "Effect.catchCause(() => Effect.void), Effect.interruptible, FiberSet" },
  { breaks: "a full disk keeps the node from being started", from: "readiness._tag === \"NotReady\" && readiness.obstacle._tag !== \"DiskFull\"", to: "readiness._tag === \"NotReady\"" },
  { breaks: "a child is started without being announced", from: "  yield* remember(tools, (journal) => ({ ...journal, owner: tools.owner, ...Upgrade.announcement(home, release, args) }))\n", to: "" },
  { breaks: "a child that could not be started is not told of", from: "Effect.andThen(Scope.close(scope, Exit.void), inbox.put(Event.ChildNotStarted({ why, isPassing })))", to: "Scope.close(scope, Exit.void)" },
  { breaks: "a child is not confirmed with its identity", from: "  yield* inBackground(tools, confirm(tools, child))\n", to: "" },
  { breaks: "the end of a child can be told before its start", from: "  yield* announce\n  yield* inBackground(tools, confirm(tools, child))\n  yield* inBackground(tools, awaitEnd(tools, child, scope))\n", to: "  yield* inBackground(tools, confirm(tools, child))\n  yield* inBackground(tools, awaitEnd(tools, child, scope))\n  yield* Effect.yieldNow\n  yield* Effect.yieldNow\n  yield* announce\n" },
  { breaks: "processes that a child leaves behind are not told of", from: "inbox.put(Event.ChildExited({ exit, leftovers }))", to: "inbox.put(Event.ChildExited({ exit, leftovers: false }))" },
  { breaks: "the end of a child closes its scope over the rest of its group", from: "if (!leftovers) yield* Scope.close", to: "yield* Scope.close" }
])

const boot = of("src/supervisor/Boot.ts", [
  { breaks: "the child of another home is stopped for this one", from: "theirs === undefined || theirs.signature === ours?.signature", to: "theirs === undefined || theirs !== ours" },
  { breaks: "the child of a home that was moved here is left alone", from: "theirs === undefined || theirs.signature === ours?.signature", to: "theirs?.signature === ours?.signature" },
  { breaks: "the lock is not taken", from: "  const { isAbandoned } = yield* (yield* HomeLock).acquire.pipe(Effect.catchIf((error) => error.reason === \"Held\", nameOwner))\n", to: "  const isAbandoned = false\n" },
  { breaks: "a child that could not be recorded is not looked for", from: "isAbandoned ? yield* findUnrecorded(current, args) : undefined", to: "undefined" },
  { breaks: "the owner of the home is not named", from: ".pipe(Effect.catchIf((error) => error.reason === \"Held\", nameOwner))", to: "" },
  { breaks: "the height of the first applied upgrade counts, not of the last", from: "journal.applied.at(-1)", to: "journal.applied.at(0)" },
  { breaks: "what failed is not read from the state file", from: "journal.failed.map(({ upgrade }) => upgrade.digest)", to: "[]" },
  { breaks: "a missing link is genesis, whatever ran last", from: "journal.lastRan ?? ((yield* isFresh(hasState)) ? genesis : undefined)", to: "(yield* isFresh(hasState)) ? genesis : genesis" },
  { breaks: "a missing link is guessed where something has run", from: "  if (hasState) return false\n", to: "" },
  { breaks: "a missing link is not made again", from: "  yield* links.pointTo(known)\n", to: "" },
  { breaks: "a node that outlived its wemixvisor is not looked for", from: "return Option.getOrUndefined(yield* launcher.find(journal.child))", to: "return undefined" },
  { breaks: "a node that had its SIGTERM gets another after a restart", from: "stopSent: child.stopSent,", to: "stopSent: false," },
  { breaks: "other arguments are the same", from: "child.arguments.every((argument, index) => argument === args[index])", to: "child.arguments.every((argument) => argument !== undefined)" },
  { breaks: "what is left of a group is taken over as a node", from: "Option.isSome(identity) && child.path === path", to: "child.path === path", catches: ["TakeOver"] }
])

const looking = of("src/supervisor/Looking.ts", [
  { breaks: "a look that was ordered is told of only when it is new", from: "before === keyOf(found) && answers === undefined ? Effect.void", to: "before === keyOf(found) ? Effect.void" },
  { breaks: "a look is told of with no number", from: "tell(found, answers ?? 0)", to: "tell(found, 0)" },
  { breaks: "a release that is not ready is not followed", from: "if (first._tag !== \"Found\" || first.readiness._tag === \"Ready\") return Stream.empty", to: "if (first._tag !== undefined) return Stream.empty" },
  { breaks: "a release that a look found not ready is not followed", from: "isReady(found) ? Effect.void : Effect.asVoid(Queue.offer(nudges, undefined))", to: "Effect.void" },
  { breaks: "a plan that changes does not end the follow-up of the one before", from: "Stream.switchMap(() => followed)", to: "Stream.flatMap(() => followed)" }
])

const loop = of("src/supervisor/Supervisor.ts", [
  { breaks: "signals are listened to after the home was read", from: "  yield* listen(inbox)\n  const booted = yield* boot(args)\n", to: "  const booted = yield* boot(args)\n  yield* listen(inbox)\n" },
  { breaks: "a stop that was asked for before the start is passed over", from: "  if (booted.survivor === undefined && (yield* inbox.isStopAsked)) return Outcome.Stopped()\n", to: "" },
  { breaks: "a stop before the start leaves a node that was found", from: "booted.survivor === undefined && (yield* inbox.isStopAsked)", to: "yield* inbox.isStopAsked" },
  {
    breaks: "closing the scope asks nobody to stop",
    from: "Effect.andThen(inbox.put(Event.StopRequested({ by: \"the program around it\", counts: false })), Fiber.await(running))",
    to: "Fiber.await(running)"
  },
  { breaks: "a bug in the watcher is lost", from: "follow.pipe(Effect.catchCause(inbox.fail), ", to: "follow.pipe(Effect.catchCause(() => Effect.void), " },
  { breaks: "the probation lasts as long as the grace", from: "probationMillis: Duration.toMillis(settings.upgradeProbation)", to: "probationMillis: Duration.toMillis(settings.shutdownGrace)" },
  { breaks: "the first order of a step is dropped", from: "for (const action of current.actions) yield*", to: "for (const action of current.actions.slice(1)) yield*" },
  { breaks: "the child stays on record at the end", from: "ledger.update(Ledger.childGone)", to: "ledger.update((journal) => journal)" },
  { breaks: "a bug is not said before the node is stopped for it", from: "Effect.tapCause(tellOfBug), Effect.scoped)", to: "Effect.scoped)" }
])

export const supervision = [...upgrade, ...ledger, ...perform, ...boot, ...looking, ...loop]
