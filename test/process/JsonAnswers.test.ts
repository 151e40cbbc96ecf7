// What commands that change something answer to a program with `-o json`: one JSON document on standard output, with all its fields, and nothing beside it.
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { cosmovisorHome } from "../support/Cosmovisor.ts"
import { exits, steady } from "../support/FakeNode.ts"
import { journalOf } from "../support/kill/Verdict.ts"
import { ask, Program } from "../support/Program.ts"
import { type Occasion, TestHome } from "../support/TestHome.ts"

/** The whole of standard output is the document, on one line; there is nothing on standard error. */
const answered = async (home: TestHome, words: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}): Promise<unknown> => {
  const { code, stderr, stdout } = await ask(home, [...words, "-o", "json"], env)
  expect([code, stderr, stdout], words.join(" ")).toEqual([0, "", expect.stringMatching(/^\{.*\}\n$/)])
  return JSON.parse(stdout)
}

const on = { UNSAFE_SKIP_BACKUP: "false", DAEMON_BACKUP: "copy" }
const utc = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const backups = (home: TestHome, ...names: ReadonlyArray<string>): string => join(home.path, "backups", ...names)
const names = (home: TestHome): ReadonlyArray<string> => fs.readdirSync(backups(home)).toSorted()

/** Two files of 12 bytes together, one of them left out of the backups. */
const furnished = (test: Occasion): TestHome => {
  const home = TestHome.make(test)
  fs.writeFileSync(join(home.path, "data", "blocks"), "blocks")
  fs.writeFileSync(join(home.path, "data", "log"), "lines.")
  return home
}

describe.concurrent("the answer for a program", () => {
  it("of backup create has its name, its place, its manifest, and what was removed for it", async (test) => {
    const home = furnished(test)
    const env = { ...on, DAEMON_BACKUP_KEEP: "1", DAEMON_BACKUP_EXCLUDE: "log" }
    await answered(home, ["backup", "create"], env)
    const [first = ""] = names(home)
    const answer = await answered(home, ["backup", "create"], env)
    const [name = "", ...others] = names(home)
    expect([others, name === first]).toEqual([[], false])
    expect(answer).toEqual({
      name,
      path: backups(home, name),
      manifest: {
        version: 1, plan: "genesis", from: "genesis", to: "genesis", height: "0", at: expect.stringMatching(utc), durationMillis: expect.any(Number), method: "copy",
        files: 1, directories: 1, links: 0, bytes: 6, skipped: [], exclude: ["log"], excluded: ["log"], vanished: []
      },
      removed: [first]
    })
    expect(answer).toMatchObject({ manifest: JSON.parse(fs.readFileSync(backups(home, name, "manifest.json"), "utf8")) })
  })

  it("of backup prune has the names of those that it removed, the oldest first", async (test) => {
    const home = furnished(test)
    for (let made = 0; made < 3; made++) await answered(home, ["backup", "create"], { ...on, DAEMON_BACKUP_KEEP: "3" })
    const [oldest, old, newest] = names(home)
    expect(await answered(home, ["backup", "prune", "--keep", "1"], on)).toEqual({ removed: [oldest, old] })
    expect(names(home)).toEqual([newest])
  })

  it("of backup restore has where the data and the former ones are, what is to be done before the node runs, and the risk", async (test) => {
    const home = furnished(test)
    home.plan("v2", 100)
    await answered(home, ["backup", "create"], on)
    const [name = ""] = names(home)
    home.stage("v2")
    fs.rmSync(home.inside("current"))
    fs.symlinkSync("upgrades/v2", home.inside("current"))
    const answer = await answered(home, ["backup", "restore", name], on)
    const [replaced = "", ...others] = fs.readdirSync(home.path).filter((entry) => entry.startsWith("data."))
    expect([others, replaced]).toEqual([[], expect.stringMatching(/^data\.replaced-\d{8}T\d{6}Z$/)])
    expect(answer).toEqual({
      name,
      data: join(home.path, "data"),
      replaced: join(home.path, replaced),
      before: [
        `these data belong to genesis: ln -sfn genesis ${home.inside("current")}`,
        `the plan of back then is carried out at the next start, unless you remove ${home.planPath}`
      ],
      risk: expect.stringContaining("can sign twice and be slashed")
    })
  })

  it("of upgrade retry is the plan as it is written now, with the time of the request", async (test) => {
    const home = TestHome.make(test)
    home.stage("v2", exits(3))
    const program = Program.run(home, { env: { DAEMON_UPGRADE_PROBATION: "1m" } })
    await home.started("genesis")
    home.plan("v2", 10, { info: { note: "kept" } })
    await home.started("genesis", 2)
    await home.becomes("the failure is on record", () => journalOf(home)?.failed.length === 1)
    await program.stop()
    const answer = await answered(home, ["upgrade", "retry", "v2"])
    expect(answer).toEqual({ name: "v2", height: 10, info: { note: "kept" }, retry: expect.stringMatching(utc) })
    expect(JSON.parse(fs.readFileSync(home.planPath, "utf8"))).toEqual(answer)
  })

  it("of add-upgrade has the release, its record, and the plan that was written, and of upgrade remove what was removed", async (test) => {
    const home = TestHome.make(test)
    const path = join(home.root, "built-v2")
    home.put(path, steady(home, "some spaces"))
    const content = fs.readFileSync(path)
    const sha256 = createHash("sha256").update(content).digest("hex")
    const release = { name: "some spaces", release: "upgrades/some%20spaces" }
    expect(await answered(home, ["add-upgrade", "some spaces", path, "--upgrade-height", "9007199254740993", "--checksum", sha256])).toEqual({
      ...release, path: home.binary("some%20spaces"), sha256, bytes: content.byteLength, from: path, at: expect.stringMatching(utc), checksum: `sha256:${sha256}`,
      plan: { path: home.planPath, height: "9007199254740993" }
    })
    expect(await answered(home, ["upgrade", "remove", "some spaces"])).toEqual({ ...release, path: home.release("some%20spaces") })
  })

  it("of adopt and of adopt --undo has each move, in order", async (test) => {
    const home = cosmovisorHome(test)
    const [theirs, ours] = [join(home.path, "cosmovisor"), home.inside()]
    expect(await answered(home, ["adopt", "--yes"])).toEqual({
      moved: [{ from: join(theirs, "config.toml"), to: join(theirs, "config.toml.cosmovisor") }, { from: theirs, to: ours }]
    })
    fs.writeFileSync(join(ours, "config.toml"), "daemon_shutdown_grace = \"1m\"\n")
    expect(await answered(home, ["adopt", "--undo", "--yes"])).toEqual({
      moved: [
        { from: join(ours, "config.toml"), to: join(ours, "config.toml.wemixvisor") },
        { from: ours, to: theirs },
        { from: join(theirs, "config.toml.cosmovisor"), to: join(theirs, "config.toml") }
      ]
    })
    expect(await answered(home, ["adopt", "--undo", "--yes"])).toEqual({ moved: [] })
  })
})
