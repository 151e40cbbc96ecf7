// The commands about releases, as an operator uses them: what they put into place, what they refuse, what they answer, while a node runs too.
import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as http from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { quote, steady } from "../support/FakeNode.ts"
import { ask, bundle, environment, Program } from "../support/Program.ts"
import { type Occasion, TestHome } from "../support/TestHome.ts"

const built = (home: TestHome, release: string): string => {
  const path = join(home.root, `built-${release}`)
  home.put(path, steady(home, release), 0o644)
  return path
}

const sha256 = (path: string): string => createHash("sha256").update(fs.readFileSync(path)).digest("hex")
const upgrades = (home: TestHome): ReadonlyArray<string> => fs.existsSync(home.inside("upgrades")) ? fs.readdirSync(home.inside("upgrades")).sort() : []
const json = (text: string): unknown => JSON.parse(text)

const isAddress = (address: string | AddressInfo | null): address is AddressInfo => typeof address === "object" && address !== null

/** Answers everybody, until the test ends. */
const serving = async (test: Occasion, answer: http.RequestListener): Promise<string> => {
  const server = http.createServer(answer)
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
  test.onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return `http://127.0.0.1:${isAddress(address) ? address.port : 0}/node`
}

describe.concurrent("upgrade add", () => {
  it("puts a file into place, executable and recorded, and says so", async (test) => {
    const home = TestHome.make(test)
    const path = built(home, "v2")
    const answer = await ask(home, ["upgrade", "add", "v2", path, "-o", "json"])
    expect(answer.code, answer.stderr).toBe(0)
    expect(json(answer.stdout)).toMatchObject({ name: "v2", release: "upgrades/v2", path: home.binary("v2"), sha256: sha256(path), from: path, checksum: null, plan: null })
    expect([sha256(home.binary("v2")), fs.statSync(home.binary("v2")).mode & 0o7777]).toEqual([sha256(path), 0o755])
    expect(upgrades(home)).toEqual(["v2"])
    expect((await ask(home, ["upgrade", "add", "v2", path])).code).toBe(0)
  })

  it("takes a path from where it is called, and a name as a plan has it", async (test) => {
    const home = TestHome.make(test)
    built(home, "v2")
    expect((await ask(home, ["upgrade", "add", "some spaces", "built-v2"])).code).toBe(0)
    expect(upgrades(home)).toEqual(["some%20spaces"])
  })

  it("fetches a URL with its checksum, and none without", async (test) => {
    const home = TestHome.make(test)
    const path = built(home, "v2")
    const url = await serving(test, (_request, response) => void response.end(fs.readFileSync(path)))
    const refused = await ask(home, ["upgrade", "add", "v2", url])
    expect([refused.code, refused.stderr, upgrades(home)]).toEqual([64, expect.stringContaining("checksum"), []])
    const wrong = await ask(home, ["upgrade", "add", "v2", url, "--checksum", "0".repeat(64)])
    expect([wrong.code, wrong.stderr, upgrades(home)]).toEqual([66, expect.stringContaining(sha256(path)), []])
    const answer = await ask(home, ["upgrade", "add", "v2", url, "--checksum", `sha256:${sha256(path)}`, "-o", "json"])
    expect(answer.code, answer.stderr).toBe(0)
    expect(json(answer.stdout)).toMatchObject({ from: url, checksum: `sha256:${sha256(path)}` })
    expect(fs.readFileSync(home.binary("v2"))).toEqual(fs.readFileSync(path))
  })

  it("with a height upgrades the node that runs", async (test) => {
    const home = TestHome.make(test)
    const program = Program.run(home)
    await home.started("genesis")
    const answer = await ask(home, ["upgrade", "add", "v2", built(home, "v2"), "--height", "100"])
    expect(answer.code, answer.stderr).toBe(0)
    await home.started("v2")
    expect(json(fs.readFileSync(home.planPath, "utf8"))).toEqual({ name: "v2", height: 100 })
    await program.stop()
  })

  it("does not overwrite another plan that is to be done, unless forced, and leaves all as it was", async (test) => {
    const home = TestHome.make(test)
    home.plan("v3", 200)
    const path = built(home, "v2")
    const refused = await ask(home, ["upgrade", "add", "v2", path, "--height", "100"])
    expect([refused.code, refused.stderr, upgrades(home)]).toEqual([64, expect.stringContaining("v3"), []])
    expect(json(fs.readFileSync(home.planPath, "utf8"))).toMatchObject({ name: "v3" })
    expect((await ask(home, ["upgrade", "add", "v2", path, "--height", "9007199254740993", "--force"])).code).toBe(0)
    expect(json(fs.readFileSync(home.planPath, "utf8"))).toEqual({ name: "v2", height: "9007199254740993" })
  })

  it("replaces another release only when forced, and never one that the node needs", async (test) => {
    const home = TestHome.make(test)
    const [first, second] = [built(home, "v2"), built(home, "v3")]
    await ask(home, ["upgrade", "add", "v2", first])
    const refused = await ask(home, ["upgrade", "add", "v2", second])
    expect([refused.code, refused.stderr, sha256(home.binary("v2"))]).toEqual([64, expect.stringContaining("--force"), sha256(first)])
    expect((await ask(home, ["upgrade", "add", "v2", second, "--force"])).code).toBe(0)
    expect([sha256(home.binary("v2")), upgrades(home)]).toEqual([sha256(second), ["v2"]])
    fs.rmSync(home.inside("current"))
    fs.symlinkSync("upgrades/v2", home.inside("current"))
    const current = await ask(home, ["upgrade", "add", "v2", first, "--force"])
    expect([current.code, current.stderr, sha256(home.binary("v2"))]).toEqual([64, expect.stringContaining("current release"), sha256(second)])
  })

  it("is add-upgrade in cosmovisor's words", async (test) => {
    const home = TestHome.make(test)
    const answer = await ask(home, ["add-upgrade", "v2", built(home, "v2"), "--force", "--upgrade-height", "7"])
    expect(answer.code, answer.stderr).toBe(0)
    expect([upgrades(home), json(fs.readFileSync(home.planPath, "utf8"))]).toEqual([["v2"], { name: "v2", height: 7 }])
  })

  const mistakes: ReadonlyArray<readonly [string, ReadonlyArray<string>, number, string]> = [
    ["a name that is none", ["..", "built-v2"], 64, "the name"],
    ["a height that is none", ["v2", "built-v2", "--height", "0"], 64, "the height"],
    ["a weak checksum", ["v2", "built-v2", "--checksum", `md5:${"a".repeat(32)}`], 64, "md5"],
    ["another checksum", ["v2", "built-v2", "--checksum", "0".repeat(64)], 66, "0".repeat(64)],
    ["a file that is not there", ["v2", "nothing"], 66, "there is no file"],
    ["a scheme that is none", ["v2", "ftp://example.test/node"], 64, "ftp"],
    ["no binary", ["v2"], 64, "binary"]
  ]
  it.for(mistakes)("refuses %s", async ([, words, code, why], test) => {
    const home = TestHome.make(test)
    built(home, "v2")
    const answer = await ask(home, ["upgrade", "add", ...words])
    expect([answer.code, answer.stderr, answer.stdout, upgrades(home), fs.existsSync(home.planPath)]).toEqual([code, expect.stringContaining(why), "", [], false])
  })

  it("needs a home", async (test) => {
    const home = TestHome.empty(test)
    expect([(await ask(home, ["upgrade", "add", "v2", built(home, "v2")])).code, (await ask(home, ["upgrade", "verify"])).code]).toEqual([66, 66])
  })
})

/** All files below a directory, by size. */
const sizesBelow = (directory: string): ReadonlyArray<number> =>
  fs.existsSync(directory) ? fs.readdirSync(directory, { recursive: true, encoding: "utf8" }).map((name) => fs.statSync(join(directory, name), { throwIfNoEntry: false })).flatMap((stat) => stat?.isFile() === true ? [stat.size] : []) : []

describe.concurrent("a download", () => {
  it.for(["SIGKILL", "SIGTERM"] as const)("that is ended with %s in the middle is not in place, and goes on where it was", async (signal, test) => {
    const home = TestHome.make(test)
    const path = built(home, "v2")
    fs.appendFileSync(path, `#${"x".repeat(5_000_000)}\n`)
    const content = fs.readFileSync(path)
    const ranges: Array<string | undefined> = []
    const url = await serving(test, (request, response) => {
      const { range } = request.headers
      const start = Number(/\d+/.exec(range ?? "0")?.[0])
      ranges.push(range)
      response.writeHead(start === 0 ? 200 : 206, {
        etag: "\"1\"", "content-length": content.byteLength - start, ...(start > 0 && { "content-range": `bytes ${start}-${content.byteLength - 1}/${content.byteLength}` })
      })
      if (start > 0) response.end(content.subarray(start))
      else response.write(content.subarray(0, 3_000_000))
    })
    const words = ["upgrade", "add", "v2", url, "--checksum", sha256(path)]
    const program = new Program(home, words)
    await home.becomes("some of it is on the disk", () => sizesBelow(home.inside("upgrades")).some((bytes) => bytes > 1_000_000))
    program.child.kill(signal)
    await program.exit
    expect(upgrades(home)).toEqual([".staging,"])
    const answer = await ask(home, words)
    expect(answer.code, answer.stderr).toBe(0)
    expect([upgrades(home), sha256(home.binary("v2"))]).toEqual([["v2"], sha256(path)])
    expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d{6}-$/)])
  })
})

describe.concurrent("on a terminal, a download", () => {
  it("shows how far it is, in one line that is gone in the end", async (test) => {
    const home = TestHome.make(test)
    const path = built(home, "v2")
    const content = fs.readFileSync(path)
    const finish: Array<() => void> = []
    const url = await serving(test, (_request, response) => {
      response.writeHead(200, { "content-length": content.byteLength }).write(content.subarray(0, 100))
      finish.push(() => void response.end(content.subarray(100)))
    })
    const line = [process.execPath, bundle, "upgrade", "add", "v2", url, "--checksum", sha256(path)].map(quote).join(" ")
    const { WEMIXVISOR_LOG_FORMAT: _, ...env } = environment(home)
    const script = spawn("script", ["-qefc", `exec ${line}`, "/dev/null"], { env: { ...env, TERM: "xterm", SHELL: "/bin/sh" }, stdio: ["ignore", "pipe", "inherit"] })
    let screen = ""
    script.stdout.setEncoding("utf8").on("data", (chunk: string) => screen += chunk)
    await home.becomes("it is shown", () => screen.includes(`\r\u001b[Kfetching ${url}: 0.0 of 0.0 MB`))
    for (const end of finish) end()
    await home.becomes("the terminal ends", () => script.exitCode !== null)
    expect([script.exitCode, upgrades(home)]).toEqual([0, ["v2"]])
    expect(screen).toMatch(/\r\u001b\[Kv2 is at /)
  })
})

describe.concurrent("upgrade remove", () => {
  it("takes away what was fetched of a release that is not there", async (test) => {
    const home = TestHome.make(test)
    const part = home.inside("upgrades", ".staging,", "part", "v2")
    fs.mkdirSync(part, { recursive: true })
    fs.writeFileSync(join(part, "body"), "half")
    expect((await ask(home, ["upgrade", "remove", "v2"])).code).toBe(0)
    expect(fs.existsSync(part)).toBe(false)
    expect((await ask(home, ["upgrade", "remove", "v2"])).code).not.toBe(0)
  })

  it("takes a release away, and never one that the node runs or would go back to", async (test) => {
    const home = TestHome.make(test)
    home.stage("v2")
    home.stage("v3")
    home.stage("v4")
    home.plan("v2", 10)
    const program = Program.run(home)
    await home.started("v2")
    await home.becomes("the upgrade is recorded", () => fs.readFileSync(home.inside("state.json"), "utf8").includes("\"at\""))
    const removed = await ask(home, ["upgrade", "remove", "v4", "-o", "json"])
    expect([removed.code, json(removed.stdout)]).toEqual([0, { name: "v4", release: "upgrades/v4", path: home.inside("upgrades", "v4") }])
    expect(await ask(home, ["upgrade", "remove", "v2"])).toMatchObject({ code: 64, stderr: expect.stringContaining("current release") })
    home.plan("v3", 20)
    await home.started("v3")
    await home.becomes("both upgrades are recorded", () => fs.readFileSync(home.inside("state.json"), "utf8").split("\"at\"").length === 3)
    expect(await ask(home, ["upgrade", "remove", "v2"])).toMatchObject({ code: 64, stderr: expect.stringContaining("go back to") })
    expect(await ask(home, ["upgrade", "remove", "v4"])).toMatchObject({ code: 66, stderr: expect.stringContaining("there is no") })
    expect(upgrades(home)).toEqual(["v2", "v3"])
    await program.stop()
  })
})

describe.concurrent("upgrade verify", () => {
  it("says of each release whether it is as it should be, and ends with 1 when one is not", async (test) => {
    const home = TestHome.make(test)
    await ask(home, ["upgrade", "add", "v2", built(home, "v2")])
    const good = await ask(home, ["upgrade", "verify", "-o", "json"])
    expect([good.code, json(good.stdout)]).toEqual([0, [
      { name: "genesis", release: "genesis", path: home.binary("genesis"), ok: true, sha256: null },
      { name: "v2", release: "upgrades/v2", path: home.binary("v2"), ok: true, sha256: sha256(home.binary("v2")) }
    ]])
    fs.appendFileSync(home.binary("v2"), "# changed\n")
    const changed = await ask(home, ["upgrade", "verify", "v2"])
    expect([changed.code, changed.stdout]).toEqual([1, expect.stringContaining(sha256(home.binary("v2")))])
    expect((await ask(home, ["upgrade", "verify", "genesis"])).code).toBe(0)
    fs.chmodSync(home.binary("v2"), 0o644)
    expect(await ask(home, ["upgrade", "verify", "v2"])).toMatchObject({ code: 1, stdout: expect.stringContaining("not executable") })
    expect(await ask(home, ["upgrade", "verify", "v9", "-o", "json"])).toMatchObject({ code: 1, stdout: expect.stringContaining("\"ok\":false") })
  })
})
