// Who takes part in the machine's tests: two upgrades after genesis, what a look can find, the policies. All values.
import type { InFlight } from "../../src/domain/Journal.ts"
import { Obstacle, PlanLook, Readiness } from "../../src/domain/Readiness.ts"
import { genesis, inUpgrades, type Release } from "../../src/domain/Release.ts"
import type { Upgrade, UpgradeStep } from "../../src/domain/Upgrade.ts"
import { make } from "../../src/domain/UpgradePlan.ts"
import type { Found, Survivor } from "../../src/machine/Recovery.ts"
import * as RestartBudget from "../../src/machine/RestartBudget.ts"
import type { Memory, Policy } from "../../src/machine/State.ts"

export { genesis }
export const releaseA = inUpgrades("A")
export const releaseB = inUpgrades("B")

/** All instants of the tests that do not speak of time. */
export const now = { atMillis: 0, roll: 0.5 } as const

export const planA = make("A", 20n)
export const planB = make("B", 30n)

const ready = Readiness.Ready()
const missing = (release: Release) => Readiness.NotReady({ obstacle: Obstacle.BinaryMissing({ path: `${release}/bin/node` }) })

/** What a look at the plan can find. */
export const looks = {
  absent: PlanLook.Absent(),
  unusable: PlanLook.Unusable({ key: "half", why: "the plan is half-written" }),
  readyA: PlanLook.Found({ plan: planA, digest: "a", release: releaseA, readiness: ready }),
  missingA: PlanLook.Found({ plan: planA, digest: "a", release: releaseA, readiness: missing(releaseA) }),
  readyB: PlanLook.Found({ plan: planB, digest: "b", release: releaseB, readiness: ready }),
  missingB: PlanLook.Found({ plan: planB, digest: "b", release: releaseB, readiness: missing(releaseB) })
} as const

/** The upgrade to A, and the one to B, from a release. */
export const toA = (from: Release = genesis): Upgrade => ({ name: planA.name, height: planA.height, digest: "a", from, to: releaseA })
export const toB = (from: Release = genesis): Upgrade => ({ name: planB.name, height: planB.height, digest: "b", from, to: releaseB })

export const inFlight = (step: UpgradeStep, upgrade: Upgrade = toA()): InFlight => ({ step, upgrade })

export const policy: Policy = {
  restartOnFailure: true,
  restart: { maxRestarts: 1, periodMillis: 600_000 },
  graceMillis: 300_000,
  probationMillis: 10_000,
  restartDelayMillis: 0,
  restartAfterUpgrade: true
}

export const survivorOf = (release: Release, changes: Partial<Survivor> = {}): Survivor => ({
  pid: 1,
  release,
  sameArguments: true,
  stopSent: false,
  ...changes
})

/** A home in which genesis ran and nothing is left open. */
export const found = (changes: Partial<Found> = {}): Found => ({
  current: genesis,
  appliedHeight: undefined,
  failedDigests: [],
  inFlight: undefined,
  survivor: undefined,
  look: looks.absent,
  ...changes
})

export const memory = (changes: Partial<Memory> = {}): Memory => ({
  current: genesis,
  appliedHeight: undefined,
  failedDigests: [],
  look: looks.absent,
  told: [],
  budget: RestartBudget.full,
  everStarted: true,
  unrecorded: undefined,
  generation: 0,
  ...changes
})
