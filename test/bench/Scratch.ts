// The one temporary directory below which the benchmark writes, and its removal. TMPDIR chooses the disk.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const root = mkdtempSync(join(tmpdir(), "wemixvisor-bench-"))
let made = 0

/** A path that nothing has been written to. */
export const scratchFile = (kind: string): string => join(root, `${kind}-${++made}`)

/** A new empty directory. */
export const scratchDirectory = (kind: string): string => {
  const path = scratchFile(kind)
  mkdirSync(path)
  return path
}

/** A process that was killed a moment ago may still be writing: removal is tried again. */
export const removeScratch = (): void => rmSync(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
