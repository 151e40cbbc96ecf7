// A program that runs a hook which floods, with the log of wemixvisor on standard error, for the test of memory: `FloodProgram.ts <home>`.
// Writes on standard output how much larger it was at its largest than before, in bytes.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Effect, Layer } from "effect"
import { writeSync } from "node:fs"
import { genesis, inUpgrades } from "../../src/domain/Release.ts"
import { Height } from "../../src/domain/UpgradePlan.ts"
import { Config } from "../../src/services/Config.ts"
import { Disk } from "../../src/services/Disk.ts"
import { Hooks } from "../../src/services/hooks/Hooks.ts"
import { layer } from "../../src/services/Log.ts"

const [, , home = ""] = process.argv
const upgrade = { name: "v2", height: Height.make(10n), digest: "", from: genesis, to: inUpgrades("v2") }

const program = Effect.gen(function*() {
  yield* Effect.logInfo("begins")
  const before = process.resourceUsage().maxRSS
  yield* Hooks.use((hooks) => hooks.run("pre-upgrade", { upgrade, plan: "{}", backup: undefined, attempt: 1, key: "", why: undefined }))
  writeSync(1, String((process.resourceUsage().maxRSS - before) * 1024))
})

const services = Hooks.layer.pipe(Layer.provideMerge(Config.layerOf({ DAEMON_HOME: home })), Layer.provideMerge(Disk.layer))
NodeRuntime.runMain(Effect.provide(program, Layer.merge(services, layer({ format: "json", level: "info", colours: false }))))
