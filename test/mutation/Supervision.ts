// Ways to break the loop around the machine: `src/supervisor/{Ledger,Perform,Boot,Inbox,Looking,Supervisor}.ts`.
import { of } from "./Mutation.ts"

const ledger = of("src/supervisor/Ledger.ts", [
  { breaks: "a change counts before it is on the disk", from: "    yield* write(after)\n    yield* Ref.set(ref, after)\n", to: "    yield* Ref.set(ref, after)\n    yield* write(after)\n" },
  { breaks: "a change that was written is forgotten", from: "    yield* Ref.set(ref, after)\n", to: "" },
  { breaks: "a change that changes nothing is written", from: "    if (isSame(before, after)) return\n", to: "" },
  { breaks: "two changes at a time", from: "Effect.uninterruptible(turn.withPermits(1)(effect))", to: "Effect.uninterruptible(effect)" },
  { breaks: "what the disk refused is not written again", from: "Effect.andThen(Ref.set(isBehind, true), behind.open)", to: "behind.open" },
  { breaks: "what is so all the same is forgotten when the disk refuses it", from: "alone(Effect.onError(update(change), () => Ref.update(ref, change)))", to: "alone(update(change))" },
  { breaks: "the upgrade before, which the disk refused to record, is not taken for done", from: "journal.inFlight !== undefined && isDoneBefore(journal, begun.upgrade) ? markApplied", to: "journal.inFlight !== undefined && journal.version !== 1 ? markApplied" },
  { breaks: "any upgrade in flight is taken for done by the next", from: "inFlight?.step === \"probation\" && inFlight.upgrade.digest", to: "inFlight !== undefined && inFlight.upgrade.digest" },
  { breaks: "an upgrade that is undone forgets the one before, which the disk refused to record", from: "isDoneBefore(journal, upgrade) ? journal : without(journal, \"inFlight\")", to: "without(journal, \"inFlight\")" },
  { breaks: "an applied upgrade stays in flight", from: "  ...without(journal, \"inFlight\"),\n  applied:", to: "  ...journal,\n  applied:" },
  { breaks: "an upgrade is recorded as applied twice", from: "[...journal.applied.filter((one) => one.upgrade.digest !== upgrade.digest), {", to: "[...journal.applied, {" },
  { breaks: "the newest of many applied upgrades goes first", from: "{ upgrade, at, ...evidenceOf(journal, upgrade) }].slice(-historyLimit)", to: "{ upgrade, at, ...evidenceOf(journal, upgrade) }].slice(0, historyLimit)" },
  { breaks: "the history of failed upgrades grows without an end", from: "{ upgrade, at, why, ...evidenceOf(journal, upgrade) }].slice(-historyLimit)", to: "{ upgrade, at, why, ...evidenceOf(journal, upgrade) }]" },
  { breaks: "an upgrade forgets from step to step what it has to show", from: "{ ...evidenceOf(journal, begun.upgrade), ...begun }", to: "begun" },
  { breaks: "an upgrade has to show what is another one's", from: "inFlight?.upgrade.digest !== digest ? {} : {", to: "inFlight === undefined ? {} : {" },
  { breaks: "what an upgrade has to show is recorded for the one in flight, whichever that is", from: "journal.inFlight?.upgrade.digest !== upgrade.digest ? journal", to: "journal.inFlight === undefined ? journal" },
  { breaks: "going on after a crash counts as another attempt", from: "inFlight?.upgrade.digest === digest ? attempt.number", to: "inFlight === undefined ? attempt.number" },
  { breaks: "beginning again counts as the same attempt", from: "attempt.number : attempt.number + 1", to: "attempt.number : attempt.number" },
  { breaks: "the attempts of another plan count", from: "if (attempt?.digest !== digest) return 1", to: "if (attempt === undefined) return 1" },
  { breaks: "the number of the attempt is not recorded", from: "  attempt: { digest: begun.upgrade.digest, number: attemptOf(journal, begun.upgrade) }\n", to: "" },
  { breaks: "a child that is gone stays on record", from: "without(journal, \"child\")", to: "journal" }
])

const perform = of("src/supervisor/Perform.ts", [
  { breaks: "a node that was found is not adopted", from: "survivor === undefined ? Effect.void : adopt(tools, survivor)", to: "Effect.void" },
  { breaks: "it is not recorded that SIGTERM was sent", from: "Effect.andThen(child.terminate, inBackground(tools, recordStopSent(tools)))", to: "child.terminate" },
  { breaks: "a group is killed that was to be asked", from: "child.signalGroup(\"SIGTERM\"), inBackground", to: "child.signalGroup(\"SIGKILL\"), inBackground" },
  { breaks: "the end of a group is not waited for", from: "child.signalGroup(\"SIGTERM\"), inBackground(tools, awaitGroup(tools, child)))", to: "child.signalGroup(\"SIGTERM\"), tools.inbox.put(Event.GroupGone()))" },
  { breaks: "the steps of an upgrade run into one another", from: "tools.turn.withPermits(1)(effect)", to: "effect" },
  { breaks: "a refusal is told as a success", from: "tools.inbox.put(failed({ why: message, verdict }))", to: "tools.inbox.put(done)" },
  { breaks: "what a step says of no verdict has failed", from: "verdict = \"held\"", to: "verdict = \"failed\"" },
  { breaks: "what a step says of no verdict is abandoned", from: "verdict = \"held\"", to: "verdict = \"abandoned\"" },
  { breaks: "wemixvisor ends before what follows an upgrade has", from: "rest: Effect.raceFirst(FiberSet.awaitEmpty(tools.afterwards), inbox.stopAsked)", to: "rest: Effect.void" },
  { breaks: "a stop waits for what follows an upgrade", from: "Effect.raceFirst(FiberSet.awaitEmpty(tools.afterwards), inbox.stopAsked)", to: "FiberSet.awaitEmpty(tools.afterwards)" },
  { breaks: "a bug in what follows an upgrade is lost", from: "effect.pipe(Effect.catchCause(inbox.fail), ", to: "effect.pipe(Effect.catchCause(() => Effect.void), " },
  { breaks: "a bug in the background is lost", from: "Effect.catchCause(tools.inbox.fail), Effect.interruptible, FiberSet", to: "Effect.catchCause(() => Effect.void), Effect.interruptible, FiberSet" },
  { breaks: "a full disk keeps the node from being started", from: "(isNew ? readiness.obstacle._tag !== \"DiskFull\" : !mayPass(readiness.obstacle))", to: "(isNew || !mayPass(readiness.obstacle) || readiness.obstacle._tag === \"DiskFull\")" },
  { breaks: "a node that ran is kept down by a look that the disk refuses", from: " : !mayPass(readiness.obstacle))) {", to: " : readiness.obstacle._tag !== \"DiskFull\")) {" },
  { breaks: "a new release is started that could not be looked at", from: "(isNew ? readiness.obstacle._tag !== \"DiskFull\" : ", to: "(isNew && readiness.obstacle._tag === \"BinaryMissing\" ? true : " },
  { breaks: "a child is started without being announced", from: "  yield* remember(tools, (journal) => ({ ...journal, owner: tools.owner, ...Upgrade.announcement(home, release, args) }))\n", to: "" },
  { breaks: "a child that could not be started is not told of", from: "Effect.andThen(Scope.close(scope, Exit.void), inbox.put(Event.ChildNotStarted({ why, isPassing })))", to: "Scope.close(scope, Exit.void)" },
  { breaks: "a child is not confirmed with its identity", from: "  yield* inBackground(tools, confirm(tools, child))\n", to: "" },
  { breaks: "a run that ends while a node is being started leaves it", from: "    }),\n    Effect.uninterruptible\n  )\n", to: "    })\n  )\n" },
  { breaks: "the end of a child can be told before its start", from: "  yield* announce\n  yield* inBackground(tools, confirm(tools, child))\n  yield* inBackground(tools, awaitEnd(tools, child, scope))\n", to: "  yield* inBackground(tools, confirm(tools, child))\n  yield* inBackground(tools, awaitEnd(tools, child, scope))\n  yield* Effect.yieldNow\n  yield* Effect.yieldNow\n  yield* announce\n" },
  { breaks: "processes that a child leaves behind are not told of", from: "Event.ChildExited({ exit, leftovers })", to: "Event.ChildExited({ exit, leftovers: false })" },
  { breaks: "the end of a child closes its scope over the rest of its group", from: "if (!leftovers) yield* close", to: "yield* close" }
])

const boot = of("src/supervisor/Boot.ts", [
  { breaks: "a node is started without the data that a restore was about to put in place", from: "  yield* checkData\n", to: "" },
  { breaks: "the child of another home is stopped for this one", from: "theirs === undefined || theirs.signature === ours?.signature", to: "theirs === undefined || theirs !== ours" },
  { breaks: "the child of a home that was moved here is left alone", from: "theirs === undefined || theirs.signature === ours?.signature", to: "theirs?.signature === ours?.signature" },
  { breaks: "the lock is not taken", from: "  const { isAbandoned } = yield* (yield* HomeLock).acquire.pipe(Effect.catchIf((error) => error.reason === \"Held\" && error.holder === undefined, nameOwner))\n", to: "  const isAbandoned = false\n" },
  {
    breaks: "the state file is read before the lock is taken",
    from: "  const { isAbandoned } = yield* (yield* HomeLock).acquire.pipe(Effect.catchIf((error) => error.reason === \"Held\" && error.holder === undefined, nameOwner))\n  yield* checkData\n  const stateFile = yield* StateFile\n  const stored = yield* stateFile.read\n",
    to: "  const stateFile = yield* StateFile\n  const stored = yield* stateFile.read\n  const { isAbandoned } = yield* (yield* HomeLock).acquire.pipe(Effect.catchIf((error) => error.reason === \"Held\" && error.holder === undefined, nameOwner))\n"
  },
  { breaks: "a child that could not be recorded is not looked for", from: "isAbandoned ? yield* findUnrecorded(current, args) : undefined", to: "undefined" },
  { breaks: "the owner of the home is not named", from: ".pipe(Effect.catchIf((error) => error.reason === \"Held\" && error.holder === undefined, nameOwner))", to: "" },
  { breaks: "the height of the first applied upgrade counts, not of the last", from: "journal.applied.at(-1)", to: "journal.applied.at(0)" },
  { breaks: "what failed is not read from the state file", from: "journal.failed.map(({ upgrade }) => upgrade.digest)", to: "[]" },
  { breaks: "a missing link is genesis, whatever ran last", from: "journal.lastRan ?? ((yield* isFresh(hasState)) ? genesis : undefined)", to: "(yield* isFresh(hasState)) ? genesis : genesis" },
  { breaks: "a missing link is guessed where something has run", from: "  if (hasState) return false\n", to: "" },
  { breaks: "what ran last is forgotten where the link is missing", from: "journal.lastRan ?? ((yield* isFresh(hasState)) ? genesis : undefined)", to: "(yield* isFresh(hasState)) ? genesis : undefined" },
  { breaks: "a missing link is not made again", from: "  yield* links.pointTo(known)\n", to: "" },
  { breaks: "a node that outlived its wemixvisor is not looked for", from: "return Option.getOrUndefined(yield* launcher.find(journal.child))", to: "return undefined" },
  { breaks: "a node that had its SIGTERM gets another after a restart", from: "stopSent: child.stopSent,", to: "stopSent: false," },
  { breaks: "other arguments are the same", from: "child.arguments.every((argument, index) => argument === args[index])", to: "child.arguments.every((argument) => argument !== undefined)" },
  { breaks: "what is left of a group is taken over as a node", from: "Option.isSome(identity) && child.path === path", to: "child.path === path", catches: ["TakeOver"] }
])

const inbox = of("src/supervisor/Inbox.ts", [
  { breaks: "the time is that of the wall clock", from: "Effect.zipWith(Clock.monotonicTimeNanos, Random.next", to: "Effect.zipWith(Clock.currentTimeNanos, Random.next" },
  { breaks: "a stop that was asked for is not known before it is taken up", from: "event._tag === \"StopRequested\" ? Deferred.succeed(stop, undefined) : Effect.void", to: "Effect.void" },
  { breaks: "a bug leaves the loop to wait for ever", from: "Effect.asVoid(Queue.failCause(queue, cause))", to: "Effect.asVoid(Effect.exit(Effect.failCause(cause)))" }
])

const looking = of("src/supervisor/Looking.ts", [
  { breaks: "a look that was ordered is told of only when it is new", from: "before === keyOf(found) && answers === undefined ? Effect.void", to: "before === keyOf(found) ? Effect.void" },
  { breaks: "a look is told of with no number", from: "tell(found, answers ?? 0)", to: "tell(found, 0)" },
  { breaks: "a release that is not ready is not followed", from: "if (first._tag !== \"Found\" || first.readiness._tag === \"Ready\") return Stream.empty", to: "if (first._tag !== undefined) return Stream.empty" },
  { breaks: "a release that a look found not ready is not followed", from: "isReady(found) ? Effect.void : Effect.asVoid(Queue.offer(nudges, undefined))", to: "Effect.void" },
  { breaks: "what is still being written is complained of", from: "Effect.delay(Effect.succeed(followed), writingMillis)", to: "Effect.succeed(followed)" },
  { breaks: "a release that is missing is not fetched", from: ", Stream.fromEffectDrain(fetch(first))]", to: "]" },
  { breaks: "a plan that changes does not end the follow-up of the one before", from: "Stream.switchMap((reading) =>", to: "Stream.flatMap((reading) =>" }
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
  { breaks: "the first order of a step is dropped", from: "of deedsFirst(current.actions)) yield*", to: "of deedsFirst(current.actions.slice(1))) yield*" },
  { breaks: "what is said comes before what is done", from: "of deedsFirst(current.actions)) yield*", to: "of current.actions) yield*" },
  { breaks: "the child stays on record at the end", from: "ledger.update(Ledger.childGone)", to: "ledger.update((journal) => journal)" },
  { breaks: "a bug is not said before the node is stopped for it", from: "Effect.tapCause(tellOfBug), Effect.scoped)", to: "Effect.scoped)" }
])

const again = of("src/supervisor/Retry.ts", [
  { breaks: "a plan that is tried again is written in its place", from: "Durable.replaceFile(yield* Disk, home.planFile, new", to: "(yield* Disk).write(home.planFile, new" },
  { breaks: "a plan that is tried again is the one that failed", from: "{ ...reading.plan, retry: retryAt }", to: "{ retry: retryAt, ...reading.plan }" },
  { breaks: "a plan that is tried again loses what else it says", from: "{ ...reading.plan, retry: retryAt }", to: "{ name: reading.plan.name, height: reading.plan.height, retry: retryAt }" },
  { breaks: "a plan is tried again because one of its name failed", from: "upgrade.digest === reading.digest", to: "upgrade.name === reading.plan.name" },
  { breaks: "a plan is tried again that never failed", from: "if (failed === undefined) {", to: "if (failed === undefined && name === \"\") {" },
  { breaks: "the plan is tried again whichever was asked for", from: " || reading.plan.name !== name) return", to: ") return" }
])

export const supervision = [...ledger, ...perform, ...boot, ...inbox, ...looking, ...loop, ...again]
