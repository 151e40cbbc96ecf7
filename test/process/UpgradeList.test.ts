// `upgrade list` over a home in which releases stand in every way: each field of its answer, for a program and for a person.
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { type Behaviour, exits, foreignElf, steady } from "../support/FakeNode.ts"
import { journalOf } from "../support/kill/Verdict.ts"
import { ask, Program } from "../support/Program.ts"
import { type Occasion, TestHome } from "../support/TestHome.ts"

const listed = async (home: TestHome): Promise<ReadonlyArray<Readonly<Record<string, unknown>>>> => {
  const { code, stderr, stdout } = await ask(home, ["upgrade", "list", "-o", "json"])
  expect([code, stderr]).toEqual([0, ""])
  return JSON.parse(stdout)
}

const staged = async (home: TestHome, release: string, behaviour: Behaviour = steady): Promise<void> => {
  const path = join(home.root, `built-${release}`)
  home.put(path, behaviour(home, release))
  const { code, stderr } = await ask(home, ["upgrade", "add", release, path])
  expect(code, stderr).toBe(0)
}

/** v2 runs, v3 failed after it, the plan asks for v4; v5 to v7 were put there by hand: for another machine, not executable, as it should be. */
const furnished = async (test: Occasion): Promise<TestHome> => {
  const home = TestHome.make(test)
  await staged(home, "v2")
  await staged(home, "v3", exits(3))
  await staged(home, "v4")
  const program = Program.run(home, { env: { DAEMON_UPGRADE_PROBATION: "300ms" } })
  await home.started("genesis")
  home.plan("v2", 10)
  await home.becomes("v2 is applied", () => journalOf(home)?.applied.length === 1)
  home.plan("v3", 20)
  await home.started("v2", 2)
  await home.becomes("the failure is on record", () => journalOf(home)?.failed.length === 1)
  await program.stop()
  home.plan("v4", 30)
  home.put(home.binary("v5"), foreignElf(), 0o755)
  home.put(home.binary("v6"), steady(home, "v6"), 0o644)
  home.stage("v7")
  return home
}

const bytesOf = (home: TestHome, release: string): number => fs.statSync(home.binary(release)).size
const utc = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/** What is known of one that is as it should be and that nobody staged or ran. */
const byHand = (home: TestHome, name: string) => ({
  name, release: name === "genesis" ? name : `upgrades/${name}`, state: "staged", current: false, height: null, version: "fake-1.0.0", machine: "any", bytes: bytesOf(home, name),
  sha256: null, stagedAt: null, at: null, problem: null
})

/** The same of one that wemixvisor put there. */
const added = (home: TestHome, name: string) => ({
  ...byHand(home, name), sha256: createHash("sha256").update(fs.readFileSync(home.binary(name))).digest("hex"), stagedAt: expect.stringMatching(utc)
})

describe.concurrent("upgrade list", () => {
  it("has every field of each release, for a program and for a person", async (test) => {
    const home = await furnished(test)
    const releases = await listed(home)
    const journal = journalOf(home)
    expect(releases).toEqual([
      { ...byHand(home, "genesis"), state: "applied" },
      { ...added(home, "v2"), state: "current", current: true, height: "10", at: journal?.applied[0]?.at },
      { ...added(home, "v3"), state: "failed", height: "20", at: journal?.failed[0]?.at, problem: expect.stringMatching(/^the new release ended with code 3 after \d+ms$/) },
      { ...added(home, "v4"), state: "pending", height: "30" },
      { ...byHand(home, "v5"), version: null, machine: "s390x", bytes: 4096, problem: expect.stringMatching(`^${home.binary("v5")} is built for ELF s390x and this machine is `) },
      { ...byHand(home, "v6"), version: null, problem: `${home.binary("v6")} is not executable: chmod +x ${home.binary("v6")}` },
      byHand(home, "v7")
    ])
    const { code, stderr, stdout } = await ask(home, ["upgrade", "list"])
    expect([code, stderr]).toEqual([0, ""])
    expect(stdout.trimEnd().split("\n").map((line) => line.split(/ {2,}/))).toEqual([
      ["NAME", "STATE", "HEIGHT", "VERSION", "MACHINE", "BYTES", "SHA256", "STAGED", "SINCE", "PROBLEM"],
      ...releases.map(({ at, bytes, height, machine, name, problem, sha256, stagedAt, state, version }) =>
        [name, state, height, version, machine, bytes, typeof sha256 === "string" ? sha256.slice(0, 12) : null, stagedAt, at, problem].map((cell) => String(cell ?? "-")))
    ])
  })

  it("has the release that the plan asks for though it is not there, and one that is another than was staged", async (test) => {
    const home = TestHome.make(test)
    await staged(home, "v2")
    const was = added(home, "v2")
    fs.appendFileSync(home.binary("v2"), "# changed\n")
    home.plan("v3", 30)
    expect(await listed(home)).toEqual([
      { ...byHand(home, "genesis"), state: "current", current: true },
      { ...was, version: null, bytes: bytesOf(home, "v2"), problem: expect.stringMatching(`^${home.binary("v2")} was changed since it was staged: `) },
      {
        name: "v3", release: "upgrades/v3", state: "pending", current: false, height: "30", version: null, machine: null, bytes: null,
        sha256: null, stagedAt: null, at: null, problem: `there is no binary at ${home.binary("v3")}: put it there`
      }
    ])
  })
})
