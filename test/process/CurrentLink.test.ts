// Homes that are not what they should be: missing, laid out by another program, or without a `current` that can be trusted.
import * as fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { steady } from "../support/FakeNode.ts"
import { ask, Program, upgraded } from "../support/Program.ts"
import { TestHome } from "../support/TestHome.ts"

const refused = async (home: TestHome, ...words: ReadonlyArray<string>): Promise<void> => {
  const answer = await ask(home, ["run"])
  expect(answer.code).toBe(66)
  for (const word of words) expect(answer.stderr).toContain(word)
  expect(answer.stderr).not.toMatch(/^\s+at /m)
}

describe.concurrent("run is refused with 66", () => {
  it("where there is no home", async (test) => {
    const home = TestHome.empty(test)
    fs.rmdirSync(home.path)
    await refused(home, home.path)
    expect(fs.existsSync(home.path)).toBe(false)
  })

  it("where the home is empty", async (test) => {
    const home = TestHome.empty(test)
    await refused(home, home.path)
  })

  it("where the binary is missing", async (test) => {
    const home = TestHome.make(test)
    fs.rmSync(home.binary("genesis"))
    await refused(home, "genesis/bin/node")
  })

  it("in a home laid out by cosmovisor, which it names", async (test) => {
    const home = TestHome.empty(test)
    home.put(join(home.path, "cosmovisor", "genesis", "bin", home.name), steady(home, "genesis"), 0o755)
    await refused(home, "cosmovisor")
    expect(fs.existsSync(home.inside())).toBe(false)
  })

  it("where `current` leads nowhere, and removes nothing", async (test) => {
    const home = TestHome.make(test)
    fs.rmSync(home.inside("current"))
    fs.symlinkSync("upgrades/gone", home.inside("current"))
    await refused(home, home.inside("current"))
    expect(home.current()).toBe("upgrades/gone")
    expect(home.starts()).toEqual([])
  })

  it("where `current` is a directory, and removes nothing", async (test) => {
    const home = TestHome.make(test)
    fs.rmSync(home.inside("current"))
    fs.cpSync(home.inside("genesis"), home.inside("current"), { recursive: true })
    await refused(home, home.inside("current"))
    expect(fs.lstatSync(home.inside("current")).isDirectory()).toBe(true)
  })

  it("where `current` is missing, something ran, and nothing says what", async (test) => {
    const home = TestHome.make(test)
    home.stage("v2")
    home.put(join(home.release("v2"), "upgrade-info.json"), JSON.stringify({ name: "v2", height: 10 }))
    fs.rmSync(home.inside("current"))
    await refused(home, home.inside("current"))
    expect(home.current()).toBe(undefined)
    expect(home.starts()).toEqual([])
  })
})

describe.concurrent("a `current` that is missing", () => {
  it("in a home where nothing ran yet is genesis", async (test) => {
    const home = TestHome.make(test)
    home.stage("v2")
    fs.rmSync(home.inside("current"))
    const program = Program.run(home)
    await home.started("genesis")
    expect(home.current()).toBe("genesis")
    await program.stop()
  })

  it("where something ran is what ran last, with a warning, and never genesis", async (test) => {
    const home = TestHome.make(test)
    await upgraded(home)
    fs.rmSync(home.inside("current"))
    const program = Program.run(home)
    await home.started("v2", 2)
    expect(home.current()).toBe("upgrades/v2")
    await program.logged(/warn/i)
    await program.stop()
    expect(home.starts()).toEqual(["v2", "v2"])
  })
})

describe.concurrent("a home that was upgraded", () => {
  it("starts the upgrade's release, and does not carry the same plan out again", async (test) => {
    const home = TestHome.make(test)
    await upgraded(home)
    const program = Program.run(home)
    await home.started("v2", 2)
    await program.stop()
    expect(home.starts()).toEqual(["v2", "v2"])
  })

  it("is not taken back by an older plan", async (test) => {
    const home = TestHome.make(test)
    await upgraded(home)
    home.stage("v1")
    home.plan("v1", 9)
    const program = Program.run(home)
    await home.started("v2", 2)
    await program.stop()
    expect(home.current()).toBe("upgrades/v2")
    expect(home.starts()).toEqual(["v2", "v2"])
  })

  it("with a state file that cannot be read says so, and never falls back to genesis", async (test) => {
    const home = TestHome.make(test)
    await upgraded(home)
    fs.writeFileSync(home.inside("state.json"), "{")
    const program = Program.run(home)
    const started = home.started("v2", 2).catch(() => undefined)
    await Promise.race([started, program.exit])
    await program.logged(/state\.json/)
    expect(home.starts()).not.toContain("genesis")
    if (program.isRunning) await program.stop()
    else expect(await program.end()).not.toBe(0)
  })
})
