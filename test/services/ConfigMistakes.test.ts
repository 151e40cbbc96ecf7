// Mistakes in settings: all of them at once, each with its name, where it came from, what was written, and what would be right.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Config } from "../../src/services/Config.ts"
import { Disk } from "../../src/services/Disk.ts"
import { layerMemory } from "../../src/services/MemoryDisk.ts"
import { configPath, mistakes } from "./Settings.ts"

const inEnvironment = (variable: string, text: string) => mistakes({ environment: { [variable]: text } })

/** Values that are right, and wrong, and what is expected instead. */
const rules: ReadonlyArray<readonly [string, ReadonlyArray<string>, ReadonlyArray<string>, string]> = [
  ["DAEMON_HOME", ["/srv/node", "/"], ["srv/node", "~/node", "./x"], "an absolute path"],
  ["DAEMON_NAME", ["wemixd", "a b", ".hidden"], ["a/b", "/x", ".", ".."], "a file name, without /"],
  ["DAEMON_RESTART_ON_FAILURE", ["true", "false", "TRUE", "False"], ["yes", "1", "on", "t", " true", "true "], "true or false"],
  ["UNSAFE_SKIP_BACKUP", ["true", "FALSE"], ["0", "no"], "true or false"],
  ["DAEMON_RESTART_DELAY", ["0s", "0", "1m30s", "1.5h", "300ms"], ["30", "-1s", "1 s", "infinity", "5 minutes", "1d"], "a duration with its unit, like 300ms, 30s, 1m30s or 2h"],
  ["DAEMON_POLL_INTERVAL", ["10ms", "1h"], ["9ms", "0s", "9999us"], "a duration of at least 10ms"],
  ["DAEMON_UPGRADE_PROBATION", ["0s", "10s"], ["10"], "a duration with its unit, like 300ms, 30s, 1m30s or 2h"],
  ["DAEMON_MAX_RESTARTS", ["0", "5", "1000"], ["-1", "1.5", "1e3", "five", " 5", "0x5", "99999999999999999999"], "an integer, 0 or more"],
  ["DAEMON_DATA_BACKUP_DIR", ["/backups"], ["backups", "../b"], "an absolute path"],
  ["COSMOVISOR_CUSTOM_PREUPGRADE", ["pre.sh", "hooks/pre.sh", "a..b/c"], ["/pre.sh", "../pre.sh", "hooks/../../pre.sh", "hooks/.."], "a file under $DAEMON_HOME/wemixvisor/, as a relative path"]
]

describe("a value", () => {
  for (const [variable, right, wrong, expected] of rules) {
    for (const text of right) it.effect(`${JSON.stringify(text)} is right for ${variable}`, () => Effect.map(inEnvironment(variable, text), (found) => assert.deepStrictEqual(found, [])))
    for (const text of wrong) {
      it.effect(`${JSON.stringify(text)} is wrong for ${variable}`, () =>
        Effect.map(inEnvironment(variable, text), (found) =>
          assert.include(found, `${variable} from the environment is ${JSON.stringify(text)}: expected ${expected}`)))
    }
  }
  it.effect("of the grace is above 0, or infinity", () =>
    Effect.gen(function*() {
      for (const text of ["5m", "1ns", "infinity"]) assert.deepStrictEqual(yield* inEnvironment("DAEMON_SHUTDOWN_GRACE", text), [])
      for (const text of ["0", "0s", "-5m", "5", "Infinity", "inf"]) {
        const [mistake, ...more] = yield* inEnvironment("DAEMON_SHUTDOWN_GRACE", text)
        assert.include(mistake, `DAEMON_SHUTDOWN_GRACE from the environment is "${text}": expected `)
        if (/^0s?$/.test(text)) assert.include(mistake, "a duration above 0, or infinity")
        assert.deepStrictEqual(more, [])
      }
    }))
  it.effect("of the log's form and level is one of a list that is shown", () =>
    Effect.gen(function*() {
      for (const [variable, words] of [["WEMIXVISOR_LOG_FORMAT", ["pretty", "logfmt", "json"]], ["WEMIXVISOR_LOG_LEVEL", ["trace", "debug", "info", "warn", "error", "none"]]] as const) {
        for (const word of words) assert.deepStrictEqual(yield* inEnvironment(variable, word), [])
        const [mistake] = yield* inEnvironment(variable, "loud")
        for (const word of words) assert.include(mistake, word)
        assert.include(mistake, `${variable} from the environment is "loud": expected "`)
      }
    }))
})

describe("mistakes", () => {
  it.effect("are told all at once, from every source, each with its origin", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* mistakes({
        flags: { maxRestarts: "many" },
        environment: { DAEMON_NAME: "a/b", DAEMON_RESTART_PERIOD: "10" },
        file: "daemon_poll_interval = 5\ndaemon_pol_interval = \"5s\"\nunsafe_skip_backup = [true]\ndaemon_restart_delay = \"1\"\n"
      }), [
        `${configPath}: daemon_pol_interval is not a setting; the nearest one is daemon_poll_interval`,
        `${configPath}: unsafe_skip_backup must be a string, a boolean or an integer, and is [ true ]`,
        "DAEMON_NAME from the environment is \"a/b\": expected a file name, without /",
        "DAEMON_POLL_INTERVAL from config.toml is \"5\": expected a duration with its unit, like 300ms, 30s, 1m30s or 2h",
        "DAEMON_RESTART_DELAY from config.toml is \"1\": expected a duration with its unit, like 300ms, 30s, 1m30s or 2h",
        "--max-restarts (DAEMON_MAX_RESTARTS) from a flag is \"many\": expected an integer, 0 or more",
        "DAEMON_RESTART_PERIOD from the environment is \"10\": expected a duration with its unit, like 300ms, 30s, 1m30s or 2h"
      ])
    }))
  it.effect("in a value that is overridden are none", () =>
    Effect.map(mistakes({ environment: { DAEMON_NAME: "right" }, file: "daemon_name = \"a/b\"\n" }), (found) => assert.deepStrictEqual(found, [])))
  it.effect("are told of a home that is not set and cannot be guessed, together with the others", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* mistakes({ environment: { DAEMON_HOME: "", DAEMON_MAX_RESTARTS: "x" } }), [
        "DAEMON_HOME is not set: give directory of the node's home",
        "DAEMON_MAX_RESTARTS from the environment is \"x\": expected an integer, 0 or more"
      ])
    }))
  it.effect("are told of a home that HOME makes wrong", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* mistakes({ environment: { DAEMON_HOME: "", HOME: "home/me" } }), ["DAEMON_HOME from its default is \"home/me/.wemixd\": expected an absolute path"])
    }))
  it.effect("are one for a wrong home, not one more for what is made from it", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* mistakes({ environment: { DAEMON_HOME: "srv/node" } }), ["DAEMON_HOME from the environment is \"srv/node\": expected an absolute path"])
    }))
})

describe("config.toml", () => {
  it.effect("must not name the home that it stands in", () =>
    Effect.gen(function*() {
      const [mistake, ...more] = yield* mistakes({ file: "daemon_home = \"/srv/other\"\n" })
      assert.strictEqual(mistake, `${configPath}: daemon_home cannot stand in the home that it names; set DAEMON_HOME or --home`)
      assert.deepStrictEqual(more, [])
    }))
  it.effect("that is not TOML is a mistake with the line", () =>
    Effect.gen(function*() {
      const [mistake, ...more] = yield* mistakes({ file: "daemon_name = \"wemixd\"\ndaemon_max_restarts = = 5\n" })
      assert.match(mistake ?? "", new RegExp(`^${configPath}: .*line 2`, "s"))
      assert.notInclude(mistake ?? "", "\n")
      assert.deepStrictEqual(more, [])
    }))
  it.effect("may hold neither tables nor lists, times or keys of another spelling", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* mistakes({ file: "DAEMON_NAME = \"x\"\ndaemon_max_restarts = 1979-05-27T07:32:00Z\n[daemon_name]\nx = 1\n" }), [
        `${configPath}: DAEMON_NAME is not a setting; the nearest one is daemon_name`,
        `${configPath}: daemon_max_restarts must be a string, a boolean or an integer, and is 1979-05-27T07:32:00.000Z`,
        `${configPath}: daemon_name must be a string, a boolean or an integer, and is a table`
      ])
    }))
  it.effect("may not hold fractions, nor what is no number: nothing is named after them", () =>
    Effect.gen(function*() {
      for (const key of ["daemon_max_restarts", "daemon_name"]) {
        for (const [value, read] of [["1.5", "1.5"], ["1.50", "1.5"], ["nan", "NaN"], ["inf", "Infinity"]] as const) {
          assert.deepStrictEqual(yield* mistakes({ file: `${key} = ${value}\n` }), [`${configPath}: ${key} must be a string, a boolean or an integer, and is ${read}`])
        }
      }
    }))
  it.effect("that is larger than a MiB is a mistake, and not read as far as that", () =>
    Effect.gen(function*() {
      const comment = `# ${"x".repeat(1024 * 1024)}\n`
      assert.deepStrictEqual(yield* mistakes({ file: `${comment}daemon_nam = "x"\n` }), [`${configPath} is larger than 1048576 bytes`])
      assert.deepStrictEqual(yield* mistakes({ file: `# ${"x".repeat(1024 * 1024 - 2)}` }), [])
    }))
  it.effect("that is not UTF-8 is a mistake, and nothing is read of it in other letters", () => {
    const bytes = Uint8Array.from([...new TextEncoder().encode("daemon_name = \"w"), 0xe4, ...new TextEncoder().encode("mixd\"\n")])
    return Effect.gen(function*() {
      yield* Disk.use((disk) => disk.write(configPath, bytes, 0o644))
      const error = yield* Effect.flip(Layer.build(Config.layer({ flags: {}, environment: { DAEMON_HOME: "/srv/node" }, isTerminal: false })))
      assert.deepStrictEqual(error.mistakes, [`${configPath} is not UTF-8 text: save it as UTF-8`])
    }).pipe(Effect.provide(layerMemory({ [configPath]: "" })))
  })
  it.effect("with a key of a hundred thousand letters is answered at once", () =>
    Effect.map(mistakes({ file: `${"k".repeat(100_000)} = 1\n` }), ([mistake = ""]) => assert.include(mistake, "is not a setting")))
})
