// Which entries of an archive are the program, which are passed over, and which make the whole archive one that is refused. Reads nothing.
import { Result } from "effect"

export interface Entry {
  readonly path: string
  readonly type: "File" | "Directory" | "Symlink" | "Hardlink" | "CharDevice" | "BlockDevice" | "Fifo" | "Other"
  /** Of links: where to. */
  readonly target?: string | undefined
}

/** `bin`: the program where it belongs. `root`: the program at the top, which is taken when there is no other. */
export type Role = "bin" | "root" | "passed over"

const kinds: Record<Entry["type"], string> = {
  File: "a file", Directory: "a directory", Symlink: "a link", Hardlink: "a hard link", CharDevice: "a device", BlockDevice: "a device", Fifo: "a FIFO", Other: "of a kind that is not known"
}

const quoted = (path: string): string => JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path)

/** The names on the way, without `.`; the failure says why that is no way within a directory. */
const namesIn = (path: string): Result.Result<ReadonlyArray<string>, string> => {
  if (path.startsWith("/") || /^[A-Za-z]:/.test(path)) return Result.fail("is an absolute path")
  if (/[\\\p{Cc}]/u.test(path)) return Result.fail("has a backslash or a control character in its name")
  const names = path.split("/").filter((name) => name !== "" && name !== ".")
  return names.includes("..") ? Result.fail("leads out of the archive") : Result.succeed(names)
}

/** Whether a link at this path stays within the archive, each step of the way. */
const staysInside = (names: ReadonlyArray<string>, target: string): boolean => {
  if (target === "" || target.startsWith("/") || target.includes("\\")) return false
  let depth = names.length - 1
  for (const name of target.split("/")) {
    depth += name === ".." ? -1 : name === "" || name === "." ? 0 : 1
    if (depth < 0) return false
  }
  return true
}

/** The failure is a phrase about the archive. */
export const roleOf = ({ path, target, type }: Entry, program: string): Result.Result<Role, string> =>
  Result.gen(function*() {
    const names = yield* Result.mapError(namesIn(path), (why) => `holds ${quoted(path)}, which ${why}`)
    const role: Role = names.join("/") === `bin/${program}` ? "bin" : names.join("/") === program ? "root" : "passed over"
    if (type === "File") return role
    // A directory may bear the program's name at the top: `wemixd/README`.
    if (type === "Directory" && role !== "bin") return "passed over"
    if (type === "Symlink" && role === "passed over" && staysInside(names, target ?? "")) return role
    const where = type === "Symlink" || type === "Hardlink" ? ` to ${quoted(target ?? "")}` : ""
    return yield* Result.fail(`holds ${quoted(path)}, which is ${kinds[type]}${where}${role === "passed over" ? "" : " and not the program"}`)
  })
