// Whether a release could be started, and the plan seen together with it: the facts that a look at the disk gives.
import { Data } from "effect"
import type { Release } from "./Release.ts"
import type { UpgradePlan } from "./UpgradePlan.ts"

/** What keeps a release from being started. `path` is the file or directory that must change. */
export type Obstacle = Data.TaggedEnum<{
  BinaryMissing: { readonly path: string }
  NotAFile: { readonly path: string }
  NotExecutable: { readonly path: string }
  NotAProgram: { readonly path: string; readonly why: string }
  WrongMachine: { readonly path: string; readonly built: string; readonly machine: string }
  Incomplete: { readonly path: string; readonly bytes: number; readonly neededBytes: number }
  InterpreterMissing: { readonly path: string; readonly interpreter: string }
  Unreadable: { readonly path: string; readonly code: string }
  DiskFull: { readonly path: string; readonly freeBytes: number; readonly neededBytes: number }
}>
export const Obstacle = Data.taggedEnum<Obstacle>()

/** Why a child could not be started: something about its file, or the system's refusal. */
export type LaunchProblem = Obstacle | { readonly _tag: "SpawnRefused"; readonly path: string; readonly code: string }

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

/** A reading, judged: which release the plan means and whether that could be started. */
export type PlanLook = Data.TaggedEnum<{
  Absent: {}
  Unusable: { readonly key: string; readonly why: string }
  Found: { readonly plan: UpgradePlan; readonly digest: string; readonly release: Release; readonly readiness: Readiness }
}>
export const PlanLook = Data.taggedEnum<PlanLook>()
