// `upgrade rehearse`: the operator's hooks on a throw-away home, and the real one byte for byte as it was, whatever happens to the rehearsal.
import * as fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { tree } from "../support/Cosmovisor.ts"
import { hook, open, shut, told } from "../support/HookScripts.ts"
import { ask, Program } from "../support/Program.ts"
import { type Occasion, TestHome } from "../support/TestHome.ts"

const on = { UNSAFE_SKIP_BACKUP: "false", DAEMON_BACKUP: "copy", DAEMON_PREUPGRADE: "true", DAEMON_PREUPGRADE_MAX_RETRIES: "1" }
const words = ["upgrade", "rehearse", "v2", "-o", "json"]

const furnished = (test: Occasion): TestHome => {
  const home = TestHome.make(test)
  home.stage("v2")
  home.put(join(home.path, "data", "blocks"), "blocks")
  for (const stage of ["pre-stop", "pre-upgrade", "post-upgrade", "on-failure"] as const) hook(home, stage)
  return home
}

const ran = (home: TestHome): ReadonlyArray<string> => home.lines("hook").flatMap(({ detail, release }) => detail === "ended" ? [release] : [])

describe.concurrent("upgrade rehearse", () => {
  it("runs the hooks in their order on a home of its own, says how long it takes, and leaves the real one as it was", async (test) => {
    const home = furnished(test)
    const before = tree(home)
    const answer = await ask(home, words, on)
    expect(answer.code, answer.stderr).toBe(0)
    expect(JSON.parse(answer.stdout)).toMatchObject({ name: "v2", done: true, why: null, problem: null, backup: { method: "copy", files: 1, bytes: 6, isEnough: true } })
    expect(ran(home)).toEqual(["pre-stop", "pre-upgrade", "post-upgrade"])
    expect(told(home, "pre-upgrade")).toMatchObject({ PLAN: "v2", HEIGHT: "1", HOME: expect.stringContaining(".rehearsal") })
    expect(tree(home)).toEqual(before)
    expect([home.starts(), home.processes()]).toEqual([[], []])
  })

  it("while a node runs leaves it alone, and its plan", async (test) => {
    const home = furnished(test)
    const program = Program.run(home, { env: on })
    const node = await home.started("genesis")
    await home.becomes("the node is on record", () => fs.readFileSync(home.inside("state.json"), "utf8").includes(`"pid": ${node.pid}`))
    const before = tree(home)
    expect((await ask(home, words, on)).code).toBe(0)
    await home.answers(node, "alive")
    expect([tree(home), home.signals(node.pid), home.starts(), program.isRunning]).toEqual([before, [], ["genesis"], true])
    await program.stop()
  })

  it("ends with 1 when a hook fails, says which, and leaves the real home as it was", async (test) => {
    const home = furnished(test)
    hook(home, "pre-upgrade", "exit 7")
    const before = tree(home)
    const answer = await ask(home, words, on)
    expect([answer.code, JSON.parse(answer.stdout)]).toEqual([1, expect.objectContaining({ done: false, why: expect.stringContaining("ended with code 7") })])
    expect(ran(home)).toEqual(["pre-stop", "on-failure"])
    expect([tree(home), home.processes()]).toEqual([before, []])
  })

  it.for(["SIGTERM", "SIGINT"] as const)("that is interrupted by %s in a hook ends that, and leaves the real home as it was", async (signal, test) => {
    const home = furnished(test)
    shut(home)
    const before = tree(home)
    const program = new Program(home, words, { env: on })
    await home.line("a hook has begun", ({ event }) => event === "hook")
    program.signal(signal)
    expect(await program.end()).not.toBe(0)
    expect([tree(home), home.processes()]).toEqual([before, []])
    expect(home.lines("hook").map(({ detail }) => detail.replace(/ .*-1$/, ""))).toEqual(["began", "ended by TERM"])
  })

  it("that was killed is cleared away by the next one, with what it left running", async (test) => {
    const home = furnished(test)
    const before = tree(home)
    shut(home)
    const program = new Program(home, words, { env: on })
    await home.line("a hook has begun", ({ event }) => event === "hook")
    await program.kill()
    open(home)
    expect((await ask(home, words, on)).code).toBe(0)
    expect([tree(home), home.processes()]).toEqual([before, []])
  })
})
