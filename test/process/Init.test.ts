// `init` and `version`: what they make, what they leave alone, what they refuse.
import * as fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { steady } from "../support/FakeNode.ts"
import { ask, Program, upgraded } from "../support/Program.ts"
import { TestHome } from "../support/TestHome.ts"

/** A binary somewhere else, not even executable. */
const binaryIn = (home: TestHome, name = "built", more = ""): string => {
  const path = join(home.root, name)
  home.put(path, `${steady(home, "genesis")}${more}`, 0o644)
  return path
}

/** Everything below a directory, with its content, mode and time. */
const snapshot = (directory: string): unknown =>
  fs.readdirSync(directory, { recursive: true, encoding: "utf8" }).sort().map((name) => {
    const path = join(directory, name)
    const { mode, mtimeMs, ino } = fs.lstatSync(path)
    return [name, mode, ino, fs.lstatSync(path).isFile() ? [mtimeMs, fs.readFileSync(path, "latin1")] : []]
  })

describe.concurrent("init", () => {
  it("lays out a home that runs: the binary copied and executable, `current` a relative link to genesis", async (test) => {
    const home = TestHome.empty(test)
    const built = binaryIn(home)
    const answer = await ask(home, ["init", built])
    expect(answer.code, answer.stderr).toBe(0)
    expect(fs.readFileSync(home.binary("genesis"))).toEqual(fs.readFileSync(built))
    expect(fs.statSync(home.binary("genesis")).mode & 0o111).toBe(0o111)
    expect(home.current()).toBe("genesis")
    const program = Program.run(home)
    await home.started("genesis")
    await program.stop()
  })

  it("makes the home itself when it is not there", async (test) => {
    const home = TestHome.empty(test)
    fs.rmdirSync(home.path)
    expect((await ask(home, ["init", binaryIn(home)])).code).toBe(0)
    expect(home.current()).toBe("genesis")
  })

  it("done again while the node runs finds nothing to do, and with another binary names the home that is in use", async (test) => {
    const home = TestHome.empty(test)
    const built = binaryIn(home)
    await ask(home, ["init", built])
    const program = Program.run(home)
    await home.started("genesis")
    expect(await ask(home, ["init", built])).toMatchObject({ code: 0, stdout: "nothing to do: the home is as it should be\n" })
    const refused = await ask(home, ["init", "--force", binaryIn(home, "other", "\n")])
    expect(refused.stderr).toContain(`another wemixvisor, pid ${program.pid}, owns the home ${home.path}: stop that one first`)
    expect(refused.code).toBe(75)
    await program.stop()
  })

  it("done again with the same binary changes nothing", async (test) => {
    const home = TestHome.empty(test)
    const built = binaryIn(home)
    await ask(home, ["init", built])
    const before = snapshot(home.path)
    expect((await ask(home, ["init", built])).code).toBe(0)
    expect(snapshot(home.path)).toEqual(before)
  })

  it("refuses another binary, and takes it with --force", async (test) => {
    const home = TestHome.empty(test)
    await ask(home, ["init", binaryIn(home)])
    const before = snapshot(home.path)
    const other = binaryIn(home, "other", "# another\n")
    const refused = await ask(home, ["init", other])
    expect(refused.code).not.toBe(0)
    expect(refused.stderr).toContain("--force")
    expect(snapshot(home.path)).toEqual(before)
    expect((await ask(home, ["init", "--force", other])).code).toBe(0)
    expect(fs.readFileSync(home.binary("genesis"))).toEqual(fs.readFileSync(other))
  })

  it("with --force never moves `current` of a home that was upgraded", async (test) => {
    const home = TestHome.make(test)
    await upgraded(home)
    await ask(home, ["init", "--force", binaryIn(home, "other", "# another\n")])
    expect(home.current()).toBe("upgrades/v2")
  })

  it("links a `current` that is missing to what ran last, and never guesses genesis", async (test) => {
    const home = TestHome.make(test)
    await upgraded(home)
    fs.rmSync(home.inside("current"))
    const answer = await ask(home, ["init", home.binary("genesis")])
    expect(answer).toMatchObject({ code: 0, stdout: `linked ${home.inside("current")} to upgrades/v2, which ran last\n` })
    expect(home.current()).toBe("upgrades/v2")
  })

  it("links nothing where something has run and nobody knows what: 66", async (test) => {
    const home = TestHome.make(test)
    home.stage("v2")
    fs.rmSync(home.inside("current"))
    fs.writeFileSync(home.inside("upgrades", "v2", "upgrade-info.json"), `{"name":"v2","height":10}`)
    const answer = await ask(home, ["init", home.binary("genesis")])
    expect(answer.code).toBe(66)
    expect(answer.stderr).toContain(`ln -s upgrades/<name> ${home.inside("current")}`)
    expect(fs.existsSync(home.inside("current"))).toBe(false)
  })

  it.for(["missing", "."])("refuses %j, which is no binary, with 66 and leaves no half-made home", async (name, test) => {
    const home = TestHome.empty(test)
    const answer = await ask(home, ["init", join(home.root, name)])
    expect(answer.code).toBe(66)
    expect(answer.stderr).toContain(join(home.root, name))
    expect(fs.existsSync(home.binary("genesis"))).toBe(false)
  })

  it("offers the move of a home laid out by cosmovisor", async (test) => {
    const home = TestHome.empty(test)
    home.put(join(home.path, "cosmovisor", "genesis", "bin", home.name), steady(home, "genesis"), 0o755)
    const answer = await ask(home, ["init", binaryIn(home)])
    expect([answer.code, answer.stdout, fs.readdirSync(home.path)]).toEqual([66, "", ["cosmovisor"]])
    expect(answer.stderr).toContain(`wemixvisor adopt, which renames ${join(home.path, "cosmovisor")} to ${home.inside()}`)
  })

  it("without a binary is wrong usage: 64", async (test) => {
    const home = TestHome.empty(test)
    expect((await ask(home, ["init"])).code).toBe(64)
  })
})

describe.concurrent("version", () => {
  it("says wemixvisor's version and the current release's, and nothing else on stdout", async (test) => {
    const home = TestHome.make(test, () => "#!/bin/sh\n[ \"$1\" = version ] && echo v1.2.3\nexit 0\n")
    const plain = await ask(home, ["version"])
    expect(plain.code).toBe(0)
    expect(plain.stdout).toMatch(/\d+\.\d+\.\d+/)
    const json = await ask(home, ["version", "-o", "json"])
    expect(json.code).toBe(0)
    const answer: unknown = JSON.parse(json.stdout)
    expect(answer).toEqual(expect.any(Object))
    expect(json.stdout.trim().split("\n").length).toBe(1)
    expect(json.stdout).toMatch(/"\d+\.\d+\.\d+[^"]*"/)
  })

  it("says wemixvisor's version where there is no home", async (test) => {
    const home = TestHome.empty(test)
    const answer = await ask(home, ["version", "-o", "json"])
    expect(answer.stdout).toMatch(/\d+\.\d+\.\d+/)
  })
})
