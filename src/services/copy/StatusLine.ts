// A line on the terminal that is written over and over, for what takes long. Nobody is told anything where there is no terminal.
import { Context, Effect } from "effect"

const fs = process.getBuiltinModule("node:fs")
const stderr = 2

/** ECMA-48: erase from the cursor to the end of the line. */
const erase = "\u001b[K"

/** The cursor is left at the line's beginning, so that a line of the log that comes between is written over it, and not behind it. */
const write = (text: string): Effect.Effect<void> =>
  Effect.sync(() => {
    try {
      fs.writeSync(stderr, `${erase}${text}\r`)
    } catch {
      // A terminal that does not take it now gets the next one.
    }
  })

export interface Line {
  readonly show: (text: string) => Effect.Effect<void>
  readonly clear: Effect.Effect<void>
}

/** On standard error, which is a terminal. */
export const onTerminal: Line = { show: write, clear: write("") }

/** Where such a line can be shown; by default nowhere, and whoever has something to tell logs it now and then. */
export const StatusLine = Context.Reference<Line | undefined>("wemixvisor/services/copy/StatusLine", { defaultValue: () => undefined })
