// A scheduler for Effect that draws who goes on next, and that takes a fiber's turn away between any two of its operations.
// The order within one dispatcher is the one that Effect promises; across them every order is legal. Runs nothing by itself.
import type { Fiber, Scheduler } from "effect"
import type { Dice } from "../support/Dice.ts"

interface Task {
  readonly priority: number
  readonly run: () => void
}

export class SeededScheduler implements Scheduler.Scheduler {
  /** Effects that would rather be run to their end at once are not: that, too, is one of the orders. */
  readonly executionMode = "async"
  /** Those with something to run. */
  private readonly waiting: Array<Dispatcher> = []
  private readonly dice: Dice
  private readonly yields: number

  /** `yields`: how likely it is that a fiber loses its turn before an operation. */
  constructor(dice: Dice, yields: number) {
    this.dice = dice
    this.yields = yields
  }

  shouldYield({ currentOpCount }: Fiber.Fiber<unknown, unknown>): boolean {
    return currentOpCount >= 2048 || (this.yields > 0 && this.dice.chance(this.yields))
  }

  makeDispatcher(): Scheduler.SchedulerDispatcher {
    return new Dispatcher((dispatcher) => this.waiting.push(dispatcher))
  }

  /** Has one of those that wait go on; false when nobody does. */
  runOne(): boolean {
    const index = this.dice.below(this.waiting.length)
    const dispatcher = this.waiting[index]
    if (dispatcher === undefined) return false
    const task = dispatcher.take()
    if (dispatcher.isEmpty) {
      const last = this.waiting.pop()
      if (last !== undefined && last !== dispatcher) this.waiting[index] = last
    }
    task?.run()
    return true
  }
}

class Dispatcher implements Scheduler.SchedulerDispatcher {
  private readonly tasks: Array<Task> = []
  private readonly wait: (dispatcher: Dispatcher) => void

  constructor(wait: (dispatcher: Dispatcher) => void) {
    this.wait = wait
  }

  get isEmpty(): boolean {
    return this.tasks.length === 0
  }

  scheduleTask(run: () => void, priority: number): void {
    if (this.isEmpty) this.wait(this)
    const later = this.tasks.findIndex((task) => task.priority > priority)
    this.tasks.splice(later === -1 ? this.tasks.length : later, 0, { priority, run })
  }

  take(): Task | undefined {
    return this.tasks.shift()
  }

  /** Nobody here runs an effect to its end at once. */
  flush(): void {
    throw new Error("a fiber of a simulation is run by its seed, not at once")
  }
}
