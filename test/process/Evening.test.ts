// A cosmovisor operator's evening: the home is taken over, the chain halts for its upgrade, and the release is fetched, the data backed up,
// the new binary's pre-upgrade command run until it is content, and the node started again, with nobody doing anything.
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import { join } from "node:path"
import { zip } from "../support/Archives.ts"
import { cosmovisorHome } from "../support/Cosmovisor.ts"
import { haltsInPlace, preparesWith } from "../support/FakeNode.ts"
import { give, serve } from "../support/FileServer.ts"
import { ask, Program } from "../support/Program.ts"
import { type TestHome } from "../support/TestHome.ts"

const settings = { DAEMON_ALLOW_DOWNLOAD_BINARIES: "true", DAEMON_PREUPGRADE: "true", DAEMON_PREUPGRADE_MAX_RETRIES: "2", UNSAFE_SKIP_BACKUP: "false" }

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

/** What the module x/upgrade writes: `info` is JSON in a string. */
const planOf = (url: string): string =>
  JSON.stringify({ name: "v2", time: "0001-01-01T00:00:00Z", height: 100, info: JSON.stringify({ binaries: { "linux/amd64": url, "linux/arm64": url } }) })

/** What the log must tell, in this order, whatever stands between. */
const steps = [
  /^fetching v2 from http:\/\/127\.0\.0\.1:\d+\/v2\.zip$/,
  /^genesis -> v2 at height 100$/,
  /^backed up \d+ B in 3 files .*\/backups\/v2-/,
  /^running the pre-upgrade command node$/,
  /retry 1 of 2$/,
  /retry 2 of 2$/,
  /^current now points to upgrades\/v2$/,
  /^started v2, pid \d+/,
  /^genesis -> v2 done$/
]

/** Those of the steps that the log tells one after another. */
const told = ({ stderr }: Program): ReadonlyArray<RegExp> => {
  const messages: ReadonlyArray<string> = stderr.split("\n").flatMap((line) => line.startsWith("{") ? [JSON.parse(line).message] : [])
  return messages.reduce((found: ReadonlyArray<RegExp>, message) => {
    const next = steps[found.length]
    return next?.test(message) === true ? [...found, next] : found
  }, [])
}

const evening = async (home: TestHome, release: Buffer, ended: ReadonlyArray<string>): Promise<void> => {
  const adopted = await ask(home, ["adopt", "--yes"])
  expect(adopted.code, adopted.stderr).toBe(0)
  expect(home.current()).toBe("genesis")
  const program = Program.run(home, { args: ["start", "--x-crisis-skip"], env: settings })
  const node = await home.started("genesis")
  fs.writeFileSync(join(home.path, "data", "application.db"), "height 100")
  home.tell("halt")
  const next = await home.started("v2")
  await home.answers(next, "alive")
  await home.becomes("it is recorded", () => JSON.parse(fs.readFileSync(home.inside("state.json"), "utf8")).applied.length === 1)

  const command = (code: number) => ["pre-upgrade", `1 genesis ${code}`]
  expect(home.lines().map(({ detail, event, release }) => event === "started" ? [event, release] : [event, detail]).filter(([event]) => event !== "said"))
    .toEqual([["started", "genesis"], ["halted", ""], ...ended.map((end) => end.split(": ")), command(31), command(31), command(0), ["started", "v2"]])
  expect(home.signals(node.pid)).toEqual(ended.flatMap((end) => end.startsWith("signal") ? ["TERM 1"] : []))

  expect(home.current()).toBe("upgrades/v2")
  expect(fs.readFileSync(home.binary("v2"))).toEqual(release)
  const [backup = "", ...others] = fs.readdirSync(join(home.path, "backups"))
  expect(others).toEqual([])
  const saved = join(home.path, "backups", backup)
  expect(fs.readFileSync(join(saved, "data", "application.db"), "utf8"), "as it was before the pre-upgrade command").toBe("height 100")
  expect(fs.readFileSync(join(saved, "data", "upgrade-info.json"))).toEqual(fs.readFileSync(home.planPath))
  expect(fs.readFileSync(join(saved, "data", "blockstore.db", "000001.sst"), "utf8")).toBe("blocks")
  expect(JSON.parse(fs.readFileSync(join(saved, "manifest.json"), "utf8"))).toMatchObject({ plan: "v2", from: "genesis", to: "upgrades/v2", height: "100", files: 3 })
  expect(fs.readFileSync(join(home.path, "data", "application.db"), "utf8")).toBe("changed by 0\n")
  expect(JSON.parse(fs.readFileSync(home.inside("state.json"), "utf8"))).toMatchObject({
    lastRan: "upgrades/v2",
    applied: [{ upgrade: { name: "v2", from: "genesis", to: "upgrades/v2" }, backup, sha256: sha256(release) }],
    failed: [],
    child: { identity: { pid: next.pid }, arguments: ["start", "--x-crisis-skip"] }
  })
  expect(fs.readdirSync(home.inside()).filter((name) => name.endsWith(".new"))).toEqual([])
  await program.stop()
  expect(told(program), program.stderr).toEqual(steps)
}

const cases = [
  { how: "ends with code 2", end: 2, ended: ["ended: 2"] },
  { how: "hangs", end: "hangs", ended: ["signal: TERM 1", "ended: 0"] }
] as const

describe.concurrent("a cosmovisor operator's evening", () => {
  it.live.each(cases)("the chain $how at the height: the release is fetched, the data backed up, the upgrade done", ({ end, ended }, test) =>
    Effect.gen(function*() {
      const home = cosmovisorHome(test)
      const release = Buffer.from(preparesWith(31, 31, 0)(home, "v2"))
      const archive = yield* zip([["bin/node", release]])
      const server = yield* serve((request, response) => give(request, response, archive))
      const plan = planOf(`${server.url}/v2.zip?checksum=sha256:${sha256(archive)}`)
      home.put(join(home.path, "cosmovisor", "genesis", "bin", home.name), haltsInPlace(home.planPath, plan, end)(home, "genesis"), 0o755)
      yield* Effect.promise(() => evening(home, release, ended))
      expect(server.asked.map(({ url }) => url)).toEqual(["/v2.zip"])
    }))
})
