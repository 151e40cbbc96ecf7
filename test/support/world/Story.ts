// What happened in a world, in its order: the supervisor's log lines, and the deeds of everybody else. A text that a person can read.
import { Clock, Effect, Layer, Logger, References } from "effect"
import { describe } from "../../../src/domain/ChildExit.ts"
import type { Deed } from "../fakes/FakeLauncher.ts"
import type { Trail } from "./Trail.ts"

export interface Line {
  readonly atMillis: number
  /** `log` is the supervisor's own word; `deed` is what the world saw: processes, signals, the link, the operator. */
  readonly kind: "log" | "deed"
  readonly text: string
}

/** Tells of a deed, now. */
export const tell = (story: Trail<Line>, text: string): Effect.Effect<void> =>
  Effect.flatMap(Clock.currentTimeMillis, (atMillis) => Effect.sync(() => story.add({ atMillis, kind: "deed", text })))

const prefixes = new Map([["Warn", "warning: "], ["Error", "error: "], ["Fatal", "fatal: "]])

/** Replaces all loggers: lines go to the story, as a terminal would show them, for as long as the one who writes them lives. */
export const logger = (story: Trail<Line>, isAlive: () => boolean): Layer.Layer<never> =>
  Logger.layer([Logger.make(({ date, fiber, logLevel, message }) => {
    if (!isAlive()) return
    const { topic = "-" } = fiber.getRef(References.CurrentLogAnnotations)
    const text = (Array.isArray(message) ? message : [message]).map(String).join(" ")
    story.add({ atMillis: date.getTime(), kind: "log", text: `${String(topic).padEnd(8)} ${prefixes.get(logLevel) ?? ""}${text}` })
  })])

/** What the launcher's processes did, and what was done to them. */
export const describeDeed = (deed: Deed): string => {
  switch (deed._tag) {
    case "Started":
      return `pid ${deed.pid} starts: ${[deed.release, ...deed.program.arguments.map(quoted)].join(" ")}`
    case "Refused":
      return `the start of ${deed.release} is refused: ${deed.code}`
    case "Signalled":
      return `${deed.signal} to ${deed.to === "child" ? "" : "the group of "}pid ${deed.pid}`
    case "Ended":
      return `pid ${deed.pid} ends with ${describe(deed.exit)}`
    case "GroupEnded":
      return `the rest of the group of pid ${deed.pid} ends`
  }
}

const quoted = (word: string): string => word === "" || word.includes(" ") ? JSON.stringify(word) : word

const render = ({ atMillis, kind, text }: Line): string => `${String(atMillis).padStart(8)}  ${kind === "deed" ? ">" : " "} ${text}`

/** The whole story under its title; `>` marks what the supervisor did not say but the world saw. */
export const transcript = (title: string, lines: ReadonlyArray<Line>): string => `${[title, "", "      ms", ...lines.map(render)].join("\n")}\n`
