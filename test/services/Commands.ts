// Programs as the tests of running them write them: a text that is put into the test's directory, run to its end, and heard.
import { Duration, Effect, Option } from "effect"
import { ChildExit } from "../../src/domain/ChildExit.ts"
import * as CommandRunner from "../../src/services/hooks/CommandRunner.ts"
import * as ProcessTable from "../../src/services/ProcessTable.ts"
import { contentOf, put, quick, realHooks } from "../contracts/HookParts.ts"
import { Place } from "../contracts/Places.ts"

export type Given = Partial<Omit<CommandRunner.Command, "path" | "tell">>

/** A program of this text, run to its end, and what it said. */
const runText = Effect.fnUntraced(function*(text: string, given: Given = {}, limits: CommandRunner.Limits = quick) {
  const path = (yield* Place)("program")
  yield* put(path, text)
  return yield* runPath(path, given, limits)
})

export const usual = { arguments: [], variables: {}, directory: undefined, input: undefined, timeLimit: Duration.infinity }

export const runPath = Effect.fnUntraced(function*(path: string, given: Given = {}, limits: CommandRunner.Limits = quick) {
  const lines: Array<string> = []
  const exit = yield* CommandRunner.run({ ...usual, ...given, path, tell: (line) => Effect.sync(() => void lines.push(line)) }, limits)
  return { exit: Option.getOrUndefined(exit), lines }
})

export const sh = (text: string, given?: Given, limits?: CommandRunner.Limits) => runText(`#!/bin/sh\n${text}\n`, given, limits)
export const code = (code: number) => ChildExit.Code({ code })

/** The process whose pid the program wrote to this file. */
export const pidIn = (name: string) => Effect.map(contentOf(name), Number)
export const isGone = (pid: number) => Effect.map(ProcessTable.identify(pid), Option.isNone)
export const inPlace = Effect.map(Place, (place) => (name: string) => `'${place(name)}'`)

export const layer = realHooks()
