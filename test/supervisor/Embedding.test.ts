// The library as a larger program sees it: typed steps, typed errors, and the two programs of docs/EMBEDDING.md, which are run as they stand there.
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { readFile } from "node:fs/promises"
import { expect } from "vitest"
import { Outcome } from "../../src/domain/Outcome.ts"
import type { BootError } from "../../src/supervisor/Boot.ts"
import type { Entry } from "../../src/supervisor/Transcript.ts"
import { about } from "../support/Scenario.ts"
import { text } from "../support/world/Binaries.ts"
import { code } from "../support/world/Operator.ts"

const scenario = about("embedding")

/** A step as one line; every part of it has a type. */
const lineOf = ({ actions, atMillis, event, from, to }: Entry): string =>
  `${atMillis} ${from?._tag ?? "-"} + ${event?._tag ?? "-"} = ${to._tag}${to._tag === "Done" ? ` ${to.outcome._tag}` : ""}: ${actions.map(({ _tag }) => _tag).join(" ")}`

scenario("the transcript: each step with its fact, its states and its orders", {}, Effect.fnUntraced(function*(world) {
  yield* world.install("v2")
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.passes("1 second")
  yield* world.plan("v2", 100)
  yield* world.goesOnTrial
  yield* world.isUpgraded
  yield* world.stops
  const entries = world.life.entries.all
  expect(entries.map(lineOf)).toEqual([
    "0 - + - = Starting: Spawn",
    "0 Starting + ChildStarted = Running: Say",
    "0 Running + Looked = Running: ",
    "1000 Running + Looked = Recording: Record",
    "1000 Recording + Recorded = Stopping: Say Terminate Say StartTimer StartTimer",
    "1200 Stopping + ChildExited = Settling: Say LookAtPlan",
    "1200 Settling + Looked = Switching: Switch",
    "1200 Switching + Switched = Starting: Say Spawn",
    "1200 Starting + ChildStarted = Probation: Say StartTimer",
    "11000 Probation + Rang = Probation: ",
    "11200 Probation + Rang = Committing: Commit",
    "11200 Committing + Committed = Running: Say",
    "11200 Running + StopRequested = Stopping: Terminate Say Say StartTimer StartTimer",
    "11400 Stopping + ChildExited = Done Stopped: Say"
  ])
  const steps = entries.slice(1).map((entry, index) => [entry.from, entries[index]?.to])
  for (const [from, before] of steps) assert.strictEqual(from, before)
}))

/** Every error that a run can fail with, by its tag and reason: a new one is a type error here. */
const meaning = (error: BootError): string => {
  switch (error._tag) {
    case "HomeError":
      return `home ${error.reason} ${error.path}`
    case "HomeLockError":
      return `lock ${error.reason} ${error.path}`
    case "StateError":
      return `state ${error.reason} ${error.path}`
    case "LinkError":
      return `link ${error.reason} ${error.path}`
  }
}

scenario("the errors: each has a tag, a reason and a path", {}, Effect.fnUntraced(function*(world) {
  yield* world.put(world.home.stateFile, text("?"))
  yield* world.run()
  expect(meaning(yield* world.fails())).toBe("state Damaged /node/wemixvisor/state.json")
  yield* world.remove(world.home.stateFile)
  yield* Effect.orDie(world.disk.link("upgrades/v9", world.home.current))
  yield* world.run()
  expect(meaning(yield* world.fails())).toBe("link Dangling /node/wemixvisor/current")
  yield* world.remove(world.home.current)
  yield* world.writeJournal({ version: 1, applied: [], failed: [] })
  yield* world.run()
  expect(meaning(yield* world.fails())).toBe("home NoRelease /node/wemixvisor/current")
  yield* world.locks.refuse("no")
  yield* world.run()
  expect(meaning(yield* world.fails())).toBe("lock Refused /node/wemixvisor/lock.db")
}))

scenario("the outcome: a value that says how the run ended", { settings: { DAEMON_RESTART_ON_FAILURE: "false" } }, Effect.fnUntraced(function*(world) {
  yield* world.script("genesis", { ends: { afterMillis: 1000, exit: code(9) } })
  yield* world.run()
  yield* world.passes("1 second")
  expect(yield* world.ends(9)).toEqual(Outcome.NodeEnded({ exit: code(9) }))
}))

const programs = {
  Beside: ["Begun -> Starting", "ChildStarted -> Running", "the node runs", "StopRequested -> Stopping", "ChildExited -> Done", "the node is gone"],
  InMemory: ["version 1 has begun", "genesis runs", "version 1 has ended", "version 2 has begun", "v2 runs", "version 2 has ended"]
} as const

/** What a program prints on its standard output; it must end with 0. */
const outputOf = (path: string) =>
  Effect.callback<string>((resume) => {
    execFile(process.execPath, [path], (error, stdout, stderr) => resume(error === null ? Effect.succeed(stdout) : Effect.die(new Error(stderr, { cause: error }))))
  })

for (const [name, lines] of Object.entries(programs)) {
  const path = `${import.meta.dirname}/embedding/${name}.ts`

  it.live(`${name}.ts runs, and prints what it should`, () => Effect.map(outputOf(path), (output) => expect(output.trimEnd().split("\n")).toEqual(lines)), 60_000)

  it.live(`${name}.ts stands in docs/EMBEDDING.md byte by byte`, () =>
    Effect.gen(function*() {
      const source = yield* Effect.promise(() => readFile(path, "utf8"))
      const guide = yield* Effect.promise(() => readFile(`${import.meta.dirname}/../../docs/EMBEDDING.md`, "utf8"))
      expect(guide).toContain(`<!-- test/supervisor/embedding/${name}.ts -->\n\`\`\`ts\n${source}\`\`\`\n`)
    }))
}
