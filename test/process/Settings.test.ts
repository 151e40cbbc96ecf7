// Settings and usage: where each value comes from, every mistake at once, and the exit codes that belong to them.
import { describe, expect, it } from "vitest"
import { type Answer, ask } from "../support/Program.ts"
import { TestHome } from "../support/TestHome.ts"

const variables = [
  "DAEMON_HOME", "DAEMON_NAME", "DAEMON_ALLOW_DOWNLOAD_BINARIES", "DAEMON_RESTART_AFTER_UPGRADE", "DAEMON_SHUTDOWN_GRACE", "DAEMON_POLL_INTERVAL",
  "DAEMON_RESTART_DELAY", "DAEMON_RESTART_ON_FAILURE", "DAEMON_MAX_RESTARTS", "DAEMON_RESTART_PERIOD", "DAEMON_UPGRADE_PROBATION", "DAEMON_DATA_BACKUP_DIR",
  "DAEMON_BACKUP", "DAEMON_BACKUP_EXCLUDE", "DAEMON_BACKUP_KEEP", "UNSAFE_SKIP_BACKUP", "DAEMON_PREUPGRADE", "DAEMON_PREUPGRADE_MAX_RETRIES",
  "COSMOVISOR_CUSTOM_PREUPGRADE", "DAEMON_HOOK_TIMEOUT", "UNSAFE_SKIP_CHECKSUM", "WEMIXVISOR_LOG_FORMAT", "WEMIXVISOR_LOG_LEVEL"
] as const

/** What `config` says of one setting. */
const rowOf = ({ stdout }: Answer, variable: string): string => stdout.split("\n").find((line) => line.includes(variable)) ?? ""

const mistakes: ReadonlyArray<readonly [string, string]> = [
  ["DAEMON_HOME", "relative/path"],
  ["DAEMON_NAME", "a/b"],
  ["DAEMON_ALLOW_DOWNLOAD_BINARIES", "yes"],
  ["DAEMON_RESTART_AFTER_UPGRADE", "1"],
  ["DAEMON_SHUTDOWN_GRACE", "0s"],
  ["DAEMON_POLL_INTERVAL", "9ms"],
  ["DAEMON_RESTART_DELAY", "5"],
  ["DAEMON_RESTART_ON_FAILURE", "on"],
  ["DAEMON_MAX_RESTARTS", "-1"],
  ["DAEMON_RESTART_PERIOD", "ten minutes"],
  ["DAEMON_UPGRADE_PROBATION", "-1s"],
  ["DAEMON_DATA_BACKUP_DIR", "backups"],
  ["DAEMON_BACKUP", "rsync"],
  ["DAEMON_BACKUP_KEEP", "-1"],
  ["UNSAFE_SKIP_BACKUP", "maybe"],
  ["DAEMON_PREUPGRADE", "1"],
  ["DAEMON_HOOK_TIMEOUT", "0s"],
  ["DAEMON_PREUPGRADE_MAX_RETRIES", "1.5"],
  ["UNSAFE_SKIP_CHECKSUM", "0"],
  ["WEMIXVISOR_LOG_FORMAT", "xml"],
  ["WEMIXVISOR_LOG_LEVEL", "loud"]
]

describe.concurrent("config", () => {
  it("lists every setting with its value and its origin, flag before environment before file before default", async (test) => {
    const home = TestHome.make(test)
    home.put(home.inside("config.toml"), "daemon_shutdown_grace = \"7m\"\n")
    const answer = await ask(home, ["--poll-interval", "40ms", "config"], { DAEMON_POLL_INTERVAL: "50ms", DAEMON_MAX_RESTARTS: "9", DAEMON_RESTART_DELAY: "" })
    expect(answer.code, answer.stderr).toBe(0)
    for (const variable of variables) expect(answer.stdout).toContain(variable)
    expect(rowOf(answer, "DAEMON_POLL_INTERVAL")).toMatch(/40ms.*flag|flag.*40ms/)
    expect(rowOf(answer, "DAEMON_MAX_RESTARTS")).toMatch(/\b9\b.*env|env.*\b9\b/)
    expect(rowOf(answer, "DAEMON_SHUTDOWN_GRACE")).toMatch(/7m.*config\.toml|config\.toml.*7m/)
    expect(rowOf(answer, "DAEMON_RESTART_DELAY")).toMatch(/0s.*default|default.*0s/)
  })

  it("gives one JSON document on stdout with -o json", async (test) => {
    const home = TestHome.make(test)
    const answer = await ask(home, ["config", "-o", "json"])
    expect(answer.code).toBe(0)
    const document: unknown = JSON.parse(answer.stdout)
    expect(document).toEqual(expect.any(Object))
    for (const variable of variables) expect(answer.stdout).toContain(variable)
  })

  it("takes durations as Go writes them and booleans in any case", async (test) => {
    const home = TestHome.make(test)
    const answer = await ask(home, ["config"], { DAEMON_SHUTDOWN_GRACE: "1m30s", DAEMON_RESTART_ON_FAILURE: "FALSE", DAEMON_RESTART_PERIOD: "2h", DAEMON_RESTART_DELAY: "1.5s" })
    expect(answer.code, answer.stderr).toBe(0)
    expect(rowOf(answer, "DAEMON_SHUTDOWN_GRACE")).toContain("1m30s")
    expect(rowOf(answer, "DAEMON_RESTART_ON_FAILURE")).toMatch(/false/i)
  })
})

describe.concurrent("mistakes in the settings", () => {
  it("are reported all together, with name and value; then nothing starts: 78", async (test) => {
    const home = TestHome.make(test)
    const answer = await ask(home, ["run"], Object.fromEntries(mistakes))
    expect(answer.code).toBe(78)
    for (const [variable, value] of mistakes) {
      expect(answer.stderr).toContain(variable)
      expect(answer.stderr).toContain(value)
    }
    expect(answer.stderr).not.toMatch(/^\s+at /m)
    expect(home.starts()).toEqual([])
  })

  it.for(mistakes)("%s=%j alone is a mistake as well", async ([variable, value], test) => {
    const home = TestHome.make(test)
    const answer = await ask(home, ["run"], { [variable]: value })
    expect(answer.code).toBe(78)
    expect(answer.stderr).toContain(variable)
    expect(home.starts()).toEqual([])
  })

  it("in config.toml count too: a wrong value, an unknown key, beside one of the environment", async (test) => {
    const home = TestHome.make(test)
    home.put(home.inside("config.toml"), "daemon_shutdown_grace = \"soon\"\ndaemon_shutdown_grave = \"5m\"\n")
    const answer = await ask(home, ["run"], { DAEMON_POLL_INTERVAL: "1ms" })
    expect(answer.code).toBe(78)
    for (const word of ["soon", "daemon_shutdown_grave", "config.toml", "DAEMON_POLL_INTERVAL"]) expect(answer.stderr).toContain(word)
    expect(home.starts()).toEqual([])
  })

  it("in config.toml that is no TOML are named with the file", async (test) => {
    const home = TestHome.make(test)
    home.put(home.inside("config.toml"), "daemon_shutdown_grace = \n")
    const answer = await ask(home, ["run"])
    expect(answer.code).toBe(78)
    expect(answer.stderr).toContain(home.inside("config.toml"))
  })

  it("made by a flag are named as the flag's", async (test) => {
    const home = TestHome.make(test)
    const answer = await ask(home, ["--poll-interval", "1ms", "run"])
    expect(answer.code).toBe(78)
    expect(answer.stderr).toContain("--poll-interval")
  })

  it("do not include an unknown DAEMON_ variable: that is a warning with the nearest name", async (test) => {
    const home = TestHome.make(test, () => "#!/bin/sh\nexit 0\n")
    const answer = await ask(home, ["run"], { DAEMON_SHUTDOWN_GRACEE: "1s" })
    expect(answer.code).toBe(0)
    expect(answer.stderr).toContain("DAEMON_SHUTDOWN_GRACEE")
    expect(answer.stderr).toMatch(/DAEMON_SHUTDOWN_GRACE\b/)
  })
})

describe.concurrent("usage", () => {
  it.for([["--no-such-flag", "run"], ["no-such-command"], [], ["init", "a", "b"], ["version", "-o", "xml"]].map((words) => [words] as const))("%j is wrong: 64, with nothing on stdout", async ([words], test) => {
    const home = TestHome.make(test)
    const answer = await ask(home, words)
    expect(answer.code).toBe(64)
    expect(answer.stdout).toBe("")
    expect(answer.stderr).not.toBe("")
  })

  it.for([["help"], ["--help"], ["--version"], ["--completions", "bash"], ["--completions", "zsh"], ["--completions", "fish"]])("%j answers on stdout with 0", async (words, test) => {
    const home = TestHome.make(test)
    const answer = await ask(home, words)
    expect(answer.code).toBe(0)
    expect(answer.stdout.length).toBeGreaterThan(4)
    expect(answer.stderr).toBe("")
  })
})
