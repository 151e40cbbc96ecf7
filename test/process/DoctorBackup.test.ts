// What `doctor` says of the next backup: by clones or by copying, and what to do where there is no room for it.
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { mountLoopDisk } from "../support/LoopDisk.ts"
import { withinDisk } from "../support/OwnDisk.ts"
import { ask, Program } from "../support/Program.ts"
import { type Occasion, TestHome } from "../support/TestHome.ts"

const on = { UNSAFE_SKIP_BACKUP: "false" }
const backups = (home: TestHome): string => join(home.path, "backups")

const furnished = (test: Occasion): TestHome => {
  const home = TestHome.make(test)
  fs.writeFileSync(join(home.path, "data", "blocks"), "0123456789")
  return home
}

/** Its exit status, and the line of the backup. */
const toldOf = (code: number | string, stdout: string): readonly [number | string, string | undefined] => [code, stdout.split("\n").find((line) => /^\w+ +backup /.test(line))]

/** The same with another disk for the backups. */
const told = async (home: TestHome, size: string): Promise<readonly [number | string, string | undefined]> => {
  fs.mkdirSync(backups(home))
  const program = new Program(home, ["doctor"], { env: on, within: withinDisk(backups(home), `size=${size}`) })
  const closed = new Promise((done) => program.child.once("close", done))
  const code = await program.end()
  await closed
  return toldOf(code, program.stdout.toString())
}

describe.concurrent("doctor", () => {
  it("where a backup must be copied says so, and how much is free", async (test) => {
    const home = furnished(test)
    expect(await told(home, "64m")).toEqual([0, "ok       backup    10 B in 1 files by copying; 67.1 MB are free"])
  })

  it("where there is no room for a backup says how much is needed, how much is free, and what would mend it", async (test) => {
    const home = furnished(test)
    expect(await told(home, "1m")).toEqual([
      0,
      `warning  backup    an upgrade would wait for room: a backup (copy) of 1 files needs 16.8 MB in ${backups(home)}, and 1.05 MB are free there: ` +
      "make room, set DAEMON_DATA_BACKUP_DIR to another disk, leave files out with DAEMON_BACKUP_EXCLUDE, or set DAEMON_BACKUP=none"
    ])
  })

  it("where clones are asked for and cannot be says what would do instead, and leaves the home as it was", async (test) => {
    const home = furnished(test)
    const elsewhere = fs.mkdtempSync("/dev/shm/wemixvisor-")
    test.onTestFinished(() => fs.rmdirSync(elsewhere))
    const { code, stdout } = await ask(home, ["doctor"], { ...on, DAEMON_BACKUP: "reflink", DAEMON_DATA_BACKUP_DIR: elsewhere })
    expect(toldOf(code, stdout)).toEqual([0, expect.stringMatching(/^warning {2}backup {4}no backup can be made: .* cannot be cloned .*DAEMON_BACKUP=copy/)])
    expect(fs.readdirSync(join(home.path, "data"))).toEqual(["blocks"])
  })
})

const scratch = fs.mkdtempSync(join(tmpdir(), "wemixvisor-clones-"))
const disk = mountLoopDisk("xfs", scratch, 400 * 2 ** 20)
afterAll(() => {
  disk?.release()
  fs.rmSync(scratch, { recursive: true, force: true })
})

describe.skipIf(disk === undefined)("doctor on a disk that shares blocks", () => {
  it("says that a backup is made by clones, for which there is room where there is none for a copy", async (test) => {
    const home = TestHome.make(test)
    const [data, kept] = [join(disk?.path ?? "", "data"), join(disk?.path ?? "", "backups")]
    fs.mkdirSync(data)
    fs.rmdirSync(join(home.path, "data"))
    fs.symlinkSync(data, join(home.path, "data"))
    expect(spawnSync("fallocate", ["--length", "200MiB", join(data, "blocks")]).status).toBe(0)
    const told = async (method: string) => {
      const { code, stdout } = await ask(home, ["doctor"], { ...on, DAEMON_BACKUP: method, DAEMON_DATA_BACKUP_DIR: kept })
      return toldOf(code, stdout)
    }
    for (const method of ["auto", "reflink"]) expect(await told(method)).toEqual([0, "ok       backup    210 MB in 1 files by clones, which take no room"])
    expect(await told("copy")).toEqual([0, expect.stringMatching(/^warning {2}backup {4}an upgrade would wait for room: a backup \(copy\) of 1 files needs 226 MB in /)])
    expect([fs.readdirSync(disk?.path ?? ""), fs.readdirSync(data)]).toEqual([["data"], ["blocks"]])
  })
})
