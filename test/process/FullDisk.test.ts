// A real disk that is full, of bytes or of inodes, at the worst moments of an upgrade: the node is never left down, the log says what is full,
// and the upgrade follows by itself once there is room. Needs the right to mount a tmpfs in a name space of its own.
import * as fs from "node:fs"
import { dirname } from "node:path"
import { describe, expect, it } from "vitest"
import { isFull } from "../support/Account.ts"
import { heldAt, letGo, passed } from "../support/kill/Hooked.ts"
import { journalOf, livingIn } from "../support/kill/Verdict.ts"
import { canMount, fillInodes, fillSpace, seenBy, withinDisk } from "../support/OwnDisk.ts"
import { Program } from "../support/Program.ts"
import { isAlive, type Line, TestHome } from "../support/TestHome.ts"

/** An upgrade wants a MiB free before it begins. */
const size = "size=2m"
const env = { DAEMON_POLL_INTERVAL: "50ms" }

const runs = (home: TestHome): string => livingIn(home).map(({ release }) => release).join()

/** The node runs and is on record. */
const confirmed = async (home: TestHome, seen: () => TestHome): Promise<Line> => {
  const node = await home.started("genesis")
  await home.becomes("the node is on record", () => journalOf(seen())?.child?.identity?.pid === node.pid)
  return node
}

/** A plan that is there whole, however full the disk is by then. */
const prepared = (seen: TestHome): (() => void) => {
  const aside = `${seen.planPath}.aside`
  fs.writeFileSync(aside, JSON.stringify({ name: "v2", height: 10 }))
  return () => fs.renameSync(aside, seen.planPath)
}

const endsOn = async (home: TestHome, seen: TestHome, program: Program): Promise<void> => {
  await home.becomes("only v2 runs", () => runs(home) === "v2")
  expect(seen.current()).toBe("upgrades/v2")
  await home.becomes("it is recorded as applied", () => journalOf(seen)?.applied.length === 1)
  await program.stop()
  expect(home.lines("signal").filter(({ detail }) => detail !== "TERM 1")).toEqual([])
}

/** The times at which a disk that is full stops what has begun, and what is left in peace by then. */
const moments = {
  "while the upgrade is being recorded": { at: "before 3 open wemixvisor/state.json.new", isNodeStopped: false },
  "between the record and the switch": { at: "after 1 SIGTERM to the node", isNodeStopped: true },
  "while the link is being switched": { at: "before 1 rename wemixvisor/current", isNodeStopped: true }
}

describe.concurrent("a disk that is full", () => {
  it.for(Object.entries(moments))("%s: the old release runs, and the upgrade follows", { timeout: 150_000 }, async ([, { at, isNodeStopped }], test) => {
    const home = TestHome.make(test)
    home.stage("v2")
    const program = heldAt(home, at, { env, within: withinDisk(home.path, size) })
    const node = await confirmed(home, () => seenBy(home, program))
    const seen = seenBy(home, program)
    prepared(seen)()
    await home.becomes("it is held there", () => passed(home).includes(at))
    const free = fillSpace(seen)
    letGo(home)
    await program.logged(/ENOSPC/)
    expect(program.stderr).toContain(`cannot write ${home.inside("state.json.new")}: ENOSPC`)
    if (isNodeStopped) await home.started("genesis", 2)
    await home.stays("genesis runs", 1000, () => runs(home) === "genesis")
    expect(seen.current()).toBe("genesis")
    expect(isAlive(node.pid)).toBe(!isNodeStopped)
    free()
    // After a stop in vain the next one waits for a minute, or for the node's own end.
    if (isNodeStopped && isFull) await home.stays("genesis runs until then", 50_000, () => runs(home) === "genesis")
    else if (isNodeStopped) home.tell("finish 0")
    await endsOn(home, seen, program)
  })

  it("before the plan comes: nothing is begun, and the upgrade follows once there is a MiB", async (test) => {
    const home = TestHome.make(test)
    home.stage("v2")
    const program = Program.run(home, { env, within: withinDisk(home.path, size) })
    const node = await confirmed(home, () => seenBy(home, program))
    const seen = seenBy(home, program)
    const plan = prepared(seen)
    const free = fillSpace(seen)
    plan()
    await program.logged(RegExp(`not ready: .*${home.binary("v2")}`))
    await home.answers(node, "alive")
    expect(home.signals(node.pid)).toEqual([])
    free()
    await endsOn(home, seen, program)
    expect(home.starts()).toEqual(["genesis", "v2"])
  })

  it("of inodes: nothing is begun, and the upgrade follows once there is one", async (test) => {
    const home = TestHome.make(test)
    home.stage("v2")
    const program = Program.run(home, { env, within: withinDisk(home.path, `${size},nr_inodes=60`) })
    const node = await confirmed(home, () => seenBy(home, program))
    const seen = seenBy(home, program)
    const plan = prepared(seen)
    const free = fillInodes(seen)
    plan()
    await program.logged(RegExp(`cannot link ${home.inside("current.new")}: ENOSPC`))
    await home.answers(node, "alive")
    expect(home.signals(node.pid)).toEqual([])
    free()
    await endsOn(home, seen, program)
    expect(home.starts()).toEqual(["genesis", "v2"])
  })
})

describe("the data", () => {
  it("may lie on another file system than the rest of the home", async (test) => {
    const home = TestHome.make(test)
    home.stage("v2")
    const program = Program.run(home, { env, within: withinDisk(dirname(home.planPath), size) })
    await confirmed(home, () => seenBy(home, program))
    const seen = seenBy(home, program)
    expect(fs.statSync(dirname(seen.planPath)).dev).not.toBe(fs.statSync(seen.inside()).dev)
    seen.plan("v2", 10)
    await endsOn(home, seen, program)
  })
})

it("this machine lets a test mount a file system of its own", () => {
  expect(canMount(), "unshare and mount are needed").toBe(true)
})
