// A home as cosmovisor laid it out, and what of it is where: the whole tree with its contents, to be compared.
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import { join } from "node:path"
import { type Behaviour, steady } from "./FakeNode.ts"
import { type Occasion, TestHome } from "./TestHome.ts"

/** What `cosmovisor config` writes; durations are nanoseconds. */
export const theirSettings = `daemon_home = "/elsewhere"
daemon_name = "node"
daemon_allow_download_binaries = false
daemon_restart_after_upgrade = true
daemon_restart_delay = 0
daemon_shutdown_grace = 30000000000
daemon_poll_interval = 300000000
unsafe_skip_backup = true
daemon_preupgrade_max_retries = 0
cosmovisor_disable_logs = false
`

/** The link is absolute, as those before 1.7 made it. */
export const cosmovisorHome = (test: Occasion, genesis: Behaviour = steady, directory?: string): TestHome => {
  const home = TestHome.make(test, genesis, directory)
  const theirs = join(home.path, "cosmovisor")
  fs.rmSync(home.inside("current"))
  fs.renameSync(home.inside(), theirs)
  fs.symlinkSync(join(theirs, "genesis"), join(theirs, "current"))
  fs.mkdirSync(join(theirs, "upgrades"))
  fs.writeFileSync(join(theirs, "config.toml"), theirSettings)
  home.put(join(home.path, "data", "blockstore.db", "000001.sst"), "blocks")
  return home
}

/** A line for each entry of a home: its path, its mode, what it is, a hash of its content in which the home's own path does not count. */
export const tree = ({ path, root }: TestHome): ReadonlyArray<string> =>
  fs.readdirSync(path, { recursive: true, encoding: "utf8" }).toSorted().map((name) => {
    const stat = fs.lstatSync(join(path, name))
    const mode = (stat.mode & 0o7777).toString(8)
    if (stat.isSymbolicLink()) return `${name} -> ${fs.readlinkSync(join(path, name)).replace(root, "")}`
    if (!stat.isFile()) return `${name} ${mode} ${stat.isDirectory() ? "directory" : "special"}`
    return `${name} ${mode} ${createHash("sha256").update(fs.readFileSync(join(path, name), "latin1").replaceAll(root, "")).digest("hex")}`
  })
