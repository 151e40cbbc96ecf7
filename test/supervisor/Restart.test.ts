// Section 7: what follows when the node ends and nobody asked it to.
import { Effect } from "effect"
import { expect } from "vitest"
import { ChildExit } from "../../src/domain/ChildExit.ts"
import { about } from "../support/Scenario.ts"
import { code, obedient } from "../support/world/Operator.ts"
import type { World } from "../support/World.ts"

const scenario = about("restart")

const startedAtMillis = (world: World): ReadonlyArray<number> => world.nodes.deeds.flatMap((deed) => deed._tag === "Started" ? [deed.atMillis] : [])

scenario("a node that keeps failing is started again after 1, 2, 4, 8 and 16 seconds, then given up with its own status", {}, Effect.fnUntraced(function*(world) {
  yield* world.script("genesis", { ends: { afterMillis: 100, exit: code(3) } })
  yield* world.run(["start"])
  yield* world.passes("1 minute")
  expect(yield* world.ends(3)).toMatchObject({ _tag: "NodeEnded", exit: { code: 3 } })
  expect(startedAtMillis(world)).toEqual([0, 1100, 3200, 7300, 15_400, 31_500])
}))

scenario("the delay never grows beyond a minute", { settings: { DAEMON_MAX_RESTARTS: "9", DAEMON_RESTART_PERIOD: "1h" } }, Effect.fnUntraced(function*(world) {
  yield* world.script("genesis", { ends: { afterMillis: 0, exit: code(1) } })
  yield* world.run()
  yield* world.passes("10 minutes")
  yield* world.ends(1)
  const times = startedAtMillis(world)
  expect(times.slice(1).map((at, index) => (at - (times[index] ?? 0)) / 1000)).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
}))

scenario("a node that lived for a minute is started again after a second, whatever came before", { settings: { DAEMON_MAX_RESTARTS: "9" } }, Effect.fnUntraced(function*(world) {
  yield* world.script("genesis", (start) => start > 4 ? obedient : { ends: { afterMillis: start === 3 ? 60_000 : 100, exit: code(1) } })
  yield* world.run()
  yield* world.passes("2 minutes")
  expect(startedAtMillis(world)).toEqual([0, 1100, 3200, 64_200, 66_300])
  yield* world.stops
}))

scenario("restarts older than the period do not count: a node that fails now and then is never given up", {
  settings: { DAEMON_MAX_RESTARTS: "2", DAEMON_RESTART_PERIOD: "3m" }
}, Effect.fnUntraced(function*(world) {
  yield* world.script("genesis", (start) => start > 6 ? obedient : { ends: { afterMillis: 100_000, exit: code(1) } })
  yield* world.run()
  yield* world.passes("11 minutes")
  expect(world.starts).toHaveLength(7)
  yield* world.stops
}))

scenario("restarts off: the node's code is wemixvisor's", { settings: { DAEMON_RESTART_ON_FAILURE: "false" } }, Effect.fnUntraced(function*(world) {
  yield* world.script("genesis", { ends: { afterMillis: 5000, exit: code(42) } })
  yield* world.run()
  yield* world.passes("5 seconds")
  yield* world.ends(42)
  expect(world.starts).toEqual(["genesis"])
}))

scenario("restarts off: a node that a signal ended gives 128 and the signal's number", { settings: { DAEMON_RESTART_ON_FAILURE: "false" } }, Effect.fnUntraced(function*(world) {
  yield* world.script("genesis", { ends: { afterMillis: 5000, exit: ChildExit.Signal({ signal: "SIGSEGV", number: 11 }) } })
  yield* world.run()
  yield* world.passes("5 seconds")
  yield* world.ends(139)
}))

scenario("no restarts allowed: the first failure is the last", { settings: { DAEMON_MAX_RESTARTS: "0" } }, Effect.fnUntraced(function*(world) {
  yield* world.script("genesis", { ends: { afterMillis: 5000, exit: code(1) } })
  yield* world.run()
  yield* world.passes("5 seconds")
  yield* world.ends(1)
  expect(world.starts).toEqual(["genesis"])
}))

scenario("a node that the system killed is started again", {}, Effect.fnUntraced(function*(world) {
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.passes("90 seconds")
  yield* world.nodes.end(101, ChildExit.Signal({ signal: "SIGKILL", number: 9 }))
  yield* world.reaches("BackingOff")
  yield* world.passes("1 second")
  yield* world.reaches("Running")
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "genesis"])
}))

scenario("a restart that cannot be done counts like a failure, and is done once the binary is back", {}, Effect.fnUntraced(function*(world) {
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.passes("1 second")
  yield* world.remove(world.binary("genesis"))
  yield* world.nodes.end(101, code(1))
  yield* world.reaches("BackingOff")
  yield* world.passes("1 second")
  yield* world.hears("could not start genesis")
  yield* world.reaches("BackingOff")
  yield* world.install("genesis")
  yield* world.passes("2 seconds")
  yield* world.reaches("Running")
  yield* world.stops
}))

scenario("a node that ran is started again though the disk refuses to look at its binary, its interpreter or its record", {}, Effect.fnUntraced(function*(world) {
  yield* world.script("genesis", (start) => start > 3 ? obedient : { ends: { afterMillis: 1000, exit: code(1) } })
  yield* world.run()
  yield* world.reaches("Running")
  const places = [["status", "/bin/sh"], ["read", world.binary("genesis")], ["read", "/node/wemixvisor/genesis/release.json"]] as const
  for (const [operation, path] of places) yield* world.troubles.refuse(operation, path, "EIO")
  yield* world.passes("1 minute")
  expect(world.starts).toHaveLength(4)
  yield* world.stops
}))

scenario("a new release that cannot be looked at is not started unseen", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* world.run()
  yield* world.reaches("Running")
  const held = yield* world.troubles.hold("rename", world.home.current)
  yield* world.plan("v2", 100)
  yield* world.passes("1 second")
  yield* held.reached
  const trouble = yield* world.troubles.refuse("read", world.binary("v2"), "EIO")
  yield* held.release
  yield* world.passes("10 seconds")
  expect(world.starts).toEqual(["genesis", "genesis"])
  yield* trouble.ends
  yield* world.passes("61 seconds")
  expect(world.starts).toEqual(["genesis", "genesis", "v2"])
  yield* world.stops
}))
