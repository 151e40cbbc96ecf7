// A chain that halts at the height of an upgrade writes the plan and ends in the same breath: that is an upgrade, whatever its code.
import { describe, expect, it } from "vitest"
import { exits, halts } from "../support/FakeNode.ts"
import { Program } from "../support/Program.ts"
import { TestHome } from "../support/TestHome.ts"

const plan = (name: string, height: number): string => JSON.stringify({ name, height, info: "{}" })

describe.concurrent("a node that writes the plan and ends at once", () => {
  it.for([0, 1, 2, 137])("is upgraded when it ends with code %i", async (code, test) => {
    const home = TestHome.make(test)
    home.stage("genesis", halts(home.planPath, plan("v2", 10), code))
    home.stage("v2")
    const program = Program.run(home, { env: { DAEMON_RESTART_ON_FAILURE: "false", DAEMON_POLL_INTERVAL: "1h" } })
    const next = await home.started("v2")
    expect(home.current()).toBe("upgrades/v2")
    await home.answers(next, "alive")
    await program.stop()
    expect(home.starts()).toEqual(["genesis", "v2"])
  })

  it("goes through release after release, each halting for the next even in its probation", async (test) => {
    const home = TestHome.make(test)
    home.stage("genesis", halts(home.planPath, plan("v2", 10), 1))
    home.stage("v2", halts(home.planPath, plan("v3", 20), 1))
    home.stage("v3", halts(home.planPath, plan("v4", 30), 0))
    home.stage("v4")
    const program = Program.run(home, { env: { DAEMON_UPGRADE_PROBATION: "1m", DAEMON_POLL_INTERVAL: "1h" } })
    await home.started("v4")
    await program.stop()
    expect(home.starts()).toEqual(["genesis", "v2", "v3", "v4"])
    expect(home.current()).toBe("upgrades/v4")
  })

  it.for(["1h", "50ms"])("stays down while the release is not there, and is upgraded as soon as it is, with looks every %s", async (poll, test) => {
    await Promise.all(Array.from({ length: 6 }, async () => {
      const home = TestHome.make(test)
      home.stage("genesis", halts(home.planPath, plan("v2", 10), 1))
      const program = Program.run(home, { env: { DAEMON_POLL_INTERVAL: poll } })
      await program.logged(new RegExp("upgrades/v2/bin/node"))
      await home.stays("the node is down and wemixvisor waits", 1000, () => program.isRunning && home.starts().length === 1)
      home.stage("v2")
      await home.started("v2")
      await program.stop()
      expect(home.starts()).toEqual(["genesis", "v2"])
    }))
  })

  it("can be stopped while it is down for want of the release", async (test) => {
    const home = TestHome.make(test)
    home.stage("genesis", halts(home.planPath, plan("v2", 10), 1))
    const program = Program.run(home)
    await program.logged(new RegExp("upgrades/v2/bin/node"))
    await program.stop()
    expect(home.starts()).toEqual(["genesis"])
    expect(home.current()).toBe("genesis")
  })
})

describe("a node that ends without a plan", () => {
  it("is not upgraded to a release that nobody asked for", async (test) => {
    const home = TestHome.make(test, exits(4))
    home.stage("v2")
    const program = Program.run(home, { env: { DAEMON_RESTART_ON_FAILURE: "false" } })
    expect(await program.end()).toBe(4)
    expect(home.current()).toBe("genesis")
  })
})
