// Installs the dependencies when they are missing or older than the lock file. Runs on the machine's own Node, however old.
import { spawnSync } from "node:child_process"
import { existsSync, statSync } from "node:fs"

const installed = "node_modules/.package-lock.json"
const stale = !existsSync(installed) || statSync("package-lock.json").mtimeMs > statSync(installed).mtimeMs
if (stale) {
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { stdio: "inherit" })
  process.exit(status ?? 1)
}
