// A wemixvisor whose calls are counted, and which can be killed or held at one of them. How that is done stands in Hook.ts.
import * as fs from "node:fs"
import { join } from "node:path"
import { transformSync } from "rolldown/utils"
import { type Options, Program } from "../Program.ts"
import type { TestHome } from "../TestHome.ts"

/** A moment of a run, as `before 2 rename wemixvisor/state.json`: before, after or half-way through the second such call. */
export type Moment = string

/** Without its types: to take them out, Node would need as long as for all else. */
const hook = transformSync("Hook.ts", fs.readFileSync(join(import.meta.dirname, "Hook.ts"), "utf8")).code

const listOf = (home: TestHome): string => join(home.root, "calls")
const holdOf = (home: TestHome): string => join(home.root, "hold")

const run: ReadonlyArray<string> = ["run"]

const hooked = (home: TestHome, { env, ...options }: Options, orders: Readonly<Record<string, string>>, words = run): Program => {
  const preload = join(home.root, "hook.mjs")
  fs.writeFileSync(preload, hook)
  return new Program(home, words, { ...options, preload, env: { ...env, HOOK_BELOW: home.path, HOOK_LIST: listOf(home), ...orders } })
}

export const counted = (home: TestHome, options: Options): Program => hooked(home, options, {})

export const killedAt = (home: TestHome, at: Moment, options: Options): Program => hooked(home, options, { KILL_AT: at })

/** Another command than `run`. */
export const commandKilledAt = (home: TestHome, words: ReadonlyArray<string>, at: Moment, env: Readonly<Record<string, string>> = {}): Program =>
  hooked(home, { env }, { KILL_AT: at }, words)

/** It waits at this moment, if it comes there, until it is let go. */
export const heldAt = (home: TestHome, at: Moment, options: Options): Program => {
  fs.writeFileSync(holdOf(home), "")
  return hooked(home, options, { HOLD_AT: at, HOLD_WHILE: holdOf(home) })
}

export const letGo = (home: TestHome): void => fs.rmSync(holdOf(home))

/** The moments that have passed so far, in their order. */
export const passed = (home: TestHome): ReadonlyArray<Moment> => fs.readFileSync(listOf(home), "utf8").split("\n").filter((line) => line !== "")
