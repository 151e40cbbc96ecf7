// What is wrong with what a command about releases was asked to do; what goes wrong in doing it has the services' errors.
import { Schema } from "effect"

/** `BadName`, `BadHeight`, `BadChecksum`, `BadUrl`: as they were given. `InUse`: needed by the node. `NotThere`. `OtherPlan`: one that is pending. */
export class UpgradeError extends Schema.TaggedError<UpgradeError>()("UpgradeError", {
  reason: Schema.Literals(["BadName", "BadHeight", "BadChecksum", "BadUrl", "InUse", "NotThere", "OtherPlan"]),
  why: Schema.String
}) {
  override get message() {
    return this.why
  }
}
