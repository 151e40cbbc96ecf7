// How a run ended, and the exit status that stands for it: the one table of exit codes.
import { Data } from "effect"
import type { ChildExit } from "./ChildExit.ts"
import type { Release } from "./Release.ts"

export type Outcome = Data.TaggedEnum<{
  /** A stop was asked for, and nothing of the node is left. */
  Stopped: {}
  /** The node ended and is not restarted. */
  NodeEnded: { readonly exit: ChildExit }
  /** The node could not be started, and is not tried again. */
  NotStarted: { readonly release: Release }
  /** Switched, and not started because `DAEMON_RESTART_AFTER_UPGRADE` is false. */
  Upgraded: { readonly release: Release }
}>
export const Outcome = Data.taggedEnum<Outcome>()

/** Beside the node's own status: sysexits.h where it has a fitting number. */
export const ExitStatus = {
  Ok: 0,
  /** The node was taken over and ended: its own status could not be read. */
  UnknownNodeStatus: 1,
  Usage: 64,
  Missing: 66,
  Bug: 70,
  HomeInUse: 75,
  WrongSettings: 78
} as const

const statusOfExit = (exit: ChildExit): number => {
  switch (exit._tag) {
    case "Code":
      return exit.code
    case "Signal":
      return 128 + exit.number
    case "Unknown":
      return ExitStatus.UnknownNodeStatus
  }
}

export const exitStatus = Outcome.$match({
  Stopped: () => ExitStatus.Ok,
  NodeEnded: ({ exit }) => statusOfExit(exit),
  NotStarted: () => ExitStatus.Missing,
  Upgraded: () => ExitStatus.Ok
})
