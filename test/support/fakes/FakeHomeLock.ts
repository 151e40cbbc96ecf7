// Locks in memory behind the home lock's service: one table of locks, as a kernel has, for as many supervisors as a test has.
import { Context, Deferred, Effect, Layer } from "effect"
import { Config } from "../../../src/services/Config.ts"
import { HomeLock, HomeLockError } from "../../../src/services/HomeLock.ts"

export class FakeLocks extends Context.Service<FakeLocks, {
  readonly isHeld: (path: string) => boolean
  /** Every lock is refused from now on with this as the reason why; `undefined` ends that. */
  readonly refuse: (why: string | undefined) => Effect.Effect<void>
  /** Whoever asks for a lock next waits with that: `reached` when it is about to ask, `release` lets it. */
  readonly hold: Effect.Effect<{ readonly reached: Effect.Effect<void>; readonly release: Effect.Effect<void> }>
  /** What whoever asks for a lock waits for first. */
  readonly patience: Effect.Effect<void>
  readonly take: (path: string) => "Taken" | "Held" | { readonly why: string }
  readonly free: (path: string) => void
  /** Whoever holds it dies: the next one is told. */
  readonly abandon: (path: string) => void
  /** Whether that happened since it was asked last. */
  readonly wasAbandoned: (path: string) => boolean
}>()("test/support/fakes/FakeLocks") {
  static readonly layer = Layer.sync(FakeLocks, () => {
    const [held, abandoned] = [new Set<string>(), new Set<string>()]
    let refusal: string | undefined
    let waits: Effect.Effect<void> = Effect.void
    return FakeLocks.of({
      isHeld: (path) => held.has(path),
      refuse: (why) => Effect.sync(() => void (refusal = why)),
      hold: Effect.sync(() => {
        const [reached, released] = [Deferred.makeUnsafe<void>(), Deferred.makeUnsafe<void>()]
        waits = Effect.andThen(Deferred.succeed(reached, undefined), Deferred.await(released))
        return { reached: Deferred.await(reached), release: Effect.asVoid(Deferred.succeed(released, undefined)) }
      }),
      patience: Effect.suspend(() => {
        const wait = waits
        waits = Effect.void
        return wait
      }),
      take: (path) => {
        if (refusal !== undefined) return { why: refusal }
        if (held.has(path)) return "Held"
        held.add(path)
        return "Taken"
      },
      free: (path) => void held.delete(path),
      abandon: (path) => void abandoned.add(path),
      wasAbandoned: (path) => abandoned.delete(path)
    })
  })
}

const acquire = (locks: FakeLocks["Service"], path: string): Effect.Effect<void, HomeLockError> =>
  Effect.suspend(() => {
    const taken = locks.take(path)
    if (taken === "Taken") return Effect.void
    return taken === "Held"
      ? Effect.fail(new HomeLockError({ path, reason: "Held", why: "database is locked" }))
      : Effect.fail(new HomeLockError({ path, reason: "Refused", why: taken.why }))
  })

/** The lock as the supervisor with this pid sees it. */
export const layerFor = (holder: number): Layer.Layer<HomeLock, never, Config | FakeLocks> =>
  Layer.effect(
    HomeLock,
    Effect.gen(function*() {
      const { home } = yield* Config
      const locks = yield* FakeLocks
      const taken = Effect.acquireRelease(Effect.andThen(locks.patience, acquire(locks, home.lockFile)), () => Effect.sync(() => locks.free(home.lockFile))).pipe(
        Effect.andThen(Effect.sync(() => ({ isAbandoned: locks.wasAbandoned(home.lockFile) })))
      )
      return HomeLock.of({ holder, acquire: taken })
    })
  )

/** For a test with one supervisor, pid 1: the service and the table. */
export const layer: Layer.Layer<FakeLocks | HomeLock, never, Config> = Layer.provideMerge(layerFor(1), FakeLocks.layer)
