// The upgrade that is gone through in memory is a whole one.
import { assert, it } from "@effect/vitest"
import { genesis, inUpgrades } from "../../src/domain/Release.ts"
import type { Policy } from "../../src/machine/State.ts"
import * as Practice from "../../src/supervisor/Practice.ts"

const policy: Policy = {
  restartOnFailure: true,
  restart: { maxRestarts: 3, periodMillis: 60_000 },
  graceMillis: 300_000,
  probationMillis: 10_000,
  restartDelayMillis: 0,
  restartAfterUpgrade: true
}

it("ends with the new release, its probation over, and every line on the way put into words", () => {
  const { lines, state } = Practice.upgrade(policy, genesis)
  assert.deepStrictEqual([state._tag, state.memory.current, state.memory.appliedHeight], ["Running", inUpgrades("practice"), 1n])
  assert.deepStrictEqual(lines, [
    "started genesis, pid 1",
    "genesis -> practice at height 1",
    "SIGTERM to pid 1; it has 5m to end",
    "the node ended with code 0 after 0ms",
    "current now points to upgrades/practice",
    "started practice, pid 1, after 0ms of downtime, on probation for 10s",
    "genesis -> practice done"
  ])
})

it("goes the way that the settings make it go", () => {
  const waiting = Practice.upgrade({ ...policy, restartDelayMillis: 5000, probationMillis: 0 }, inUpgrades("v1"))
  assert.deepStrictEqual([waiting.state._tag, waiting.state.memory.current], ["Running", inUpgrades("practice")])
  const leaving = Practice.upgrade({ ...policy, restartAfterUpgrade: false }, genesis)
  assert.deepStrictEqual([leaving.state._tag, leaving.state.memory.current], ["Done", inUpgrades("practice")])
})
