// wemixvisor is killed in the middle of an upgrade: the next start ends it well, and two nodes never run at once.
import * as fs from "node:fs"
import { setTimeout as delay } from "node:timers/promises"
import { describe, expect, it } from "vitest"
import { exits, stubborn } from "../support/FakeNode.ts"
import { Program } from "../support/Program.ts"
import { isAlive, TestHome } from "../support/TestHome.ts"

const living = (home: TestHome): ReadonlyArray<string> =>
  home.lines("started").filter((line) => isAlive(line.pid)).map((line) => line.release)

/** The home is at rest: one node runs, of the release that `current` names. */
const settlesOn = async (home: TestHome, release: string): Promise<void> => {
  await home.becomes(`only ${release} runs`, () => living(home).join() === release)
  expect(home.current()).toBe(`upgrades/${release}`)
  expect(fs.existsSync(home.binary(release))).toBe(true)
}

/** Before that, wemixvisor may not hear a signal yet: Node itself needs its time to start. */
const tellsOf = (home: TestHome, program: Program): Promise<true> =>
  home.becomes("the log tells of the node", () => home.lines("started").some((line) => isAlive(line.pid) && program.stderr.includes(`${line.pid}`)))

/** A further start finds nothing left to do. */
const staysSettledOn = async (home: TestHome, release: string): Promise<void> => {
  const before = home.starts().length
  const program = Program.run(home)
  await home.becomes("one more start", () => home.starts().length === before + 1)
  await program.stop()
  expect(home.starts().at(-1)).toBe(release)
}

describe.concurrent("wemixvisor killed", () => {
  it.for(["which still stops", "which has ended meanwhile"] as const)("while it stops the node, %s: the upgrade is finished by the next one", async (when, test) => {
    const home = TestHome.make(test, stubborn)
    home.stage("v2")
    const first = Program.run(home)
    const node = await home.started("genesis")
    home.plan("v2", 10)
    await home.signalled(node.pid, "TERM 1")
    await first.kill()
    if (when === "which has ended meanwhile") {
      home.tell("finish 0")
      await home.becomes("the node is gone", () => !isAlive(node.pid))
    }
    const second = Program.run(home)
    if (when === "which still stops") {
      await second.logged(new RegExp(`\\b${node.pid}\\b`))
      await home.answers(node, "alive")
      expect(home.starts()).toEqual(["genesis"])
      home.tell("finish 0")
    }
    await settlesOn(home, "v2")
    await second.stop()
    expect(home.starts()).toEqual(["genesis", "v2"])
    expect(["TERM 1", "TERM 1,TERM 2"], "asked again at most once, by the one that cannot know").toContain(home.signals(node.pid).join())
    await staysSettledOn(home, "v2")
  })

  it.for(["and the new release lives", "and the new release has ended meanwhile"] as const)("in the probation, %s: the upgrade comes to its end", async (when, test) => {
    const home = TestHome.make(test)
    home.stage("v2")
    const env = { DAEMON_UPGRADE_PROBATION: "2s" }
    const first = Program.run(home, { env })
    await home.started("genesis")
    home.plan("v2", 10)
    const next = await home.started("v2")
    await first.kill()
    if (when === "and the new release has ended meanwhile") {
      process.kill(next.pid, "SIGKILL")
      await home.becomes("the new release is gone", () => !isAlive(next.pid))
    }
    const second = Program.run(home, { env })
    const outcome = when === "and the new release lives" ? ["v2"] : ["v2", "genesis"]
    await home.becomes("one node runs, of the release that `current` names", () => {
      const [only, ...others] = living(home)
      return others.length === 0 && only !== undefined && outcome.includes(only) && home.current() === (only === "genesis" ? only : `upgrades/${only}`)
    })
    await home.stays("it stays so beyond the probation", 2500, () => living(home).length === 1)
    await second.stop()
  })

  it("in the probation of a bad release: the old one runs in the end", async (test) => {
    const home = TestHome.make(test)
    home.stage("bad")
    const env = { DAEMON_UPGRADE_PROBATION: "1m" }
    const first = Program.run(home, { env })
    await home.started("genesis")
    home.plan("bad", 10)
    await home.started("bad")
    await first.kill()
    home.stage("bad", exits(1))
    home.tell("finish 1")
    await home.becomes("the bad release is gone", () => living(home).length === 0)
    const second = Program.run(home, { env })
    await home.becomes("the old release runs", () => living(home).join() === "genesis" && home.current() === "genesis")
    await second.stop()
  })
})

describe("wemixvisor killed at any moment of an upgrade", () => {
  const moments = [0, 2, 4, 6, 8, 10, 12, 15, 18, 22, 27, 35]
  it.for(moments)("%i ms after the plan: the next one finishes it", async (moment, test) => {
    const home = TestHome.make(test)
    home.stage("v2")
    const first = Program.run(home)
    await home.started("genesis")
    home.plan("v2", 10)
    await delay(moment)
    await first.kill()
    expect(fs.statSync(home.inside("current", "bin", home.name)).isFile()).toBe(true)
    const second = Program.run(home)
    await settlesOn(home, "v2")
    await tellsOf(home, second)
    await second.stop()
    expect(new Set(home.lines("signal").map((line) => line.detail.split(" ")[0]))).toEqual(new Set(["TERM"]))
    await staysSettledOn(home, "v2")
  })
})
