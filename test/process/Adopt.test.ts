// A home that cosmovisor laid out is taken over and given back: who is asked, what is moved, and what is left when it is cut off anywhere.
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { isFull } from "../support/Account.ts"
import { cosmovisorHome, theirSettings, tree } from "../support/Cosmovisor.ts"
import { quote } from "../support/FakeNode.ts"
import { commandKilledAt, type Moment, passed } from "../support/kill/Hooked.ts"
import { ask, bundle, environment, Program } from "../support/Program.ts"
import { type Occasion, TestHome } from "../support/TestHome.ts"

const theirs = (home: TestHome, ...parts: ReadonlyArray<string>): string => join(home.path, "cosmovisor", ...parts)

/** Without the lock, which every wemixvisor leaves. */
const layout = (home: TestHome): ReadonlyArray<string> => tree(home).filter((line) => !/lock\.db/.test(line))

const adopted = async (test: Occasion): Promise<TestHome> => {
  const home = cosmovisorHome(test)
  const answer = await ask(home, ["adopt", "--yes"])
  expect(answer.code, answer.stderr).toBe(0)
  return home
}

describe.concurrent("adopt", () => {
  it("moves the settings aside and the directory to its new name, says so, and the node runs from there", async (test) => {
    const home = cosmovisorHome(test)
    const answer = await ask(home, ["adopt", "--yes"])
    expect([answer.code, answer.stderr]).toEqual([0, ""])
    expect(answer.stdout.split("\n").slice(0, 2)).toEqual([
      `renamed ${theirs(home, "config.toml")} to ${theirs(home, "config.toml.cosmovisor")}`,
      `renamed ${theirs(home)} to ${home.inside()}`
    ])
    expect([fs.existsSync(theirs(home)), home.current(), fs.readFileSync(home.inside("config.toml.cosmovisor"), "utf8")]).toEqual([false, "genesis", theirSettings])
    const program = Program.run(home)
    await home.started("genesis")
    await program.stop()
    expect(await ask(home, ["adopt", "--yes", "-o", "json"])).toMatchObject({ code: 0, stdout: "{\"moved\":[]}\n" })
  })

  it("without a terminal and without --yes shows the moves and does nothing, with 64", async (test) => {
    const home = cosmovisorHome(test)
    const before = layout(home)
    const answer = await ask(home, ["adopt"])
    expect([answer.code, answer.stdout]).toEqual([64, ""])
    expect(answer.stderr).toContain(`would rename ${theirs(home, "config.toml")} to ${theirs(home, "config.toml.cosmovisor")}`)
    expect(answer.stderr).toContain(`would rename ${theirs(home)} to ${home.inside()}`)
    expect(answer.stderr).toContain("--yes")
    expect(layout(home)).toEqual(before)
  })

  const answers = [
    { keys: "y", code: 0, moved: true },
    { keys: "n", code: 64, moved: false },
    { keys: "\r", code: 64, moved: false },
    { keys: "\x03", code: 64, moved: false }
  ]
  it.for(answers)("in a terminal asks, and after $keys ends with $code", async ({ code, keys, moved }, test) => {
    const home = cosmovisorHome(test)
    const before = layout(home)
    const line = `exec ${quote(process.execPath)} ${quote(bundle)} adopt`
    const script = spawn("script", ["-qefc", line, "/dev/null"], { env: { ...environment(home), TERM: "xterm", SHELL: "/bin/sh" }, stdio: ["pipe", "pipe", "inherit"] })
    let screen = ""
    script.stdout.setEncoding("utf8").on("data", (chunk: string) => screen += chunk)
    home.accounts.push(() => `the terminal showed:\n${screen}`)
    await home.becomes("it asks", () => screen.includes("Do it?"))
    expect(screen).toContain(`would rename ${theirs(home)} to ${home.inside()}`)
    expect(layout(home)).toEqual(before)
    script.stdin.write(keys)
    await home.becomes("the terminal ends", () => script.exitCode !== null)
    expect([script.exitCode, fs.existsSync(home.inside()), fs.existsSync(theirs(home))]).toEqual([code, moved, !moved])
    if (!moved) expect(layout(home)).toEqual(before)
  })

  it("is told of by every other command that does not find its own home", async (test) => {
    const home = cosmovisorHome(test)
    for (const words of [["run"], ["upgrade", "list"], ["backup", "create"]]) {
      expect(await ask(home, words), words.join(" ")).toMatchObject({ code: 66, stderr: expect.stringContaining("adopt") })
    }
  })
})

describe.concurrent("adopt --undo", () => {
  it("gives back what was taken over, with cosmovisor's settings, and keeps wemixvisor's beside them", async (test) => {
    const home = await adopted(test)
    fs.writeFileSync(home.inside("config.toml"), "daemon_shutdown_grace = \"1m\"\n")
    const answer = await ask(home, ["adopt", "--undo", "--yes"])
    expect(answer.code, answer.stderr).toBe(0)
    expect([fs.existsSync(home.inside()), fs.readFileSync(theirs(home, "config.toml"), "utf8"), fs.readlinkSync(theirs(home, "current"))]).toEqual([false, theirSettings, "genesis"])
    expect(fs.readFileSync(theirs(home, "config.toml.wemixvisor"), "utf8")).toContain("1m")
    expect((await ask(home, ["adopt", "--undo", "--yes"])).stdout).toContain("nothing to do")
  })

  it("without a terminal and without --yes shows the moves and does nothing, with 64", async (test) => {
    const home = await adopted(test)
    const before = layout(home)
    const answer = await ask(home, ["adopt", "--undo"])
    expect([answer.code, answer.stderr]).toEqual([64, expect.stringContaining(`would rename ${home.inside()} to ${theirs(home)}`)])
    expect(layout(home)).toEqual(before)
  })

  it("refuses while a wemixvisor runs, and while a node runs whose wemixvisor is gone: cosmovisor would start a second one", async (test) => {
    const home = await adopted(test)
    const program = Program.run(home)
    const node = await home.started("genesis")
    await home.becomes("the node is on record", () => fs.readFileSync(home.inside("state.json"), "utf8").includes(`"pid": ${node.pid}`))
    expect(await ask(home, ["adopt", "--undo", "--yes"])).toMatchObject({ code: 75, stderr: expect.stringContaining(`${program.pid}`) })
    await program.kill()
    expect(await ask(home, ["adopt", "--undo", "--yes"])).toMatchObject({ code: 75, stderr: expect.stringContaining(`${node.pid}`) })
    await home.answers(node, "alive")
    expect([home.current(), fs.existsSync(theirs(home))]).toEqual(["genesis", false])
    const next = Program.run(home)
    await next.logged(/took over/)
    await next.stop()
    expect((await ask(home, ["adopt", "--undo", "--yes"])).code).toBe(0)
  })
})

/** With settings of its own, and those that cosmovisor had. */
const takenOver = (test: Occasion): TestHome => {
  const home = cosmovisorHome(test)
  fs.renameSync(theirs(home), home.inside())
  fs.rmSync(home.inside("current"))
  fs.symlinkSync("genesis", home.inside("current"))
  fs.renameSync(home.inside("config.toml"), home.inside("config.toml.cosmovisor"))
  fs.writeFileSync(home.inside("config.toml"), "daemon_shutdown_grace = \"1m\"\n")
  return home
}

/** What is left once the command was killed at this moment, and done again. */
const cutOff = async (home: TestHome, words: ReadonlyArray<string>, at: Moment): Promise<ReadonlyArray<string>> => {
  expect(await commandKilledAt(home, words, at).end(), at).toBe("SIGKILL")
  const again = await ask(home, words)
  expect(again.code, `${at}: ${again.stderr}`).toBe(0)
  return layout(home)
}

describe.concurrent("killed at each of its calls and done again", () => {
  const commands = [
    { words: ["adopt", "--yes"], make: cosmovisorHome },
    { words: ["adopt", "--undo", "--yes"], make: takenOver }
  ]
  it.for(commands)("$words ends where it would have ended", async ({ make, words }, test) => {
    const whole = make(test)
    expect(await commandKilledAt(whole, words, "never").end()).toBe(0)
    const moments = passed(whole).filter((moment) => (isFull ? /./ : /^after \d+ (?:rename|link)/).test(moment))
    expect(moments.length).toBeGreaterThanOrEqual(3)
    for (const moment of moments) expect(await cutOff(make(test), words, moment), moment).toEqual(layout(whole))
  })
})

it("the answer names cosmovisor's settings where they lie afterwards", async (test) => {
  const home = cosmovisorHome(test)
  const { code, stderr, stdout } = await ask(home, ["adopt", "--yes"])
  expect(code, stderr).toBe(0)
  const settings = /^(\S+\.cosmovisor) has cosmovisor's settings/m.exec(stdout)?.[1] ?? ""
  expect(settings).toBe(home.inside("config.toml.cosmovisor"))
  expect(fs.existsSync(settings)).toBe(true)
})
