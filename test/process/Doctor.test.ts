// `doctor` as an operator runs it: its exit status, its answer for programs, and that it leaves a running wemixvisor and a killed one's node alone.
import * as fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { ask, Program } from "../support/Program.ts"
import { TestHome } from "../support/TestHome.ts"

interface Finding {
  readonly state: string
  readonly check: string
  readonly text: string
  readonly remedy: string | null
}

const examined = async (home: TestHome, env?: Readonly<Record<string, string>>) => {
  const { code, stderr, stdout } = await ask(home, ["doctor", "-o", "json"], env)
  const answer: { readonly isWrong: boolean; readonly findings: ReadonlyArray<Finding> } = JSON.parse(stdout)
  return { code, stderr, ...answer, of: (check: string) => answer.findings.filter((finding) => finding.check === check) }
}

describe.concurrent("doctor", () => {
  it("ends with 0 where nothing is wrong, and says so of each thing in a line", async (test) => {
    const home = TestHome.make(test)
    fs.mkdirSync(home.inside("upgrades"))
    const { code, stderr, stdout } = await ask(home, ["doctor"])
    expect(code, stderr).toBe(0)
    expect(stdout).toMatch(/^ok {7}home {6}\S+\/home$/m)
    expect(stdout).toMatch(/^ok {7}link {6}current is genesis$/m)
    expect(stdout.trimEnd().split("\n").filter((line) => !/^(?:ok|warning) +[a-z]+ +\S/.test(line))).toEqual([])
    expect(stderr).toBe("")
  })

  it("ends with 1 where something is, and names the remedy", async (test) => {
    const home = TestHome.make(test)
    fs.rmSync(home.inside("current"))
    fs.symlinkSync("upgrades/v9", home.inside("current"))
    const found = await examined(home)
    expect([found.code, found.isWrong]).toEqual([1, true])
    expect(found.of("link")).toEqual([expect.objectContaining({ state: "wrong", remedy: expect.stringContaining("ln -sfn") })])
  })

  it("ends with 1 where a restore was broken off and has left no data, as a run does with 66", async (test) => {
    const home = TestHome.make(test)
    fs.renameSync(join(home.path, "data"), join(home.path, "data.replaced-20260101T000000Z"))
    fs.mkdirSync(join(home.path, "data.new"))
    const found = await examined(home)
    expect([found.code, found.of("backup")[0]]).toEqual([1, expect.objectContaining({ state: "wrong", text: expect.stringContaining("wemixvisor backup restore") })])
    const { code, stderr } = await ask(home, ["run"])
    expect([code, stderr, home.starts()]).toEqual([66, expect.stringContaining("data.replaced-20260101T000000Z"), []])
  })

  it("ends with 1 without a home, and with 78 with wrong settings", async (test) => {
    const home = TestHome.empty(test)
    const found = await examined(home)
    expect([found.code, found.of("home")[0]?.state]).toEqual([1, "wrong"])
    expect((await ask(home, ["doctor"], { DAEMON_MAX_RESTARTS: "many" })).code).toBe(78)
  })

  it("leaves a running wemixvisor its lock, and tells its pid", async (test) => {
    const home = TestHome.make(test)
    const program = Program.run(home)
    await home.started("genesis")
    const found = await examined(home)
    expect([found.code, found.of("lock")[0]?.text]).toEqual([0, `a wemixvisor runs here, pid ${program.pid}`])
    expect((await ask(home, ["run"])).code).toBe(75)
    await program.stop()
    expect((await examined(home)).of("lock")[0]?.text).toBe("no wemixvisor runs here")
  })

  it("does not keep the next run from finding the node of a wemixvisor that was killed", async (test) => {
    const home = TestHome.make(test)
    const program = Program.run(home)
    const node = await home.started("genesis")
    await program.logged(/started genesis/)
    await program.kill()
    expect((await examined(home)).code).toBe(0)
    const next = Program.run(home)
    await next.logged(new RegExp(`took over genesis, pid ${node.pid}`))
    await next.stop()
    expect(home.starts()).toEqual(["genesis"])
  })

  it("tells of variables that are no settings, and of a home too deep for a socket", async (test) => {
    const home = TestHome.make(test, undefined, "x".repeat(120))
    const found = await examined(home, { DAEMON_GRACE: "5m" })
    expect([found.of("settings")[0]?.state, found.of("ipc")[0]?.state]).toEqual(["warning", "warning"])
  })
})
