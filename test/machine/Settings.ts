// What the walks are done with. Each is complete for what it allows; one walk with everything at once would take a minute.
import type { PlanLook } from "../../src/domain/Readiness.ts"
import type { Policy } from "../../src/machine/State.ts"
import { looks, policy } from "./Cast.ts"

export interface Setting {
  readonly policy: Policy
  /** What a look at the plan may find. */
  readonly looks: ReadonlyArray<PlanLook>
  readonly diskRefuses: boolean
  /** How often a person may ask a child to stop. */
  readonly mostRequests: number
}

const { absent, missingA, missingB, readyA, readyB, unusable } = looks
const giveUpAtOnce: Policy = { ...policy, restart: { maxRestarts: 0, periodMillis: 600_000 } }
const all: Setting = { policy, looks: [absent, unusable, readyA, missingA, readyB], diskRefuses: true, mostRequests: 1 }

export const settings: Readonly<Record<string, Setting>> = {
  "whatever the plan says and the disk refuses": all,
  "while the next release is not there yet": { ...all, looks: [absent, readyA, missingB, readyB] },
  "while the disk refuses nothing": { ...all, diskRefuses: false, mostRequests: 2 },
  "however often a stop is asked for": { ...all, looks: [absent, unusable, readyA, missingA], mostRequests: 4 },
  "without probation": { ...all, policy: { ...giveUpAtOnce, probationMillis: 0 }, looks: [absent, readyA, readyB] },
  "without a restart after an upgrade": { ...all, policy: { ...policy, restartAfterUpgrade: false }, looks: [absent, readyA, missingA, readyB] },
  "with a delay in the upgrade": { ...all, policy: { ...giveUpAtOnce, restartDelayMillis: 5000 }, looks: [absent, readyA, missingA, readyB] },
  "without a restart on failure, and no limit to the grace": {
    ...all,
    policy: { ...policy, restartOnFailure: false, graceMillis: Infinity },
    looks: [absent, readyA, missingA, readyB],
    diskRefuses: false,
    mostRequests: 2
  }
}
