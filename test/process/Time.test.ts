// Time that jumps: the wall clock is set back by a day, or wemixvisor is stopped for a while as a suspended machine stops it.
// The plan is carried out all the same, no timer goes astray, and the node is not disturbed meanwhile.
import * as fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { shortLived } from "../support/FakeNode.ts"
import { Program } from "../support/Program.ts"
import { isFull } from "../support/Account.ts"
import { TestHome } from "../support/TestHome.ts"

const preload = join(import.meta.dirname, "../support/SetBack.ts")
const dayMillis = 86_400_000

/** In milliseconds. */
const suspension = isFull ? 30_000 : 5000

/** The clock of wemixvisor is a day behind from now on. */
const setBack = (home: TestHome): void => fs.writeFileSync(switchOf(home), "")
const switchOf = (home: TestHome): string => join(home.root, "set-back")

/** A plan as it is written while the clock is a day behind. */
const planYesterday = (home: TestHome, name: string, height: number): void => {
  const path = join(home.root, "yesterday")
  const then = new Date(Date.now() - dayMillis)
  fs.writeFileSync(path, JSON.stringify({ name, height }))
  fs.utimesSync(path, then, then)
  fs.renameSync(path, home.planPath)
}

/** When the log said so, by its own clock. */
const timeOf = (line: string): number => Date.parse(/"time":"([^"]+)"/.exec(line)?.[1] ?? "")

describe.concurrent("the wall clock set back by a day", () => {
  const run = (home: TestHome): Program =>
    Program.run(home, { preload, env: { DAEMON_UPGRADE_PROBATION: "1s", SET_BACK_WHILE: switchOf(home) } })

  it("between two looks at the plan: the next plan is carried out, and its probation ends", async (test) => {
    const home = TestHome.make(test)
    home.stage("v2")
    home.stage("v3")
    const program = run(home)
    await home.started("genesis")
    home.plan("v2", 10)
    const before = await program.logged(/genesis -> v2 done/)
    setBack(home)
    planYesterday(home, "v3", 20)
    const after = await program.logged(/v2 -> v3 done/)
    expect(timeOf(after), "the clock was set back").toBeLessThan(timeOf(before))
    await program.stop()
    expect(home.starts()).toEqual(["genesis", "v2", "v3"])
  })

  it("during a probation: the new release is still on trial, and rolled back when it fails", async (test) => {
    const home = TestHome.make(test)
    home.stage("bad", shortLived)
    const program = run(home)
    await home.started("genesis")
    home.plan("bad", 10)
    await home.started("bad")
    setBack(home)
    await program.logged(/genesis -> bad rolled back/)
    await home.started("genesis", 2)
    await program.stop()
    expect(home.starts()).toEqual(["genesis", "bad", "genesis"])
  })

  it("while a failed node waits for its restart: it is started again", async (test) => {
    const home = TestHome.make(test)
    const program = run(home)
    await home.started("genesis")
    home.tell("finish 1")
    await program.logged(/restart 1 of 5/)
    setBack(home)
    await home.started("genesis", 2)
    const line = await program.logged(/started genesis, pid \d+, after/)
    expect(line, "a second or so, and no day").toMatch(/after \d+(?:\.\d+)?m?s of downtime/)
    await program.stop()
  })
})

describe("a machine that is suspended", () => {
  it("while the plan changes: the node is not disturbed meanwhile, and the upgrade follows", { timeout: 120_000 }, async (test) => {
    const home = TestHome.make(test)
    home.stage("v2")
    const program = Program.run(home)
    const node = await home.started("genesis")
    await program.logged(RegExp(`\\b${node.pid}\\b`))
    program.signal("SIGSTOP")
    home.plan("v2", 10)
    await home.stays("the node is left alone", suspension, () => home.signals(node.pid).length === 0 && home.starts().length === 1)
    await home.answers(node, "undisturbed")
    program.signal("SIGCONT")
    await home.started("v2")
    await program.logged(/started v2, pid \d+/)
    await program.stop()
    expect(home.starts()).toEqual(["genesis", "v2"])
    expect(home.signals(node.pid)).toEqual(["TERM 1"])
  })

  it("during a probation that ends meanwhile: the upgrade is done, and the node runs on", { timeout: 120_000 }, async (test) => {
    const home = TestHome.make(test)
    home.stage("v2")
    const program = Program.run(home, { env: { DAEMON_UPGRADE_PROBATION: "1s" } })
    await home.started("genesis")
    home.plan("v2", 10)
    const next = await home.started("v2")
    await program.logged(/started v2, pid \d+/)
    program.signal("SIGSTOP")
    await home.stays("the node is left alone", 2000, () => home.signals(next.pid).length === 0)
    program.signal("SIGCONT")
    await program.logged(/genesis -> v2 done/)
    await home.answers(next, "undisturbed")
    await program.stop()
    expect(home.starts()).toEqual(["genesis", "v2"])
  })
})
