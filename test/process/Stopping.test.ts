// A node that does not stop when asked: the grace, the second request and the third.
import { describe, expect, it } from "vitest"
import { steady, stubborn } from "../support/FakeNode.ts"
import { Program } from "../support/Program.ts"
import { isAlive, type Line, TestHome } from "../support/TestHome.ts"

const running = async (home: TestHome, grace: string): Promise<readonly [Program, Line]> => {
  const program = Program.run(home, { env: { DAEMON_SHUTDOWN_GRACE: grace } })
  return [program, await home.started("genesis")]
}

describe.concurrent("a node that ignores SIGTERM", () => {
  it("is killed when the grace is over, after one SIGTERM", async (test) => {
    const home = TestHome.make(test, stubborn)
    const [program, node] = await running(home, "1s")
    program.signal("SIGTERM")
    await home.signalled(node.pid, "TERM 1")
    const asked = performance.now()
    expect(await program.end()).toBe(0)
    expect(performance.now() - asked).toBeGreaterThan(800)
    expect(isAlive(node.pid)).toBe(false)
    expect(home.signals(node.pid)).toEqual(["TERM 1"])
    expect(home.lines("ended")).toEqual([])
  })

  it("gets nothing from a second stop request, which is answered by a line", async (test) => {
    const home = TestHome.make(test, stubborn)
    const [program, node] = await running(home, "5m")
    program.signal("SIGTERM")
    await home.signalled(node.pid, "TERM 1")
    const before = program.stderr.length
    program.signal("SIGINT")
    await home.becomes("a line answers the second request", () => program.stderr.length > before)
    await home.answers(node, "alive")
    home.tell("finish 0")
    expect(await program.end()).toBe(0)
    expect(home.signals(node.pid)).toEqual(["TERM 1"])
  })

  it("is killed at once by a third stop request, however long the grace", async (test) => {
    const home = TestHome.make(test, stubborn)
    const [program, node] = await running(home, "infinity")
    program.signal("SIGTERM")
    await home.signalled(node.pid, "TERM 1")
    const before = program.stderr.length
    program.signal("SIGTERM")
    await home.becomes("a line answers the second request", () => program.stderr.length > before)
    await home.answers(node, "alive")
    program.signal("SIGTERM")
    expect(await program.end()).toBe(0)
    expect(isAlive(node.pid)).toBe(false)
    expect(home.signals(node.pid)).toEqual(["TERM 1"])
  })

  it("is killed when the grace is over in an upgrade too, before the new release starts", async (test) => {
    const home = TestHome.make(test, stubborn)
    home.stage("v2")
    const [program, node] = await running(home, "1s")
    home.plan("v2", 10)
    await home.started("v2")
    expect(isAlive(node.pid)).toBe(false)
    expect(home.signals(node.pid)).toEqual(["TERM 1"])
    await program.stop()
  })
})

describe.concurrent("a stop request", () => {
  it("beats an upgrade: the node is not started again, and the home is settled", async (test) => {
    const home = TestHome.make(test, stubborn)
    home.stage("v2", steady)
    const [program, node] = await running(home, "5m")
    home.plan("v2", 10)
    await home.signalled(node.pid, "TERM 1")
    program.signal("SIGTERM")
    await home.answers(node, "alive")
    home.tell("finish 0")
    expect(await program.end()).toBe(0)
    expect(home.signals(node.pid)).toEqual(["TERM 1"])
    expect(home.starts()).toEqual(["genesis"])
    expect(["genesis", "upgrades/v2"]).toContain(home.current())
    const again = Program.run(home)
    await home.started("v2")
    await again.stop()
    expect(home.starts()).toEqual(["genesis", "v2"])
  })

  it("is obeyed while the node is down between two starts", async (test) => {
    const home = TestHome.make(test)
    const [program] = await running(home, "5m")
    home.tell("finish 9")
    await home.line("the node's end", (line) => line.event === "ended")
    program.signal("SIGTERM")
    expect(await program.end()).toBe(0)
    expect(home.starts()).toEqual(["genesis"])
  })

  it("is obeyed by a node that ends with a code of its own: wemixvisor still ends with 0", async (test) => {
    const home = TestHome.make(test, stubborn)
    const [program, node] = await running(home, "5m")
    program.signal("SIGTERM")
    await home.signalled(node.pid, "TERM 1")
    home.tell("finish 143")
    expect(await program.end()).toBe(0)
  })
})
