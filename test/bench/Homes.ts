// Homes as an operator makes them (`wemixvisor init`), the nodes staged in them, and `wemixvisor run` on them.
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { environment, now, Program, wholeRun } from "./Programs.ts"
import { scratchDirectory, scratchFile } from "./Scratch.ts"

const bundle = fileURLToPath(new URL("../../dist/wemixvisor.js", import.meta.url))

const daemon = "benchd"

const settings = (home: string): NodeJS.ProcessEnv => ({
  ...environment,
  DAEMON_HOME: home,
  DAEMON_NAME: daemon,
  WEMIXVISOR_LOG_FORMAT: "logfmt"
})

/**
 * A node that starts in about a millisecond, says which release it is when it is up, and says so again when SIGTERM reaches it,
 * just before it exits. It waits by reading its stdin, so it starts no process of its own and ends when the benchmark is gone.
 */
const node = (release: string): string => `#!/bin/sh
trap 'echo "down ${release}"; exit 0' TERM
echo "up ${release}"
while read -r line; do :; done
`

const writeNode = (path: string, release: string): string => {
  writeFileSync(path, node(release), { mode: 0o755 })
  return path
}

/** The path of a node of this release that stands by itself. */
export const bareNode = (release: string): string => writeNode(scratchFile("node"), release)

/** A fresh home whose release is `genesis`. */
export const freshHome = async (): Promise<string> => {
  const home = scratchDirectory("home")
  mkdirSync(join(home, "data"))
  await wholeRun(process.execPath, [bundle, "init", bareNode("genesis")], settings(home))
  return home
}

/** Puts a release's binary where an upgrade of that name looks for it. */
export const stage = (home: string, release: string): void => {
  const bin = join(home, "wemixvisor", "upgrades", release, "bin")
  mkdirSync(bin, { recursive: true })
  writeNode(join(bin, daemon), release)
}

/** `wemixvisor run` in its default settings. Its node prints to the same pipe. */
export const supervise = (home: string, more: NodeJS.ProcessEnv = {}): Program => new Program(process.execPath, [bundle, "run"], { ...settings(home), ...more })

/** `wemixvisor upgrade add` of a release from a URL. */
export const addRelease = (home: string, release: string, url: string, checksum: string): Program =>
  new Program(process.execPath, [bundle, "upgrade", "add", release, url, "--checksum", checksum], settings(home))

/** Removes a release that was staged. */
export const unstage = (home: string, release: string): void => rmSync(join(home, "wemixvisor", "upgrades", release), { recursive: true, force: true })

/** Writes a plan aside now; the function puts it into place and gives the instant just before it did. */
export const preparePlan = (home: string, release: string): () => number => {
  const aside = join(home, "plan")
  writeFileSync(aside, JSON.stringify({ name: release, height: 1, info: "" }))
  return () => {
    const at = now()
    renameSync(aside, join(home, "data", "upgrade-info.json"))
    return at
  }
}
