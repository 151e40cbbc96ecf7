// A hook's stage and its occasion: when the operator's programs are run, and what they are told. Runs nothing.
import { type Home, releaseBinary } from "./Home.ts"
import { label } from "./Release.ts"
import type { Upgrade } from "./Upgrade.ts"

/** In the order in which they come: before the node is stopped, while none runs, once the upgrade was recorded, once it was undone. */
export const stages = ["pre-stop", "pre-upgrade", "post-upgrade", "on-failure"] as const
export type Stage = (typeof stages)[number]

export interface Occasion {
  readonly upgrade: Upgrade
  /** The plan as JSON. */
  readonly plan: string
  /** The backup's path, where there is one. */
  readonly backup: string | undefined
  /** From 1. */
  readonly attempt: number
  /** The same when a crash makes a step run again. */
  readonly key: string
  /** Why the upgrade was undone. */
  readonly why: string | undefined
}

/** The directory of a stage's hooks. */
export const hookDirectory = (home: Home, stage: Stage): string => `${home.root}/hooks/${stage}`

/** What a hook and a custom script are started with. */
export const argumentsOf = ({ upgrade }: Occasion): ReadonlyArray<string> => [upgrade.name, String(upgrade.height)]

/** One variable may have 128 KiB (execve(2)); a reason that is longer says nothing more to a program. In characters, of at most 4 bytes each. */
const longestWhy = 8192

/** The variables that a hook finds beside wemixvisor's own; what does not apply is empty. */
export const variablesOf = (home: Home, stage: Stage, { attempt, backup, key, upgrade, why }: Occasion): Readonly<Record<string, string>> => ({
  WEMIXVISOR_HOOK: stage,
  WEMIXVISOR_PLAN: upgrade.name,
  WEMIXVISOR_HEIGHT: String(upgrade.height),
  WEMIXVISOR_FROM: label(upgrade.from),
  WEMIXVISOR_TO: label(upgrade.to),
  WEMIXVISOR_FROM_BINARY: releaseBinary(home, upgrade.from),
  WEMIXVISOR_TO_BINARY: releaseBinary(home, upgrade.to),
  WEMIXVISOR_HOME: home.directory,
  WEMIXVISOR_BACKUP: backup ?? "",
  WEMIXVISOR_ATTEMPT: String(attempt),
  WEMIXVISOR_KEY: key,
  WEMIXVISOR_WHY: (why ?? "").replaceAll("\0", "").slice(0, longestWhy)
})
