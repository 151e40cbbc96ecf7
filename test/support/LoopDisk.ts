// A file system of its own in a file, mounted: for what only file systems that share blocks can do. Needs root and the tools that make one.
import { spawnSync } from "node:child_process"
import { mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"

export type Kind = "xfs" | "btrfs"

export interface LoopDisk {
  readonly path: string
  /** Unmounts it and removes its file. */
  readonly release: () => void
}

const did = (command: string, ...args: ReadonlyArray<string>): boolean => spawnSync(command, args, { stdio: "ignore" }).status === 0

const make = { xfs: ["mkfs.xfs", "-q", "-m", "reflink=1"], btrfs: ["mkfs.btrfs", "-q"] } as const

/** Below this directory; nothing where the machine, or this user, cannot. The file has holes: it takes what is written to it. */
export const mountLoopDisk = (kind: Kind, within: string, bytes: number): LoopDisk | undefined => {
  const [image, path] = [join(within, `${kind}.image`), join(within, kind)]
  writeFileSync(image, "")
  truncateSync(image, bytes)
  mkdirSync(path, { recursive: true })
  const release = () => {
    did("umount", path)
    rmSync(image, { force: true })
  }
  const [tool, ...options] = make[kind]
  if (did(tool, ...options, image) && did("mount", "-o", "loop", image, path)) return { path, release }
  rmSync(image, { force: true })
  return undefined
}
