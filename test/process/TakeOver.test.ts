// wemixvisor dies without being able to act: the node goes on, and the next wemixvisor takes it over or stops it.
import * as fs from "node:fs"
import { describe, expect, it } from "vitest"
import { stubborn, wrapper } from "../support/FakeNode.ts"
import { Program, type Options } from "../support/Program.ts"
import { isAlive, type Line, TestHome } from "../support/TestHome.ts"

const isRecorded = (home: TestHome, { pid }: Line): boolean => fs.readFileSync(home.inside("state.json"), "utf8").includes(`"pid": ${pid}`)

/** A node whose wemixvisor was killed after it had written down which process it is. */
const orphan = async (home: TestHome, options: Options = {}): Promise<Line> => {
  const first = Program.run(home, options)
  const node = await home.started("genesis")
  await home.becomes("the record has the node", () => isRecorded(home, node))
  await first.kill()
  await home.answers(node, "orphaned")
  return node
}

describe.concurrent("a node that outlived its wemixvisor", () => {
  it("is taken over: nothing is restarted, and a stop request stops it with one SIGTERM", async (test) => {
    const home = TestHome.make(test, stubborn)
    const node = await orphan(home, { args: ["start", "--x"] })
    const second = Program.run(home, { args: ["start", "--x"] })
    await second.logged(new RegExp(`\\b${node.pid}\\b`))
    await home.answers(node, "taken-over")
    second.signal("SIGTERM")
    await home.signalled(node.pid, "TERM 1")
    await home.answers(node, "stopping")
    expect(second.isRunning, "wemixvisor waits for a node that is not its child").toBe(true)
    home.tell("finish 0")
    expect(await second.end()).toBe(0)
    expect(home.signals(node.pid)).toEqual(["TERM 1"])
    expect(home.starts()).toEqual(["genesis"])
  })

  it("and could never be recorded is found all the same, and stopped before another is started", async (test) => {
    const home = TestHome.make(test)
    fs.mkdirSync(home.inside("state.json.new"))
    const first = Program.run(home)
    const node = await home.started("genesis")
    await home.becomes("the log tells of the node", () => first.stderr.includes(`${node.pid}`))
    await first.kill()
    const second = Program.run(home)
    await home.started("genesis", 2)
    expect(home.signals(node.pid)).toEqual(["TERM 1"])
    await second.stop()
  })

  it("is upgraded like any other", async (test) => {
    const home = TestHome.make(test)
    home.stage("v2")
    const node = await orphan(home)
    const second = Program.run(home)
    await second.logged(new RegExp(`\\b${node.pid}\\b`))
    home.plan("v2", 10)
    await home.started("v2")
    await second.stop()
    expect(home.signals(node.pid)).toEqual(["TERM 1"])
    expect(home.starts()).toEqual(["genesis", "v2"])
  })

  it("counts as failed when it ends unasked, since its code cannot be known: it is started again", async (test) => {
    const home = TestHome.make(test)
    const node = await orphan(home)
    const second = Program.run(home)
    await second.logged(new RegExp(`\\b${node.pid}\\b`))
    home.tell("finish 0")
    await home.started("genesis", 2)
    await second.stop()
  })

  it("counts as failed without a restart as well: wemixvisor does not exit with 0", async (test) => {
    const home = TestHome.make(test)
    const node = await orphan(home)
    const second = Program.run(home, { env: { DAEMON_RESTART_ON_FAILURE: "false" } })
    await second.logged(new RegExp(`\\b${node.pid}\\b`))
    home.tell("finish 0")
    expect(await second.end()).not.toBe(0)
    expect(home.starts()).toEqual(["genesis"])
  })

  it("is killed when it ignores the request, at the end of the grace", async (test) => {
    const home = TestHome.make(test, stubborn)
    const node = await orphan(home)
    const second = Program.run(home, { env: { DAEMON_SHUTDOWN_GRACE: "1s" } })
    await second.logged(new RegExp(`\\b${node.pid}\\b`))
    await second.stop()
    expect(isAlive(node.pid)).toBe(false)
    expect(home.signals(node.pid)).toEqual(["TERM 1"])
  })

  it("is stopped with one SIGTERM, and only then replaced, when other arguments are wanted", async (test) => {
    const home = TestHome.make(test, stubborn)
    const node = await orphan(home, { args: ["start"] })
    const second = Program.run(home, { args: ["start", "--more"] })
    await home.signalled(node.pid, "TERM 1")
    await home.answers(node, "stopping")
    expect(home.starts()).toEqual(["genesis"])
    home.tell("finish 0")
    const next = await home.started("genesis", 2)
    expect(home.signals(node.pid)).toEqual(["TERM 1"])
    second.signal("SIGTERM")
    await home.signalled(next.pid, "TERM 1")
    home.tell("finish 0")
    expect(await second.end()).toBe(0)
  })

  it("is upgraded before anything else when a plan has become pending meanwhile", async (test) => {
    const home = TestHome.make(test)
    const node = await orphan(home)
    home.stage("v2")
    home.plan("v2", 10)
    const second = Program.run(home)
    await home.started("v2")
    await second.stop()
    expect(home.signals(node.pid)).toEqual(["TERM 1"])
    expect(home.starts()).toEqual(["genesis", "v2"])
  })

  it("has ended meanwhile and left others of its group: they are gone before another is started", async (test) => {
    const home = TestHome.make(test, wrapper("obedient"))
    const node = await orphan(home)
    const behind = await home.line("a grandchild", (line) => line.event === "grandchild")
    process.kill(node.pid, "SIGKILL")
    await home.becomes("the wrapper is gone", () => !isAlive(node.pid))
    const second = Program.run(home)
    await home.started("genesis", 2)
    expect(isAlive(behind.pid)).toBe(false)
    // They are no node that could be taken over, and their end is no failure that a restart would have to wait for.
    expect(second.stderr).not.toMatch(/took over|restart 1 of/)
    await second.stop()
  })

  it("has ended meanwhile: a new one is started", async (test) => {
    const home = TestHome.make(test)
    const node = await orphan(home)
    home.tell("finish 0")
    await home.becomes("the node is gone", () => !isAlive(node.pid))
    const second = Program.run(home)
    await home.started("genesis", 2)
    await second.stop()
  })
})
