// Refusals of a disk in the words of the real one: the one list of what its operations are called in their errors.
import { type Disk, DiskError } from "../../../src/services/Disk.ts"

export type Operation = keyof Disk["Service"]

const words: Record<Operation, string> = {
  read: "read",
  readAt: "read",
  write: "write",
  append: "write",
  seal: "sync",
  copy: "copy to",
  rename: "rename to",
  link: "link",
  readLink: "read the link",
  remove: "remove",
  removeDirectory: "remove",
  makeDirectory: "make the directory",
  list: "list",
  status: "look at",
  glance: "look at",
  permits: "look at",
  changeMode: "change the mode of",
  syncDirectory: "sync",
  freeBytes: "measure",
  changes: "watch",
  tellsAll: "measure"
}

export const refusal = (operation: Operation, path: string, code: string): DiskError =>
  new DiskError({ operation: words[operation], path, code, cause: code })
