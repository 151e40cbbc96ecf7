// Preloaded into wemixvisor by Node (`--import`): wraps the calls that change something below a directory, counts them, writes them down,
// and kills its own process right before one of them, in the middle of it, or right after it, or holds it there for a while.
// wemixvisor itself knows nothing of it.
import { syncBuiltinESMExports } from "node:module"
import { relative } from "node:path"

type Call = (...args: ReadonlyArray<unknown>) => unknown

const fs = process.getBuiltinModule("node:fs")
const childProcess = process.getBuiltinModule("node:child_process")
const { openSync, writeSync } = fs
const kill = process.kill.bind(process)

const { HOLD_AT: holdAt, HOLD_WHILE: holdWhile = "", HOOK_BELOW: below = "", HOOK_LIST: list = "", KILL_AT: killAt } = process.env
const record = openSync(list, "a")
/** The open files and directories below it, by descriptor. */
const paths = new Map<unknown, string>()
/** Those of them that are written to: the end of a reading changes nothing. */
const written = new Set<unknown>()
const counts = new Map<string, number>()

const isBelow = (path: unknown): path is string => typeof path === "string" && path.startsWith(`${below}/`)

/** A path may come as its bytes. */
const textOf = (path: unknown): unknown => path instanceof Uint8Array ? Buffer.from(path).toString() : path

/** A path as the list has it, without the time that is in the name of a backup. */
const short = (path: string): string => relative(below, path).replace(/\d{8}T\d{6}Z(?:-\d+)?/, "T").replace(/(\/(?:new|old)\/[^/]+\/)[0-9a-f]{12}/, "$1ID")

/** Does not return. */
const die = (): never => {
  kill(process.pid, "SIGKILL")
  while (true);
}

/** As long as the file is there. */
const hold = (): void => {
  const nothing = new Int32Array(new SharedArrayBuffer(4))
  while (fs.existsSync(holdWhile)) Atomics.wait(nothing, 0, 0, 5)
}

const pass = (moment: string): void => {
  writeSync(record, `${moment}\n`)
  if (killAt === moment) die()
  if (holdAt === moment) hold()
}

/** The moment before a call, and a function for the moment after it. A call is named by what it does and by how often that was done. */
const begin = (what: string): (() => void) => {
  const count = (counts.get(what) ?? 0) + 1
  counts.set(what, count)
  pass(`before ${count} ${what}`)
  return () => pass(`after ${count} ${what}`)
}

const ofPath = (verb: string, path: unknown) => {
  const text = textOf(path)
  return isBelow(text) ? `${verb} ${short(text)}` : undefined
}
const ofFile = (verb: string, descriptor: unknown) => written.has(descriptor) ? ofPath(verb, paths.get(descriptor)) : undefined
const isForWriting = (args: ReadonlyArray<unknown>) => /^[wa]|\+/.test(String(args[1]))
const opening = (args: ReadonlyArray<unknown>) => isForWriting(args) ? ofPath("open", args[0]) : undefined
const writing = ([descriptor]: ReadonlyArray<unknown>) => ofFile("write", descriptor)
const signalling = ([pid, signal]: ReadonlyArray<unknown>) => signal === 0 ? undefined : `${String(signal)} to ${Number(pid) < 0 ? "the group" : "the node"}`

const isCall = (value: unknown): value is Call => typeof value === "function"

/** Puts another function in place of a module's; `named` says what the call is called in the list, or nothing for one that does not count. */
const wrap = (module: object, name: string, named: (args: ReadonlyArray<unknown>) => string | undefined, around: (original: Call, args: ReadonlyArray<unknown>) => unknown): void => {
  const original: unknown = Reflect.get(module, name)
  if (!isCall(original)) throw new Error(`there is no ${name} to wrap`)
  const bound: Call = (...args) => Reflect.apply(original, module, args)
  const wrapper: Call = (...args) => {
    const what = named(args)
    if (what === undefined) return around(bound, args)
    const end = begin(what)
    const result = around(bound, args)
    end()
    return result
  }
  Reflect.set(module, name, wrapper)
}

const plainly = (original: Call, args: ReadonlyArray<unknown>): unknown => original(...args)

const opened = (original: Call, args: ReadonlyArray<unknown>): unknown => {
  const descriptor = original(...args)
  const path = textOf(args[0])
  if (isBelow(path)) paths.set(descriptor, path)
  if (isForWriting(args)) written.add(descriptor)
  return descriptor
}

const closed = (original: Call, args: ReadonlyArray<unknown>): unknown => {
  paths.delete(args[0])
  written.delete(args[0])
  return original(...args)
}

/** Half of the bytes, and then the end. */
const halfOrAll = (original: Call, args: ReadonlyArray<unknown>): unknown => {
  const [descriptor, bytes] = args
  const what = writing(args)
  if (what !== undefined && bytes instanceof Uint8Array && killAt === `half ${counts.get(what)} ${what}`) {
    original(descriptor, bytes.subarray(0, bytes.byteLength / 2))
    die()
  }
  return original(...args)
}

/** The end is told to a function, the last argument, and that is the moment after it. */
const told = (named: (args: ReadonlyArray<unknown>) => string | undefined) => (original: Call, args: ReadonlyArray<unknown>): unknown => {
  const [what, done] = [named(args), args.at(-1)]
  const end = what === undefined ? () => {} : begin(what)
  return original(...args.slice(0, -1), (...answer: ReadonlyArray<unknown>) => {
    end()
    if (isCall(done)) done(...answer)
  })
}
const syncing = ([descriptor]: ReadonlyArray<unknown>) => ofPath("sync", paths.get(descriptor))

wrap(fs, "openSync", opening, opened)
wrap(fs, "writeSync", writing, halfOrAll)
wrap(fs, "fsync", () => undefined, told(syncing))
wrap(fs, "copyFile", () => undefined, told(([, path]) => ofPath("copy", path)))
wrap(fs, "closeSync", ([descriptor]) => ofFile("close", descriptor), closed)
wrap(fs, "renameSync", ([, path]) => ofPath("rename", path), plainly)
wrap(fs, "symlinkSync", ([, path]) => ofPath("link", path), plainly)
wrap(fs, "rmSync", ([path]) => ofPath("remove", path), plainly)
wrap(fs, "rmdirSync", ([path]) => ofPath("remove", path), plainly)
wrap(fs, "mkdirSync", ([path]) => ofPath("make", path), plainly)
wrap(childProcess, "spawn", ([path]) => ofPath("spawn", path), plainly)
wrap(process, "kill", signalling, plainly)
syncBuiltinESMExports()
