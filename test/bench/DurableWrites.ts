// The bare cost of making something on disk survive a power cut: the floor for what wemixvisor records.
import { closeSync, fsyncSync, openSync, renameSync, symlinkSync, writeSync } from "node:fs"
import { join } from "node:path"

const content = "x".repeat(1024)

const syncDirectory = (directory: string): void => {
  const descriptor = openSync(directory, "r")
  fsyncSync(descriptor)
  closeSync(descriptor)
}

/** A file of one KiB: written aside, fsynced, renamed into place, its directory fsynced. */
export const writeDurably = (directory: string): void => {
  const aside = join(directory, "record.new")
  const descriptor = openSync(aside, "w")
  writeSync(descriptor, content)
  fsyncSync(descriptor)
  closeSync(descriptor)
  renameSync(aside, join(directory, "record"))
  syncDirectory(directory)
}

/** A link made aside now; the function renames it into place. */
export const prepareLink = (directory: string, target: string): () => void => {
  const aside = join(directory, "link.new")
  symlinkSync(target, aside)
  return () => renameSync(aside, join(directory, "link"))
}
