// Carries out the machine's orders and turns what came of them into facts. Decides nothing.
import { Effect, Exit, FiberMap, FiberSet, Option, Ref, Scope, Semaphore } from "effect"
import { currentBinary } from "../domain/Home.ts"
import { mayPass } from "../domain/Readiness.ts"
import type { Release } from "../domain/Release.ts"
import type { Action, Timer } from "../machine/Action.ts"
import { Event } from "../machine/Event.ts"
import type { Notice } from "../machine/Notice.ts"
import type { Verdict } from "../machine/Action.ts"
import { Backups } from "../services/backup/Backups.ts"
import { Config } from "../services/Config.ts"
import { HomeLock } from "../services/HomeLock.ts"
import { Hooks } from "../services/hooks/Hooks.ts"
import { type Child, groupGone, Launcher } from "../services/Launcher.ts"
import { LinkManager } from "../services/LinkManager.ts"
import type { Inbox } from "./Inbox.ts"
import * as Ledger from "./Ledger.ts"
import type { Looking } from "./Looking.ts"
import type { Ready } from "./Ready.ts"
import * as Practice from "./Practice.ts"
import * as Upgrade from "./Upgrade.ts"
import type { StepFailure } from "./UpgradeSteps.ts"
import { lineOf } from "./Wording.ts"

export interface Perform {
  readonly order: (action: Action) => Effect.Effect<void>
  /** Asks of the release that runs what an upgrade asks of the next one, and changes nothing. */
  readonly practise: (release: Release) => Effect.Effect<void>
  /** Returns when what follows an upgrade has ended, or a stop was asked for. */
  readonly rest: Effect.Effect<void>
}

interface Running {
  readonly child: Child
  readonly scope: Scope.Closeable
}

/** What the loop shares with those that carry out its orders. */
export interface Shared {
  readonly inbox: Inbox
  readonly ledger: Ledger.Ledger
  readonly looking: Looking
  readonly ready: Ready
  readonly args: ReadonlyArray<string>
}

const makeTools = Effect.fnUntraced(function*({ args, inbox, ledger, looking, ready }: Shared) {
  const config = yield* Config
  const [backups, hooks, launcher, links] = [yield* Backups, yield* Hooks, yield* Launcher, yield* LinkManager]
  const afterwards = yield* FiberSet.make<void>()
  return {
    afterwards,
    args,
    home: config.home,
    inbox,
    launcher,
    ledger,
    owner: (yield* HomeLock).holder,
    ready,
    looking,
    saga: Upgrade.make({
      afterwards: (effect) => effect.pipe(Effect.catchCause(inbox.fail), Effect.interruptible, FiberSet.run(afterwards), Effect.asVoid),
      backups,
      config,
      hooks,
      ledger,
      links,
      plan: looking.latest,
      ready,
      isStopAsked: inbox.isStopAsked,
      stopAsked: inbox.stopAsked
    }),
    scope: yield* Effect.scope,
    running: yield* Ref.make<Running | undefined>(undefined),
    timers: yield* FiberMap.make<Timer>(),
    work: yield* FiberSet.make<void>(),
    turn: yield* Semaphore.make(1)
  }
})
type Tools = Effect.Success<ReturnType<typeof makeTools>>

/** `survivor` is the node that Boot found; `Adopt` takes it over. Closing the scope breaks off timers and work under way, and stops a child that is left. */
export const make = Effect.fnUntraced(function*(shared: Shared, survivor: Child | undefined) {
  const { args, inbox } = shared
  const tools = yield* makeTools(shared)
  const order = (action: Action): Effect.Effect<void> => {
    switch (action._tag) {
      case "Say":
        return say(action.notice)
      case "Spawn":
        return inBackground(tools, spawn(tools, action.release))
      case "Adopt":
        return survivor === undefined ? Effect.void : adopt(tools, survivor)
      case "Terminate":
        return withChild(tools, (child) => Effect.andThen(child.terminate, inBackground(tools, recordStopSent(tools))))
      case "TerminateGroup":
        return withChild(tools, (child) => Effect.andThen(child.signalGroup("SIGTERM"), inBackground(tools, awaitGroup(tools, child))))
      case "Kill":
        return withChild(tools, (child) => child.signalGroup("SIGKILL"))
      case "StartTimer":
        return startTimer(tools, action)
      case "LookAtPlan":
        return inBackground(tools, tools.looking.answer(action.generation))
      case "Record":
        return report(tools, tools.saga.record(action.upgrade), Event.Recorded(), ({ why }) => Event.NotRecorded({ why }))
      case "Switch":
        return report(tools, tools.saga.switchOver(action.upgrade, args), Event.Switched(), Event.NotSwitched)
      case "Commit":
        return report(tools, tools.saga.commit(action.upgrade), Event.Committed(), ({ why }) => Event.NotCommitted({ why }))
      case "Undo":
        return report(tools, tools.saga.undo(action.upgrade, action.why, action.verdict), Event.Undone(), ({ why }) => Event.NotUndone({ why }))
    }
  }
  const perform: Perform = { order, practise: (release) => tools.saga.practise(Practice.upgradeOf(release)), rest: Effect.raceFirst(FiberSet.awaitEmpty(tools.afterwards), inbox.stopAsked) }
  return perform
})

export const say = (notice: Notice): Effect.Effect<void> => {
  const { fields, level, text, topic } = lineOf(notice)
  return Effect.logWithLevel(level)(text).pipe(Effect.annotateLogs({ topic, ...fields }))
}

/** The loop goes on while this runs; a bug in it ends the loop. */
const inBackground = (tools: Tools, effect: Effect.Effect<void>): Effect.Effect<void> =>
  effect.pipe(Effect.catchCause(tools.inbox.fail), Effect.interruptible, FiberSet.run(tools.work), Effect.asVoid)

/** The steps of an upgrade are done one at a time, in the order in which they were ordered, also when nobody waits for the earlier one any more. */
const report = (tools: Tools, effect: Effect.Effect<void, StepFailure>, done: Event, failed: (facts: { readonly why: string; readonly verdict: Verdict }) => Event) =>
  inBackground(tools, Effect.matchEffect(tools.turn.withPermits(1)(effect), {
    onSuccess: () => tools.inbox.put(done),
    onFailure: ({ message, verdict = "held" }) => tools.inbox.put(failed({ why: message, verdict }))
  }))

const startTimer = ({ inbox, timers }: Tools, { afterMillis, generation, timer }: Extract<Action, { readonly _tag: "StartTimer" }>) =>
  Effect.sleep(afterMillis).pipe(
    Effect.andThen(inbox.put(Event.Rang({ timer, generation }))),
    Effect.interruptible,
    FiberMap.run(timers, timer),
    Effect.asVoid
  )

const withChild = ({ running }: Tools, use: (child: Child) => Effect.Effect<void>): Effect.Effect<void> =>
  Effect.flatMap(Ref.get(running), (found) => found === undefined ? Effect.void : use(found.child))

/** The announcement is on the disk before the child exists, so that a child which outlives this process is found again, whenever that ends. */
const spawn = Effect.fnUntraced(function*(tools: Tools, release: Release) {
  const { args, home, inbox, launcher, ledger, ready } = tools
  const readiness = yield* ready.inspect(release)
  const { inFlight } = yield* ledger.journal
  const isNew = inFlight?.upgrade.to === release
  // One that ran before is tried all the same where the disk only refuses to look at it: what is wrong with it, the start will tell.
  if (readiness._tag === "NotReady" && (isNew ? readiness.obstacle._tag !== "DiskFull" : !mayPass(readiness.obstacle))) {
    return yield* inbox.put(Event.ChildNotStarted({ why: readiness.obstacle, isPassing: true }))
  }
  yield* remember(tools, (journal) => ({ ...journal, owner: tools.owner, ...Upgrade.announcement(home, release, args) }))
  yield* close(yield* Ref.get(tools.running))
  const scope = yield* Scope.fork(tools.scope)
  yield* launcher.start({ path: currentBinary(home), arguments: args }).pipe(
    Scope.provide(scope),
    Effect.matchEffect({
      onFailure: ({ isPassing, problem: why }) => Effect.andThen(Scope.close(scope, Exit.void), inbox.put(Event.ChildNotStarted({ why, isPassing }))),
      onSuccess: (child) => attend(tools, child, scope, inbox.put(Event.ChildStarted({ pid: child.pid })))
    }),
    Effect.uninterruptible
  )
})

/** Of a child that is gone; closed already, it is not closed again. */
const close = (last: Running | undefined): Effect.Effect<void> => last === undefined ? Effect.void : Scope.close(last.scope, Exit.void)

/** The state file is needed to find things again, not to run them: a disk that refuses it is said and lived with. */
const remember = ({ ledger }: Tools, change: Parameters<Ledger.Ledger["remember"]>[0]): Effect.Effect<void> =>
  ledger.remember(change).pipe(Effect.catch((error) =>
    Effect.logWarning(`${error.message}; after a crash of wemixvisor the node may not be found again`).pipe(Effect.annotateLogs({ topic: "node" }))
  ))

const adopt = Effect.fnUntraced(function*(tools: Tools, child: Child) {
  yield* attend(tools, child, yield* Scope.fork(tools.scope), Effect.void)
})

/** Holds the child, tells of it before its end can be told, confirms it in the journal, and waits for its end. */
const attend = Effect.fnUntraced(function*(tools: Tools, child: Child, scope: Scope.Closeable, announce: Effect.Effect<void>) {
  yield* Ref.set(tools.running, { child, scope })
  yield* announce
  yield* inBackground(tools, confirm(tools, child))
  yield* inBackground(tools, awaitEnd(tools, child, scope))
})

const confirm = (tools: Tools, { identity }: Child): Effect.Effect<void> =>
  Option.match(identity, {
    onNone: () => Effect.void,
    onSome: (found) => remember(tools, (journal) => journal.child === undefined ? journal : { ...journal, owner: tools.owner, child: { ...journal.child, identity: found } })
  })

const recordStopSent = (tools: Tools): Effect.Effect<void> =>
  remember(tools, (journal) => journal.child === undefined ? journal : { ...journal, child: { ...journal.child, stopSent: true } })

/** Its scope is closed once the loop has taken up its end: the node is down meanwhile. */
const awaitEnd = Effect.fnUntraced(function*({ inbox }: Tools, child: Child, scope: Scope.Closeable) {
  const exit = yield* child.exit
  const leftovers = yield* child.hasGroup
  yield* inbox.put(Event.ChildExited({ exit, leftovers }))
  yield* Effect.yieldNow
  if (!leftovers) yield* close({ child, scope })
})

const awaitGroup = Effect.fnUntraced(function*(tools: Tools, child: Child) {
  yield* groupGone(child)
  const last = yield* Ref.get(tools.running)
  yield* tools.inbox.put(Event.GroupGone())
  yield* Effect.yieldNow
  yield* close(last)
})
