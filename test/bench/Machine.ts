// What the figures were taken on: without it no time means anything.
import { statfsSync } from "node:fs"
import { arch, availableParallelism, cpus, loadavg, release, tmpdir, totalmem, type } from "node:os"

export interface Machine {
  readonly cores: number
  readonly processor: string
  readonly memoryGibibytes: number
  readonly kernel: string
  readonly node: string
  /** The file system below the temporary directory: the fsyncs are its. */
  readonly disk: string
  /** Runnable processes, mean of the minute before the first figure. What runs beside the benchmark is in every figure. */
  readonly load: number
}

const fileSystems = new Map([
  [0xef53, "ext4"],
  [0x01021994, "tmpfs"],
  [0x9123683e, "btrfs"],
  [0x58465342, "xfs"],
  [0x794c7630, "overlayfs"],
  [0x2fc12fc1, "zfs"]
])

const fileSystem = (path: string): string => {
  const magic = statfsSync(path).type
  return fileSystems.get(magic) ?? `0x${magic.toString(16)}`
}

export const describeMachine = (): Machine => ({
  cores: availableParallelism(),
  processor: cpus()[0]?.model.trim() ?? "unknown",
  memoryGibibytes: Math.round(totalmem() / 2 ** 30),
  kernel: `${type()} ${release()} ${arch()}`,
  node: process.version,
  disk: fileSystem(tmpdir()),
  load: loadavg()[0] ?? Number.NaN
})
