// What a story is drawn from: how wemixvisor is set up, what programs do, how long one waits. Values; nothing is done here.
import { ChildExit } from "../../src/domain/ChildExit.ts"
import type { Part } from "../support/fakes/FakeHooks.ts"
import type { Ending, Script } from "../support/fakes/FakeLauncher.ts"
import * as Binaries from "../support/world/Binaries.ts"
import { code, obedient } from "../support/world/Operator.ts"
import type { Dice } from "../support/Dice.ts"
import type { Pace } from "./Drive.ts"

/** What a story is mostly about, so that each kind of trouble meets the others often enough. */
export type Theme = "quiet" | "disk" | "signals" | "kills" | "halts" | "bad releases" | "everything"

export interface Setup {
  readonly theme: Theme
  readonly settings: Readonly<Record<string, string>>
  readonly probationMillis: number
  /** With a grace without limit nothing ends a node that does not obey. */
  readonly isGraceLimited: boolean
  readonly tellsAll: boolean
  /** How long an operation on the disk may take; most take nothing. */
  readonly latencyMillis: number
  readonly pace: Pace
  /** What the operator's hooks, and the application's own command, do; none where upgrades have neither hooks nor a backup. */
  readonly hooks: ReadonlyArray<Hook>
}

export interface Hook {
  readonly part: Part
  readonly takesMillis: number
  /** How likely it is to fail. */
  readonly fails: number
}

const parts: ReadonlyArray<Part> = ["pre-stop", "pre-upgrade", "command", "post-upgrade", "on-failure"]

const hooks = (dice: Dice): ReadonlyArray<Hook> =>
  parts.filter(() => dice.chance(0.6)).map((part) => ({ part, takesMillis: dice.pick([0, 1, 200, 5000, 20_000]), fails: dice.draw([[3, 0], [1, 0.2], [1, 0.6]]) }))

const millisOf: Readonly<Record<string, number>> = { "0s": 0, "1s": 1000, "10s": 10_000, "1m": 60_000 }

export const setup = (dice: Dice): Setup => {
  const theme = dice.draw<Theme>([[2, "quiet"], [3, "disk"], [2, "signals"], [2, "kills"], [2, "halts"], [2, "bad releases"], [3, "everything"]])
  const probation = dice.draw([[6, "10s"], [2, "0s"], [1, "1s"], [1, "1m"]])
  const tellsAll = dice.chance(0.9)
  const isFurnished = dice.chance(0.4)
  const grace = dice.draw([[4, "30s"], [2, "5s"], [1, "5m"], [1, "infinity"]])
  return {
    theme,
    probationMillis: millisOf[probation] ?? 0,
    isGraceLimited: grace !== "infinity",
    tellsAll,
    latencyMillis: dice.draw([[5, 0], [2, 1], [2, 50], [1, 1000]]),
    pace: { yields: dice.draw([[6, 0], [6, 0.02], [4, 0.1], [1, 0.3]]), slips: dice.draw([[4, 0], [1, 0.002]]) },
    hooks: isFurnished ? hooks(dice) : [],
    settings: {
      ...(isFurnished && dice.chance(0.8) ? { UNSAFE_SKIP_BACKUP: "false", DAEMON_BACKUP: "copy" } : {}),
      DAEMON_UPGRADE_PROBATION: probation,
      DAEMON_SHUTDOWN_GRACE: grace,
      DAEMON_RESTART_DELAY: dice.draw([[5, "0s"], [2, "5s"], [1, "1ms"]]),
      DAEMON_RESTART_ON_FAILURE: dice.draw([[7, "true"], [1, "false"]]),
      DAEMON_RESTART_AFTER_UPGRADE: dice.draw([[9, "true"], [1, "false"]]),
      DAEMON_MAX_RESTARTS: dice.draw([[5, "5"], [1, "0"], [1, "1"], [1, "2"]]),
      DAEMON_RESTART_PERIOD: dice.draw([[3, "10m"], [1, "10s"]]),
      DAEMON_POLL_INTERVAL: tellsAll ? dice.draw([[3, "300ms"], [1, "1s"]]) : "3s"
    }
  }
}

export const exit = (dice: Dice): ChildExit =>
  dice.draw([[3, code(1)], [2, code(0)], [1, code(137)], [1, ChildExit.Signal({ signal: "SIGSEGV", number: 11 })], [1, ChildExit.Signal({ signal: "SIGKILL", number: 9 })]])

/** What a program does that is not as it should be. */
export const script = (dice: Dice, { isGraceLimited, probationMillis, theme }: Setup): Script => {
  if (dice.chance(theme === "bad releases" || theme === "everything" ? 0.3 : 0.65)) return obedient
  const afterMillis = dice.pick([0, 1, Math.max(0, probationMillis - 1), probationMillis, probationMillis + 1, 500, 5000, 59_999, 60_000])
  const stops: Ending | "ignores" = isGraceLimited && dice.chance(0.3)
    ? "ignores"
    : { afterMillis: dice.pick([0, 1, 200, 4999, 5000, 5001, 9999]), exit: dice.pick([code(0), code(0), exit(dice)]) }
  return {
    ...(dice.chance(0.55) ? { ends: { afterMillis, exit: exit(dice) } } : {}),
    ...(dice.chance(0.2) ? { leaves: isGraceLimited && dice.chance(0.3) ? "stubborn" as const : { afterMillis: dice.pick([0, 1, 200, 4999, 20_000]) } } : {}),
    ...(dice.chance(0.15) ? { refuses: dice.pick(["EAGAIN", "ENOMEM"]) } : {}),
    onTerminate: stops
  }
}

interface ProgramFile {
  readonly bytes: Uint8Array
  readonly mode?: number
}

/** Program files that are not ready to be started. */
export const notReady = (dice: Dice): ProgramFile =>
  dice.pick<ProgramFile>([
    { bytes: Binaries.script("v"), mode: 0o644 },
    { bytes: Binaries.text("") },
    { bytes: Binaries.elf({ machine: "x64", bytes: 400, present: 200 }) },
    { bytes: Binaries.elf({ machine: "arm64", bytes: 400 }) }
  ])

/** Texts that are no plan. */
export const unusable = (dice: Dice): string => dice.pick(["", "{\"name\":", "[]", "{\"name\":\"v2\"}", "{\"name\":\"v2\",\"height\":0}", "{\"name\":\"..\",\"height\":5}"])

/** A stretch of time: none, a little, exactly until the next timer rings or a millisecond beside it, a while. */
export const pauseMillis = (dice: Dice, nextMillis: number): number =>
  dice.draw([[2, 0], [2, 1], [2, nextMillis], [1, nextMillis - 1], [1, nextMillis + 1], [2, 200], [1, 1000], [2, 5000], [2, 10_000], [1, 10_001], [1, 60_000]])
