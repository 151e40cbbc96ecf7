// What the real file system says of a file without opening it, and what the system says when it refuses. Part of Disk.
import type { BigIntStats } from "node:fs"
import type { FileStatus, Glance } from "./Disk.ts"

const fs = process.getBuiltinModule("node:fs")

/** The errno's name of what the system threw, `UNKNOWN` where there is none. */
export const codeOf = (cause: unknown): string =>
  typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string" ? cause.code : "UNKNOWN"

const signatureOf = ({ dev, ino, mtimeNs, size }: BigIntStats): string => `${dev}:${ino}:${size}:${mtimeNs}`

export const statusOf = (path: string, follow: boolean): FileStatus => {
  const stat = follow ? fs.statSync(path, { bigint: true }) : fs.lstatSync(path, { bigint: true })
  return {
    kind: stat.isFile() ? "file" : stat.isDirectory() ? "directory" : stat.isSymbolicLink() ? "link" : "other",
    bytes: Number(stat.size),
    mode: Number(stat.mode & 0o7777n),
    modifiedAtMillis: Number(stat.mtimeMs),
    identity: `${stat.dev}:${stat.ino}`,
    signature: signatureOf(stat)
  }
}

export const glance = (path: string): Glance | undefined => {
  try {
    const stat = fs.statSync(path, { bigint: true, throwIfNoEntry: false })
    return stat && { signature: signatureOf(stat), modifiedAtMillis: Number(stat.mtimeMs) }
  } catch (cause) {
    return codeOf(cause) === "ENOTDIR" ? undefined : { signature: codeOf(cause), modifiedAtMillis: 0 }
  }
}

export const permits = (path: string, what: "execute" | "write"): boolean => {
  try {
    fs.accessSync(path, what === "execute" ? fs.constants.X_OK : fs.constants.W_OK | fs.constants.X_OK)
    return true
  } catch {
    return false
  }
}
