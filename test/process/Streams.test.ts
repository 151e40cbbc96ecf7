// What belongs to the node reaches it and comes from it byte for byte: its arguments, its input and its outputs.
import * as fs from "node:fs"
import { describe, expect, it } from "vitest"
import { echoes } from "../support/FakeNode.ts"
import { Program } from "../support/Program.ts"
import { TestHome } from "../support/TestHome.ts"

const cases: ReadonlyArray<ReadonlyArray<string>> = [
  [],
  ["start", "--datadir", "/x"],
  ["--help"],
  ["-h"],
  ["--version"],
  ["--completions", "bash"],
  ["--wizard"],
  ["--home", "x", "--name=y", "--log-level", "debug"],
  ["--"],
  ["--", "--", "run", "--"],
  ["", "", "a", ""],
  ["line\nbreak\n", "tab\t", "\u001b[31m", " space ", "\r"],
  ["위믹스", "ü\u0308", "🚀", "\u202e", "\ufeff"],
  ["$HOME", "`id`", "'", "\"", "\\", "*", "~", "%s", "!", "a=b", "-", "---", "--=", "--no-x", "-abc", "@file"],
  ["init", "version", "config", "run"],
  ["x".repeat(100_000)]
]

const received = (home: TestHome): ReadonlyArray<string> => fs.readFileSync(`${home.record}.arguments`, "utf8").split("\0").slice(0, -1)

describe.concurrent("everything after `run`", () => {
  it.for(cases.map((args) => [JSON.stringify(args).slice(0, 60), args] as const))("%s reaches the node byte for byte", async ([, args], test) => {
    const home = TestHome.make(test, echoes)
    const program = Program.run(home, { args })
    program.child.stdin.end()
    expect(await program.end()).toBe(0)
    expect(received(home)).toEqual(args)
  })

  it("reaches the node as it is when flags stand before `run`", async (test) => {
    const home = TestHome.make(test, echoes)
    const flags = ["--home", home.path, "--name", home.name, "--restart-on-failure=false", "--log-level", "debug"]
    const program = new Program(home, [...flags, "run", "--home", "/elsewhere", "", "--", "--restart-on-failure=true"])
    program.child.stdin.end()
    expect(await program.end()).toBe(0)
    expect(received(home)).toEqual(["--home", "/elsewhere", "", "--", "--restart-on-failure=true"])
  })
})

describe.concurrent("the node's streams", () => {
  it("its input and its output are wemixvisor's own, byte for byte, with nothing between", async (test) => {
    const home = TestHome.make(test, echoes)
    const program = Program.run(home)
    const closed = new Promise((done) => program.child.once("close", done))
    const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, n) => n * 7 % 256))
    program.child.stdin.end(bytes)
    expect(await program.end()).toBe(0)
    await closed
    expect(program.stdout.equals(bytes)).toBe(true)
    expect(program.stderr).toContain("err")
  })

  it("wemixvisor's log is on stderr alone, one JSON object a line", async (test) => {
    const home = TestHome.make(test)
    home.stage("v2")
    const program = Program.run(home)
    const closed = new Promise((done) => program.child.once("close", done))
    await home.started("genesis")
    home.plan("v2", 10)
    await home.started("v2")
    await program.stop()
    await closed
    expect(program.stdout.length).toBe(0)
    const lines = program.stderr.split("\n").filter((line) => line !== "").map((line): unknown => JSON.parse(line))
    expect(lines.length).toBeGreaterThan(2)
    for (const line of lines) expect(line).toMatchObject({ message: expect.any(String) })
    expect(program.stderr).not.toContain("\u001b")
  })

  it("a log that nobody reads any more stops neither wemixvisor nor the node", async (test) => {
    const home = TestHome.make(test)
    home.stage("v2")
    const program = Program.run(home)
    await home.started("genesis")
    program.child.stderr.destroy()
    program.child.stdout.destroy()
    home.plan("v2", 10)
    const next = await home.started("v2")
    await home.answers(next, "alive")
    await program.stop()
    expect(home.starts()).toEqual(["genesis", "v2"])
  })
})
