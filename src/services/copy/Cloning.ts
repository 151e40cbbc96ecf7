// Whether two directories' file systems share blocks, so that files can be cloned from one into the other. Part of DataCopy.
import { Effect } from "effect"
import { page } from "./FileCopy.ts"
import { codeOf } from "../FileLooks.ts"

const fs = process.getBuiltinModule("node:fs")
const { COPYFILE_FICLONE_FORCE } = fs.constants

/** What the system answers where blocks cannot be shared (ioctl_ficlone(2)). */
export const unshared = new Set(["ENOTSUP", "EOPNOTSUPP", "EXDEV", "EINVAL", "ENOTTY", "ENOSYS"])

const probe = ".wemixvisor-probe"

/** By their devices' numbers: what two file systems can do together does not change while they are mounted. */
const answers = new Map<string, boolean>()

/** By trying it with a file of one block, once for each pair of file systems. */
export const canClone = (from: string, to: string): Effect.Effect<boolean> =>
  Effect.sync(() => {
    try {
      const [source, target] = [fs.statSync(from).dev, fs.statSync(to).dev]
      // Within one file system nothing need be written among the data.
      const answer = answers.get(`${source}:${target}`) ?? tryCloning(source === target ? to : from, to)
      answers.set(`${source}:${target}`, answer)
      return answer
    } catch {
      return false
    }
  })

/** Throws what has nothing to do with the file systems. */
const tryCloning = (from: string, to: string): boolean => {
  const [original, clone] = [`${from}/${probe}`, `${to}/${probe}.clone`]
  try {
    fs.writeFileSync(original, Buffer.alloc(page, 1))
    fs.copyFileSync(original, clone, COPYFILE_FICLONE_FORCE)
    return true
  } catch (cause) {
    if (unshared.has(codeOf(cause))) return false
    throw cause
  } finally {
    for (const path of [original, clone]) ignoring(() => fs.rmSync(path, { force: true }))
  }
}

const ignoring = (run: () => void): void => {
  try {
    run()
  } catch {
    // It stays where it may not be removed; the next probe writes over it.
  }
}
