// One wemixvisor to a home: the second is refused and told whose it is, and the kernel frees the lock when the holder dies.
import { spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { ask, Program } from "../support/Program.ts"
import { isAlive, TestHome } from "../support/TestHome.ts"

describe.concurrent("a second wemixvisor on the home", () => {
  it("exits 75 and names the first one's pid; the first goes on", async (test) => {
    const home = TestHome.make(test)
    home.stage("v2")
    const first = Program.run(home)
    const node = await home.started("genesis")
    const second = await ask(home, ["run"])
    expect(second.code).toBe(75)
    expect(second.stderr).toMatch(new RegExp(`\\b${first.pid}\\b`))
    await home.answers(node, "alive")
    home.plan("v2", 10)
    await home.started("v2")
    await first.stop()
    expect(home.starts()).toEqual(["genesis", "v2"])
  })

  it("is refused by whatever path it names the home", async (test) => {
    const home = TestHome.make(test)
    const first = Program.run(home)
    await home.started("genesis")
    const other = join(home.root, "other-name")
    fs.symlinkSync(home.path, other)
    expect((await ask(home, ["--home", other, "run"])).code).toBe(75)
    await first.stop()
  })

  it("is refused as well after other commands have read the home", async (test) => {
    const home = TestHome.make(test)
    const first = Program.run(home)
    await home.started("genesis")
    expect((await ask(home, ["version", "-o", "json"])).code).toBe(0)
    expect((await ask(home, ["config"])).code).toBe(0)
    expect((await ask(home, ["run"])).code).toBe(75)
    await first.stop()
    expect(home.starts()).toEqual(["genesis"])
  })

  it("is let in at once when the first was killed, and its node with it", async (test) => {
    const home = TestHome.make(test)
    const first = Program.run(home)
    const node = await home.started("genesis")
    await first.kill()
    process.kill(node.pid, "SIGKILL")
    await home.becomes("the node is gone", () => !isAlive(node.pid))
    const third = Program.run(home)
    await home.started("genesis", 2)
    await third.stop()
  })

  it("is told who has the home now, and not who ran it last", async (test) => {
    const home = TestHome.make(test)
    const last = Program.run(home)
    await home.started("genesis")
    await last.stop()
    const lock = `const { DatabaseSync } = require("node:sqlite"); new DatabaseSync(process.argv[1]).exec("BEGIN EXCLUSIVE"); console.log("held"); process.stdin.resume()`
    const holder = spawn(process.execPath, ["-e", lock, join(home.path, "wemixvisor", "lock.db")], { stdio: ["pipe", "pipe", "ignore"] })
    await once(holder.stdout, "data")
    const { code, stderr } = await ask(home, ["run"])
    holder.kill("SIGKILL")
    expect([code, stderr]).toEqual([75, expect.stringContaining(`another wemixvisor, pid ${holder.pid},`)])
  })

  it("loses when both are started at once: one runs, one exits 75", async (test) => {
    const home = TestHome.make(test)
    const pair = [Program.run(home), Program.run(home)]
    const loser = await home.until("one of them ends", () => pair.find((program) => !program.isRunning))
    expect(await loser.end()).toBe(75)
    const winner = pair.find((program) => program !== loser)
    await home.started("genesis")
    await winner?.stop()
    expect(home.starts()).toEqual(["genesis"])
  })
})
