// Fifty upgrades in a row: each happens, and wemixvisor holds no more afterwards than before.
import * as fs from "node:fs"
import { describe, expect, it } from "vitest"
import { Program } from "../support/Program.ts"
import { TestHome } from "../support/TestHome.ts"

/** What a process holds: descriptors, inotify watches, resident MiB. */
const holdings = (pid: number) => {
  const descriptors = fs.readdirSync(`/proc/${pid}/fd`)
  const watches = descriptors.reduce((sum, fd) => sum + watchesOf(`/proc/${pid}/fdinfo/${fd}`), 0)
  const pages = Number(fs.readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1])
  return { descriptors: descriptors.length, watches, mebibytes: pages * 4096 / 2 ** 20 }
}

/** None for a descriptor that has been closed meanwhile. */
const watchesOf = (path: string): number => {
  try {
    return fs.readFileSync(path, "utf8").split("\n").filter((line) => line.startsWith("inotify ")).length
  } catch {
    return 0
  }
}

describe("fifty upgrades in a row", () => {
  it("all happen, without a leak of descriptors, watches, listeners or memory", { timeout: 120_000 }, async (test) => {
    const home = TestHome.make(test)
    const names = Array.from({ length: 50 }, (_, n) => `v${n + 1}`)
    const program = Program.run(home)
    await home.started("genesis")
    let early = holdings(program.pid)
    for (const [n, name] of names.entries()) {
      home.stage(name)
      home.plan(name, n + 1)
      await home.started(name)
      if (n === 9) early = holdings(program.pid)
    }
    expect(home.starts()).toEqual(["genesis", ...names])
    expect(home.current()).toBe("upgrades/v50")
    expect(home.lines("signal").filter((line) => line.detail !== "TERM 1")).toEqual([])
    expect(home.lines("signal").length).toBe(50)
    await home.becomes(`not more than ${JSON.stringify(early)}, by a little`, () => {
      const late = holdings(program.pid)
      return late.descriptors <= early.descriptors + 2 && late.watches <= early.watches + 2 && late.mebibytes < early.mebibytes + 24
    })
    expect(program.stderr).not.toMatch(/MaxListeners|possible EventEmitter memory leak/i)
    await program.stop()
  })
})
