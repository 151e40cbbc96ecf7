// What the doctor says of the machine, well and not: the machine told by a table, the clock by the test.
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import type { Finding } from "../../src/cli/Finding.ts"
import * as Checks from "../../src/cli/MachineChecks.ts"
import { Config } from "../../src/services/Config.ts"
import { holderIn } from "../../src/services/LockHolder.ts"
import { Surroundings } from "../../src/services/Surroundings.ts"

interface Machine {
  readonly files?: Readonly<Record<string, string>>
  readonly tools?: Readonly<Record<string, string>>
  readonly holder?: number
  readonly settings?: Readonly<Record<string, string>>
}

const layerOf = ({ files = {}, holder, settings = {}, tools = {} }: Machine) =>
  Layer.merge(
    Layer.orDie(Config.layerOf({ DAEMON_HOME: "/srv/node", ...settings })),
    Layer.succeed(Surroundings, {
      user: 0,
      owner: () => Effect.succeed(0),
      isWritable: () => Effect.succeed(true),
      text: (path) => Effect.succeed(files[path]),
      lockHolder: () => Effect.succeed(holder),
      ask: (path, args) => Effect.succeed(tools[[path, ...args].join(" ")]),
      unfitness: () => Effect.as(Effect.void, undefined)
    })
  )

type Check = Effect.Effect<ReadonlyArray<Finding>, never, Config | Surroundings>

const says = (name: string, check: Check, machine: Machine, state: Finding["state"], text: string) =>
  it.effect(`${name}: ${state}`, () =>
    Effect.gen(function*() {
      const [finding] = yield* check
      assert.deepStrictEqual([finding?.state, finding?.remedy === undefined], [state, state === "ok"])
      assert.include(finding?.text, text)
    }).pipe(Effect.provide(layerOf(machine))))

const limits = (watches: number, instances: number) => ({
  files: { "/proc/sys/fs/inotify/max_user_watches": `${watches}\n`, "/proc/sys/fs/inotify/max_user_instances": `${instances}\n` }
})

describe("inotify", () => {
  says("limits as a kernel has them", Checks.inotify, limits(8192, 128), "ok", "8192 watches and 128 instances")
  says("few watches", Checks.inotify, limits(100, 128), "warning", "only 100 watches")
  says("few instances", Checks.inotify, limits(8192, 10), "warning", "and 10 instances")
  says("another system", Checks.inotify, {}, "ok", "not of this system")
})

describe("the path of the node's socket", () => {
  const home = (bytes: number) => ({ settings: { DAEMON_NAME: "node", DAEMON_HOME: `/${"x".repeat(bytes - "//data/node.ipc".length)}` } })
  says("of as many bytes as may be", Checks.ipcPath, home(107), "ok", "node.ipc can be a socket")
  says("of one more", Checks.ipcPath, home(108), "warning", "has 108 bytes")
  says("counts bytes, not letters", Checks.ipcPath, { settings: { DAEMON_HOME: `/${"ü".repeat(50)}` } }, "warning", "bytes")
})

describe("the first process", () => {
  says("an init", Checks.firstProcess, { files: { "/proc/1/comm": "tini\n" } }, "ok", "tini")
  says("none", Checks.firstProcess, { files: { "/proc/1/comm": "node\n" } }, "warning", "node, which may not reap")
  says("unknown", Checks.firstProcess, {}, "ok", "not told")
})

describe("systemd", () => {
  const running = (answer: string | undefined, grace: string): Machine => ({
    holder: 77,
    settings: { DAEMON_SHUTDOWN_GRACE: grace },
    files: { "/proc/77/cgroup": "0::/system.slice/wemix.service\n" },
    tools: answer === undefined ? {} : { "/usr/bin/systemctl show --property=TimeoutStopUSec --value wemix.service": `${answer}\n` }
  })
  says("longer than the grace", Checks.systemd, running("6min", "5m"), "ok", "wemix.service gives it 6min")
  says("shorter than the grace", Checks.systemd, running("1min 30s", "5m"), "warning", "wemix.service is killed after 1min 30s")
  says("as long as the grace", Checks.systemd, running("5min", "5m"), "warning", "5min")
  says("without a limit", Checks.systemd, running("infinity", "infinity"), "ok", "infinity")
  says("that does not answer", Checks.systemd, running(undefined, "5m"), "ok", "does not say")
  says("that runs none", Checks.systemd, {}, "ok", "no unit")
  it("prints times that are read", () => {
    assert.deepStrictEqual(
      ["1min 30s", "500ms", "1h 2min 3s 4ms", "1d", "infinity", "", "3 apples"].map((span) => {
        const read = Checks.parseSpan(span)
        return read && Duration.toMillis(read)
      }),
      [90_000, 500, 3_723_004, 86_400_000, Infinity, undefined, undefined]
    )
  })
})

describe("the clock", () => {
  const at = (date: string, check: Check): Check => Effect.andThen(TestClock.setTime(Date.parse(date)), check)
  const synchronised = (answer: string) => ({ tools: { "/usr/bin/timedatectl show --property=NTPSynchronized --value": `${answer}\n` } })
  says("right and synchronised", at("2027-01-01", Checks.clock), synchronised("yes"), "ok", "2027-01-01T00:00:00.000Z, synchronised")
  says("not synchronised", at("2027-01-01", Checks.clock), synchronised("no"), "warning", "not synchronised")
  says("of which nothing tells", at("2027-01-01", Checks.clock), {}, "ok", "2027-01-01")
  says("of a machine without a battery", at("1970-01-02", Checks.clock), synchronised("yes"), "wrong", "1970")
})

describe("open files", () => {
  const limit = (hard: string) => ({ files: { "/proc/self/limits": `Limit Soft Hard Units\nMax open files            1024                 ${hard}              files\n` } })
  says("enough", Checks.openFiles, limit("1048576"), "ok", "1048576")
  says("without a limit", Checks.openFiles, limit("unlimited"), "ok", "unlimited")
  says("few", Checks.openFiles, limit("1024"), "warning", "only 1024")
  says("unknown", Checks.openFiles, {}, "ok", "not told")
})

describe("variables", () => {
  says("that are settings", Checks.variables, {}, "ok", "every DAEMON_ variable")
  says("that are none", Checks.variables, { settings: { DAEMON_HOMES: "x" } }, "warning", "DAEMON_HOMES")
})

it("a lock's holder is found by the file's inode", () => {
  const locks = [
    "1: FLOCK  ADVISORY  WRITE 11 00:1a:4711 0 EOF",
    "2: POSIX  ADVISORY  WRITE 4242 fe:01:123456 1073741824 1073742335",
    "2: -> POSIX  ADVISORY  WRITE 4243 fe:01:99 1073741824 1073742335",
    "3: POSIX  ADVISORY  WRITE 0 fe:01:77 0 EOF",
    ""
  ].join("\n")
  assert.deepStrictEqual([holderIn(locks, 123_456), holderIn(locks, 4711), holderIn(locks, 3456), holderIn("", 1), holderIn(locks, 77)], [4242, 11, undefined, undefined, undefined])
})
