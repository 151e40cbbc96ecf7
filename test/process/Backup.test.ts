// The backup commands as an operator uses them: what they print, how they end, what they refuse while a node runs, what a signal and a full disk leave.
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { withinDisk } from "../support/OwnDisk.ts"
import { type Answer, ask, Program } from "../support/Program.ts"
import { type Occasion, TestHome } from "../support/TestHome.ts"

const on = { UNSAFE_SKIP_BACKUP: "false" }

const backup = (home: TestHome, words: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  ask(home, ["backup", ...words], { ...on, ...env })

const data = (home: TestHome, ...names: ReadonlyArray<string>): string => join(home.path, "data", ...names)
const backups = (home: TestHome): string => join(home.path, "backups")

/** A home whose data have a little of everything. */
const furnished = (test: Occasion): TestHome => {
  const home = TestHome.make(test)
  fs.mkdirSync(data(home, "geth", "chaindata"), { recursive: true })
  fs.writeFileSync(data(home, "geth", "chaindata", "000001.sst"), "blocks")
  fs.writeFileSync(data(home, "geth", "nodekey"), "secret", { mode: 0o400 })
  fs.symlinkSync("/nowhere", data(home, "geth", "ancient"))
  spawnSync("mkfifo", [data(home, "geth.ipc")])
  return home
}

const made = async (home: TestHome): Promise<string> => {
  const { code, stderr, stdout } = await backup(home, ["create", "-o", "json"])
  expect(code, stderr).toBe(0)
  return String(JSON.parse(stdout).name)
}

/** A copy that is under way, of a file that takes no room and half a minute to read. */
const lasting = async (home: TestHome): Promise<Program> => {
  fs.writeFileSync(data(home, "hole"), "")
  fs.truncateSync(data(home, "hole"), 64 * 2 ** 30)
  const program = new Program(home, ["backup", "create"], { env: { ...on, DAEMON_BACKUP: "copy" } })
  await home.becomes("it copies", () => fs.existsSync(backups(home)) && fs.readdirSync(backups(home)).some((name) => name.endsWith(".new")))
  return program
}

describe.concurrent("backup", () => {
  it("create makes one for the current release and says what it left out", async (test) => {
    const home = furnished(test)
    const { code, stderr, stdout } = await backup(home, ["create"], { DAEMON_BACKUP_EXCLUDE: "**/*.sst" })
    expect(code, stderr).toBe(0)
    const [name = ""] = fs.readdirSync(backups(home))
    expect(name).toMatch(/^genesis-\d{8}T\d{6}Z$/)
    expect(stdout).toMatch(RegExp(`^made ${join(backups(home), name)}: 1 file, 6 B, by (copy|reflink), in [\\d.]+ s\n  excluded: geth/chaindata/000001.sst\n  sockets, pipes and devices, which no copy has: geth.ipc\n$`))
    expect(fs.readFileSync(join(backups(home), name, "data", "geth", "nodekey"), "utf8")).toBe("secret")
    expect(JSON.parse(fs.readFileSync(join(backups(home), name, "manifest.json"), "utf8"))).toMatchObject({ plan: "genesis", from: "genesis", to: "genesis", height: "0", files: 1 })
  })

  it("create while another command has the home names that one, not the run that state.json remembers", async (test) => {
    const home = furnished(test)
    fs.writeFileSync(join(home.path, "wemixvisor", "state.json"), JSON.stringify({ version: 1, owner: 4_000_000, applied: [], failed: [] }))
    const program = await lasting(home)
    const { code, stderr } = await backup(home, ["create"])
    expect(stderr).toContain(`another wemixvisor, pid ${program.pid}, owns the home ${home.path}`)
    expect(code).toBe(75)
    program.signal("SIGTERM")
    expect(await program.end()).toBe(143)
  })

  it("create without data says so, and not that backups are off", async (test) => {
    const home = furnished(test)
    fs.rmSync(join(home.path, "data"), { recursive: true })
    const { code, stderr } = await backup(home, ["create"])
    expect(stderr).toContain(`there are no data at ${join(home.path, "data")}`)
    expect(code).toBe(66)
  })

  it("restore says which release the data belong to, and that the plan in them is carried out", async (test) => {
    const home = furnished(test)
    home.plan("v2", 100)
    const name = await made(home)
    home.stage("upgrades/v2")
    fs.rmSync(join(home.path, "wemixvisor", "current"))
    fs.symlinkSync("upgrades/v2", join(home.path, "wemixvisor", "current"))
    const { code, stderr, stdout } = await backup(home, ["restore", name])
    expect(code, stderr).toBe(0)
    expect(stdout).toContain(`these data belong to genesis: ln -sfn genesis ${join(home.path, "wemixvisor", "current")}\n`)
    expect(stdout).toContain(`the plan of back then is carried out at the next start, unless you remove ${join(home.path, "data", "upgrade-info.json")}\n`)
  })

  it("list has the newest first, in columns and as JSON, with those that cannot be read", async (test) => {
    const home = furnished(test)
    expect((await backup(home, ["list"])).stdout).toBe(`no backups in ${backups(home)}\n`)
    const names = [await made(home), await made(home)]
    fs.mkdirSync(join(backups(home), "old-20200101T000000Z"))
    const { stdout } = await backup(home, ["list"])
    expect(stdout.split("\n").map((line) => line.split(/\s+/)[0])).toEqual(["NAME", ...names.toReversed(), "old-20200101T000000Z", ""])
    expect(stdout).toContain("it has no manifest.json")
    const listed = JSON.parse((await backup(home, ["list", "-o", "json"])).stdout)
    expect(listed.map((one: { readonly name: string; readonly manifest: unknown }) => [one.name, one.manifest === null])).toEqual([[names[1], false], [names[0], false], ["old-20200101T000000Z", true]])
  })

  it("create keeps as many as the setting says, and prune as many as it is told", async (test) => {
    const home = furnished(test)
    const names = [await made(home), await made(home), await made(home)]
    expect(fs.readdirSync(backups(home)).toSorted()).toEqual(names.slice(1).toSorted())
    const { stdout } = await backup(home, ["prune", "--keep", "1"])
    expect(stdout).toBe(`removed ${names[1]}\n`)
    expect((await backup(home, ["prune", "--keep", "1", "-o", "json"])).stdout).toBe("{\"removed\":[]}\n")
    expect((await backup(home, ["prune", "--keep", "-1"])).code).toBe(64)
    expect(fs.readdirSync(backups(home))).toEqual([names[2]])
  })

  it("verify says that one is sound, and of one that is not what is wrong, with 66", async (test) => {
    const home = furnished(test)
    const name = await made(home)
    expect(await backup(home, ["verify", name])).toMatchObject({ code: 0, stdout: `${join(backups(home), name)} is sound: 2 files, 12 B\n` })
    fs.truncateSync(join(backups(home), name, "data", "geth", "chaindata", "000001.sst"), 3)
    const damaged = await backup(home, ["verify", name])
    expect(damaged.code).toBe(66)
    expect(damaged.stdout).toContain("  geth/chaindata/000001.sst has 3 bytes, and had 6\n")
    expect(JSON.parse((await backup(home, ["verify", name, "-o", "json"])).stdout)).toMatchObject({ name, isSound: false })
    expect((await backup(home, ["restore", name])).code).toBe(66)
    expect(fs.readdirSync(home.path).filter((entry) => entry.startsWith("data"))).toEqual(["data"])
  })

  it("restore swaps the data, keeps the former ones, and says what a validator risks", async (test) => {
    const home = furnished(test)
    const name = await made(home)
    fs.writeFileSync(data(home, "geth", "chaindata", "000002.sst"), "later")
    const { code, stderr, stdout } = await backup(home, ["restore", name])
    expect(code, stderr).toBe(0)
    expect(stdout).toContain("can sign twice")
    expect(fs.readdirSync(data(home, "geth", "chaindata"))).toEqual(["000001.sst"])
    expect(fs.readlinkSync(data(home, "geth", "ancient"))).toBe("/nowhere")
    expect(fs.statSync(data(home, "geth", "nodekey")).mode & 0o777).toBe(0o400)
    const [replaced = ""] = fs.readdirSync(home.path).filter((entry) => entry.startsWith("data.replaced-"))
    expect(stdout).toContain(join(home.path, replaced))
    expect(fs.readdirSync(join(home.path, replaced, "geth", "chaindata"))).toEqual(["000001.sst", "000002.sst"])
    const program = Program.run(home)
    await home.started("genesis")
    await program.stop()
  })

  it("create, restore and prune refuse while a wemixvisor runs, list and verify do not", async (test) => {
    const home = furnished(test)
    const name = await made(home)
    const program = Program.run(home)
    const node = await home.started("genesis")
    for (const words of [["create"], ["restore", name], ["prune"]]) {
      const { code, stderr } = await backup(home, words)
      expect([code, stderr], words.join(" ")).toEqual([75, expect.stringContaining(`pid ${program.pid},`)])
    }
    for (const words of [["list"], ["verify", name]]) expect((await backup(home, words)).code).toBe(0)
    await home.answers(node, "alive")
    await program.stop()
  })

  it("create and restore refuse while a node runs whose wemixvisor is gone, and leave it alone", async (test) => {
    const home = furnished(test)
    const name = await made(home)
    const program = Program.run(home)
    const node = await home.started("genesis")
    await home.becomes("the node is on record", () => fs.readFileSync(home.inside("state.json"), "utf8").includes(`"pid": ${node.pid}`))
    await program.kill()
    for (const words of [["create"], ["restore", name]]) {
      const { code, stderr } = await backup(home, words)
      expect([code, stderr], words.join(" ")).toEqual([75, expect.stringContaining(`pid ${node.pid},`)])
    }
    await home.answers(node, "alive")
    expect(home.signals(node.pid)).toEqual([])
    const next = Program.run(home)
    await next.logged(/took over/)
    await next.stop()
  })

  it("create that is stopped by a signal ends with 128 and its number, and leaves nothing", async (test) => {
    const home = furnished(test)
    const program = await lasting(home)
    program.signal("SIGINT")
    expect(await program.end()).toBe(130)
    expect(fs.readdirSync(backups(home))).toEqual([])
  })

  it("create that is killed leaves nothing that is listed, and the next one clears it away", async (test) => {
    const home = furnished(test)
    const program = await lasting(home)
    await program.kill()
    fs.rmSync(data(home, "hole"))
    expect((await backup(home, ["list", "-o", "json"])).stdout).toBe("[]\n")
    const name = await made(home)
    expect(fs.readdirSync(backups(home))).toEqual([name])
  })

  it("create on a disk that is too small says what is needed, and on one that is full of inodes leaves nothing", async (test) => {
    const home = furnished(test)
    fs.mkdirSync(backups(home))
    const small = new Program(home, ["backup", "create"], { env: on, within: withinDisk(backups(home), "size=1m") })
    expect(await small.end()).toBe(66)
    expect(small.stderr).toContain(`in ${backups(home)}, and 1.05 MB are free there`)
    for (let file = 0; file < 50; file++) fs.writeFileSync(data(home, `${file}.sst`), "x")
    const inodes = new Program(home, ["backup", "create"], { env: on, within: withinDisk(backups(home), "size=64m,nr_inodes=30") })
    expect(await inodes.end()).toBe(66)
    expect(inodes.stderr).toMatch(/no room for .*\.sst \(ENOSPC\)/)
  })

  it("refuses what cannot be: a name that is none, a method that the disk has not, a directory in the data, backups that are off", async (test) => {
    const home = furnished(test)
    for (const words of [["verify", "nothing"], ["restore", "genesis-20200101T000000Z"], ["verify", "../data"]]) expect((await backup(home, words)).code).toBe(66)
    for (const words of [["verify"], ["restore"], ["nonsense"], ["list", "-o", "yaml"], []]) expect((await backup(home, words)).code, words.join(" ")).toBe(64)
    const nested = await backup(home, ["create"], { DAEMON_DATA_BACKUP_DIR: data(home, "backups") })
    expect([nested.code, nested.stderr]).toEqual([78, expect.stringContaining("DAEMON_DATA_BACKUP_DIR")])
    const off = await backup(home, ["create"], { DAEMON_BACKUP: "none" })
    expect([off.code, off.stderr]).toEqual([64, expect.stringContaining("backups are off")])
    const elsewhere = fs.mkdtempSync("/dev/shm/wemixvisor-")
    const clone = await backup(home, ["create"], { DAEMON_BACKUP: "reflink", DAEMON_DATA_BACKUP_DIR: elsewhere })
    expect([clone.code, clone.stderr]).toEqual([78, expect.stringContaining("DAEMON_BACKUP=copy")])
    fs.rmdirSync(elsewhere)
    expect(fs.existsSync(backups(home))).toBe(false)
  })
})
