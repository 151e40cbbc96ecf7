// The node is a wrapper with processes of its own behind it: it is down only when they are gone too.
import { describe, expect, it } from "vitest"
import { wrapper } from "../support/FakeNode.ts"
import { Program } from "../support/Program.ts"
import { isAlive, type Line, TestHome } from "../support/TestHome.ts"

/** A wrapper with its two grandchildren. */
const running = async (home: TestHome, env: Readonly<Record<string, string>> = {}) => {
  const program = Program.run(home, { env: { DAEMON_SHUTDOWN_GRACE: "1s", ...env } })
  const node = await home.started("genesis")
  const behind = await home.until("both grandchildren", () => {
    const found = home.lines("grandchild")
    return found.length >= 2 ? found : undefined
  })
  return { program, node, behind }
}

const areGone = (lines: ReadonlyArray<Line>): boolean => lines.every((line) => !isAlive(line.pid))

describe.concurrent("the rest of the node's group", () => {
  it("gets nothing while the wrapper still stops, then one SIGTERM, and is gone before wemixvisor exits", async (test) => {
    const home = TestHome.make(test, wrapper("obedient"))
    const { program, node, behind } = await running(home)
    await program.stop()
    expect(areGone(behind)).toBe(true)
    expect(home.signals(node.pid)).toEqual(["TERM 1"])
    expect(behind.map((line) => home.signals(line.pid))).toEqual([["TERM 1"], ["TERM 1"]])
    const order = home.lines().filter((line) => line.event === "ended" || line.event === "signal").map((line) => line.pid === node.pid)
    expect(order.indexOf(false), "the wrapper has ended before the others are asked").toBe(2)
  })

  it("is killed when the grace is over, before wemixvisor exits", async (test) => {
    const home = TestHome.make(test, wrapper("stubborn"))
    const { program, behind } = await running(home)
    await program.stop()
    expect(areGone(behind)).toBe(true)
    expect(home.lines("signal").filter((line) => line.detail !== "TERM 1")).toEqual([])
  })

  it("is stopped before a wrapper that failed is started again", async (test) => {
    const home = TestHome.make(test, wrapper("stubborn"))
    const { program, behind } = await running(home)
    home.tell("finish 3")
    await home.started("genesis", 2)
    expect(areGone(behind)).toBe(true)
    await program.stop()
  })

  it("is stopped before the new release of an upgrade is started", async (test) => {
    const home = TestHome.make(test, wrapper("stubborn"))
    home.stage("v2")
    const { program, behind } = await running(home)
    home.plan("v2", 10)
    await home.started("v2")
    expect(areGone(behind)).toBe(true)
    await program.stop()
  })

  it("is stopped before wemixvisor exits with the status of a wrapper that is not restarted", async (test) => {
    const home = TestHome.make(test, wrapper("obedient"))
    const { program, behind } = await running(home, { DAEMON_RESTART_ON_FAILURE: "false" })
    home.tell("finish 3")
    expect(await program.end()).toBe(3)
    expect(areGone(behind)).toBe(true)
  })

  it("is killed with the wrapper by a third stop request", async (test) => {
    const home = TestHome.make(test, wrapper("stubborn"))
    const { program, behind } = await running(home, { DAEMON_SHUTDOWN_GRACE: "infinity" })
    program.signal("SIGTERM")
    const asked = behind[0]?.pid ?? 0
    await home.signalled(asked, "TERM 1")
    await home.becomes("the end, after more requests", () => {
      program.signal("SIGTERM")
      return !program.isRunning
    })
    expect(await program.end()).toBe(0)
    expect(areGone(behind)).toBe(true)
  })
})
