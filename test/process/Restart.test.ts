// A node that fails is started again after a pause, and not for ever; one that ends with 0 is done.
import { describe, expect, it } from "vitest"
import { exits } from "../support/FakeNode.ts"
import { Program } from "../support/Program.ts"
import { TestHome } from "../support/TestHome.ts"

describe.concurrent("a node that ends by itself", () => {
  it("with 0 ends wemixvisor with 0, and is not started again", async (test) => {
    const home = TestHome.make(test, exits(0))
    expect(await Program.run(home).end()).toBe(0)
    expect(home.starts()).toEqual(["genesis"])
  })

  it("with a failure is started again, after a pause", async (test) => {
    const home = TestHome.make(test)
    const program = Program.run(home)
    await home.started("genesis")
    home.tell("finish 9")
    await home.line("the end", (line) => line.event === "ended")
    const ended = performance.now()
    const again = await home.started("genesis", 2)
    expect(performance.now() - ended, "the pause is about a second").toBeGreaterThan(250)
    await home.answers(again, "alive")
    await program.stop()
    expect(home.starts()).toEqual(["genesis", "genesis"])
  })

  it.for([[3, 3], [255, 255]] as const)("with %i every time is given up after DAEMON_MAX_RESTARTS, with its status %i", async ([code, status], test) => {
    const home = TestHome.make(test, exits(code))
    const program = Program.run(home, { env: { DAEMON_MAX_RESTARTS: "1" } })
    expect(await program.end()).toBe(status)
    expect(home.starts()).toEqual(["genesis", "genesis"])
  })

  it("by a signal every time is given up with 128 + n", async (test) => {
    const home = TestHome.make(test, () => "#!/bin/sh\nkill -SEGV $$\n")
    const program = Program.run(home, { env: { DAEMON_MAX_RESTARTS: "1" } })
    expect(await program.end()).toBe(139)
  })

  it("is given up at the first failure when no restart is allowed", async (test) => {
    const home = TestHome.make(test, exits(6))
    const program = Program.run(home, { env: { DAEMON_MAX_RESTARTS: "0" } })
    expect(await program.end()).toBe(6)
    expect(home.starts()).toEqual(["genesis"])
  })

  it("is started again with more restarts than the budget once the period is over", async (test) => {
    const home = TestHome.make(test)
    const program = Program.run(home, { env: { DAEMON_MAX_RESTARTS: "1", DAEMON_RESTART_PERIOD: "10ms" } })
    await home.started("genesis")
    home.tell("finish 9")
    await home.started("genesis", 2)
    home.tell("finish 9")
    await home.started("genesis", 3)
    await program.stop()
  })

  it("in the pause before a restart, a plan that comes is carried out", async (test) => {
    const home = TestHome.make(test)
    home.stage("v2")
    const program = Program.run(home)
    await home.started("genesis")
    home.tell("finish 9")
    await home.line("the end", (line) => line.event === "ended")
    home.plan("v2", 10)
    await home.started("v2")
    await program.stop()
    expect(home.starts()).toEqual(["genesis", "v2"])
  })
})
