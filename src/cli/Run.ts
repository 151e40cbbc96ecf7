// The command `run` by itself: settings, log, services, the supervisor. Loads nothing of the command line's parser.
import { Data, Effect, Layer } from "effect"
import { exitStatus } from "../domain/Outcome.ts"
import type { SettingKey } from "../domain/Settings.ts"
import { Config, type Sources } from "../services/Config.ts"
import { Disk } from "../services/Disk.ts"
import * as Log from "../services/Log.ts"
import { Signals } from "../services/Signals.ts"
import { onTerminal, StatusLine } from "../services/copy/StatusLine.ts"
import { services } from "../supervisor/Layers.ts"
import * as Supervisor from "../supervisor/Supervisor.ts"

/** The node ended with this status, and everything about it was said already. */
export class NodeStatus extends Data.TaggedError("NodeStatus")<{ readonly status: number }> {}

/** The invocation is wrong; without lines, that was said already. */
export class UsageError extends Data.TaggedError("UsageError")<{ readonly lines: ReadonlyArray<string> }> {}

/** The flags that were given, by the setting's key. */
export type Flags = Partial<Record<SettingKey, string>>
type Environment = Sources["environment"]

/** The settings, and a log as they say. */
export const configured = (environment: Environment, flags: Flags) => {
  const config = Config.layer({ flags, environment, isTerminal: Log.isTerminal() }).pipe(Layer.provideMerge(Disk.layer))
  const colours = Log.isTerminal() && (environment["NO_COLOR"] ?? "") === "" && environment["TERM"] !== "dumb"
  const log = Layer.unwrap(Effect.map(Config, ({ settings }) => Log.layer({ format: settings.logFormat, level: settings.logLevel, colours })))
  const warnings = Layer.effectDiscard(Effect.flatMap(Config, (found) => Effect.forEach(found.warnings, (text) => Effect.logWarning(text))))
  const line = Layer.succeed(StatusLine, Log.isTerminal() ? onTerminal : undefined)
  return warnings.pipe(Layer.provideMerge(Layer.merge(log, line)), Layer.provideMerge(config))
}

/** All that a command needs which touches the home. */
export const supervised = (environment: Environment, flags: Flags) =>
  Layer.merge(services, Signals.layerToTheEnd).pipe(Layer.provideMerge(configured(environment, flags)))

/** Runs the node to its end; fails with its status when that is not 0. */
export const run = Effect.fnUntraced(function*(environment: Environment, flags: Flags, args: ReadonlyArray<string>) {
  const status = exitStatus(yield* Supervisor.run(args).pipe(Effect.provide(supervised(environment, flags))))
  if (status !== 0) return yield* new NodeStatus({ status })
})
