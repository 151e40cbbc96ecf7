// What each signal at wemixvisor means for the node: exactly one SIGTERM for a stop request, nothing at all for the rest.
import * as fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { stubborn } from "../support/FakeNode.ts"
import { Program } from "../support/Program.ts"
import { type Line, TestHome } from "../support/TestHome.ts"

/** A running node: of the first release, or of the one it was upgraded to. It ends only when told. */
const running = async (home: TestHome, side: "before" | "after"): Promise<readonly [Program, Line]> => {
  const program = Program.run(home, { env: { DAEMON_POLL_INTERVAL: "1h" } })
  const first = await home.started("genesis")
  if (side === "before") return [program, first]
  home.stage("v2", stubborn)
  home.plan("v2", 10)
  await home.signalled(first.pid, "TERM 1")
  home.tell("finish 0")
  return [program, await home.started("v2")]
}

describe.for(["before", "after"] as const)("%s an upgrade", (side) => {
  it.for(["SIGTERM", "SIGINT", "SIGQUIT"] as const)("%s sends the node exactly one SIGTERM, waits for its end and exits 0", async (signal, test) => {
    const home = TestHome.make(test, stubborn)
    const [program, node] = await running(home, side)
    program.signal(signal)
    await home.signalled(node.pid, "TERM 1")
    await home.answers(node, "alive")
    expect(program.isRunning).toBe(true)
    home.tell("finish 3")
    expect(await program.end()).toBe(0)
    expect(home.signals(node.pid)).toEqual(["TERM 1"])
    expect(home.starts()).toEqual(side === "before" ? ["genesis"] : ["genesis", "v2"])
  })

  it("SIGHUP never reaches the node, and both go on", async (test) => {
    const home = TestHome.make(test, stubborn)
    const [program, node] = await running(home, side)
    program.signal("SIGHUP")
    program.signal("SIGHUP")
    await home.answers(node, "alive")
    program.signal("SIGTERM")
    await home.signalled(node.pid, "TERM 1")
    home.tell("finish 0")
    expect(await program.end()).toBe(0)
    expect(home.signals(node.pid)).toEqual(["TERM 1"])
  })

  it("SIGUSR1, SIGUSR2 and their like do nothing", async (test) => {
    const home = TestHome.make(test, stubborn)
    const [program, node] = await running(home, side)
    const signals = ["SIGUSR1", "SIGUSR2", "SIGWINCH", "SIGCONT", "SIGPIPE"] as const
    signals.forEach((signal) => program.signal(signal))
    await home.answers(node, "alive")
    program.signal("SIGTERM")
    await home.signalled(node.pid, "TERM 1")
    home.tell("finish 0")
    expect(await program.end()).toBe(0)
    expect(home.signals(node.pid)).toEqual(["TERM 1"])
    expect(program.stderr, "SIGUSR1 opens Node's debugger unless someone listens").not.toMatch(/debugger/i)
  })
})

describe("SIGHUP", () => {
  it("has the plan looked at now, where nothing tells of a change", async (test) => {
    const home = TestHome.make(test)
    home.stage("v2")
    const elsewhere = join(home.root, "plan.json")
    fs.symlinkSync(elsewhere, home.planPath)
    const program = Program.run(home, { env: { DAEMON_POLL_INTERVAL: "1h" } })
    await home.started("genesis")
    home.put(elsewhere, JSON.stringify({ name: "v2", height: 10 }))
    program.signal("SIGHUP")
    await home.started("v2")
    await program.stop()
  })

  it("does not end a stop that is under way", async (test) => {
    const home = TestHome.make(test, stubborn)
    const [program, node] = await running(home, "before")
    program.signal("SIGTERM")
    await home.signalled(node.pid, "TERM 1")
    program.signal("SIGHUP")
    await home.answers(node, "alive")
    home.tell("finish 0")
    expect(await program.end()).toBe(0)
    expect(home.signals(node.pid)).toEqual(["TERM 1"])
  })
})
