// How long a copy of the data takes until it is on the disk, beside `cp -a` of the same tree with the same syncing. Where blocks can be shared,
// both share them: on an xfs in a file, where this machine can mount one.
import { Effect } from "effect"
import { execFile, spawnSync } from "node:child_process"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { mountLoopDisk } from "../support/LoopDisk.ts"
import { join } from "node:path"
import { DataCopy } from "../../src/services/copy/DataCopy.ts"
import type { Heading, Measured } from "./Figure.ts"
import { now } from "./Programs.ts"
import { interleave } from "./Sampling.ts"
import { scratchDirectory, scratchFile } from "./Scratch.ts"

export const largeHeading: Heading = {
  id: "backup.large",
  title: "backup: 1 GiB in 64 files, until it is on the disk",
  unit: "ms",
  aim: { kind: "ratio", most: 1 }
}

export const smallHeading: Heading = {
  id: "backup.small",
  title: "backup: 20000 files of 4 KiB, until they are on the disk (5 runs)",
  unit: "ms",
  aim: { kind: "ratio", most: 1 }
}

export const clonedHeading: Heading = {
  id: "backup.cloned",
  title: "backup: 1 GiB in 64 files by clones, on an xfs in a file, until it is on the disk",
  unit: "ms",
  aim: { kind: "absolute", most: 50 }
}

interface Shape {
  readonly directories: number
  readonly filesInEach: number
  readonly bytes: number
}

const large: Shape = { directories: 4, filesInEach: 16, bytes: 16 * 1024 * 1024 }
const small: Shape = { directories: 20, filesInEach: 1000, bytes: 4096 }

/** No two pages of a file are the same, and none is empty. */
const contentOf = (bytes: number): Buffer => {
  const content = Buffer.alloc(bytes, 0x5a)
  for (let page = 0; page < bytes; page += 4096) content.writeUInt32LE(page + 1, page)
  return content
}

const makeTree = (root: string, { bytes, directories, filesInEach }: Shape): string => {
  const content = contentOf(bytes)
  for (let directory = 0; directory < directories; directory++) {
    mkdirSync(join(root, `${directory}`), { recursive: true })
    for (let file = 0; file < filesInEach; file++) writeFileSync(join(root, `${directory}`, `${file}.sst`), content)
  }
  settleDisk(root)
  return root
}

/** What earlier runs have left to write is written. */
const settleDisk = (path: string): void => void spawnSync("sync", ["-f", path])

/** Takes the time of one copy to a new place, which is removed again, all of it, before the next one begins. */
const timed = async (from: string, copy: (to: string) => Promise<void>): Promise<number> => {
  const to = `${from}-copy`
  const startedAt = now()
  await copy(to)
  const took = now() - startedAt
  rmSync(to, { recursive: true })
  settleDisk(from)
  return took
}

const run = (command: string, args: readonly string[]): Promise<void> =>
  new Promise((resolve, reject) => execFile(command, args, (error) => error === null ? resolve() : reject(error)))

const byTools = async (from: string, to: string): Promise<void> => {
  await run("cp", ["-a", "--reflink=auto", from, to])
  await run("sync", ["-f", to])
}

const byDataCopy = (method: "reflink" | "copy") => (from: string, to: string): Promise<void> =>
  Effect.runPromise(
    DataCopy.use((copies) => copies.copy({ from, to, method, exclude: [], onProgress: () => Effect.void })).pipe(Effect.asVoid, Effect.provide(DataCopy.layer))
  )

const sharesBlocks = (directory: string): Promise<boolean> =>
  Effect.runPromise(DataCopy.use((copies) => copies.canClone(directory, directory)).pipe(Effect.provide(DataCopy.layer)))

const measure = async (heading: Heading, shape: Shape, runs: number, place: string): Promise<Measured> => {
  const from = makeTree(place, shape)
  const isShared = await sharesBlocks(from)
  const copy = byDataCopy(isShared ? "reflink" : "copy")
  const measurement = await interleave({
    runs,
    subject: { name: isShared ? "wemixvisor, by clones" : "wemixvisor", take: () => timed(from, (to) => copy(from, to)) },
    floor: { name: "`cp -a --reflink=auto`, then `sync -f`", take: () => timed(from, (to) => byTools(from, to)) }
  })
  rmSync(from, { recursive: true })
  return { ...heading, ...measurement }
}

export const measureLargeBackup = (runs: number): Promise<Measured> => measure(largeHeading, large, runs, scratchFile("data"))

/** Nothing where no such disk can be mounted. */
export const measureClonedBackup = async (runs: number): Promise<readonly Measured[]> => {
  const disk = mountLoopDisk("xfs", scratchDirectory("disk"), 4 * 1024 ** 3)
  if (disk === undefined) {
    process.stderr.write(`not measured: ${clonedHeading.id}, for which this user must be able to make and mount an xfs\n`)
    return []
  }
  process.once("exit", disk.release)
  const measured = await measure(clonedHeading, large, runs, join(disk.path, "data"))
  disk.release()
  return [measured]
}
/** A run takes half a minute, on a disk where a file is made in half a millisecond. */
export const measureSmallBackup = (runs: number): Promise<Measured> => measure(smallHeading, small, Math.min(runs, 5), scratchFile("data"))
