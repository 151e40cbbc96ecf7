// What every command has in common: the program it belongs to, the flags before it, and the services that they give.
import { Effect } from "effect"
import { Command } from "effect/cli"
import { resolve } from "node:path"
import type { Sources } from "../services/Config.ts"
import * as Flags from "./Flags.ts"
import { configured, supervised } from "./Run.ts"

export interface Program {
  readonly version: string
  readonly environment: Sources["environment"]
}

/** An absolute path of one that a person gave. */
export const absolute = (path: string): string => resolve(path)

export const root = Command.make("wemixvisor").pipe(
  Command.withDescription("Keeps a blockchain node running and swaps its binary when an upgrade is due"),
  Command.withSharedFlags(Flags.flags)
)

/** The settings, as the flags before the command and the environment have them. */
export const settled = ({ environment }: Program) => Effect.map(root, (parsed) => configured(environment, Flags.given(parsed)))

/** All that touches the home, with those settings. */
export const provided = ({ environment }: Program) => Effect.map(root, (parsed) => supervised(environment, Flags.given(parsed)))
