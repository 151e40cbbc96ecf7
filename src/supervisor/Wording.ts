// The words for people: every notice of the machine and every obstacle, with its fields, its level and its remedy. The one place.
import { describe } from "../domain/ChildExit.ts"
import { span } from "../domain/GoDuration.ts"
import { obstacleText } from "../domain/Readiness.ts"
import { label } from "../domain/Release.ts"
import type { Notice } from "../machine/Notice.ts"

export type Level = "Info" | "Warn" | "Error"

/** One line of the log. `topic` says what it is about, in one word. */
export interface Line {
  readonly level: Level
  readonly topic: "node" | "plan" | "upgrade" | "stop"
  readonly text: string
  readonly fields: Readonly<Record<string, string | number>>
}

const info = (topic: Line["topic"], text: string, fields: Line["fields"] = {}): Line => ({ level: "Info", topic, text, fields })
const warn = (topic: Line["topic"], text: string, fields: Line["fields"] = {}): Line => ({ level: "Warn", topic, text, fields })
const error = (topic: Line["topic"], text: string, fields: Line["fields"] = {}): Line => ({ level: "Error", topic, text, fields })

const upgradeFields = ({ upgrade }: { readonly upgrade: { readonly from: string; readonly to: string; readonly height: bigint; readonly name: string } }) => ({
  plan: upgrade.name,
  height: String(upgrade.height),
  from: upgrade.from,
  to: upgrade.to
})

const arrow = ({ upgrade }: Extract<Notice, { readonly upgrade: unknown }>): string => `${label(upgrade.from)} -> ${label(upgrade.to)}`

export const lineOf = (notice: Notice): Line => {
  switch (notice._tag) {
    case "NodeStarted":
      return info("node", `started ${label(notice.release)}, pid ${notice.pid}${after(notice.downMillis)}`, startFields(notice))
    case "NodeTakenOver":
      return info("node", `took over ${label(notice.release)}, pid ${notice.pid}, which was running already`, { release: notice.release, pid: notice.pid })
    case "NodeMisfit":
      return warn("node", `found pid ${notice.pid} running ${label(notice.release)}, which ${notice.isStopping ? "was asked to stop; its end is waited for" : "is not what should run now; it is stopped first"}`, {
        release: notice.release,
        pid: notice.pid
      })
    case "NodeNotStarted":
      return error("node", `could not start ${label(notice.release)}: ${obstacleText(notice.why)}`, { release: notice.release, path: notice.why.path })
    case "NodeEnded":
      return warn("node", `${label(notice.release)} ended by itself with ${describe(notice.exit)} after ${span(notice.livedMillis)}`, exitFields(notice))
    case "LeftoversFound":
      return warn("node", `processes of group ${notice.pid} outlive the node; they are asked to end`, { pid: notice.pid })
    case "RestartDue":
      return warn("node", `restart ${notice.restart} of ${notice.maxRestarts} in ${span(notice.afterMillis)}`, { restart: notice.restart, afterMillis: notice.afterMillis })
    case "GaveUp":
      return error("node", `gave up: ${notice.restarts} restarts within ${span(notice.periodMillis)}`, { restarts: notice.restarts })
    default:
      return aboutPlans(notice)
  }
}

type Rest = Exclude<Notice, { readonly _tag: "NodeStarted" | "NodeTakenOver" | "NodeMisfit" | "NodeNotStarted" | "NodeEnded" | "LeftoversFound" | "RestartDue" | "GaveUp" }>

const after = (downMillis: number | undefined): string => downMillis === undefined ? "" : `, after ${span(downMillis)} of downtime`

const startFields = ({ downMillis, pid, release }: Extract<Notice, { readonly _tag: "NodeStarted" }>) => ({
  release,
  pid,
  ...(downMillis !== undefined && { downMillis })
})

const exitFields = ({ exit, livedMillis, release }: Extract<Notice, { readonly _tag: "NodeEnded" }>) => ({ release, exit: describe(exit), livedMillis })

const aboutPlans = (notice: Rest): Line => {
  switch (notice._tag) {
    case "PlanUnusable":
      return warn("plan", `${notice.why}; passed over until it changes`)
    case "PlanPassed":
      return warn("plan", `${notice.name} at height ${notice.height} is below ${notice.appliedHeight}, the height of the upgrade applied last; passed over`, planFields(notice))
    case "PlanFailedBefore":
      return warn("plan", `${notice.name} was rolled back before and is not tried again until the plan changes`, planFields(notice))
    case "PlanNotReady":
      return warn("plan", `${notice.name} at height ${notice.height} is not ready: ${obstacleText(notice.obstacle)}; the upgrade follows by itself`, planFields(notice))
    case "PlanWaits":
      return info("plan", `${notice.name} at height ${notice.height} waits for the end of the probation`, planFields(notice))
    case "WaitingForBinary":
      return warn("plan", `the node stays down until ${notice.name} is ready: ${obstacleText(notice.obstacle)}`, { plan: notice.name, path: notice.obstacle.path })
    default:
      return aboutUpgrades(notice)
  }
}

const planFields = ({ height, name }: { readonly name: string; readonly height: bigint }) => ({ plan: name, height: String(height) })

type Upgrading = Exclude<Rest, { readonly _tag: "PlanUnusable" | "PlanPassed" | "PlanFailedBefore" | "PlanNotReady" | "PlanWaits" | "WaitingForBinary" }>

const aboutUpgrades = (notice: Upgrading): Line => {
  switch (notice._tag) {
    case "UpgradeBegun":
      return info("upgrade", `${arrow(notice)} at height ${notice.upgrade.height}`, upgradeFields(notice))
    case "UpgradeResumed":
      return warn("upgrade", `${arrow(notice)} was cut off at the step ${notice.step}; it goes on from there`, { ...upgradeFields(notice), step: notice.step })
    case "UpgradeHeld":
      return error("upgrade", `${arrow(notice)} cannot go on: ${notice.why}; tried again in ${span(notice.retryMillis)}`, upgradeFields(notice))
    case "UpgradeSwitched":
      return info("upgrade", `current now points to ${notice.upgrade.to}`, upgradeFields(notice))
    case "UpgradeStarted": {
      const wait = notice.probationMillis > 0 ? `, on probation for ${span(notice.probationMillis)}` : ""
      return info("upgrade", `started ${label(notice.upgrade.to)}, pid ${notice.pid}${after(notice.downMillis)}${wait}`, {
        ...upgradeFields(notice),
        pid: notice.pid,
        downMillis: notice.downMillis
      })
    }
    case "UpgradeDone":
      return info("upgrade", `${arrow(notice)} done`, upgradeFields(notice))
    case "UpgradeNotConfirmed":
      return error("upgrade", `${arrow(notice)} works and could not be recorded so: ${notice.why}`, upgradeFields(notice))
    case "UpgradeAbandoned":
      return warn("upgrade", `${arrow(notice)} not done: ${notice.why}`, upgradeFields(notice))
    case "RollingBack":
      return error("upgrade", `${notice.why}; going back to ${label(notice.upgrade.from)}`, upgradeFields(notice))
    case "RolledBack":
      return error("upgrade", `${arrow(notice)} rolled back, data is as it left it; not tried again until the plan changes`, upgradeFields(notice))
    case "RollBackHeld":
      return error("upgrade", `cannot go back to ${label(notice.upgrade.from)}: ${notice.why}; tried again in ${span(notice.retryMillis)}`, upgradeFields(notice))
    case "RestartOff":
      return info("upgrade", `${label(notice.release)} is in place and not started: DAEMON_RESTART_AFTER_UPGRADE is false`, { release: notice.release })
    default:
      return aboutStops(notice)
  }
}

type Stops = Extract<Notice, { readonly _tag: "StopRequested" | "StopSent" | "StillStopping" | "StopRepeated" | "Killed" | "NodeStopped" }>

const aboutStops = (notice: Stops): Line => {
  switch (notice._tag) {
    case "StopRequested":
      return info("stop", `asked to stop by ${notice.by}`, { by: notice.by })
    case "StopSent":
      return info("stop", `SIGTERM to pid ${notice.pid}; ${Number.isFinite(notice.graceMillis) ? `it has ${span(notice.graceMillis)} to end` : "no limit is set"}`, { pid: notice.pid })
    case "StillStopping":
      return info("stop", `still stopping after ${span(notice.forMillis)}, ${left(notice.leftMillis)}`, { forMillis: notice.forMillis })
    case "StopRepeated":
      return warn("stop", `stopping for ${span(notice.forMillis)} already, ${left(notice.leftMillis)}; a third request kills the node`, { forMillis: notice.forMillis })
    case "Killed":
      return warn("stop", `SIGKILL to the group of pid ${notice.pid}: ${notice.why === "grace" ? "the grace is over" : "asked three times"}`, { pid: notice.pid })
    case "NodeStopped":
      return info("stop", `the node ended with ${describe(notice.exit)} after ${span(notice.tookMillis)}`, { exit: describe(notice.exit), tookMillis: notice.tookMillis })
  }
}

const left = (millis: number): string => Number.isFinite(millis) ? `${span(millis)} of the grace are left` : "no limit is set"
