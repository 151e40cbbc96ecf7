// Time that passes when it is told to. Unlike the test clock, those who wait for the same instant are woken in any order, and time
// may pass while somebody still has something to do.
import { Clock, Duration, Effect } from "effect"
import type { SeededScheduler } from "./SeededScheduler.ts"

interface Sleep {
  readonly dueMillis: number
  readonly wake: () => void
}

const nanosPerMilli = 1_000_000n

export class VirtualClock implements Clock.Clock {
  private readonly scheduler: SeededScheduler
  /** The one that is due last comes first. */
  private readonly sleeps: Array<Sleep> = []
  private now = 0

  readonly currentTimeMillis: Effect.Effect<number>
  readonly currentTimeNanos: Effect.Effect<bigint>
  readonly monotonicTimeNanos: Effect.Effect<bigint>

  constructor(scheduler: SeededScheduler) {
    this.scheduler = scheduler
    this.currentTimeMillis = Effect.sync(() => this.now)
    this.currentTimeNanos = Effect.sync(() => this.currentTimeNanosUnsafe())
    this.monotonicTimeNanos = this.currentTimeNanos
  }

  currentTimeMillisUnsafe(): number {
    return this.now
  }

  currentTimeNanosUnsafe(): bigint {
    return BigInt(this.now) * nanosPerMilli
  }

  monotonicTimeNanosUnsafe(): bigint {
    return this.currentTimeNanosUnsafe()
  }

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    const millis = Math.ceil(Duration.toMillis(duration))
    if (millis <= 0) return Effect.yieldNow
    if (!Number.isFinite(millis)) return Effect.never
    return Effect.callback<void>((resume) => {
      const sleep = { dueMillis: this.now + millis, wake: () => resume(Effect.void) }
      const index = this.sleeps.findIndex(({ dueMillis }) => dueMillis <= sleep.dueMillis)
      this.sleeps.splice(index === -1 ? this.sleeps.length : index, 0, sleep)
      return Effect.sync(() => this.forget(sleep))
    })
  }

  /** How long until somebody is to be woken. */
  get nextMillis(): number | undefined {
    const next = this.sleeps.at(-1)
    return next && next.dueMillis - this.now
  }

  /** Lets time pass up to the next one that waits for it; false when nobody does. */
  advance(): boolean {
    const { nextMillis } = this
    if (nextMillis === undefined) return false
    this.pass(nextMillis)
    return true
  }

  /** Each of those who are due gets a turn of its own, so that the scheduler says who is first. */
  pass(millis: number): void {
    this.now += millis
    for (let sleep = this.sleeps.at(-1); sleep !== undefined && sleep.dueMillis <= this.now; sleep = this.sleeps.at(-1)) {
      this.sleeps.pop()
      this.scheduler.makeDispatcher().scheduleTask(sleep.wake, 0)
    }
  }

  private forget(sleep: Sleep): void {
    const index = this.sleeps.indexOf(sleep)
    if (index !== -1) this.sleeps.splice(index, 1)
  }
}
