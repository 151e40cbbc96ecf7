// Installs the dependencies, as locked, when they are missing or older than the lock file. Runs on the machine's own Node, however old.
// Not `npm ci`: that refuses a lock file made where the builds for other platforms are not to be had.
import { spawnSync } from "node:child_process"
import { existsSync, statSync } from "node:fs"

const installed = "node_modules/.package-lock.json"
const stale = !existsSync(installed) || statSync("package-lock.json").mtimeMs > statSync(installed).mtimeMs
if (stale) {
  const { status } = spawnSync("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"], { stdio: "inherit" })
  process.exit(status ?? 1)
}
