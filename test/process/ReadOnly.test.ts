// A home that cannot be written: refused at the start in one clear error; when it happens later, the node goes on and the upgrade waits.
// Root gets a mount of its own name space, anybody else the directories' permissions.
import { execFileSync, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { describe, expect, it } from "vitest"
import { Program } from "../support/Program.ts"
import { TestHome } from "../support/TestHome.ts"

const isRoot = process.getuid?.() === 0
const readOnlyMount = `mount --bind "$0" "$0" && mount -o remount,bind,ro "$0"`

const directories = (home: TestHome): ReadonlyArray<string> => [home.path, home.inside(), home.inside("upgrades"), home.inside("genesis")]

const permit = (home: TestHome, mode: number): void =>
  directories(home).filter((path) => fs.existsSync(path)).forEach((path) => fs.chmodSync(path, mode))

/** A command's prefix under which the home is read-only from the start. */
const withinReadOnly = (home: TestHome): ReadonlyArray<string> => {
  if (isRoot) return ["unshare", "-m", "sh", "-c", `${readOnlyMount} && exec "$@"`, home.path]
  permit(home, 0o555)
  return []
}

/** A command's prefix under which the home can become read-only later. */
const within = (): ReadonlyArray<string> => isRoot ? ["unshare", "-m"] : []

const inItsMounts = (program: Program, ...command: ReadonlyArray<string>): void =>
  void execFileSync("nsenter", ["-t", `${program.pid}`, "-m", ...command])

const makeReadOnly = (home: TestHome, program: Program): void =>
  isRoot ? inItsMounts(program, "sh", "-c", readOnlyMount, home.path) : permit(home, 0o555)

const makeWritable = (home: TestHome, program: Program): void =>
  isRoot ? inItsMounts(program, "umount", "-l", home.path) : permit(home, 0o755)

describe("a home that is read-only from the start", () => {
  it("is refused with a clear error that names the path, and the node is not started", async (test) => {
    const home = TestHome.make(test)
    test.onTestFinished(() => permit(home, 0o755))
    const program = Program.run(home, { within: withinReadOnly(home) })
    const code = await program.end()
    expect(code).not.toBe(0)
    expect(code).not.toBe(70)
    await home.becomes("the error is there", () => program.stderr.includes(home.path))
    expect(program.stderr).toMatch(/read-only|permission|EROFS|EACCES/i)
    expect(program.stderr).not.toMatch(/^\s+at /m)
    expect(program.stderr).not.toMatch(/\\n\s+at /)
    expect(home.starts()).toEqual([])
  })
})

describe("a home that becomes read-only while the node runs", () => {
  it.for(["with a plan that comes then", "with a node that fails then"] as const)("%s: the node goes on, and what was due is done when it can be", async (when, test) => {
    const home = TestHome.make(test)
    test.onTestFinished(() => permit(home, 0o755))
    home.stage("v2")
    const program = Program.run(home, { within: within(), env: { DAEMON_POLL_INTERVAL: "50ms" } })
    let node = await home.started("genesis")
    await home.becomes("the log tells of the node", () => program.stderr.includes(`${node.pid}`))
    makeReadOnly(home, program)
    if (when === "with a node that fails then") {
      home.tell("finish 9")
      node = await home.started("genesis", 2)
    }
    home.plan("v2", 10)
    await home.stays("the node goes on", 1000, () => program.isRunning && home.signals(node.pid).length === 0)
    await home.answers(node, "alive")
    expect(home.current()).toBe("genesis")
    makeWritable(home, program)
    await home.started("v2")
    expect(home.current()).toBe("upgrades/v2")
    await program.stop()
    expect(home.signals(node.pid)).toEqual(["TERM 1"])
  })

  it("still obeys a stop request", async (test) => {
    const home = TestHome.make(test)
    test.onTestFinished(() => permit(home, 0o755))
    const program = Program.run(home, { within: within() })
    const node = await home.started("genesis")
    await home.becomes("the log tells of the node", () => program.stderr.includes(`${node.pid}`))
    makeReadOnly(home, program)
    await program.stop()
    expect(home.signals(node.pid)).toEqual(["TERM 1"])
  })
})

it("this machine can make a home read-only", () => {
  expect(isRoot ? spawnSync("unshare", ["-m", "true"]).status : 0, "root without the right to mount cannot run these tests").toBe(0)
})
