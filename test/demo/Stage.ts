// What an operator does by hand around wemixvisor: a home, a release staged in it, a plan, a look at what is current.
// Everything is written aside and renamed into place, as wemixvisor asks of whoever stages a release or writes a plan.
import { chmod, copyFile, mkdir, mkdtemp, readFile, readlink, realpath, rename, rm, stat, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { type AnvilRelease, binaryOf, heightInState } from "./Anvil.ts"

/** A new, empty home; whoever asked for it removes it with {@link removeHome} or names it to a person. */
export const temporaryHome = async (): Promise<string> => realpath(await mkdtemp(join(tmpdir(), "wemixvisor-demo-")))

export const removeHome = (home: string): Promise<void> => rm(home, { recursive: true, force: true, maxRetries: 3 })

export const nodeLogOf = (home: string): string => join(home, "node.log")

export const stateFileOf = (home: string): string => join(home, "data", "anvil-state.json")

/** Puts a release's binary where the plan of that name will look for it. */
export const stageRelease = async (home: string, name: string, release: AnvilRelease): Promise<void> => {
  const bin = join(home, "wemixvisor", "upgrades", name, "bin")
  const aside = join(bin, ".anvil.staged")
  await mkdir(bin, { recursive: true })
  await copyFile(binaryOf(release), aside)
  await chmod(aside, 0o755)
  await rename(aside, join(bin, "anvil"))
}

export interface Plan {
  readonly name: string
  readonly height: number
}

export const writePlan = async (home: string, plan: Plan): Promise<void> => {
  const file = join(home, "data", "upgrade-info.json")
  await writeFile(`${file}.new`, `${JSON.stringify(plan)}\n`)
  await rename(`${file}.new`, file)
}

/** The directory that `current` names: `genesis`, or an upgrade's. */
export const currentRelease = async (home: string): Promise<string> => basename(await readlink(join(home, "wemixvisor", "current")))

export interface StateFile {
  readonly writtenAtMillis: number
  /** Absent when the file is not the whole JSON that anvil goes on from. */
  readonly height: number | undefined
}

export const readStateFile = async (home: string): Promise<StateFile | undefined> => {
  try {
    const { mtimeMs } = await stat(stateFileOf(home))
    return { writtenAtMillis: mtimeMs, height: heightInState(await readFile(stateFileOf(home), "utf8")) }
  } catch {
    return undefined
  }
}

/** A port of the loopback interface that nobody held a moment ago. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.on("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("no port")))
    })
  })
