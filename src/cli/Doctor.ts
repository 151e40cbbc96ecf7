// The doctor: looks at all that a run depends on and says of each thing how it is and what would mend it. Changes nothing, and may be asked while a node runs.
import { Effect } from "effect"
import type { Finding } from "./Finding.ts"
import * as Home from "./HomeChecks.ts"
import * as Machine from "./MachineChecks.ts"

/** In the order of the answer. Where the home itself is wrong, the rest of it is not looked at. */
const homeChecks = [Home.link, Home.state, Home.lock, Home.releases, Home.plan, Home.backup, Home.hooks] as const
const machineChecks = [
  Machine.variables,
  Machine.ipcPath,
  Machine.inotify,
  Machine.firstProcess,
  Machine.systemd,
  Machine.clock,
  Machine.openFiles
] as const

export const examine = Effect.gen(function*() {
  const home = yield* Home.home
  const isThere = home.every(({ state }) => state !== "wrong")
  const inside = isThere ? yield* Effect.all(homeChecks) : []
  const findings: ReadonlyArray<Finding> = [...home, ...inside.flat(), ...(yield* Effect.all(machineChecks)).flat()]
  return findings
})
