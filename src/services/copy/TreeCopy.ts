// Fills a directory with a copy of a tree on the real file system: several files at a time, large ones in pieces, and syncs it.
// Part of DataCopy, and used by nothing else.
import { Effect } from "effect"
import { execFile } from "node:child_process"
import type { CopyMethod, Progress } from "../../domain/Backup.ts"
import type { Entry, Survey } from "../../domain/Tree.ts"
import { copyInPieces, waitFor } from "./FileCopy.ts"
import { codeOf } from "../FileLooks.ts"
import { pathOf, spelt, type Trouble, troubleAt } from "./TreeWalk.ts"

const fs = process.getBuiltinModule("node:fs")
const { COPYFILE_EXCL, COPYFILE_FICLONE_FORCE } = fs.constants

/** One copy that is under way. */
export interface Job {
  readonly from: string
  readonly to: string
  readonly method: CopyMethod
  readonly survey: Survey
  /** What is there by now. */
  readonly copied: Array<Entry>
  readonly vanished: Array<string>
  progress: Progress
  /** The next of the files. */
  next: number
  isStopped: boolean
  trouble: Trouble | undefined
}

export const jobOf = (from: string, to: string, method: CopyMethod, survey: Survey): Job => ({
  from,
  to,
  method,
  survey,
  copied: [],
  vanished: [],
  progress: { files: 0, totalFiles: survey.files, bytes: 0, totalBytes: survey.bytes },
  next: 0,
  isStopped: false,
  trouble: undefined
})

/** Makes the directory; until the copy is whole, nobody else reads it. */
export const begin = (job: Job): Effect.Effect<void, Trouble> => attempt(job, "", () => fs.mkdirSync(job.to, 0o700))

const attempt = <A>(job: Job, path: string, run: () => A): Effect.Effect<A, Trouble> =>
  Effect.try({ try: run, catch: (cause) => troubleAt(job.to, path, cause) })

export const fill = Effect.fnUntraced(function*(job: Job): Effect.fn.Return<void, Trouble> {
  const { entries } = job.survey
  const directories = entries.filter(({ kind }) => kind === "directory")
  yield* eachOf(job, directories.filter(({ path }) => path !== ""), (entry) => fs.mkdirSync(pathOf(job.to, entry.path), 0o700))
  yield* copyFiles(job, entries.filter(({ kind, sameAs }) => kind === "file" && sameAs === undefined))
  yield* eachOf(job, entries.filter(({ sameAs }) => sameAs !== undefined), (entry) => linkAgain(job, entry))
  yield* eachOf(job, entries.filter(({ kind }) => kind === "link"), (entry) => copyLink(job, entry))
  // Last, and from the bottom up: what is made in a directory changes its times, and needs the right to write in it.
  yield* eachOf(job, directories.toReversed(), (entry) => {
    keep(job, entry)
    job.copied.push(entry)
  })
  yield* sync(job)
})

/** So many small things are done at once; then others have their turn. */
const batch = 32

const eachOf = Effect.fnUntraced(function*(job: Job, entries: ReadonlyArray<Entry>, run: (entry: Entry) => void): Effect.fn.Return<void, Trouble> {
  for (let start = 0; start < entries.length; start += batch) {
    yield* attempt(job, "", () => entries.slice(start, start + batch).forEach((entry) => at(job, entry, () => run(entry))))
    yield* Effect.yieldNow
  }
})

const at = (job: Job, { path }: Entry, run: () => void): void => {
  try {
    run()
  } catch (cause) {
    if (isVanished(job, path)) return void job.vanished.push(spelt(path))
    throw troubleAt(job.to, path, cause)
  }
}

const isVanished = (job: Job, path: string): boolean => fs.lstatSync(pathOf(job.from, path), { throwIfNoEntry: false }) === undefined

/** More than three, and the runtime's own four threads are all taken: everything else that reads a file waits, for seconds. */
const lanes = 3

/** Interruption waits for what is in the system's hands: at most a piece, or a file of that grain, in each lane. */
const copyFiles = (job: Job, files: ReadonlyArray<Entry>): Effect.Effect<void, Trouble> =>
  Effect.callback<void, Trouble>((resume) => {
    const ended = Promise.all(Array.from({ length: lanes }, () => lane(job, files)))
    void ended.then(() => resume(job.trouble === undefined ? Effect.void : Effect.fail(job.trouble)))
    return Effect.suspend(() => {
      job.isStopped = true
      return Effect.promise(() => ended)
    })
  })

/** A file is known by the name of the original, room by where it is missing. */
const isFull = (cause: unknown): boolean => codeOf(cause) === "ENOSPC" || codeOf(cause) === "EDQUOT"

/** Never rejects: what goes wrong stops all lanes and stands in the job. */
const lane = async (job: Job, files: ReadonlyArray<Entry>): Promise<void> => {
  for (let entry = files[job.next++]; entry !== undefined && !job.isStopped; entry = files[job.next++]) {
    try {
      await copyFile(job, entry)
    } catch (cause) {
      const to = pathOf(job.to, entry.path)
      if (isVanished(job, entry.path)) {
        fs.rmSync(to, { force: true })
        job.vanished.push(spelt(entry.path))
      } else {
        job.trouble ??= troubleAt(isFull(cause) ? job.to : job.from, entry.path, cause)
        job.isStopped = true
      }
    }
  }
}

/** What one call of the system copies, which cannot be stopped: a fraction of a second on a slow disk. In bytes. */
const grain = 16 * 1024 * 1024

const copyFile = async (job: Job, entry: Entry): Promise<void> => {
  const [from, to] = [pathOf(job.from, entry.path), pathOf(job.to, entry.path)]
  const hasHoles = entry.allocatedBytes < entry.bytes
  if (job.method === "reflink") await waitFor<void>((done) => fs.copyFile(from, to, COPYFILE_EXCL | COPYFILE_FICLONE_FORCE, (error) => done(error)))
  else if (hasHoles || entry.bytes > grain) await copyInPieces(from, to, hasHoles, { copied: (bytes) => add(job, 0, bytes), isStopped: () => job.isStopped })
  else await copyAtOnce(from, to, entry.bytes)
  if (job.isStopped) return
  const bytes = keep(job, entry)
  job.copied.push(bytes === entry.bytes ? entry : { ...entry, bytes })
  const isCounted = job.method === "copy" && (hasHoles || entry.bytes > grain)
  add(job, 1, isCounted ? 0 : bytes)
}

/** From this length on, in bytes, a file is written out at once: the disk works while the others are read, and has little left to do at the end. */
const worthWriting = 1024 * 1024

const copyAtOnce = async (from: Buffer, to: Buffer, bytes: number): Promise<void> => {
  await waitFor<void>((done) => fs.copyFile(from, to, COPYFILE_EXCL, (error) => done(error)))
  if (bytes < worthWriting) return
  const copy = fs.openSync(to, "r")
  await waitFor<void>((done) => fs.fdatasync(copy, (error) => done(error))).finally(() => fs.closeSync(copy))
}

const add = (job: Job, files: number, bytes: number): void => {
  job.progress = { ...job.progress, files: job.progress.files + files, bytes: job.progress.bytes + bytes }
}

const linkAgain = (job: Job, entry: Entry): void => {
  fs.linkSync(pathOf(job.to, entry.sameAs ?? ""), pathOf(job.to, entry.path))
  job.copied.push(entry)
  add(job, 1, entry.bytes)
}

const copyLink = (job: Job, entry: Entry): void => {
  const to = pathOf(job.to, entry.path)
  fs.symlinkSync(fs.readlinkSync(pathOf(job.from, entry.path), { encoding: "buffer" }), to)
  const { gid, uid } = fs.lstatSync(to)
  if (uid !== entry.owner || gid !== entry.group) permitted(() => fs.lchownSync(to, entry.owner, entry.group))
  fs.lutimesSync(to, entry.accessedAtSeconds, entry.modifiedAtSeconds)
  job.copied.push(entry)
}

/** Only root may give files away; without that right a copy belongs to who makes it, as with every other tool. */
const permitted = (run: () => void): void => {
  try {
    run()
  } catch (cause) {
    if (codeOf(cause) !== "EPERM") throw cause
  }
}

/** Owner before mode, which giving a file away changes; times last. Gives its length. */
const keep = ({ to }: Job, entry: Entry): number => {
  const path = pathOf(to, entry.path)
  const there = fs.lstatSync(path)
  const isOwned = there.uid === entry.owner && there.gid === entry.group
  if (!isOwned) permitted(() => fs.chownSync(path, entry.owner, entry.group))
  if (!isOwned || (there.mode & 0o7777) !== entry.mode) fs.chmodSync(path, entry.mode)
  fs.utimesSync(path, entry.accessedAtSeconds, entry.modifiedAtSeconds)
  return there.size
}

/**
 * By syncing the whole file system at once, as coreutils' `sync -f` has the kernel do: thousands of files one by one take a commit of its journal each.
 * Where there is no such tool, or it fails, each is synced by itself, which also says what is refused.
 */
const sync = Effect.fnUntraced(function*(job: Job): Effect.fn.Return<void, Trouble> {
  if (process.platform === "linux" && (yield* syncFileSystem(job.to))) return
  for (const { kind, path } of job.copied) {
    if (kind !== "link") yield* syncOne(job, path)
  }
})

/** Interruption does not wait for it: it changes nothing. */
const syncFileSystem = (path: string): Effect.Effect<boolean> =>
  Effect.callback<boolean>((resume) => {
    const child = execFile("sync", ["-f", path], (error) => resume(Effect.succeed(error === null)))
    return Effect.sync(() => void child.kill("SIGKILL"))
  })

const syncOne = (job: Job, path: string): Effect.Effect<void, Trouble> =>
  Effect.tryPromise({
    try: async () => {
      const file = await fs.promises.open(pathOf(job.to, path), "r")
      await file.sync().finally(() => file.close())
    },
    catch: (cause) => troubleAt(job.to, path, cause)
  })
