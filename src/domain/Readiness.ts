// Whether a release could be started, and the plan seen together with it: the facts that a look at the disk gives.
import { Data } from "effect"
import { amount } from "./Backup.ts"
import type { Release } from "./Release.ts"
import type { UpgradePlan } from "./UpgradePlan.ts"

/** What keeps a release from being started. `path` is the file or directory that must change. */
export type Obstacle = Data.TaggedEnum<{
  BinaryMissing: { readonly path: string }
  NotAFile: { readonly path: string }
  NotExecutable: { readonly path: string }
  /** It is executable, and not by this user or not in this place. */
  NotPermitted: { readonly path: string }
  NotAProgram: { readonly path: string; readonly why: string }
  WrongMachine: { readonly path: string; readonly built: string; readonly machine: string }
  Incomplete: { readonly path: string; readonly bytes: number; readonly neededBytes: number }
  InterpreterMissing: { readonly path: string; readonly interpreter: string }
  Unreadable: { readonly path: string; readonly code: string }
  DiskFull: { readonly path: string; readonly freeBytes: number; readonly neededBytes: number }
  /** It is not the file that was staged: digests are SHA-256. */
  Changed: { readonly path: string; readonly expected: string; readonly found: string }
  /** What it was staged with could not be compared. `isRefusal`: the disk said no; the record is not damaged. */
  Unverified: { readonly path: string; readonly why: string; readonly isRefusal: boolean }
  NoRoomForBackup: { readonly path: string; readonly method: string; readonly files: number; readonly freeBytes: number; readonly neededBytes: number }
  /** The data cannot be copied. */
  NoBackup: { readonly path: string; readonly why: string }
}>
export const Obstacle = Data.taggedEnum<Obstacle>()

/** Why a child could not be started: something about its file, or the system's refusal. */
export type LaunchProblem = Obstacle | { readonly _tag: "SpawnRefused"; readonly path: string; readonly code: string }

/** It may be the trouble of a moment, and says nothing against the file. */
export const mayPass = (obstacle: Obstacle): boolean =>
  obstacle._tag === "DiskFull" || obstacle._tag === "Unreadable" || (obstacle._tag === "Unverified" && obstacle.isRefusal)

/** What keeps a program from being started, and what would mend it. */
export const obstacleText = (problem: LaunchProblem): string => {
  switch (problem._tag) {
    case "BinaryMissing":
      return `there is no binary at ${problem.path}: put it there`
    case "NotAFile":
      return `${problem.path} is not a file: put the node's binary there`
    case "NotExecutable":
      return `${problem.path} is not executable: chmod +x ${problem.path}`
    case "NotPermitted":
      return `this user may not execute ${problem.path}: see its owner and its mode, and that its file system is not mounted noexec`
    case "NotAProgram":
      return `${problem.path} is not a program: ${problem.why}`
    case "WrongMachine":
      return `${problem.path} is built for ${problem.built} and this machine is ${problem.machine}: put the right build there`
    case "Incomplete":
      return `${problem.path} is cut off or still being copied: ${problem.bytes} of ${problem.neededBytes} bytes are there`
    case "InterpreterMissing":
      return `${problem.path} needs ${problem.interpreter}, which is not on this machine`
    case "Unreadable":
      return `cannot read ${problem.path}: ${problem.code}`
    case "DiskFull":
      return `only ${problem.freeBytes} bytes are free where ${problem.path} lies; ${problem.neededBytes} are needed`
    case "Changed":
      return `${problem.path} was changed since it was staged: its SHA-256 is ${problem.found} and was ${problem.expected}; stage it again with wemixvisor upgrade add --force`
    case "Unverified":
      return `cannot tell whether ${problem.path} is what was staged: ${problem.why}`
    case "NoRoomForBackup":
      return `a backup (${problem.method}) of ${problem.files} files needs ${amount(problem.neededBytes)} in ${problem.path}, and ${amount(problem.freeBytes)} are free there: ` +
        "make room, set DAEMON_DATA_BACKUP_DIR to another disk, leave files out with DAEMON_BACKUP_EXCLUDE, or set DAEMON_BACKUP=none"
    case "NoBackup":
      return `no backup can be made: ${problem.why}`
    case "SpawnRefused":
      return `the system refused to start ${problem.path}: ${problem.code}`
  }
}

export type Readiness = Data.TaggedEnum<{
  Ready: {}
  NotReady: { readonly obstacle: Obstacle }
}>
export const Readiness = Data.taggedEnum<Readiness>()

/** What the plan file says. `key` is the same exactly for the same content, so that a complaint is made once. */
export type PlanReading = Data.TaggedEnum<{
  Absent: {}
  Unusable: { readonly key: string; readonly why: string }
  Read: { readonly plan: UpgradePlan; readonly digest: string }
}>
export const PlanReading = Data.taggedEnum<PlanReading>()

/** The system would not let it be read, which may change without a trace in the file: the key is the errno's name then. */
export const isRefused = (reading: PlanReading | PlanLook): boolean => reading._tag === "Unusable" && /^[A-Z]/.test(reading.key)

/** A reading, judged: which release the plan means and whether that could be started. */
export type PlanLook = Data.TaggedEnum<{
  Absent: {}
  Unusable: { readonly key: string; readonly why: string }
  Found: { readonly plan: UpgradePlan; readonly digest: string; readonly release: Release; readonly readiness: Readiness }
}>
export const PlanLook = Data.taggedEnum<PlanLook>()
