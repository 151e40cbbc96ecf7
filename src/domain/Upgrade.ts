// One upgrade, from the release that ran to the one a plan asks for; what the journal and the machine both speak of.
import { Schema } from "effect"
import { Height } from "./UpgradePlan.ts"
import { Release } from "./Release.ts"

export const Upgrade = Schema.Struct({
  name: Schema.String,
  height: Schema.BigIntFromString.pipe(Schema.decodeTo(Height)),
  /** Tells one plan's content from another's: SHA-256 of its canonical text, in hexadecimal. */
  digest: Schema.String,
  from: Release,
  to: Release
})
export type Upgrade = typeof Upgrade.Type

/**
 * How far an upgrade has come, as the state file says it. A step is written before it begins:
 * `stop` the old release is being stopped, `switch` it is gone, `probation` the link points to
 * the new release, which was started or is about to be, `roll-back` the upgrade is being undone.
 */
export const UpgradeStep = Schema.Literals(["stop", "switch", "probation", "roll-back"])
export type UpgradeStep = typeof UpgradeStep.Type
