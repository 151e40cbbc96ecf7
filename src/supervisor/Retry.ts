// Has a plan tried again that was recorded as failed. The record stays: the plan is written anew with the time of the request, which makes it another one.
import { Clock, Effect, Option, Schema } from "effect"
import * as UpgradePlan from "../domain/UpgradePlan.ts"
import { Config } from "../services/Config.ts"
import { Disk, type DiskError } from "../services/Disk.ts"
import * as Durable from "../services/Durable.ts"
import { FileWatcher } from "../services/FileWatcher.ts"
import { type StateError, StateFile } from "../services/StateFile.ts"
import { checkHome, type HomeError } from "./Boot.ts"

/** `NoPlan`: the plan file does not ask for it. `NotFailed`: what it asks for is not recorded as failed. */
export class RetryError extends Schema.TaggedError<RetryError>()("RetryError", { reason: Schema.Literals(["NoPlan", "NotFailed"]), path: Schema.String, why: Schema.String }) {
  override get message() {
    return this.why
  }
}

/** A wemixvisor that runs notices the new plan by itself; one that is started later finds it. Gives the plan as it is now. */
export const retry = Effect.fn("Retry.retry")(function*(name: string): Effect.fn.Return<
  UpgradePlan.UpgradePlan,
  RetryError | DiskError | HomeError | StateError,
  Config | Disk | FileWatcher | StateFile
> {
  yield* checkHome
  const { home } = yield* Config
  const reading = yield* (yield* FileWatcher).read
  if (reading._tag !== "Read" || reading.plan.name !== name) return yield* noPlan(home.planFile, name, reading._tag === "Read" ? reading.plan.name : undefined)
  const journal = yield* (yield* StateFile).read
  const failed = Option.getOrUndefined(journal)?.failed.findLast(({ upgrade }) => upgrade.digest === reading.digest)
  if (failed === undefined) {
    return yield* new RetryError({ reason: "NotFailed", path: home.stateFile, why: `${name} at height ${reading.plan.height} is not recorded as failed: nothing keeps it from being carried out` })
  }
  const retryAt = new Date(yield* Clock.currentTimeMillis).toISOString()
  const plan: UpgradePlan.UpgradePlan = { ...reading.plan, retry: retryAt }
  yield* Durable.replaceFile(yield* Disk, home.planFile, new TextEncoder().encode(`${UpgradePlan.toJson(plan)}\n`), 0o644)
  return plan
})

const noPlan = (path: string, name: string, other: string | undefined) =>
  new RetryError({
    reason: "NoPlan",
    path,
    why: other === undefined
      ? `${path} asks for no upgrade: write the plan of ${name} there and it is tried again, since it is another one then`
      : `${path} asks for ${other}, not for ${name}`
  })
