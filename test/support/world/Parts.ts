// What every world is made of: settings of the home `/node`, a disk, programs, signals and locks, all in memory; and how they are had together.
import { Effect, Layer } from "effect"
import { Config } from "../../../src/services/Config.ts"
import { Disk } from "../../../src/services/Disk.ts"
import { Downloads } from "../../../src/services/download/Downloads.ts"
import { Hooks } from "../../../src/services/hooks/Hooks.ts"
import { Launcher } from "../../../src/services/Launcher.ts"
import { layerMemory } from "../../../src/services/MemoryDisk.ts"
import { Signals } from "../../../src/services/Signals.ts"
import { FakeDownloads } from "../fakes/FakeDownloads.ts"
import { type Deed as HookDeed, FakeHooks } from "../fakes/FakeHooks.ts"
import * as FakeHomeLock from "../fakes/FakeHomeLock.ts"
import { type Deed, FakeLauncher } from "../fakes/FakeLauncher.ts"
import { FakeSignals } from "../fakes/FakeSignals.ts"
import type { Parts } from "./Operator.ts"

/** A disk with genesis on it and nothing else. */
export const genesisOnly = layerMemory({ "/bin/sh": "", "/node/wemixvisor/genesis/bin/wemixd": "#!/bin/sh\ngenesis\n" })

/** `observe` hears of everything that the programs do. They last as long as the scope. */
export const make = Effect.fnUntraced(function*({ disk, observe, observeHook, settings, story }: {
  readonly settings: Readonly<Record<string, string>>
  readonly disk: Layer.Layer<Disk>
  readonly observe: (deed: Deed) => void
  readonly observeHook: (deed: HookDeed) => void
  readonly story: Parts["story"]
}) {
  const system = Layer.mergeAll(FakeLauncher.layer({ observe }), FakeSignals.layer, FakeHomeLock.FakeLocks.layer, FakeHooks.layer({ observe: observeHook }), FakeDownloads.layer).pipe(
    Layer.provideMerge(Layer.merge(Config.layerOf({ DAEMON_HOME: "/node", UNSAFE_SKIP_BACKUP: "true", ...settings }), disk))
  )
  const gather = Effect.gen(function*() {
    const parts: Parts = {
      story,
      config: yield* Config,
      disk: yield* Disk,
      launcher: yield* Launcher,
      hooks: yield* Hooks,
      scripts: yield* FakeHooks,
      downloads: yield* Downloads,
      server: yield* FakeDownloads,
      nodes: yield* FakeLauncher,
      signals: yield* Signals,
      operator: yield* FakeSignals,
      locks: yield* FakeHomeLock.FakeLocks
    }
    return parts
  })
  return yield* Effect.provideContext(gather, yield* Effect.orDie(Layer.build(system)))
})

/** What SIGKILL to wemixvisor does to what it held: its children live on, and its lock is free and known to be abandoned. */
export const abandon = ({ config, locks, nodes }: Parts): Effect.Effect<void> =>
  Effect.andThen(nodes.abandon, Effect.sync(() => locks.abandon(config.home.lockFile)))
