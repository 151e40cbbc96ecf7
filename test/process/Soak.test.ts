// The soak, for as long as a test may take: some homes, some kills at random instants, no violation; and nothing is left of it when it is broken off.
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { describe, expect, it, type TestContext } from "vitest"

const program = resolve(import.meta.dirname, "../soak/main.ts")

/** A soak below a directory of its own. */
const soak = (test: TestContext, ...args: ReadonlyArray<string>) => {
  const directory = fs.mkdtempSync(join(tmpdir(), "wemixvisor-soak-"))
  const child = spawn(process.execPath, [program, ...args], { env: { ...process.env, TMPDIR: directory }, stdio: ["ignore", "pipe", "inherit"] })
  test.onTestFinished(() => {
    child.kill("SIGKILL")
    fs.rmSync(directory, { recursive: true, force: true })
  })
  let out = ""
  const first = new Promise((heard) => child.stdout.setEncoding("utf8").on("data", (chunk: string) => heard(out += chunk)))
  const end = new Promise((done) => child.once("close", (code) => done(code)))
  return { child, directory, first, end, text: () => out }
}

describe("the soak", () => {
  it("kills wemixvisor 24 times, and finds nothing wrong", async (test) => {
    const { end, text } = soak(test, "--kills", "24", "--seed", "7", "--homes", "4")
    expect(await end, text()).toBe(0)
    expect(text()).toMatch(/^24 kills, [1-9]\d* upgrades done, [1-9]\d* rolled back, [1-9]\d* take-overs seen, 0 violations$/m)
  })

  it("leaves nothing behind when it is broken off", async (test) => {
    const { child, directory, end, first } = soak(test, "--kills", "1000")
    await first
    child.kill("SIGINT")
    expect(await end).toBe(130)
    expect(fs.readdirSync(directory)).toEqual([])
  })

  it("refuses what it does not understand", async (test) => {
    const { end } = soak(test, "--kills", "few")
    expect(await end).toBe(64)
  })
})
