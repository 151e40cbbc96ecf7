// Descriptors that run out while the node runs: it runs on, or is up again as soon as there is one, the log names what could not be opened and why,
// and the upgrade follows by itself.
import { execFileSync } from "node:child_process"
import { describe, expect, it } from "vitest"
import { heldAt, letGo, passed } from "../support/kill/Hooked.ts"
import { journalOf } from "../support/kill/Verdict.ts"
import { Program } from "../support/Program.ts"
import { isAlive, type Line, TestHome } from "../support/TestHome.ts"

const env = { DAEMON_POLL_INTERVAL: "50ms", DAEMON_UPGRADE_PROBATION: "200ms" }

const limit = ({ pid }: Program, count: number): void => void execFileSync("prlimit", ["--pid", `${pid}`, `--nofile=${count}:`])

/** What is open stays so; nothing more can be opened. */
const usedUp = (program: Program): (() => void) => {
  limit(program, 3)
  return () => limit(program, 1024)
}

const confirmed = async (home: TestHome): Promise<Line> => {
  const node = await home.started("genesis")
  await home.becomes("the node is on record", () => journalOf(home)?.child?.identity?.pid === node.pid)
  return node
}

const endsWith = async (home: TestHome, program: Program, starts: ReadonlyArray<string>): Promise<void> => {
  await program.logged(/genesis -> v2 done/)
  await program.stop()
  expect(home.starts()).toEqual(starts)
  expect([home.current(), journalOf(home)?.applied.length]).toEqual(["upgrades/v2", 1])
  expect(program.stderr).not.toMatch(/^\s+at /m)
}

/** The upgrade to v2 comes as far as this call, and there are no descriptors any more when it goes on. */
const withoutDescriptorsFrom = async (home: TestHome, at: string) => {
  const program = heldAt(home, at, { env })
  const node = await confirmed(home)
  home.plan("v2", 10)
  await home.becomes("it is held there", () => passed(home).includes(at))
  const lifted = usedUp(program)
  letGo(home)
  return { lifted, node, program }
}

describe.concurrent("descriptors that are used up", () => {
  it("before the plan comes: the node runs on, and the upgrade follows", async (test) => {
    const home = TestHome.make(test)
    home.stage("v2")
    const program = Program.run(home, { env })
    const node = await confirmed(home)
    const lifted = usedUp(program)
    home.plan("v2", 10)
    await program.logged(RegExp(`cannot read ${home.planPath}: EMFILE`))
    await home.answers(node, "alive")
    expect(home.signals(node.pid)).toEqual([])
    lifted()
    await endsWith(home, program, ["genesis", "v2"])
  })

  it("while the upgrade is being recorded: the node runs on, and the upgrade follows", async (test) => {
    const home = TestHome.make(test)
    home.stage("v2")
    const at = "before 3 open wemixvisor/state.json.new"
    const { lifted, node, program } = await withoutDescriptorsFrom(home, at)
    await program.logged(RegExp(`cannot write ${home.inside("state.json.new")}: EMFILE`))
    await home.answers(node, "alive")
    expect(home.signals(node.pid)).toEqual([])
    lifted()
    await endsWith(home, program, ["genesis", "v2"])
  })

  it("while the node is being stopped for the upgrade: the old release runs as soon as it can be started, and the upgrade follows at its end", { timeout: 120_000 }, async (test) => {
    const home = TestHome.make(test)
    home.stage("v2")
    const at = "after 1 SIGTERM to the node"
    const { lifted, node, program } = await withoutDescriptorsFrom(home, at)
    await program.logged(/cannot go back to genesis: cannot sync \S+: EMFILE/)
    await home.becomes("the node has ended", () => !isAlive(node.pid))
    lifted()
    const next = await home.started("genesis", 2)
    await program.logged(RegExp(`started genesis, pid ${next.pid}`))
    // After a stop in vain the next one waits for a minute, or for the node's own end.
    home.tell("finish 0")
    await endsWith(home, program, ["genesis", "genesis", "v2"])
  })
})
