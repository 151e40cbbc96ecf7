// The unit that OPERATING gives, run by a real `systemd --user` in a pid and mount name space of its own: that needs root, and systemd's programs.
import { spawn, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { bundle, environment } from "../support/Program.ts"
import { TestHome } from "../support/TestHome.ts"

const has = (...command: readonly [string, ...ReadonlyArray<string>]): boolean => spawnSync(command[0], command.slice(1), { stdio: "ignore" }).status === 0
const canRun = process.getuid?.() === 0 && has("systemctl", "--version") && has("systemd", "--version") && has("unshare", "--mount", "--pid", "--fork", "--mount-proc", "true")

const operating = fs.readFileSync(join(import.meta.dirname, "../../docs/OPERATING.md"), "utf8")

/** The unit as it stands there, but for this home, this build, and what a manager without network and users does not have. */
const unitFor = (home: TestHome): string => {
  const [, unit = ""] = /```ini\n([^]*?)```/.exec(operating) ?? []
  const variables = Object.entries({ ...environment(home), WEMIXVISOR_LOG_FORMAT: "logfmt" }).map(([name, value]) => `"${name}=${value}"`).join(" ")
  return unit
    .replace(/^(?:User|After|Wants)=.*\n/gm, "")
    .replace(/^Environment=.*$/m, `Environment=${variables}`)
    .replace(/^ExecStart=\S+ run .*$/m, `ExecStart=${process.execPath} ${bundle} run`)
    .replace("multi-user.target", "default.target")
}

/** A manager that lives as long as its standard input is open; what is written there it runs as shell lines, one after another. */
const manage = (home: TestHome) => {
  const script = `mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system /run/user/0 && export XDG_RUNTIME_DIR=/run/user/0
systemd --user --unit=basic.target >"$HOME/manager" 2>&1 &
until systemctl --user list-units >/dev/null 2>&1; do sleep 0.05; done
while read -r line; do eval "$line"; echo "= $?"; done; systemctl --user exit`
  const child = spawn("unshare", ["--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "bash", "-c", script], {
    env: environment(home),
    stdio: ["pipe", "pipe", "inherit"]
  })
  let said = ""
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => said += chunk)
  home.accounts.push(() => `systemd\n${said}`)
  let asked = 0
  /** What the line printed. */
  const ask = async (line: string): Promise<string> => {
    child.stdin.write(`${line}\n`)
    const nth = ++asked
    const answers = await home.until(line, () => said.split(/^= \d+\n/m).length > nth ? said.split(/^= \d+\n/m) : undefined)
    return (answers[nth - 1] ?? "").trim()
  }
  return { ask, end: () => child.stdin.end() }
}

const property = (name: string): string => `systemctl --user show -P ${name} node`

describe.skipIf(!canRun)("the unit in OPERATING", () => {
  it("starts the node, brings it back when wemixvisor is killed, and stops it with one SIGTERM as a clean end", async (test) => {
    const home = TestHome.make(test)
    const { ask, end } = manage(home)
    home.put(join(home.root, ".config/systemd/user/node.service"), unitFor(home))
    await ask("systemctl --user daemon-reload && systemctl --user start node")
    const first = await home.started("genesis")
    expect(await ask("systemctl --user is-active node")).toBe("active")
    await ask(`kill -9 $(${property("MainPID")})`)
    const second = await home.started("genesis", 2)
    expect(home.signals(first.pid)).toEqual([])
    await ask("systemctl --user stop node")
    expect(await ask(property("ActiveState"))).toBe("inactive")
    expect(await ask(property("Result"))).toBe("success")
    expect(home.signals(second.pid)).toEqual(["TERM 1"])
    expect(home.starts()).toEqual(["genesis", "genesis"])
    end()
  })

  it("does not start again what wrong settings keep from starting", async (test) => {
    const home = TestHome.make(test)
    const { ask, end } = manage(home)
    home.put(join(home.root, ".config/systemd/user/node.service"), unitFor(home).replace("DAEMON_UPGRADE_PROBATION=0s", "DAEMON_UPGRADE_PROBATION=soon"))
    await ask("systemctl --user daemon-reload && systemctl --user start node")
    await ask(`until [ "$(${property("ActiveState")})" = failed ]; do sleep 0.05; done`)
    expect(await ask(property("ExecMainStatus"))).toBe("78")
    expect(await ask(property("NRestarts"))).toBe("0")
    expect(home.starts()).toEqual([])
    end()
  })
})
