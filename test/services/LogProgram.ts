// A program that logs, for the test of the log: `LogProgram.ts <options as JSON> <what>`. Standard error belongs to the log.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Effect } from "effect"
import { layer, type Options } from "../../src/services/Log.ts"

const [, , options = "", what = "words"] = process.argv
const given: Options = JSON.parse(options)

const words = Effect.gen(function*() {
  yield* Effect.logDebug("looked").pipe(Effect.annotateLogs({ topic: "plan" }))
  yield* Effect.logInfo("started").pipe(Effect.annotateLogs({ topic: "node", pid: 4711, path: "/srv/a b/node", empty: "", quoted: "say \"hi\"", sum: "a=b", is: true }))
  yield* Effect.logWarning("not ready").pipe(Effect.annotateLogs({ topic: "upgrade", release: "upgrades/ünï" }))
  yield* Effect.logError("ended", "badly")
})

const program = {
  words,
  many: Effect.forEach(Array.from({ length: 5000 }, (_, index) => index), (index) => Effect.logInfo(`line ${index} ${"x".repeat(100)}`), { discard: true }),
  broken: Effect.logInfo("one\ntwo\u001b[31mred\u001b[0m\r").pipe(Effect.annotateLogs({ topic: "plan", why: "a\nb" })),
  eighth: Effect.logInfo("del\u007f csi\u009b31m").pipe(Effect.annotateLogs({ topic: "plan", why: "nel\u0085" })),
  odd: Effect.logInfo("odd").pipe(Effect.annotateLogs({ height: 9_007_199_254_740_993n, nothing: undefined }), Effect.andThen(Effect.logInfo("after")))
}

const chosen = Object.entries(program).find(([name]) => name === what)?.[1] ?? Effect.die(`no such program: ${what}`)
NodeRuntime.runMain(Effect.provide(chosen, layer(given)))
