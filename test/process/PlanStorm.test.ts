// Plans in quick succession: the file is replaced a thousand times a second for ten seconds, half of it garbage, while readers look at `current`;
// and it changes while the node is being stopped for another plan.
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import { join } from "node:path"
import { setImmediate } from "node:timers/promises"
import { describe, expect, it } from "vitest"
import { stubborn } from "../support/FakeNode.ts"
import { Program } from "../support/Program.ts"
import { TestHome } from "../support/TestHome.ts"

const seconds = 10
const perSecond = 1000
const releases = ["v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8"] as const
const garbage = ["", "{", "{\"name\":\"v9\",\"height\":", "\u0000\u0000", "[]", "{\"name\":\"..\",\"height\":99}", "{\"name\":\"v9\",\"height\":-5}"] as const

/** The nth replacement: by rename, or in place by something that is not a plan. Heights rise with the time that has passed. */
const replace = (home: TestHome, n: number): void => {
  const index = Math.min(releases.length - 1, Math.floor(n / (seconds * perSecond) * releases.length))
  if (n % 2 === 1) return fs.writeFileSync(home.planPath, garbage[n % garbage.length] ?? "")
  const aside = join(home.root, "plan-aside")
  fs.writeFileSync(aside, JSON.stringify({ name: releases[index], height: 10 * (index + 1), info: { n } }))
  fs.renameSync(aside, home.planPath)
}

/** A reader of its own: ends when `current` does not lead to the binary. */
const reader = (home: TestHome) => {
  const loop = `while [ -x "$1" ]; do :; done; echo broken; readlink "$2"`
  const child = spawn("nice", ["sh", "-c", loop, "reader", home.inside("current", "bin", home.name), home.inside("current")], { env: { PATH: process.env["PATH"], HOME: home.root } })
  let said = ""
  child.stdout.on("data", (chunk: Buffer) => said += chunk.toString())
  return { said: () => said, stop: () => child.kill("SIGKILL") }
}

describe("a storm of plans", () => {
  it("leaves `current` whole at every moment, and ends with the newest release", { timeout: 60_000 }, async (test) => {
    const home = TestHome.make(test)
    releases.forEach((release) => home.stage(release))
    const program = Program.run(home, { env: { DAEMON_POLL_INTERVAL: "10ms" } })
    await home.started("genesis")
    const watching = reader(home)
    const start = performance.now()
    let written = 0
    while (written < seconds * perSecond) {
      const due = Math.min(seconds * perSecond, Math.floor((performance.now() - start) / 1000 * perSecond))
      for (; written < due; written++) replace(home, written)
      expect(fs.statSync(home.inside("current", "bin", home.name)).isFile()).toBe(true)
      await setImmediate()
    }
    const took = performance.now() - start
    home.plan("v8", 80, { info: "the last word" })
    const last = await home.started("v8")
    await home.answers(last, "alive")
    expect(watching.said()).toBe("")
    watching.stop()
    expect(home.current()).toBe("upgrades/v8")
    expect(took, "a machine too slow for such a storm proves nothing").toBeLessThan(seconds * 1000 * 1.5)
    expect(new Set(home.starts()).size, "no release is started twice").toBe(home.starts().length)
    expect(home.starts()).toEqual(["genesis", ...releases].filter((release) => home.starts().includes(release)))
    expect(home.lines("signal").filter((line) => line.detail !== "TERM 1")).toEqual([])
    await program.stop()
  })

  it("of rewrites of the plan that was applied does nothing to the node", async (test) => {
    const home = TestHome.make(test)
    home.stage("v2")
    const program = Program.run(home, { env: { DAEMON_POLL_INTERVAL: "10ms" } })
    await home.started("genesis")
    home.plan("v2", 10)
    const node = await home.started("v2")
    for (let n = 0; n < 200; n++) {
      home.plan("v2", 10, { info: { n } })
      await setImmediate()
    }
    home.plan("older", 9)
    program.signal("SIGHUP")
    await home.stays("v2 goes on", 500, () => home.starts().length === 2 && home.signals(node.pid).length === 0)
    await program.stop()
  })
})

/** A node that is being stopped for v2, and ends when told. */
const stoppingForV2 = async (home: TestHome): Promise<Program> => {
  const program = Program.run(home, { env: { DAEMON_POLL_INTERVAL: "10ms" } })
  const node = await home.started("genesis")
  home.plan("v2", 10)
  await home.signalled(node.pid, "TERM 1")
  return program
}

describe.concurrent("while the node is being stopped for a plan", () => {
  it.for(garbage.map((content) => [content] as const))("the content %j does not undo the upgrade: it is no plan, and asks for nothing", async ([content], test) => {
    const home = TestHome.make(test, stubborn)
    home.stage("v2")
    const program = await stoppingForV2(home)
    const before = program.stderr.length
    home.put(home.planPath, content)
    await home.becomes("the log says so", () => program.stderr.slice(before).includes(home.planPath))
    home.tell("finish 0")
    await home.becomes("the next start", () => home.starts().length > 1)
    expect(home.starts()).toEqual(["genesis", "v2"])
    await program.stop()
  })

  it.for(garbage.map((content) => [content] as const))("the content %j, first seen when the node has ended, does not undo it either", async ([content], test) => {
    const home = TestHome.make(test, stubborn)
    home.stage("v2")
    const elsewhere = join(home.root, "plan.json")
    home.put(elsewhere, JSON.stringify({ name: "v2", height: 10 }))
    const program = Program.run(home, { env: { DAEMON_POLL_INTERVAL: "1h" } })
    const node = await home.started("genesis")
    fs.symlinkSync(elsewhere, home.planPath)
    await home.signalled(node.pid, "TERM 1")
    home.put(elsewhere, content)
    home.tell("finish 0")
    await home.becomes("the next start", () => home.starts().length > 1)
    expect(home.starts()).toEqual(["genesis", "v2"])
    await program.stop()
  })

  it.for(["other details", "garbage between"] as const)("the same plan written again and again, with %s, is the same upgrade: nothing is started in between", async (what, test) => {
    const home = TestHome.make(test)
    const program = Program.run(home)
    await home.started("genesis")
    for (let height = 1; height <= 10; height++) {
      const name = `v${height}`
      home.stage(name)
      for (let n = 0; !home.starts().includes(name) && n < 5000; n++) {
        home.plan(name, height, { info: { n } })
        if (what === "garbage between") fs.writeFileSync(home.planPath, garbage[n % garbage.length] ?? "")
        await setImmediate()
      }
      home.plan(name, height)
      await home.started(name)
    }
    await program.stop()
    expect(home.starts()).toEqual(["genesis", ...Array.from({ length: 10 }, (_, n) => `v${n + 1}`)])
  })

  it("a newer plan takes its place, and nothing is started in between", async (test) => {
    const home = TestHome.make(test, stubborn)
    home.stage("v2")
    home.stage("v3")
    const program = await stoppingForV2(home)
    home.plan("v3", 20)
    home.tell("finish 0")
    await home.started("v3")
    await program.stop()
    expect(home.starts()).toEqual(["genesis", "v3"])
    expect(home.current()).toBe("upgrades/v3")
  })

  it("a newer plan that is not ready does not keep the older one back", async (test) => {
    const home = TestHome.make(test, stubborn)
    home.stage("v2")
    const program = await stoppingForV2(home)
    home.plan("v3", 20)
    home.tell("finish 0")
    await home.becomes("the next start", () => home.starts().length > 1)
    home.stage("v3")
    await home.started("v3")
    await program.stop()
  })
})

describe("content that is no plan", () => {
  it("is logged once for each distinct content, however often it comes back", async (test) => {
    const home = TestHome.make(test)
    home.stage("v2")
    const program = Program.run(home, { env: { DAEMON_POLL_INTERVAL: "10ms" } })
    await home.started("genesis")
    const tells = () => program.stderr.split("\n").filter((line) => line.includes(home.planPath))
    for (const [n, content] of ["{", "[]"].entries()) {
      home.put(home.planPath, content)
      await home.becomes(`a line for ${content}`, () => tells().length === n + 1)
    }
    for (const content of ["{", "[]", "{"]) {
      home.put(home.planPath, content)
      program.signal("SIGHUP")
      await home.stays("no further line", 200, () => tells().length === 2)
    }
    home.plan("v2", 10)
    await home.started("v2")
    await program.stop()
  })
})
