// How a run begins: a home that is as it should be, and homes that are not, in which nothing is started.
import { Effect } from "effect"
import { expect } from "vitest"
import { about } from "../support/Scenario.ts"
import { text } from "../support/world/Binaries.ts"
import { code, releaseOf } from "../support/world/Operator.ts"

const scenario = about("start")

scenario("a fresh home: genesis is linked and started with the arguments, and its exit 0 ends the run with 0", {}, Effect.fnUntraced(function*(world) {
  yield* world.run(["start", "--home", "x y", ""])
  yield* world.reaches("Running")
  yield* world.passes("3 seconds")
  yield* world.nodes.end(101, code(0))
  expect(yield* world.ends(0)).toMatchObject({ _tag: "NodeEnded", exit: { code: 0 } })
  expect(world.nodes.deeds[0]).toMatchObject({ release: "genesis", program: { path: "/node/wemixvisor/current/bin/wemixd", arguments: ["start", "--home", "x y", ""] } })
  expect(yield* world.link).toBe("genesis")
  expect(yield* world.journal).toEqual({ version: 1, owner: 11, lastRan: "genesis", applied: [], failed: [] })
}))

scenario("a fresh home whose genesis binary is missing: nothing is started, and the status is 66", {}, Effect.fnUntraced(function*(world) {
  yield* world.remove(world.binary("genesis"))
  yield* world.run()
  expect(yield* world.ends(66)).toMatchObject({ _tag: "NotStarted" })
  expect(world.said("there is no binary at /node/wemixvisor/genesis/bin/wemixd")).toHaveLength(1)
}))

scenario("current is missing, and what ran last is known: it is linked again, with a warning", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* world.writeJournal({ version: 1, lastRan: releaseOf("v2"), applied: [], failed: [] })
  yield* world.run()
  yield* world.reaches("Running")
  expect(yield* world.link).toBe("upgrades/v2")
  expect(world.said("warning: current was missing")).toHaveLength(1)
  yield* world.stops
  expect(world.starts).toEqual(["v2"])
}))

scenario("current is missing and the state file does not say what ran last: no silent genesis", {}, Effect.fnUntraced(function*(world) {
  yield* world.writeJournal({ version: 1, applied: [], failed: [] })
  yield* world.run()
  expect(yield* world.fails()).toMatchObject({ _tag: "HomeError", reason: "NoRelease", path: "/node/wemixvisor/current" })
  expect(yield* Effect.exit(world.link)).toMatchObject({ _tag: "Failure" })
}))

scenario("current is missing where cosmovisor applied an upgrade: no silent genesis", {}, Effect.fnUntraced(function*(world) {
  yield* world.put("/node/wemixvisor/upgrades/v2/upgrade-info.json", text("{}"))
  yield* world.run()
  expect(yield* world.fails()).toMatchObject({ _tag: "HomeError", reason: "NoRelease" })
}))

scenario("current is missing and the disk refuses to tell whether cosmovisor applied an upgrade: no silent genesis", {}, Effect.fnUntraced(function*(world) {
  yield* world.put("/node/wemixvisor/upgrades/v2/upgrade-info.json", text("{}"))
  const trouble = yield* world.troubles.refuse("list", "/node/wemixvisor/upgrades", "EMFILE")
  yield* world.run()
  expect(yield* world.fails()).toMatchObject({ _tag: "HomeError", reason: "Refused", why: expect.stringContaining("cannot list /node/wemixvisor/upgrades: EMFILE") })
  expect(yield* Effect.exit(world.link)).toMatchObject({ _tag: "Failure" })
  yield* trouble.ends
}))

scenario("the disk refuses to look at what current points to: that is said, and not that it is gone", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* Effect.orDie(world.disk.link("upgrades/v2", world.home.current))
  const trouble = yield* world.troubles.refuse("status", "/node/wemixvisor/upgrades/v2", "EMFILE")
  yield* world.run()
  expect(yield* world.fails()).toMatchObject({ _tag: "LinkError", reason: "Refused", why: expect.stringContaining("/node/wemixvisor/upgrades/v2: EMFILE") })
  yield* trouble.ends
}))

scenario("current points to a release that is not there: nothing is started, and the link is left as it is", {}, Effect.fnUntraced(function*(world) {
  yield* Effect.orDie(world.disk.link("upgrades/v9", world.home.current))
  yield* world.run()
  expect(yield* world.fails()).toMatchObject({ _tag: "LinkError", reason: "Dangling" })
  expect(yield* world.link).toBe("upgrades/v9")
}))

scenario("current is a directory: nothing is started, and nothing is removed", {}, Effect.fnUntraced(function*(world) {
  yield* world.put(`${world.home.current}/bin/wemixd`, text("#!/bin/sh\n"), 0o755)
  yield* world.run()
  expect(yield* world.fails()).toMatchObject({ _tag: "LinkError", reason: "NotALink" })
  expect(yield* Effect.orDie(world.disk.list(world.home.current))).toEqual(["bin"])
}))

scenario("current points out of the layout: nothing is started", {}, Effect.fnUntraced(function*(world) {
  yield* Effect.orDie(world.disk.link("/opt/node", world.home.current))
  yield* world.run()
  expect(yield* world.fails()).toMatchObject({ _tag: "LinkError", reason: "Foreign" })
  expect(yield* world.link).toBe("/opt/node")
}))

scenario("a damaged state file: nothing is started, and it is left as it is", {}, Effect.fnUntraced(function*(world) {
  yield* world.put(world.home.stateFile, text("{\"version\": 1, \"appl"))
  yield* world.run()
  expect(yield* world.fails()).toMatchObject({ _tag: "StateError", reason: "Damaged", path: "/node/wemixvisor/state.json" })
  expect(yield* Effect.orDie(world.disk.read(world.home.stateFile, 100))).toEqual(text("{\"version\": 1, \"appl"))
}))

scenario("a state file that cannot be read: nothing is started", {}, Effect.fnUntraced(function*(world) {
  yield* world.troubles.refuse("read", world.home.stateFile, "EACCES")
  yield* world.run()
  expect(yield* world.fails()).toMatchObject({ _tag: "StateError", reason: "Refused" })
}))

scenario("no home: nothing is started, and the error says how to make one", {}, Effect.fnUntraced(function*(world) {
  yield* Effect.orDie(world.disk.rename(world.home.root, "/node/elsewhere"))
  yield* world.run()
  expect(yield* world.fails()).toMatchObject({ _tag: "HomeError", reason: "Missing", path: "/node/wemixvisor" })
}))

scenario("a home that cosmovisor laid out: nothing is started, and the error names it", {}, Effect.fnUntraced(function*(world) {
  yield* Effect.orDie(world.disk.rename(world.home.root, world.home.cosmovisorRoot))
  yield* world.run()
  expect(yield* world.fails()).toMatchObject({ _tag: "HomeError", reason: "Cosmovisor", path: "/node/cosmovisor" })
}))

scenario("a second wemixvisor on the home fails, names the first one's pid, and touches nothing", {}, Effect.fnUntraced(function*(world) {
  const first = yield* world.run()
  yield* world.reaches("Running")
  const second = yield* world.run()
  const error = yield* world.fails(second)
  expect(error).toMatchObject({ _tag: "HomeLockError", reason: "Held" })
  expect(error.message).toContain("pid 11")
  yield* world.signal("SIGTERM")
  yield* world.passes("200 millis")
  yield* world.ends(0, first)
  expect(world.starts).toEqual(["genesis"])
}))

scenario("a lock that the disk refuses: nothing is started", {}, Effect.fnUntraced(function*(world) {
  yield* world.locks.refuse("attempt to write a readonly database")
  yield* world.run()
  expect(yield* world.fails()).toMatchObject({ _tag: "HomeLockError", reason: "Refused" })
}))

scenario("a restore was broken off between its renames: no node is started without its data", {}, Effect.fnUntraced(function*(world) {
  const [data, replaced] = ["/node/data", "/node/data.replaced-20260101T000000Z"]
  yield* world.put(`${data}/priv_validator_state.json`, text("{}"))
  yield* Effect.orDie(world.disk.rename(data, replaced))
  yield* world.put(`${data}.new/priv_validator_state.json`, text("{}"))
  yield* world.run()
  expect(yield* world.fails()).toMatchObject({ _tag: "HomeError", reason: "NoData", why: expect.stringContaining(`mv ${replaced} ${data}`) })
  yield* Effect.orDie(world.disk.rename(`${data}.new`, data))
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.stops
  expect(world.starts).toEqual(["genesis"])
}))

scenario("there are no data and no restore was broken off: the node makes its own", {}, Effect.fnUntraced(function*(world) {
  yield* Effect.orDie(world.disk.rename("/node/data", "/node/data.replaced-20260101T000000Z"))
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.stops
}))
