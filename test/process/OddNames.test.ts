// Names that trip programs: a home with spaces, `%` and non-ASCII characters in its path, plans whose names are no file names.
import * as fs from "node:fs"
import { describe, expect, it } from "vitest"
import { ask, Program } from "../support/Program.ts"
import { TestHome } from "../support/TestHome.ts"

describe.concurrent("a home with an odd path", () => {
  it.for(["with some spaces", "100%25 %s %2F", "위믹스 ünï✓", "quo'te\"s $HOME `x` \\", "-rf", "a\nb"])("%j: init, run and upgrade work", async (directory, test) => {
    const home = TestHome.empty(test, directory)
    home.stage("genesis")
    fs.mkdirSync(`${home.path}/data`)
    home.stage("v2")
    const program = Program.run(home)
    await home.started("genesis")
    expect(home.current()).toBe("genesis")
    home.plan("v2", 10)
    const next = await home.started("v2")
    expect(home.current()).toBe("upgrades/v2")
    await home.answers(next, "alive")
    await program.stop()
    const config = await ask(home, ["config", "-o", "json"])
    expect(config.code).toBe(0)
    expect(config.stdout).toContain(JSON.stringify(home.path))
  })
})

describe.concurrent("a plan with an odd name", () => {
  it.for([
    ["some spaces", "some%20spaces"],
    ["a/b", "a%2Fb"],
    ["100%", "100%25"],
    ["../../escape", "..%2F..%2Fescape"],
    ["위믹스", "%EC%9C%84%EB%AF%B9%EC%8A%A4"],
    ["V2.0-RC", "V2.0-RC"]
  ] as const)("%j runs from the directory %j", async ([name, directory], test) => {
    const home = TestHome.make(test)
    home.stage(directory)
    const program = Program.run(home)
    await home.started("genesis")
    home.plan(name, 10)
    await home.started(directory)
    expect(home.current()).toBe(`upgrades/${directory}`)
    await program.stop()
  })

  it("finds a directory that differs only in case", async (test) => {
    const home = TestHome.make(test)
    home.stage("v2-rc")
    const program = Program.run(home)
    await home.started("genesis")
    home.plan("V2-RC", 10)
    await home.started("v2-rc")
    expect(home.current()).toBe("upgrades/v2-rc")
    await program.stop()
  })

  it.for([".", "..", "", "a\nb", "x".repeat(256), "ü".repeat(50)])("%j is refused, and neither wemixvisor nor the node minds", async (name, test) => {
    const home = TestHome.make(test)
    home.stage("v2")
    const program = Program.run(home)
    const node = await home.started("genesis")
    const before = program.stderr.length
    home.plan(name, 10)
    await home.becomes("the log says so", () => program.stderr.length > before)
    await home.answers(node, "alive")
    home.plan("v2", 10)
    await home.started("v2")
    await program.stop()
    expect(home.starts()).toEqual(["genesis", "v2"])
  })
})
