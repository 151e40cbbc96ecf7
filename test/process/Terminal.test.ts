// A real terminal (`script` makes the pty): Ctrl-C reaches the node once and as SIGTERM, a closed terminal stops nothing.
import { type ChildProcessByStdio, spawn, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import type { Readable, Writable } from "node:stream"
import { describe, expect, it } from "vitest"
import { quote, stubborn } from "../support/FakeNode.ts"
import { bundle, environment } from "../support/Program.ts"
import { eventually, isAlive, TestHome } from "../support/TestHome.ts"

interface Terminal {
  readonly script: ChildProcessByStdio<Writable, Readable, null>
  readonly screen: () => string
  readonly exitCode: () => Promise<number>
}

/** `wemixvisor run` as someone starts it by hand in a terminal. */
const inTerminal = (home: TestHome, more: Readonly<Record<string, string>> = {}): Terminal => {
  const line = `exec ${quote(process.execPath)} ${quote(bundle)} run`
  const { WEMIXVISOR_LOG_FORMAT: _, ...env } = environment(home)
  const script = spawn("script", ["-qefc", line, "/dev/null"], { env: { ...env, TERM: "xterm", SHELL: "/bin/sh", ...more }, stdio: ["pipe", "pipe", "inherit"] })
  script.stdin.on("error", () => {})
  let text = ""
  script.stdout.setEncoding("utf8").on("data", (chunk: string) => text += chunk)
  home.accounts.push(() => `the terminal showed:\n${text}`)
  return { script, screen: () => text, exitCode: () => eventually("the terminal ends", () => script.exitCode ?? undefined, () => text) }
}

const supervisorOf = (home: TestHome, pid: number): number => {
  const [ppid] = home.lines("started").filter((line) => line.pid === pid).map((line) => Number(line.detail.split(" ")[0]))
  return ppid ?? Number.NaN
}

describe("in a terminal", () => {
  it("needs util-linux's script", () => expect(spawnSync("script", ["--version"]).status).toBe(0))

  it.for([[{}, true], [{ NO_COLOR: "1" }, false], [{ TERM: "dumb" }, false]] as const)("with %j the log is in colour: %j", async ([more, isColoured], test) => {
    const home = TestHome.make(test)
    const terminal = inTerminal(home, more)
    await home.started("genesis")
    await home.becomes("the log tells of it", () => terminal.screen().includes("started genesis"))
    expect(terminal.screen().includes("\x1b[")).toBe(isColoured)
    terminal.script.stdin.write("\x03")
    expect(await terminal.exitCode()).toBe(0)
  })

  it("Ctrl-C reaches the node exactly once, as SIGTERM", async (test) => {
    const home = TestHome.make(test, stubborn)
    const terminal = inTerminal(home)
    const node = await home.started("genesis")
    terminal.script.stdin.write("\x03")
    await home.signalled(node.pid, "TERM 1")
    await home.answers(node, "alive")
    home.tell("finish 0")
    expect(await terminal.exitCode()).toBe(0)
    expect(home.signals(node.pid)).toEqual(["TERM 1"])
  })

  it("Ctrl-\\ does the same, and a second Ctrl-C is answered on the screen and sends nothing", async (test) => {
    const home = TestHome.make(test, stubborn)
    const terminal = inTerminal(home)
    const node = await home.started("genesis")
    terminal.script.stdin.write("\x1c")
    await home.signalled(node.pid, "TERM 1")
    terminal.script.stdin.write("\x03")
    await home.becomes("the second request is answered", () => (terminal.screen().split("^C")[1] ?? "").includes("5m"))
    await home.answers(node, "alive")
    home.tell("finish 0")
    expect(await terminal.exitCode()).toBe(0)
    expect(home.signals(node.pid)).toEqual(["TERM 1"])
  })

  it("the node is a session of its own, without the terminal as its input", async (test) => {
    const home = TestHome.make(test)
    const terminal = inTerminal(home)
    const node = await home.started("genesis")
    const [, group, session] = node.detail.split(" ")
    expect([group, session]).toEqual([`${node.pid}`, `${node.pid}`])
    // The fake node reads its own record now and then, with that as its input for a moment.
    await home.becomes("its input is /dev/null", () => fs.readlinkSync(`/proc/${node.pid}/fd/0`) === "/dev/null")
    expect(fs.readlinkSync(`/proc/${node.pid}/fd/1`)).toMatch(/^\/dev\/pts\//)
    terminal.script.stdin.write("\x03")
    expect(await terminal.exitCode()).toBe(0)
  })

  it("a terminal that is closed stops neither wemixvisor nor the node, and upgrades go on", async (test) => {
    const home = TestHome.make(test, stubborn)
    home.stage("v2")
    const terminal = inTerminal(home)
    const node = await home.started("genesis")
    const supervisor = supervisorOf(home, node.pid)
    terminal.script.kill("SIGKILL")
    await home.becomes("the terminal is gone", () => terminal.script.signalCode !== null)
    await home.answers(node, "alive")
    expect(home.signals(node.pid)).toEqual([])
    home.plan("v2", 10)
    await home.signalled(node.pid, "TERM 1")
    home.tell("finish 0")
    const next = await home.started("v2")
    expect(supervisorOf(home, next.pid)).toBe(supervisor)
    process.kill(supervisor, "SIGTERM")
    await home.becomes("wemixvisor has stopped", () => !isAlive(supervisor))
    expect(home.signals(next.pid)).toEqual(["TERM 1"])
    expect(home.lines().at(-1)).toMatchObject({ event: "ended", pid: next.pid, detail: "0" })
  })
})
