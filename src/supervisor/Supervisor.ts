// The run loop: takes facts one at a time, has the machine decide, carries out its orders. A fiber that its scope manages.
import { Cause, Duration, Effect, Fiber, Queue } from "effect"
import { Outcome } from "../domain/Outcome.ts"
import type { Action } from "../machine/Action.ts"
import { Event } from "../machine/Event.ts"
import { begin } from "../machine/Recovery.ts"
import type { Policy, State, Step } from "../machine/State.ts"
import { step } from "../machine/Step.ts"
import { Config } from "../services/Config.ts"
import { type Request, Signals } from "../services/Signals.ts"
import { StateFile } from "../services/StateFile.ts"
import { type Booted, boot } from "./Boot.ts"
import * as Inbox from "./Inbox.ts"
import * as Ledger from "./Ledger.ts"
import * as Looking from "./Looking.ts"
import * as Perform from "./Perform.ts"
import * as Practice from "./Practice.ts"
import * as Ready from "./Ready.ts"
import { Transcript } from "./Transcript.ts"

/**
 * Keeps the node running with these arguments and upgrades it, until a stop is asked for or the node ends for good.
 * Nothing was started when it fails. Interrupting it, or closing the scope around it, stops the node in the
 * contract's way (one SIGTERM, the grace, SIGKILL to its group) and returns when it is gone.
 */
export const run = Effect.fn("Supervisor.run")(function*(args: ReadonlyArray<string>) {
  const inbox = yield* Inbox.make
  yield* listen(inbox)
  const booted = yield* boot(args)
  if (booted.survivor === undefined && (yield* inbox.isStopAsked)) return Outcome.Stopped()
  const fiber = yield* Effect.acquireRelease(
    Effect.forkScoped(Effect.uninterruptible(loop(inbox, args, booted)), { startImmediately: true }),
    (running) => Effect.andThen(inbox.put(Event.StopRequested({ by: "the program around it", counts: false })), Fiber.await(running))
  )
  return yield* Fiber.join(fiber)
}, Effect.scoped)

/** Signals first: their listeners stand before anything is started. */
const listen = Effect.fnUntraced(function*(inbox: Inbox.Inbox) {
  const signals = yield* Signals
  const requests = yield* signals.requests
  yield* Effect.forkScoped(Effect.forever(Effect.flatMap(Queue.take(requests), (request) => inbox.put(eventOf(request)))))
})

const eventOf = (request: Request): Event =>
  request._tag === "Stop" ? Event.StopRequested({ by: request.by, counts: true }) : Event.LookRequested()

/**
 * How long the end waits for the follower of plans. A stream that is broken off as it begins may never end (effect 4.1.0; met by about one in ten
 * thousand random stories, where a run ends at once): whoever asked for the end must not wait for that.
 */
const followerPatience = "1 second"

const listenToPlans = (inbox: Inbox.Inbox, { follow }: Looking.Looking) =>
  Effect.acquireRelease(
    follow.pipe(Effect.catchCause(inbox.fail), Effect.interruptible, Effect.forkDetach),
    (follower) => Effect.andThen(Effect.sync(() => follower.interruptUnsafe()), Effect.timeoutOption(Fiber.await(follower), followerPatience))
  )

const policyOf = ({ settings }: Config["Service"]): Policy => ({
  restartOnFailure: settings.restartOnFailure,
  restart: { maxRestarts: settings.maxRestarts, periodMillis: Duration.toMillis(settings.restartPeriod) },
  graceMillis: Duration.toMillis(settings.shutdownGrace),
  probationMillis: Duration.toMillis(settings.upgradeProbation),
  restartDelayMillis: Duration.toMillis(settings.restartDelay),
  restartAfterUpgrade: settings.restartAfterUpgrade
})

/** Said before the node is stopped for it, which may take the whole grace. */
const tellOfBug = (cause: Cause.Cause<never>): Effect.Effect<void> =>
  Effect.logError(`a bug in wemixvisor, the node is stopped for it: ${Cause.squash(cause)}`).pipe(Effect.annotateLogs({ topic: "stop" }))

const loop = Effect.fnUntraced(function*(inbox: Inbox.Inbox, args: ReadonlyArray<string>, { found, journal, survivor }: Booted) {
  const config = yield* Config
  const policy = policyOf(config)
  const transcript = yield* Transcript
  const ledger = yield* Ledger.make(yield* StateFile, journal)
  const ready = yield* Ready.make
  const looking = yield* Looking.make(ready, ledger.journal, (look, answers) => Effect.andThen(inbox.put(Event.Looked({ look, answers })), afterTheLoop))
  const perform = yield* Perform.make({ args, inbox, ledger, looking, ready }, survivor)
  yield* listenToPlans(inbox, looking)
  const practise = Effect.andThen(Effect.sync(() => Practice.upgrade(policy, found.current)), Effect.all([ready.practise(found.current), perform.practise(found.current)]))
  yield* Effect.forkScoped(Effect.delay(practise, config.settings.pollInterval))

  const write = (now: { readonly atMillis: number }, event: Event | undefined, from: State | undefined, next: Step) =>
    transcript.write({ atMillis: now.atMillis, event, from, to: next.state, actions: next.actions })

  const first = yield* Inbox.now
  let current = begin(policy, found, first)
  yield* write(first, undefined, undefined, current)
  while (true) {
    for (const action of deedsFirst(current.actions)) yield* perform.order(action)
    if (current.state._tag === "Done") return yield* Effect.andThen(perform.rest, finished(ledger, current.state.outcome))
    const { event, now } = yield* inbox.take
    const next = step(policy, current.state, event, now)
    yield* write(now, event, current.state, next)
    current = next
  }
}, Effect.tapCause(tellOfBug), Effect.scoped)

/** Making a line takes longer than sending a signal, and the node may be down meanwhile. */
const deedsFirst = (actions: ReadonlyArray<Action>): ReadonlyArray<Action> => [
  ...actions.filter(({ _tag }) => _tag !== "Say"),
  ...actions.filter(({ _tag }) => _tag === "Say")
]

/** What a source does once it has told of a fact can wait until the loop has given its orders. */
const afterTheLoop = Effect.yieldNow

/** Nothing runs any more: the next start need not look for a child. */
const finished = (ledger: Ledger.Ledger, outcome: Outcome): Effect.Effect<Outcome> =>
  ledger.update(Ledger.childGone).pipe(
    Effect.catch((error) => Effect.logWarning(error.message).pipe(Effect.annotateLogs({ topic: "stop" }))),
    Effect.as(outcome)
  )
