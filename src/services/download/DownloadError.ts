// The one error of downloads, and the limits that they keep to; for `Downloads` and what it loads when something is fetched.
import { Schema } from "effect"

/**
 * `NoSource`: the plan names none for this machine, or what it says cannot be used. `NoChecksum`: none is given, or none that counts.
 * `Mismatch`: the bytes are others than promised. `Unreachable`: no whole answer came. `Refused`: an answer that is none (404, 500).
 * `Redirected`: too often, or to where it must not. `TooSlow`. `TooLarge`. `NoSpace`. `Archive`: one that is not unpacked. `NoTool`: a
 * program that unpacks it is missing. `Disk`: the disk said no, or another one took the download over.
 */
export class DownloadError extends Schema.TaggedError<DownloadError>()("DownloadError", {
  /** Without what is secret in it. */
  url: Schema.String,
  reason: Schema.Literals(["NoSource", "NoChecksum", "Mismatch", "Unreachable", "Refused", "Redirected", "TooSlow", "TooLarge", "NoSpace", "Archive", "NoTool", "Disk"]),
  why: Schema.String,
  /** Whether it may go better later, with nothing changed: the network was bad, the disk full. */
  mayPass: Schema.Boolean
}) {
  override get message() {
    return this.why
  }
}

export type DownloadReason = DownloadError["reason"]

export interface Limits {
  /** Until a server has answered, in milliseconds: DNS, connection, TLS and headers. */
  readonly answerMillis: number
  /** Without a byte, in milliseconds. */
  readonly silenceMillis: number
  /** Slower than this for a whole window is too slow: nobody waits for a week. */
  readonly slowestBytesPerSecond: number
  readonly windowMillis: number
  /** A program of a node has some tens of MB; in bytes. */
  readonly bytes: number
  /** What an archive may unpack to, in bytes. */
  readonly unpackedBytes: number
  /** What is left free for the node, in bytes. */
  readonly reserveBytes: number
  /** How often in a row it is tried without getting further, and how often in all. */
  readonly attempts: number
  readonly attemptsInAll: number
  /** The first wait between two attempts; it doubles, up to the longest. In milliseconds. */
  readonly pauseMillis: number
  readonly longestPauseMillis: number
}

const mebi = 1024 * 1024

export const limits: Limits = {
  answerMillis: 30_000,
  silenceMillis: 30_000,
  slowestBytesPerSecond: 1024,
  windowMillis: 60_000,
  bytes: 2048 * mebi,
  unpackedBytes: 4096 * mebi,
  reserveBytes: 256 * mebi,
  attempts: 6,
  attemptsInAll: 1000,
  pauseMillis: 1000,
  longestPauseMillis: 30_000
}

/** What is larger is no `info` and no list of checksums, in bytes. */
export const textLimit = mebi

/** At most this many redirects are followed. */
export const redirectLimit = 10
