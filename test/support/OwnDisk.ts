// A file system of its own for a home, or for a part of it, that only wemixvisor and its children see: a tmpfs as small as a test wants it.
// Root mounts it in a name space of its own, anybody else in one in which they are root.
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { join } from "node:path"
import type { Program } from "./Program.ts"
import type { TestHome } from "./TestHome.ts"

const alone: ReadonlyArray<string> = process.getuid?.() === 0 ? ["unshare", "-m"] : ["unshare", "-rm"]

/** What is there already moves to the new file system. */
const mount = `cp -a "$0" "$0.before" && mount -t tmpfs -o "$1" tmpfs "$0" && cp -a "$0.before/." "$0/" && shift && exec "$@"`

/** A command's prefix under which a directory is a tmpfs with these options, as `size=2m`. */
export const withinDisk = (directory: string, options: string): ReadonlyArray<string> => [...alone, "sh", "-c", mount, directory, options]

/** Whether this machine lets a test do so. */
export const canMount = (): boolean => spawnSync(alone[0] ?? "", [...alone.slice(1), "sh", "-c", "mount -t tmpfs tmpfs /mnt"]).status === 0

/** The home as this wemixvisor sees it. */
export const seenBy = (home: TestHome, program: Program): TestHome => home.seenAt(`/proc/${program.pid}/root${home.path}`)

const isFull = (cause: unknown): boolean => typeof cause === "object" && cause !== null && "code" in cause && cause.code === "ENOSPC"

const untilFull = (once: (count: number) => void): void => {
  for (let count = 0;; count++) {
    try {
      once(count)
    } catch (cause) {
      if (isFull(cause)) return
      throw cause
    }
  }
}

/** Uses up what is left of the space. Gives what gives it back. */
export const fillSpace = (home: TestHome): (() => void) => {
  const path = join(home.path, "filler")
  const descriptor = fs.openSync(path, "w")
  const page = Buffer.alloc(4096, 1)
  untilFull(() => fs.writeSync(descriptor, page))
  fs.closeSync(descriptor)
  return () => fs.rmSync(path)
}

/** Uses up what is left of the inodes. Gives what gives them back. */
export const fillInodes = (home: TestHome): (() => void) => {
  const directory = join(home.path, "fillers")
  fs.mkdirSync(directory)
  untilFull((count) => fs.writeFileSync(join(directory, `${count}`), ""))
  return () => fs.rmSync(directory, { recursive: true })
}
