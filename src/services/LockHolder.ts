// Who holds a lock on a file, as far as the system tells. The file is not opened: closing it could free a lock of this process.

const { readFileSync, statSync } = process.getBuiltinModule("node:fs")

/** The pid; undefined where nobody holds one, or the system has no list of locks, or names nobody of this machine's processes. */
export const lockHolder = (path: string): number | undefined => {
  try {
    return holderIn(readFileSync("/proc/locks", "utf8"), statSync(path).ino)
  } catch {
    return undefined
  }
}

/** The lines of /proc/locks end in `<pid> <major>:<minor>:<inode> <from> <to>` (proc_locks(5)); the pid is 0 for a process of another container. */
export const holderIn = (locks: string, inode: number): number | undefined => {
  const found = locks.split("\n").map((line) => / (\d+) [0-9a-f]+:[0-9a-f]+:(\d+) \S+ \S+$/.exec(line.trimEnd())).find((match) => match?.[2] === String(inode))
  const pid = Number(found?.[1] ?? 0)
  return pid === 0 ? undefined : pid
}
