// Where settings come from: flag before environment before config.toml before default, empty ones passed over, and each with its origin.
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer } from "effect"
import { Config } from "../../src/services/Config.ts"
import { layerMemory } from "../../src/services/MemoryDisk.ts"
import { configPath, configured, rowOf, variables } from "./Settings.ts"

describe("a setting", () => {
  const file = "daemon_poll_interval = \"3s\"\n"
  const environment = { DAEMON_POLL_INTERVAL: "2s" }
  const flags = { pollInterval: "1s" }
  for (const [given, text, origin] of [
    [{ file, environment, flags }, "1s", "flag"],
    [{ file, environment }, "2s", "environment"],
    [{ file }, "3s", "config.toml"],
    [{}, "300ms", "default"],
    [{ file, environment, flags: { pollInterval: "" } }, "2s", "environment"],
    [{ file, environment: { DAEMON_POLL_INTERVAL: "" } }, "3s", "config.toml"],
    [{ file: "daemon_poll_interval = \"\"\n" }, "300ms", "default"]
  ] as const) {
    it.effect(`is ${text} from ${origin} for ${JSON.stringify(given)}`, () =>
      Effect.gen(function*() {
        const { rows, settings } = yield* configured(given)
        assert.deepStrictEqual(rowOf(rows, "pollInterval"), { key: "pollInterval", variable: "DAEMON_POLL_INTERVAL", origin, text })
        assert.strictEqual(Duration.toMillis(settings.pollInterval), text === "300ms" ? 300 : Number(text.slice(0, 1)) * 1000)
      }))
  }
  it.effect("has a row each, in the order of the table", () =>
    Effect.map(configured(), ({ rows }) => assert.deepStrictEqual(rows.map(({ variable }) => variable), variables)))
  it.effect("may be a boolean, an integer or a string in config.toml", () =>
    Effect.gen(function*() {
      const { rows, settings } = yield* configured({
        file: "daemon_restart_on_failure = false\ndaemon_max_restarts = 7\ndaemon_restart_period = \"1h\"\nunsafe_skip_backup = \"TRUE\"\n"
      })
      assert.deepStrictEqual([settings.restartOnFailure, settings.maxRestarts, settings.skipBackup], [false, 7, true])
      assert.strictEqual(Duration.toMillis(settings.restartPeriod), 3_600_000)
      assert.strictEqual(rowOf(rows, "maxRestarts")?.text, "7")
    }))
  it.effect("may stand after a byte-order mark and among comments in config.toml", () =>
    Effect.gen(function*() {
      const { settings } = yield* configured({ file: "\uFEFF# ours\r\ndaemon_max_restarts = 7 # enough\r\n" })
      assert.strictEqual(settings.maxRestarts, 7)
    }))
})

describe("a default", () => {
  it.effect("of every setting is right, and config.toml need not be there", () =>
    Effect.gen(function*() {
      const { home, rows, settings, warnings } = yield* configured()
      assert.deepStrictEqual(warnings, [])
      assert.deepStrictEqual(rows.filter(({ origin }) => origin !== "default").map(({ key }) => key), ["home"])
      assert.deepStrictEqual([home.directory, home.binaryName, settings.dataBackupDir], ["/srv/node", "wemixd", "/srv/node/backups"])
      assert.isUndefined(settings.customPreupgrade)
      assert.strictEqual(Duration.toMillis(settings.shutdownGrace), 300_000)
    }))
  it.effect("of the home is in the user's, named after the node", () =>
    Effect.gen(function*() {
      const directoryOf = (environment: Readonly<Record<string, string>>) =>
        Effect.map(configured({ environment: { DAEMON_HOME: "", HOME: "/home/me", ...environment } }), ({ home }) => home.directory)
      assert.strictEqual(yield* directoryOf({}), "/home/me/.wemixd")
      assert.strictEqual(yield* directoryOf({ DAEMON_NAME: "gethd" }), "/home/me/.gethd")
    }))
  it.effect("of the form of the log is for people on a terminal, for machines else", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* configured({ isTerminal: true })).settings.logFormat, "pretty")
      assert.strictEqual((yield* configured({ isTerminal: false })).settings.logFormat, "logfmt")
      assert.strictEqual((yield* configured({ isTerminal: true, environment: { WEMIXVISOR_LOG_FORMAT: "json" } })).settings.logFormat, "json")
    }))
  it.effect("of the backups follows a home from a flag", () =>
    Effect.map(configured({ flags: { home: "/data/other" } }), ({ home, settings }) =>
      assert.deepStrictEqual([home.directory, settings.dataBackupDir], ["/data/other", "/data/other/backups"])))
})

describe("config.toml", () => {
  it.effect("is read in the home that the flag names", () =>
    Effect.gen(function*() {
      const layer = Config.layer({ flags: { home: "/srv/node" }, environment: { DAEMON_HOME: "/srv/other" }, isTerminal: false })
      const disk = layerMemory({ [configPath]: "daemon_name = \"chosen\"\n", "/srv/other/wemixvisor/config.toml": "daemon_name = \"other\"\n" })
      const { home } = yield* Effect.provide(Config.useSync((config) => config), Layer.provide(layer, disk))
      assert.strictEqual(home.binaryName, "chosen")
    }))
  it.effect("in the default home names the node, and does not lead to another home", () =>
    Effect.gen(function*() {
      const layer = Config.layer({ flags: {}, environment: { HOME: "/home/me" }, isTerminal: false })
      const disk = layerMemory({ "/home/me/.wemixd/wemixvisor/config.toml": "daemon_name = \"gethd\"\n" })
      const { home } = yield* Effect.provide(Config.useSync((config) => config), Layer.provide(layer, disk))
      assert.deepStrictEqual([home.binaryName, home.directory], ["gethd", "/home/me/.wemixd"])
    }))
  it.effect("is found in a home that is written with a slash at its end", () =>
    Effect.map(configured({ environment: { DAEMON_HOME: "/srv/node/" }, file: "daemon_name = \"chosen\"\n" }), ({ home }) =>
      assert.deepStrictEqual([home.binaryName, home.directory], ["chosen", "/srv/node"])))
  it.effect("is not read for settings that are given by code", () =>
    Effect.gen(function*() {
      const { home, rows } = yield* Effect.provide(Config.useSync((config) => config), Config.layerOf({ DAEMON_HOME: "/srv/node" }))
      assert.strictEqual(home.binaryName, "wemixd")
      assert.strictEqual(rowOf(rows, "home")?.origin, "environment")
    }))
})

describe("a variable that looks like a setting and is none", () => {
  it.effect("is passed over with a warning that names the nearest one", () =>
    Effect.gen(function*() {
      const { warnings } = yield* configured({ environment: { DAEMON_POLL_INTERVALL: "1s", DAEMON_GRACE: "x", PATH: "/bin", WEMIXVISOR_X: "1", UNSAFE_SKIP: "1" } })
      assert.deepStrictEqual(warnings, [
        "DAEMON_POLL_INTERVALL is not a setting of wemixvisor and is passed over; the nearest one is DAEMON_POLL_INTERVAL",
        "DAEMON_GRACE is not a setting of wemixvisor and is passed over; the nearest one is DAEMON_NAME"
      ])
    }))
  it.effect("is no warning when it is empty", () =>
    Effect.map(configured({ environment: { DAEMON_OLD: "" } }), ({ warnings }) => assert.deepStrictEqual(warnings, [])))
})
