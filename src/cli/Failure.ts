// What a person is told when a command fails, and the exit status: a few lines, no stack traces unless they were asked for.
import { Cause, type Exit } from "effect"
import { ExitStatus } from "../domain/Outcome.ts"
import { BackupError } from "../services/backup/BackupError.ts"
import { ConfigError } from "../services/Config.ts"
import { DownloadError } from "../services/download/DownloadError.ts"
import { DiskError } from "../services/Disk.ts"
import { HomeLockError } from "../services/HomeLock.ts"
import { LinkError } from "../services/LinkManager.ts"
import { printable } from "../services/Log.ts"
import { StagingError } from "../services/staging/Staging.ts"
import { StateError } from "../services/StateFile.ts"
import { HomeError } from "../supervisor/Boot.ts"
import { RehearsalError } from "../supervisor/Rehearsal.ts"
import { RetryError } from "../supervisor/Retry.ts"
import { InitError } from "../supervisor/Init.ts"
import { NodeStatus, UsageError } from "./Run.ts"
import { UpgradeError } from "./UpgradeError.ts"

export interface Ending {
  readonly status: number
  readonly lines: ReadonlyArray<string>
}

export const ending = (exit: Exit.Exit<unknown, unknown>, withTraces: boolean): Ending => {
  if (exit._tag === "Success") return { status: ExitStatus.Ok, lines: [] }
  const error = Cause.squash(exit.cause)
  const known = expected(error)
  if (known !== undefined) return { ...known, lines: known.lines.map(readable) }
  const trace = withTraces ? Cause.pretty(exit.cause).split("\n") : ["--log-level debug shows where"]
  return { status: ExitStatus.Bug, lines: [`this is a bug in wemixvisor: ${text(error)}`, ...trace].map(readable) }
}

/** Longer than any path with what is said of it: what was quoted is no text for people. In characters. */
const longest = { line: 10_000, head: 8000, tail: 1000 }

/** A line that stays one; of one that nobody reads to its end the middle is left out. */
const readable = (line: string): string => {
  const text = printable(line)
  return text.length <= longest.line ? text : `${text.slice(0, longest.head)} ... ${text.slice(-longest.tail)}`
}

const text = (error: unknown): string => error instanceof Error ? error.message : String(error)

const expected = (error: unknown): Ending | undefined => {
  if (error instanceof NodeStatus) return { status: error.status, lines: [] }
  if (error instanceof UsageError) return { status: ExitStatus.Usage, lines: error.lines }
  if (error instanceof ConfigError) return { status: ExitStatus.WrongSettings, lines: error.mistakes }
  if (error instanceof HomeLockError) return { status: error.reason === "Held" ? ExitStatus.HomeInUse : ExitStatus.Missing, lines: [error.message] }
  if (error instanceof BackupError) return { status: isSetting(error) ? ExitStatus.WrongSettings : ExitStatus.Missing, lines: [error.message] }
  if (error instanceof InitError) return { status: error.reason === "OtherBinary" ? ExitStatus.Usage : ExitStatus.Missing, lines: [error.message] }
  if (error instanceof UpgradeError) return { status: error.reason === "NotThere" ? ExitStatus.Missing : ExitStatus.Usage, lines: [error.message] }
  if (error instanceof StagingError) return { status: error.reason === "Exists" ? ExitStatus.Usage : ExitStatus.Missing, lines: [error.message] }
  if (error instanceof DownloadError) return { status: error.reason === "NoChecksum" ? ExitStatus.Usage : ExitStatus.Missing, lines: [error.message] }
  if (error instanceof StateError) return { status: ExitStatus.Missing, lines: [error.message, ...wayOut(error)] }
  if (error instanceof RetryError) return { status: ExitStatus.Usage, lines: [error.message] }
  if (error instanceof HomeError || error instanceof LinkError || error instanceof DiskError || error instanceof RehearsalError) return { status: ExitStatus.Missing, lines: [error.message] }
  return undefined
}

/** What another setting mends. */
const isSetting = ({ reason }: BackupError): boolean => reason === "Nested" || reason === "CannotClone"

const wayOut = ({ path, reason }: StateError): ReadonlyArray<string> =>
  reason === "Damaged"
    ? [`to go on without it, see that no node runs and that ${path.replace(/state\.json$/, "current")} is right, then: mv ${path} ${path}.damaged`]
    : []
