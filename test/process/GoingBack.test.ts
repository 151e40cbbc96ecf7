// A new release that does not live through its probation: the old one runs again, and the plan is not tried again until it changes.
import * as fs from "node:fs"
import { describe, expect, it } from "vitest"
import { exits, stubborn } from "../support/FakeNode.ts"
import { Program } from "../support/Program.ts"
import { TestHome } from "../support/TestHome.ts"

const env = { DAEMON_UPGRADE_PROBATION: "1m", DAEMON_POLL_INTERVAL: "20ms" }

/** A home whose upgrade has just been rolled back. */
const goneBack = async (home: TestHome, code = 1): Promise<Program> => {
  home.stage("bad", exits(code))
  const program = Program.run(home, { env })
  await home.started("genesis")
  home.plan("bad", 10)
  await home.started("genesis", 2)
  await home.becomes("the link is back", () => home.current() === "genesis")
  return program
}

describe.concurrent("a release that ends within its probation", () => {
  it.for([0, 1, 2])("with code %i is rolled back: the old release runs again", async (code, test) => {
    const home = TestHome.make(test)
    const program = await goneBack(home, code)
    expect(home.starts()).toEqual(["genesis", "bad", "genesis"])
    await program.stop()
  })

  it("is rolled back when a signal ended it", async (test) => {
    const home = TestHome.make(test)
    home.stage("bad", () => "#!/bin/sh\nkill -SEGV $$\n")
    const program = Program.run(home, { env })
    await home.started("genesis")
    home.plan("bad", 10)
    await home.started("genesis", 2)
    await home.becomes("the link is back", () => home.current() === "genesis")
    await program.stop()
  })

  it("is not tried again when the file is touched or rewritten as it was, nor by a new wemixvisor", async (test) => {
    const home = TestHome.make(test)
    const program = await goneBack(home)
    const tries = () => home.starts().filter((release) => release === "bad").length
    fs.utimesSync(home.planPath, new Date(), new Date())
    program.signal("SIGHUP")
    await home.stays("it is not tried again after a touch", 500, () => tries() === 1)
    home.plan("bad", 10)
    program.signal("SIGHUP")
    await home.stays("it is not tried again after a rewrite", 500, () => tries() === 1)
    await program.stop()
    const second = Program.run(home, { env })
    await home.started("genesis", 3)
    await home.stays("it is not tried again by another wemixvisor", 500, () => tries() === 1)
    await second.stop()
  })

  it("is tried again when the plan's content changes", async (test) => {
    const home = TestHome.make(test)
    const program = await goneBack(home)
    home.stage("bad")
    home.plan("bad", 10, { info: "a better binary" })
    const next = await home.started("bad", 2)
    await home.answers(next, "alive")
    expect(home.current()).toBe("upgrades/bad")
    await program.stop()
    expect(home.starts()).toEqual(["genesis", "bad", "genesis", "bad"])
  })

  it("does not stand in the way of the next plan", async (test) => {
    const home = TestHome.make(test)
    const program = await goneBack(home)
    home.stage("v3")
    home.plan("v3", 10)
    await home.started("v3")
    await program.stop()
    expect(home.starts()).toEqual(["genesis", "bad", "genesis", "v3"])
  })
})

describe.concurrent("probation", () => {
  it("is passed by a release that lives: its later failure is a restart, no rolling back", async (test) => {
    const home = TestHome.make(test)
    home.stage("v2")
    const program = Program.run(home, { env: { DAEMON_UPGRADE_PROBATION: "200ms" } })
    await home.started("genesis")
    home.plan("v2", 10)
    await home.started("v2")
    await home.stays("v2 lives through it", 1000, () => home.starts().length === 2)
    home.tell("finish 1")
    await home.started("v2", 2)
    await program.stop()
    expect(home.starts()).toEqual(["genesis", "v2", "v2"])
  })

  it("lets a newer plan wait for its end", async (test) => {
    const home = TestHome.make(test)
    home.stage("v2")
    home.stage("v3")
    const program = Program.run(home, { env: { DAEMON_UPGRADE_PROBATION: "1500ms", DAEMON_POLL_INTERVAL: "20ms" } })
    await home.started("genesis")
    home.plan("v2", 10)
    const second = await home.started("v2")
    home.plan("v3", 20)
    await home.stays("v2 is left alone in its probation", 700, () => home.signals(second.pid).length === 0)
    await home.started("v3")
    await program.stop()
    expect(home.starts()).toEqual(["genesis", "v2", "v3"])
  })

  it("ends with a stop request: the new release is stopped, and nothing else is started", async (test) => {
    const home = TestHome.make(test)
    home.stage("v2", stubborn)
    const program = Program.run(home, { env })
    await home.started("genesis")
    home.plan("v2", 10)
    const next = await home.started("v2")
    program.signal("SIGTERM")
    await home.signalled(next.pid, "TERM 1")
    home.tell("finish 0")
    expect(await program.end()).toBe(0)
    expect(home.starts()).toEqual(["genesis", "v2"])
    expect(home.signals(next.pid)).toEqual(["TERM 1"])
  })
})
