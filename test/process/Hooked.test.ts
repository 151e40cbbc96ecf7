// What an upgrade does besides the switch, with real programs: hooks, the backup, the pre-upgrade command; stopped and killed in the middle of each.
import * as fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { shortLived, steady } from "../support/FakeNode.ts"
import { command, hook, open, shut, told } from "../support/HookScripts.ts"
import { journalOf } from "../support/kill/Verdict.ts"
import { ask, Program } from "../support/Program.ts"
import { type Occasion, TestHome } from "../support/TestHome.ts"

const on = { UNSAFE_SKIP_BACKUP: "false", DAEMON_BACKUP: "copy", DAEMON_PREUPGRADE: "true" }

const backups = (home: TestHome): string => join(home.path, "backups")
const inBackups = (home: TestHome): ReadonlyArray<string> => fs.existsSync(backups(home)) ? fs.readdirSync(backups(home)) : []
const events = (home: TestHome, ...kinds: ReadonlyArray<string>): ReadonlyArray<string> =>
  home.lines().filter(({ event }) => kinds.includes(event)).map(({ detail, event, release }) => [event, release, ...event === "started" ? [] : [detail.split(" ")[0]]].join(" "))

/** Data, and a release with a command of its own. */
const furnished = (test: Occasion): TestHome => {
  const home = TestHome.make(test)
  home.put(join(home.path, "data", "blocks"), "blocks")
  home.put(home.binary("v2"), command(home, steady(home, "v2")), 0o755)
  return home
}

/** Everything that an upgrade makes is there and whole. */
const isUpgraded = async (home: TestHome): Promise<void> => {
  await home.becomes("v2 runs and is on record", () => journalOf(home)?.applied.length === 1)
  const [backup = "", ...others] = inBackups(home)
  expect(others).toEqual([])
  expect((await ask(home, ["backup", "verify", backup])).code).toBe(0)
  expect([home.current(), journalOf(home)?.applied[0]?.backup, journalOf(home)?.inFlight]).toEqual(["upgrades/v2", backup, undefined])
  expect(fs.readFileSync(join(backups(home), backup, "data", "blocks"), "utf8")).toBe("blocks")
}

/** Where an upgrade can be met that takes its time: how that is brought about, how it shows, and how it is ended. */
interface Moment {
  readonly name: string
  readonly prepare: (home: TestHome) => void
  readonly isThere: (home: TestHome) => boolean
  readonly clear: (home: TestHome) => void
}

const atTheGate = (name: string, prepare: (home: TestHome) => void): Moment => ({
  name,
  prepare: (home) => {
    prepare(home)
    shut(home)
  },
  isThere: (home) => home.lines("hook").some(({ detail }) => detail.startsWith("began")),
  clear: open
})

const hole = (home: TestHome): string => join(home.path, "data", "hole")

const moments: ReadonlyArray<Moment> = [
  atTheGate("the pre-stop hooks", (home) => hook(home, "pre-stop")),
  {
    name: "the backup",
    // Takes no room, and half a minute to read.
    prepare: (home) => {
      fs.writeFileSync(hole(home), "")
      fs.truncateSync(hole(home), 64 * 2 ** 30)
    },
    isThere: (home) => inBackups(home).some((name) => name.endsWith(".new")),
    clear: (home) => fs.rmSync(hole(home))
  },
  atTheGate("the pre-upgrade hooks", (home) => hook(home, "pre-upgrade")),
  atTheGate("the pre-upgrade command", () => {})
]

/** An upgrade that has come as far as this moment. */
const cameTo = async (test: Occasion, { isThere, prepare }: Moment) => {
  const home = furnished(test)
  prepare(home)
  const program = Program.run(home, { env: on })
  const node = await home.started("genesis")
  home.plan("v2", 10)
  await home.becomes("it is there", () => isThere(home))
  return { home, program, node }
}

describe.concurrent("a stop request", () => {
  it.for(moments)("during $name ends with 0, the old release in place, nothing half done; the next start does it all", async (moment, test) => {
    const { home, node, program } = await cameTo(test, moment)
    await program.stop()
    expect([home.starts(), home.signals(node.pid), home.current()]).toEqual([["genesis"], ["TERM 1"], "genesis"])
    expect(home.processes(), "whoever was at it is gone").toEqual([])
    expect(inBackups(home).filter((name) => name.startsWith("."))).toEqual([])
    expect([journalOf(home)?.inFlight, journalOf(home)?.failed, journalOf(home)?.child]).toEqual([undefined, [], undefined])
    expect(home.lines("hook").filter(({ detail }) => !detail.startsWith("began")).every(({ detail }) => detail === "ended by TERM")).toBe(true)
    for (const name of inBackups(home)) fs.rmSync(join(backups(home), name), { recursive: true })
    moment.clear(home)
    const next = Program.run(home, { env: on })
    await home.started("v2")
    await isUpgraded(home)
    await next.stop()
  })
})

describe.concurrent("wemixvisor killed", () => {
  it.for(moments)("during $name: the next one ends what was left of it, and finishes the upgrade", async (moment, test) => {
    const { home, node, program } = await cameTo(test, moment)
    await program.kill()
    const left = home.lines("hook").map(({ pid }) => pid)
    if (moment.name === "the backup") moment.clear(home)
    const next = Program.run(home, { env: on })
    if (moment.name !== "the backup") {
      await home.line("what was left is ended first", ({ detail, event, pid }) => event === "hook" && left.includes(pid) && detail === "ended by TERM")
      moment.clear(home)
    }
    await home.started("v2")
    await isUpgraded(home)
    await next.stop()
    expect([home.starts(), home.signals(node.pid)]).toEqual([["genesis", "v2"], ["TERM 1"]])
    const keys = home.lines("hook").flatMap(({ detail, release }) => detail.startsWith("began ") && release !== "command" ? [detail] : [])
    expect(keys.length === 0 || (keys.length === 2 && keys[0] === keys[1]), "a hook that runs again is told so by its key").toBe(true)
  })
})

const stages = ["pre-stop", "pre-upgrade", "post-upgrade", "on-failure"] as const

describe.concurrent("the hooks", () => {
  it("of a good upgrade are run in their order, each with what it must know", async (test) => {
    const home = furnished(test)
    for (const stage of stages) hook(home, stage)
    const program = Program.run(home, { env: on })
    await home.started("genesis")
    home.plan("v2", 10, { info: "see the forum" })
    await home.line("the last hook ends", ({ detail, event, release }) => event === "hook" && release === "post-upgrade" && detail === "ended")
    expect(events(home, "hook", "signal", "ended", "started")).toEqual([
      "started genesis", "hook pre-stop began", "hook pre-stop ended", "signal genesis TERM", "ended genesis 0",
      "hook pre-upgrade began", "hook pre-upgrade ended", "hook command began", "hook command ended", "started v2", "hook post-upgrade began", "hook post-upgrade ended"
    ])
    const [backup = ""] = inBackups(home)
    const known = {
      PLAN: "v2", HEIGHT: "10", FROM: "genesis", TO: "v2", FROM_BINARY: home.binary("genesis"), TO_BINARY: home.binary("v2"), HOME: home.path, ATTEMPT: "1", WHY: "",
      KEY: `${journalOf(home)?.applied[0]?.upgrade.digest.slice(0, 16)}-1`, ARGUMENTS: "v2 10", INPUT: "{\"name\":\"v2\",\"height\":10,\"info\":\"see the forum\"}"
    }
    expect(told(home, "pre-stop")).toEqual({ ...known, HOOK: "pre-stop", BACKUP: "" })
    expect(told(home, "pre-upgrade")).toEqual({ ...known, HOOK: "pre-upgrade", BACKUP: join(backups(home), backup) })
    expect(told(home, "post-upgrade")).toEqual({ ...known, HOOK: "post-upgrade", BACKUP: join(backups(home), backup) })
    await program.stop()
  })

  it("of a release that fails in its probation: those for a failure are told why, and the old release runs", async (test) => {
    const home = furnished(test)
    home.put(home.binary("v2"), command(home, shortLived(home, "v2")), 0o755)
    for (const stage of stages) hook(home, stage)
    const program = Program.run(home, { env: { ...on, DAEMON_UPGRADE_PROBATION: "1m" } })
    await home.started("genesis")
    home.plan("v2", 10)
    await home.started("genesis", 2)
    await home.line("the last hook ends", ({ detail, event, release }) => event === "hook" && release === "on-failure" && detail === "ended")
    expect(home.lines("hook").filter(({ detail }) => detail === "ended").map(({ release }) => release)).toEqual(["pre-stop", "pre-upgrade", "command", "on-failure"])
    const [backup = ""] = inBackups(home)
    expect(told(home, "on-failure")).toMatchObject({ HOOK: "on-failure", PLAN: "v2", BACKUP: join(backups(home), backup), ATTEMPT: "1", WHY: expect.stringContaining("code 1") })
    expect(program.stderr).toContain(`wemixvisor backup restore ${backup}`)
    expect([home.current(), journalOf(home)?.failed.map(({ backup, upgrade: { name } }) => [name, backup])]).toEqual(["genesis", [["v2", backup]]])
    await program.stop()
  })

  it("before the switch that fail keep the old release: it is started again, and the plan is not tried again", async (test) => {
    const home = furnished(test)
    hook(home, "pre-upgrade", "exit 7")
    hook(home, "on-failure", "exit 8")
    const program = Program.run(home, { env: on })
    await home.started("genesis")
    home.plan("v2", 10)
    await home.started("genesis", 2)
    await program.logged(/on-failure: .* ended with code 8/)
    expect(told(home, "on-failure")["WHY"]).toContain("ended with code 7")
    expect([home.starts(), home.current(), journalOf(home)?.failed.length]).toEqual([["genesis", "genesis"], "genesis", 1])
    await program.stop()
  })

  it("a plan that failed is tried again when the operator says so, while wemixvisor runs", async (test) => {
    const home = furnished(test)
    const broken = join(home.root, "broken")
    fs.writeFileSync(broken, "")
    hook(home, "pre-upgrade", `[[ ! -e ${broken} ]] || exit 7`)
    const program = Program.run(home, { env: on })
    await home.started("genesis")
    expect(JSON.parse((await ask(home, ["upgrade", "show", "-o", "json"])).stdout)).toMatchObject({ plan: null, problem: null })
    expect(await ask(home, ["upgrade", "retry", "v2"])).toMatchObject({ code: 64, stderr: expect.stringContaining("asks for no upgrade") })
    home.plan("v2", 10)
    await home.started("genesis", 2)
    await home.becomes("the failure is on record", () => journalOf(home)?.failed.length === 1)
    const first = told(home, "pre-upgrade")
    const listed = JSON.parse((await ask(home, ["upgrade", "list", "-o", "json"])).stdout)
    expect(listed).toMatchObject([
      { name: "genesis", state: "current", current: true, problem: null },
      { name: "v2", state: "failed", current: false, height: "10", problem: expect.stringContaining("ended with code 7") }
    ])
    expect(JSON.parse((await ask(home, ["upgrade", "show", "-o", "json"])).stdout)).toMatchObject({ plan: { name: "v2", height: 10 }, release: "upgrades/v2", ready: true })
    expect(await ask(home, ["upgrade", "retry", "v3"])).toMatchObject({ code: 64 })
    fs.rmSync(broken)
    expect(await ask(home, ["upgrade", "retry", "v2"])).toMatchObject({ code: 0, stdout: "v2 at height 10 is tried again\n" })
    const node = await home.started("v2")
    await home.becomes("it is done", () => journalOf(home)?.applied.length === 1)
    expect(told(home, "pre-upgrade")["KEY"]).not.toBe(first["KEY"])
    expect((await ask(home, ["upgrade", "list"])).stdout.split("\n").map((line) => line.split(/\s+/).slice(0, 2).join(" ")).slice(1, 3)).toEqual(["genesis applied", "v2 current"])
    await home.answers(node, "alive")
    await program.stop()
  })
})
