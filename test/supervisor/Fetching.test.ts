// Releases that are fetched from where their plan says, before the node is stopped for them.
import { Effect } from "effect"
import { expect } from "vitest"
import { label } from "../../src/domain/Release.ts"
import { failure as notFetched } from "../support/fakes/FakeDownloads.ts"
import { about } from "../support/Scenario.ts"

const scenario = about("fetching")
const elsewhere = "https://example.test/v2.tar.gz"
const fetched = { info: { binaries: { "linux/amd64": elsewhere } } }

scenario("a release that is not there is fetched as soon as its plan is known, and the upgrade follows", { settings: { DAEMON_ALLOW_DOWNLOAD_BINARIES: "true" } }, Effect.fnUntraced(function*(world) {
  yield* world.server.serve(elsewhere, (release) => Effect.andThen(Effect.sleep("30 seconds"), world.install(label(release))))
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.plan("v2", 100, fetched)
  yield* world.passes("10 seconds")
  expect(world.signals).toEqual([])
  yield* world.passes("20 seconds")
  yield* world.goesOnTrial
  yield* world.isUpgraded
  expect(world.server.requests).toEqual([elsewhere])
  yield* world.stops
}))

scenario("a release is not fetched where that is not allowed", { settings: { DAEMON_POLL_INTERVAL: "10m" } }, Effect.fnUntraced(function*(world) {
  yield* world.server.serve(elsewhere, (release) => world.install(label(release)))
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.plan("v2", 100, fetched)
  yield* world.passes("1 hour")
  expect(world.server.requests).toEqual([])
  yield* world.stops
}))

scenario("a release that cannot be fetched is tried again ever more rarely, and complained of once", { settings: { DAEMON_ALLOW_DOWNLOAD_BINARIES: "true", DAEMON_POLL_INTERVAL: "1h" } }, Effect.fnUntraced(function*(world) {
  yield* world.server.serve(elsewhere, () => Effect.fail(notFetched(elsewhere, "Refused", "the server answers 404")))
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.plan("v2", 100, fetched)
  yield* world.passes("59 seconds")
  expect(world.server.requests).toHaveLength(1)
  for (const minutes of [1, 2, 4, 8]) yield* world.passes(`${minutes} minutes`)
  expect(world.server.requests).toHaveLength(5)
  expect(world.said("the server answers 404")).toHaveLength(1)
  yield* world.server.serve(elsewhere, (release) => world.install(label(release)))
  yield* world.passes("16 minutes")
  yield* world.goesOnTrial
  yield* world.isUpgraded
  yield* world.stops
}))

scenario("a plan that says nothing of binaries is said so, and one for which the node halted is waited for", { settings: { DAEMON_ALLOW_DOWNLOAD_BINARIES: "true" } }, Effect.fnUntraced(function*(world) {
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.plan("v2", 100)
  yield* world.passes("10 seconds")
  expect(world.said("its info names no binaries")).toHaveLength(1)
  yield* world.stops
}))

scenario("a release that is there and cannot be started is not fetched over", { settings: { DAEMON_ALLOW_DOWNLOAD_BINARIES: "true", DAEMON_POLL_INTERVAL: "10m" } }, Effect.fnUntraced(function*(world) {
  yield* world.server.serve(elsewhere, (release) => world.install(label(release)))
  yield* world.install("v2", { mode: 0o644 })
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.plan("v2", 100, fetched)
  yield* world.passes("1 hour")
  expect(world.server.requests).toEqual([])
  yield* world.stops
}))

scenario("the release of a plan below the applied height is not fetched, and that of one at it is", { settings: { DAEMON_ALLOW_DOWNLOAD_BINARIES: "true", DAEMON_POLL_INTERVAL: "10m" } }, Effect.fnUntraced(function*(world) {
  yield* world.server.serve(elsewhere, (release) => world.install(label(release)))
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.plan("v2", 100, fetched)
  yield* world.goesOnTrial
  yield* world.isUpgraded
  yield* world.plan("v3", 99, fetched)
  yield* world.passes("1 hour")
  expect(world.server.requests).toHaveLength(1)
  yield* world.plan("v3", 100, fetched)
  yield* world.goesOnTrial
  yield* world.isUpgraded
  expect(world.server.requests).toHaveLength(2)
  yield* world.stops
}))

scenario("a release that cannot be fetched for a day is tried again every hour in the end", { settings: { DAEMON_ALLOW_DOWNLOAD_BINARIES: "true", DAEMON_POLL_INTERVAL: "1h" } }, Effect.fnUntraced(function*(world) {
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.plan("v2", 100, fetched)
  yield* world.passes("62 minutes")
  expect(world.server.requests).toHaveLength(6)
  for (let hour = 0; hour < 23; hour++) yield* world.passes("1 hour")
  expect(world.server.requests).toHaveLength(29)
  yield* world.stops
}))
