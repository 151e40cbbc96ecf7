// Few descriptors: a low limit under which all works, and one so low that wemixvisor says what is wrong and starts nothing.
import { expect, it } from "vitest"
import { Program } from "../support/Program.ts"
import { TestHome } from "../support/TestHome.ts"

const limited = (count: number): ReadonlyArray<string> => ["sh", "-c", "ulimit -n \"$0\" && exec \"$@\"", `${count}`]

it("with 32 descriptors the node is started, upgraded, started again after a failure, and stopped", async (test) => {
  const home = TestHome.make(test)
  home.stage("v2")
  const program = Program.run(home, { within: limited(32), env: { DAEMON_UPGRADE_PROBATION: "200ms" } })
  await home.started("genesis")
  home.plan("v2", 10)
  await home.started("v2")
  await program.logged(/genesis -> v2 done/)
  home.tell("finish 1")
  await home.started("v2", 2)
  await program.logged(/started v2, pid \d+, after/)
  await program.stop()
  expect(home.starts()).toEqual(["genesis", "v2", "v2"])
  expect(program.stderr).not.toContain("EMFILE")
})

it("with 23 descriptors nothing is started, and the end says which file could not be opened and why", async (test) => {
  const home = TestHome.make(test)
  const program = Program.run(home, { within: limited(23) })
  const code = await program.end()
  expect([66, 78]).toContain(code)
  await home.becomes("the error is there", () => /cannot (?:read|lock) \S+: EMFILE/.test(program.stderr))
  expect(program.stderr).not.toMatch(/^\s+at /m)
  expect(home.starts()).toEqual([])
})
