// Whether a path is one of those that globs leave out. The library is loaded when there is a glob.
import { Effect } from "effect"

/** Relative to the tree, however it was written; no glob means everything but itself, and none takes `!` for a word of its own. */
const tidy = (glob: string): string => glob.replace(/^\.?\/+/, "").replace(/\/+$/, "")

/** Matches whole paths, hidden ones too; `**` crosses directories. */
export const matcher = (globs: ReadonlyArray<string>): Effect.Effect<(path: string) => boolean> =>
  globs.length === 0
    ? Effect.succeed(() => false)
    : Effect.map(Effect.promise(() => import("picomatch")), ({ default: picomatch }) => picomatch(globs.map(tidy), { dot: true, nonegate: true }))
