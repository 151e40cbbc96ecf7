// A plan whose binary cannot run stops nothing: the node goes on, the log says what is missing, the upgrade follows by itself.
// And the plans that are found before the first start, and those after which wemixvisor is to end.
import * as fs from "node:fs"
import { describe, expect, it } from "vitest"
import { foreignElf } from "../support/FakeNode.ts"
import { Program, upgraded } from "../support/Program.ts"
import { TestHome } from "../support/TestHome.ts"

const obstacles: Readonly<Record<string, (home: TestHome, binary: string) => void>> = {
  "nothing at all": () => {},
  "an empty directory": (home) => void fs.mkdirSync(home.release("v2"), { recursive: true }),
  "a binary of another name": (home, binary) => home.put(`${binary}-other`, "#!/bin/sh\n", 0o755),
  "a binary that is not executable": (home, binary) => home.put(binary, "#!/bin/sh\n", 0o644),
  "an ELF of another machine": (home, binary) => home.put(binary, foreignElf(), 0o755),
  "an ELF that is cut off": (home, binary) => home.put(binary, foreignElf().subarray(0, 5), 0o755),
  "a text": (home, binary) => home.put(binary, "<html>404 not found</html>\n", 0o755),
  "an empty file": (home, binary) => home.put(binary, "", 0o755),
  "a script without its interpreter": (home, binary) => home.put(binary, "#!/no/such/interpreter\n", 0o755),
  "a directory in the binary's place": (_, binary) => void fs.mkdirSync(binary, { recursive: true }),
  "a link that leads nowhere": (home, binary) => {
    home.put(`${binary}-other`, "")
    fs.symlinkSync("nowhere", binary)
  }
}

describe.concurrent("a plan whose release holds", () => {
  it.for(Object.entries(obstacles))("%s stops nothing, and is carried out once the binary is there", async ([, place], test) => {
    const home = TestHome.make(test)
    place(home, home.binary("v2"))
    const program = Program.run(home, { env: { DAEMON_POLL_INTERVAL: "1h" } })
    const node = await home.started("genesis")
    home.plan("v2", 10)
    await program.logged(/upgrades\/v2\b/)
    await home.answers(node, "alive")
    expect(home.signals(node.pid)).toEqual([])
    expect(home.current()).toBe("genesis")
    if (fs.statSync(home.binary("v2"), { throwIfNoEntry: false })?.isDirectory()) fs.rmdirSync(home.binary("v2"))
    home.stage("v2")
    await home.started("v2")
    await program.stop()
    expect(home.signals(node.pid)).toEqual(["TERM 1"])
    expect(home.starts()).toEqual(["genesis", "v2"])
  })

  it("nothing yet, with the `upgrades` directory made later and by hand, is carried out too", async (test) => {
    const home = TestHome.make(test)
    const program = Program.run(home, { env: { DAEMON_POLL_INTERVAL: "1h" } })
    await home.started("genesis")
    home.plan("v2", 10)
    await program.logged(/upgrades\/v2\b/)
    fs.mkdirSync(home.inside("upgrades", "v2", "bin"), { recursive: true })
    fs.writeFileSync(home.binary("v2"), "")
    home.stage("aside")
    fs.copyFileSync(home.binary("aside"), home.binary("v2"))
    home.stage("v2")
    fs.chmodSync(home.binary("v2"), 0o755)
    await home.started("v2")
    await program.stop()
  })

  it("a binary that is made executable later is carried out then", async (test) => {
    const home = TestHome.make(test)
    home.stage("v2")
    fs.chmodSync(home.binary("v2"), 0o644)
    const program = Program.run(home, { env: { DAEMON_POLL_INTERVAL: "50ms" } })
    await home.started("genesis")
    home.plan("v2", 10)
    await program.logged(/upgrades\/v2\b/)
    fs.chmodSync(home.binary("v2"), 0o755)
    await home.started("v2")
    await program.stop()
  })
})

describe.concurrent("a plan that stands there at the start", () => {
  it("and is ready is carried out before the first start: the old release never runs", async (test) => {
    const home = TestHome.make(test)
    await upgraded(home)
    expect(home.starts()).toEqual(["v2"])
    expect(home.current()).toBe("upgrades/v2")
  })

  it("and is not ready lets the old release run", async (test) => {
    const home = TestHome.make(test)
    home.plan("v2", 10)
    const program = Program.run(home)
    await home.started("genesis")
    home.stage("v2")
    await home.started("v2")
    await program.stop()
    expect(home.starts()).toEqual(["genesis", "v2"])
  })
})

describe.concurrent("with DAEMON_RESTART_AFTER_UPGRADE=false", () => {
  it("wemixvisor switches and exits with 0; the next run starts the new release", async (test) => {
    const home = TestHome.make(test)
    home.stage("v2")
    const program = Program.run(home, { env: { DAEMON_RESTART_AFTER_UPGRADE: "false" } })
    const node = await home.started("genesis")
    home.plan("v2", 10)
    expect(await program.end()).toBe(0)
    expect(home.signals(node.pid)).toEqual(["TERM 1"])
    expect(home.current()).toBe("upgrades/v2")
    expect(home.starts()).toEqual(["genesis"])
    const second = Program.run(home, { env: { DAEMON_RESTART_AFTER_UPGRADE: "false" } })
    await home.started("v2")
    await second.stop()
    expect(home.starts()).toEqual(["genesis", "v2"])
  })
})
