// What comes from outside and is wrong, given to the program as it is shipped: its exit status, and lines on standard error that cannot speak to the terminal.
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { describe, expect, it } from "vitest"
import { type Answer, ask, bundle, environment, Program } from "../support/Program.ts"
import { TestHome } from "../support/TestHome.ts"

const says = ({ code, stderr }: Answer, status: number, ...words: ReadonlyArray<string>): void => {
  expect(code, stderr).toBe(status)
  for (const word of words) expect(stderr).toContain(word)
  expect(stderr.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u)
  for (const line of stderr.trimEnd().split("\n")) expect(line).toMatch(/^wemixvisor: ./)
}

describe.concurrent("wemixvisor", () => {
  it("ends with 66 for a link to elsewhere, and quotes its text escaped", async (test) => {
    const home = TestHome.make(test)
    fs.rmSync(home.inside("current"), { force: true })
    fs.symlinkSync("a\nb\u001b[31m", home.inside("current"))
    says(await ask(home, ["run"]), 66, "points to a\\nb\\u001b[31m,")
    expect(home.starts()).toEqual([])
  })
  it.for([0, -1, 1])("ends with 66 for a state file whose node has the pid %d, signals nobody, and says the way out", async (pid, test) => {
    const home = TestHome.make(test)
    const bootId = fs.existsSync("/proc/sys/kernel/random/boot_id") ? fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim() : ""
    const child = { release: "genesis", path: "/x", arguments: [], stopSent: false, identity: { pid, startTicks: "", bootId } }
    fs.writeFileSync(home.inside("state.json"), JSON.stringify({ version: 1, applied: [], failed: [], child }))
    says(await ask(home, ["run"]), 66, "state.json", ".damaged")
    expect(home.starts()).toEqual([])
  })
  it("ends with 78 for keys that are none, each in its line", async (test) => {
    const home = TestHome.make(test)
    fs.writeFileSync(home.inside("config.toml"), "\"\\u001b[2J\" = 1\n\"a\\nb\" = 2\n")
    says(await ask(home, ["run"]), 78, "\\u001b[2J is not a setting", "a\\nb is not a setting")
  })
  it("ends with 64 for a flag that is none, quoted escaped", async (test) => {
    says(await ask(TestHome.make(test), ["--\u001b[31mx\n", "config"]), 64, "\\u001b[31mx")
  })
  it("ends with 64 for an argument that is not UTF-8, and passes on what only looks so", async (test) => {
    const home = TestHome.make(test)
    const raw = spawnSync("sh", ["-c", `exec "$0" "$1" run "$(printf 'a\\377b')"`, process.execPath, bundle], { env: environment(home), encoding: "utf8" })
    expect([raw.status, raw.stderr]).toEqual([64, expect.stringContaining("not UTF-8")])
    expect(home.starts()).toEqual([])
    const program = Program.run(home, { args: ["a\uFFFDb"] })
    await home.started("genesis")
    await program.stop()
  })
  it("ends with 78 and a word where HOME is no absolute path and nothing else names a home", async (test) => {
    says(await ask(TestHome.make(test), ["run"], { DAEMON_HOME: "", HOME: "home/me" }), 78, "DAEMON_HOME")
  })
})
