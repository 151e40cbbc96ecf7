// Everything that a run can find when it begins: what the state file, the link, a node that still runs and the plan can say together.
import type { PlanLook } from "../../src/domain/Readiness.ts"
import type { Release } from "../../src/domain/Release.ts"
import type { Found, Survivor } from "../../src/machine/Recovery.ts"
import { found, genesis, inFlight, releaseA, survivorOf } from "./Cast.ts"

export interface Beginning {
  readonly found: Found
  /** The release that the link has to come back to unless the upgrade in flight is confirmed. */
  readonly confirmed: Release
}

const links = [genesis, releaseA]

/** None; one that fits; one with other arguments, one that got SIGTERM already, one of another release. */
const survivorsOf = (current: Release): ReadonlyArray<Survivor | undefined> => [
  undefined,
  survivorOf(current),
  survivorOf(current, { sameArguments: false }),
  survivorOf(current, { stopSent: true }),
  ...links.filter((release) => release !== current).map((release) => survivorOf(release))
]

export const beginningsWith = (looks: ReadonlyArray<PlanLook>): ReadonlyArray<Beginning> =>
  links.flatMap((current) =>
    looks.flatMap((look) => survivorsOf(current).flatMap((survivor) => [...settled({ current, look, survivor }), ...cutOff({ current, look, survivor })]))
  )

type Around = Pick<Found, "current" | "look" | "survivor">

/** Nothing is in flight: the link is right, whatever it says. */
const settled = (around: Around): ReadonlyArray<Beginning> =>
  [undefined, 25n].flatMap((appliedHeight) =>
    [[], ["a"]].map((failedDigests) => ({ found: found({ ...around, appliedHeight, failedDigests }), confirmed: around.current }))
  )

/** The upgrade to A was cut off at one of its steps. No upgrade above its height was applied, or it would not have begun. */
const cutOff = (around: Around): ReadonlyArray<Beginning> =>
  (["stop", "switch", "probation", "roll-back"] as const).map((step) => ({
    found: found({ ...around, inFlight: inFlight(step) }),
    confirmed: genesis
  }))
