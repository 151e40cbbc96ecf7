// For commands that need the data at rest: the home's lock, and no node that runs; and for those that take long, an end at once when a signal asks for one.
import { Effect, Option, Queue, Scope } from "effect"
import * as Journal from "../domain/Journal.ts"
import { Config } from "../services/Config.ts"
import { HomeLock, HomeLockError } from "../services/HomeLock.ts"
import { Launcher } from "../services/Launcher.ts"
import { Signals } from "../services/Signals.ts"
import { StateFile } from "../services/StateFile.ts"
import { checkHome } from "../supervisor/Boot.ts"
import { NodeStatus } from "./Run.ts"

/** Holds the lock until the scope closes, once it is sure that the recorded node does not run; gives what the home remembers. */
export const atRest = Effect.gen(function*() {
  const { home } = yield* Config
  yield* checkHome
  yield* (yield* HomeLock).acquire
  const journal = Option.getOrElse(yield* (yield* StateFile).read, () => Journal.empty)
  const pid = yield* runningNode(journal)
  if (pid === undefined) return journal
  const why = `the node of ${home.directory} runs, pid ${pid}, without a wemixvisor: stop it first, with wemixvisor run (which takes it over) and SIGTERM, or kill ${pid}`
  return yield* new HomeLockError({ path: home.lockFile, reason: "Held", why })
})

/** In a scope that is never closed: closing it would stop the node. */
const runningNode = Effect.fnUntraced(function*({ child }: Journal.Journal) {
  if (child === undefined) return undefined
  const launcher = yield* Launcher
  const found = yield* Scope.provide(launcher.find(child), yield* Scope.make())
  return Option.getOrUndefined(found)?.pid
})

const statuses = { SIGINT: 130, SIGQUIT: 131, SIGTERM: 143 } as const

/** Interrupts the work when a stop is asked for, and waits until it has cleared away after itself. */
export const untilStopped = Effect.fnUntraced(function*<A, E, R>(work: Effect.Effect<A, E, R>) {
  const requests = yield* (yield* Signals).requests
  const stopped = Effect.gen(function*() {
    for (;;) {
      const request = yield* Queue.take(requests)
      if (request._tag === "Stop") return yield* new NodeStatus({ status: statuses[request.by] })
    }
  })
  return yield* Effect.raceFirst(work, stopped)
}, Effect.scoped)
