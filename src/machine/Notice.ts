// What the machine has to tell a person, as values; the wording is made elsewhere.
import { Data } from "effect"
import type { ChildExit } from "../domain/ChildExit.ts"
import type { LaunchProblem, Obstacle } from "../domain/Readiness.ts"
import type { Release } from "../domain/Release.ts"
import type { Upgrade } from "../domain/Upgrade.ts"

export type Notice = Data.TaggedEnum<{
  /** `downMillis`: since the node ran last; undefined at the first start. */
  NodeStarted: { readonly release: Release; readonly pid: number; readonly downMillis: number | undefined }
  NodeTakenOver: { readonly release: Release; readonly pid: number }
  NodeMisfit: { readonly release: Release; readonly pid: number; readonly isStopping: boolean }
  NodeNotStarted: { readonly release: Release; readonly why: LaunchProblem }
  NodeEnded: { readonly release: Release; readonly exit: ChildExit; readonly livedMillis: number }
  LeftoversFound: { readonly pid: number }
  RestartDue: { readonly afterMillis: number; readonly restart: number; readonly maxRestarts: number }
  GaveUp: { readonly restarts: number; readonly periodMillis: number }
  PlanUnusable: { readonly why: string }
  PlanPassed: { readonly name: string; readonly height: bigint; readonly appliedHeight: bigint }
  PlanFailedBefore: { readonly name: string; readonly height: bigint }
  PlanNotReady: { readonly name: string; readonly height: bigint; readonly obstacle: Obstacle }
  PlanWaits: { readonly name: string; readonly height: bigint }
  WaitingForBinary: { readonly name: string; readonly obstacle: Obstacle }
  UpgradeBegun: { readonly upgrade: Upgrade }
  UpgradeResumed: { readonly upgrade: Upgrade; readonly step: string }
  UpgradeHeld: { readonly upgrade: Upgrade; readonly why: string; readonly retryMillis: number }
  UpgradeSwitched: { readonly upgrade: Upgrade }
  UpgradeStarted: { readonly upgrade: Upgrade; readonly pid: number; readonly downMillis: number; readonly probationMillis: number }
  UpgradeDone: { readonly upgrade: Upgrade }
  UpgradeNotConfirmed: { readonly upgrade: Upgrade; readonly why: string }
  UpgradeAbandoned: { readonly upgrade: Upgrade; readonly why: string }
  RollingBack: { readonly upgrade: Upgrade; readonly why: string }
  RolledBack: { readonly upgrade: Upgrade; readonly why: string }
  RollBackHeld: { readonly upgrade: Upgrade; readonly why: string; readonly retryMillis: number }
  StopRequested: { readonly by: string }
  StopSent: { readonly pid: number; readonly graceMillis: number }
  StillStopping: { readonly forMillis: number; readonly leftMillis: number }
  StopRepeated: { readonly forMillis: number; readonly leftMillis: number }
  Killed: { readonly pid: number; readonly why: "grace" | "request" }
  NodeStopped: { readonly exit: ChildExit; readonly tookMillis: number }
  RestartOff: { readonly release: Release }
}>
export const Notice = Data.taggedEnum<Notice>()
