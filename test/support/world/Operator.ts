// The hands of the operator in a world: programs, plans, files and signals. Knows nothing of a running wemixvisor.
import { Effect, Schema } from "effect"
import { dirname } from "node:path/posix"
import { ChildExit } from "../../../src/domain/ChildExit.ts"
import { type Home, releaseBinary } from "../../../src/domain/Home.ts"
import { type Journal, JournalJson } from "../../../src/domain/Journal.ts"
import { genesis, inUpgrades, type Release } from "../../../src/domain/Release.ts"
import type { Upgrade } from "../../../src/domain/Upgrade.ts"
import * as UpgradePlan from "../../../src/domain/UpgradePlan.ts"
import { Height } from "../../../src/domain/UpgradePlan.ts"
import type { Config } from "../../../src/services/Config.ts"
import type { Disk } from "../../../src/services/Disk.ts"
import { readingOf } from "../../../src/services/FileWatcher.ts"
import type { Launcher } from "../../../src/services/Launcher.ts"
import type { Downloads } from "../../../src/services/download/Downloads.ts"
import type { Hooks } from "../../../src/services/hooks/Hooks.ts"
import type { Signals } from "../../../src/services/Signals.ts"
import type { FakeDownloads } from "../fakes/FakeDownloads.ts"
import type { FakeHooks } from "../fakes/FakeHooks.ts"
import type { FakeLocks } from "../fakes/FakeHomeLock.ts"
import type { FakeLauncher, Script } from "../fakes/FakeLauncher.ts"
import type { FakeSignals } from "../fakes/FakeSignals.ts"
import * as Binaries from "./Binaries.ts"
import * as Story from "./Story.ts"
import type { Trail } from "./Trail.ts"

export const code = (value: number): ChildExit => ChildExit.Code({ code: value })

/** A node as it should be: ends with 0, a while after SIGTERM. */
export const obedient: Script = { onTerminate: { afterMillis: 200, exit: code(0) } }
export const deaf: Script = { onTerminate: "ignores" }

/** `genesis`, or the release in the directory of this name. */
export const releaseOf = (name: string): Release => name === "genesis" ? genesis : inUpgrades(name)

export const height = (value: bigint): Height => Height.make(value)

/** The upgrade from genesis that the plan `{ name, height }` asks for. */
export const upgradeOf = (name: string, at: number, from = "genesis"): Upgrade => ({
  name,
  height: height(BigInt(at)),
  digest: digestOf(name, at),
  from: releaseOf(from),
  to: releaseOf(name)
})

/** As the plan's reading has it. */
const digestOf = (name: string, at: number): string => {
  const reading = readingOf(UpgradePlan.make(name, BigInt(at)))
  return reading._tag === "Read" ? reading.digest : ""
}

const decodeJournal = Schema.decodeUnknownEffect(JournalJson)
const encodeJournal = Schema.encodeEffect(JournalJson)

export interface Parts {
  readonly story: Trail<Story.Line>
  readonly config: Config["Service"]
  readonly disk: Disk["Service"]
  readonly launcher: Launcher["Service"]
  readonly nodes: FakeLauncher["Service"]
  readonly signals: Signals["Service"]
  readonly hooks: Hooks["Service"]
  readonly scripts: FakeHooks["Service"]
  readonly downloads: Downloads["Service"]
  readonly server: FakeDownloads["Service"]
  readonly operator: FakeSignals["Service"]
  readonly locks: FakeLocks["Service"]
}


export class Operator {
  readonly home: Home
  /** Without the troubles that wemixvisor has with it. */
  readonly disk: Disk["Service"]
  readonly nodes: FakeLauncher["Service"]
  /** What the operator's hooks do. */
  readonly hooks: FakeHooks["Service"]
  /** What is to be had where plans say. */
  readonly server: FakeDownloads["Service"]
  readonly locks: FakeLocks["Service"]
  private readonly story: Parts["story"]
  private readonly requests: Parts["operator"]

  constructor({ config, disk, locks, nodes, operator, scripts, server, story }: Parts) {
    this.home = config.home
    this.disk = disk
    this.nodes = nodes
    this.hooks = scripts
    this.server = server
    this.locks = locks
    this.story = story
    this.requests = operator
  }

  tell(deed: string): Effect.Effect<void> {
    return Story.tell(this.story, deed)
  }

  /** What a release's program does from its next start on. */
  script(name: string, script: Parameters<FakeLauncher["Service"]["script"]>[1]): Effect.Effect<void> {
    return this.nodes.script(releaseOf(name), script)
  }

  binary(name: string): string {
    return releaseBinary(this.home, releaseOf(name))
  }

  /** Puts a release's binary in its place, whole at once; it behaves as it should unless told otherwise. */
  install(name: string, file: { readonly bytes?: Uint8Array; readonly mode?: number; readonly script?: Script } = {}): Effect.Effect<void> {
    const { bytes = Binaries.script(name), mode = 0o755, script = obedient } = file
    return this.put(this.binary(name), bytes, mode).pipe(
      Effect.andThen(this.script(name, script)),
      Effect.andThen(this.tell(`the binary of ${name} is put there`))
    )
  }

  put(path: string, bytes: Uint8Array, mode = 0o644): Effect.Effect<void> {
    return this.disk.makeDirectory(dirname(path)).pipe(
      Effect.andThen(this.disk.write(`${path}.aside`, bytes, mode)),
      Effect.andThen(this.disk.rename(`${path}.aside`, path)),
      Effect.orDie
    )
  }

  /** A plan, renamed into place. */
  plan(name: string, height: number, rest: Readonly<Record<string, unknown>> = {}): Effect.Effect<void> {
    return this.put(this.home.planFile, Binaries.text(JSON.stringify({ name, height, ...rest }))).pipe(
      Effect.andThen(this.tell(`the plan asks for ${name} at height ${height}`))
    )
  }

  /** Whatever content, written in place. */
  planText(what: string, content: string): Effect.Effect<void> {
    return Effect.orDie(this.disk.write(this.home.planFile, Binaries.text(content), 0o644)).pipe(Effect.andThen(this.tell(`the plan file is ${what}`)))
  }

  get withdrawPlan(): Effect.Effect<void> {
    return Effect.andThen(this.remove(this.home.planFile), this.tell("the plan is removed"))
  }

  remove(path: string): Effect.Effect<void> {
    return Effect.orDie(this.disk.remove(path))
  }

  signal(name: "SIGTERM" | "SIGINT" | "SIGQUIT" | "SIGHUP"): Effect.Effect<void> {
    const request = name === "SIGHUP" ? { _tag: "Look" } as const : { _tag: "Stop", by: name } as const
    return Effect.andThen(this.tell(`wemixvisor gets ${name}`), Effect.asVoid(this.requests.send(request)))
  }

  /** What the link says. */
  get link(): Effect.Effect<string> {
    return Effect.orDie(this.disk.readLink(this.home.current))
  }

  get journal(): Effect.Effect<Journal> {
    return Effect.orDie(Effect.flatMap(this.disk.read(this.home.stateFile, 1e6), (bytes) => decodeJournal(new TextDecoder().decode(bytes))))
  }

  writeJournal(journal: Journal): Effect.Effect<void> {
    return Effect.orDie(Effect.flatMap(encodeJournal(journal), (text) => this.put(this.home.stateFile, Binaries.text(text))))
  }
}
