// Copies a directory tree, and removes one. The only one that knows how; knows nothing of names, of keeping, of what the tree is for.
import { Context, Effect, Layer, Schedule, Schema } from "effect"
import type { CopyMethod, Progress } from "../../domain/Backup.ts"
import { type Survey, surveyOf } from "../../domain/Tree.ts"
import * as Cloning from "./Cloning.ts"
import * as Globs from "./Globs.ts"
import * as TreeCopy from "./TreeCopy.ts"
import * as TreeWalk from "./TreeWalk.ts"

/**
 * `Refused`: the system said no to what `why` says. `Full`: there is no more room. `CannotClone`: these file systems do not share blocks.
 * `path` is what could not be read or written.
 */
export class CopyError extends Schema.TaggedError<CopyError>()("CopyError", {
  path: Schema.String,
  reason: Schema.Literals(["Refused", "Full", "CannotClone"]),
  code: Schema.String
}) {
  override get message() {
    switch (this.reason) {
      case "Full":
        return `no room for ${this.path} (${this.code}): make room on that file system`
      case "CannotClone":
        return `${this.path} cannot be cloned (${this.code}): that needs one file system that shares blocks, such as btrfs or xfs, for the original and the copy`
      case "Refused":
        return `cannot copy, look at or remove ${this.path}: ${this.code}`
    }
  }
}

export interface CopyOptions {
  readonly from: string
  /** Does not exist yet; the directory above it does. */
  readonly to: string
  readonly method: CopyMethod
  readonly exclude: ReadonlyArray<string>
  /** Made just now, of the same tree with the same globs; saves looking at it again. */
  readonly survey?: Survey
  /** Called about five times a second, and once more when all is copied; the copy does not wait for it. */
  readonly onProgress: (done: Progress) => Effect.Effect<void>
}

export class DataCopy extends Context.Service<DataCopy, {
  /**
   * Walks a tree, without what the globs match; a directory that matches is left out with all below it. `from` itself may be a link to a directory,
   * links in it are kept as such. Changes nothing; interruptible; what goes away meanwhile is listed, not an error.
   */
  readonly survey: (from: string, exclude: ReadonlyArray<string>) => Effect.Effect<Survey, CopyError>
  /** Whether a file in the directory `from` could be cloned into the directory `to`, by trying it with a small one: once for two file systems, as long as this process lives. */
  readonly canClone: (from: string, to: string) => Effect.Effect<boolean>
  /**
   * Copies into a directory that does not exist yet; synced when it returns. Files keep content, holes, modes, owners (as far as this process may give them) and times to a
   * microsecond; links keep their text. On failure and interruption the copy is removed again; the latter takes effect within a piece of a file.
   * Gives what was copied: files may have grown or vanished since they were surveyed.
   */
  readonly copy: (options: CopyOptions) => Effect.Effect<Survey, CopyError>
  /** Removes a whole tree; a missing one is no error. Interruptible between entries: what was removed by then is gone, and doing it again goes on. */
  readonly remove: (path: string) => Effect.Effect<void, CopyError>
  /** The files of a survey that cannot be opened and read, as people spell them. */
  readonly unreadable: (from: string, survey: Survey) => Effect.Effect<ReadonlyArray<string>>
  /** A path of a survey as people read it, on one line. */
  readonly spelt: (path: string) => string
}>()("wemixvisor/services/copy/DataCopy") {
  /** On the real file system. */
  static readonly layer = Layer.sync(DataCopy, () => real)
}

/** The file system has no more blocks, or this user may not use more. */
const full = new Set(["ENOSPC", "EDQUOT"])

export const reasonOf = (code: string, method: CopyMethod): CopyError["reason"] =>
  full.has(code) ? "Full" : method === "reflink" && Cloning.unshared.has(code) ? "CannotClone" : "Refused"

const failed = (method: CopyMethod) => ({ code, path }: TreeWalk.Trouble): CopyError => new CopyError({ path, code, reason: reasonOf(code, method) })

const survey = Effect.fnUntraced(function*(from: string, exclude: ReadonlyArray<string>) {
  const isExcluded = yield* Globs.matcher(exclude)
  const { entries, ...lists } = yield* Effect.mapError(TreeWalk.walk(from, isExcluded), failed("copy"))
  return surveyOf(entries, lists)
})

/** Faster is not seen, slower looks as if it had stopped. */
const tick = Schedule.spaced("200 millis")

const copy = Effect.fn("DataCopy.copy")(function*(options: CopyOptions) {
  const found = options.survey ?? (yield* survey(options.from, options.exclude))
  const job = TreeCopy.jobOf(options.from, options.to, options.method, found)
  const tell = Effect.suspend(() => options.onProgress(job.progress))
  const work = Effect.andThen(Effect.raceFirst(TreeCopy.fill(job), Effect.andThen(Effect.repeat(tell, tick), Effect.never)), tell)
  yield* Effect.uninterruptibleMask((restore) =>
    TreeCopy.begin(job).pipe(
      Effect.andThen(restore(work).pipe(Effect.onError(() => Effect.ignore(TreeWalk.remove(options.to)))))
    )
  ).pipe(Effect.mapError(failed(options.method)))
  return surveyOf(job.copied, { ...found, vanished: [...found.vanished, ...job.vanished] })
})

const real = DataCopy.of({
  survey,
  canClone: Cloning.canClone,
  copy,
  remove: (path) => Effect.mapError(TreeWalk.remove(path), failed("copy")),
  unreadable: (from, { entries }) => TreeWalk.unreadable(from, entries),
  spelt: TreeWalk.spelt
})
