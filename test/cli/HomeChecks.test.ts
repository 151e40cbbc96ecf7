// What the doctor says of a home, well and not: real homes in temporary directories, and owners told by the test.
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, type Scope } from "effect"
import { examine } from "../../src/cli/Doctor.ts"
import type { Finding } from "../../src/cli/Finding.ts"
import * as Checks from "../../src/cli/HomeChecks.ts"
import { releaseBinary } from "../../src/domain/Home.ts"
import { hookDirectory } from "../../src/domain/Hook.ts"
import { genesis, inUpgrades } from "../../src/domain/Release.ts"
import { Backups } from "../../src/services/backup/Backups.ts"
import { Config } from "../../src/services/Config.ts"
import { DataCopy } from "../../src/services/copy/DataCopy.ts"
import { Disk, type DiskError } from "../../src/services/Disk.ts"
import { FileWatcher } from "../../src/services/FileWatcher.ts"
import { HomeLock } from "../../src/services/HomeLock.ts"
import { LinkManager } from "../../src/services/LinkManager.ts"
import { Releases } from "../../src/services/Releases.ts"
import { Staging } from "../../src/services/staging/Staging.ts"
import { StateFile } from "../../src/services/StateFile.ts"
import { Surroundings } from "../../src/services/Surroundings.ts"
import { put } from "../contracts/HookParts.ts"
import { layerConfig, layerTemporary, type Place, write } from "../contracts/Places.ts"

const layerOf = (settings: Readonly<Record<string, string>>) =>
  Layer.mergeAll(
    Backups.layer.pipe(Layer.provide(DataCopy.layer)),
    FileWatcher.layer,
    HomeLock.layer,
    LinkManager.layer,
    Releases.layer,
    Staging.layer,
    StateFile.layer,
    Surroundings.layer,
    NodeServices.layer
  ).pipe(
    Layer.provideMerge(layerConfig(settings)),
    Layer.provideMerge(layerTemporary),
    Layer.provideMerge(Disk.layer)
  )

type Services = Layer.Success<ReturnType<typeof layerOf>>
type Work = Effect.Effect<unknown, DiskError | { readonly message: string }, Services | Place | Scope.Scope>

const answering = "#!/bin/sh\necho Node\necho Version: 1.2.3\n"

/** A home as init leaves it. */
const furnish = Effect.gen(function*() {
  const [disk, { home }] = [yield* Disk, yield* Config]
  yield* put(releaseBinary(home, genesis), answering)
  yield* disk.makeDirectory(home.upgrades)
  yield* disk.makeDirectory(home.data)
  yield* disk.link("genesis", home.current)
})

/** In a furnished home where this was done, the check finds these, each as its state and a part of its text and remedy. */
const says = (
  name: string,
  check: Effect.Effect<ReadonlyArray<Finding>, never, Services>,
  work: Work,
  expected: ReadonlyArray<readonly [Finding["state"], string]>,
  settings: Readonly<Record<string, string>> = {}
) =>
  it.live(name, () =>
    Effect.gen(function*() {
      yield* Effect.andThen(furnish, work)
      const findings = yield* check
      assert.deepStrictEqual(findings.map(({ state }) => state), expected.map(([state]) => state))
      expected.forEach(([state, text], index) => {
        const found = findings[index]
        assert.include(`${found?.text}: ${found?.remedy}`, text)
        if (state === "warning") assert.isDefined(found?.remedy)
      })
    }).pipe(Effect.provide(layerOf(settings))), 20_000)

const withHome = <A, E, R>(use: (home: Config["Service"]["home"], disk: Disk["Service"]) => Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    return yield* use((yield* Config).home, yield* Disk)
  })

const nothing = Effect.void

describe("the home", () => {
  says("is there and ours", Checks.home, nothing, [["ok", "/home"]])
  says("is not there", Checks.home, withHome((home, disk) => disk.rename(home.root, `${home.directory}/elsewhere`)), [["wrong", "wemixvisor init <binary> makes one"]])
  says("was laid out by cosmovisor", Checks.home, withHome((home, disk) => disk.rename(home.root, home.cosmovisorRoot)), [["wrong", "wemixvisor adopt"]])
  const strange = (change: Partial<Surroundings["Service"]>) =>
    Effect.flatMap(Surroundings, (surroundings) => Effect.provideService(Checks.home, Surroundings, { ...surroundings, ...change }))
  says("belongs to somebody else", strange({ owner: () => Effect.succeed(4711) }), nothing, [["warning", "belongs to user 4711"]])
  says("may not be written", strange({ isWritable: (path) => Effect.succeed(!path.endsWith("/upgrades")) }), nothing, [["wrong", "upgrades may not be written"]])
})

describe("the link", () => {
  const unlink = withHome((home, disk) => disk.remove(home.current))
  says("is right", Checks.link, nothing, [["ok", "genesis"]])
  says("dangles", Checks.link, withHome((home, disk) => Effect.andThen(unlink, disk.link("upgrades/v9", home.current))), [["wrong", "ln -sfn"]])
  says("is missing where nothing has run", Checks.link, unlink, [["warning", "begins with genesis"]])
  says("is missing where something has", Checks.link, Effect.andThen(unlink, StateFile.use(({ write }) => write({ version: 1, applied: [], failed: [] }))), [["warning", "what state.json says"]])
})

describe("the state file", () => {
  const upgrade = { name: "v2", height: 10n, digest: "d", from: "genesis", to: "upgrades/v2" }
  const content = (more: object) => JSON.stringify({ version: 1, applied: [], failed: [], ...more }, (_key, value) => typeof value === "bigint" ? String(value) : value)
  const stored = (text: string) => withHome((home) => write(home.stateFile, text))
  says("is not there yet", Checks.state, nothing, [["ok", "nothing has run"]])
  says("is damaged", Checks.state, stored("{"), [["wrong", "state.json.damaged"]])
  says("tells of failures", Checks.state, stored(content({ failed: [{ upgrade, at: "", why: "it ended with code 2" }] })), [["ok", "1 failed, the last of those v2: it ended with code 2"]])
  says("has an upgrade under way", Checks.state, stored(content({ inFlight: { upgrade, step: "stop" } })), [["warning", "v2 is under way, at the step stop"]])
})

describe("the lock", () => {
  says("is nobody's", Checks.lock, nothing, [["ok", "no wemixvisor runs"]])
  says("is held, which the doctor does not disturb", Checks.lock, HomeLock.use(({ acquire }) => acquire), [["ok", `pid ${process.pid}`]])
})

describe("the releases", () => {
  const stage = (name: string, text: string, mode?: number) => withHome((home) => put(releaseBinary(home, inUpgrades(name)), text, mode))
  says("give their versions", Checks.releases, stage("v2", answering), [["ok", "genesis: Version: 1.2.3"], ["ok", "v2: Version: 1.2.3"]])
  says("are wrong when the current one cannot be started", Checks.releases, withHome((home) => put(releaseBinary(home, genesis), "", 0o755)), [["wrong", "genesis cannot be started: "]])
  says("are a warning when another one cannot", Checks.releases, stage("v2", answering, 0o644), [["ok", ""], ["warning", "chmod +x"]])
  says("are a warning when they give no version", Checks.releases, stage("v2", "#!/bin/sh\nexit 1\n"), [["ok", ""], ["warning", "v2 gives no version"]])
  says("are not what is being staged", Checks.releases, withHome((home) => put(`${home.staging}/x/bin/node`, "")), [["ok", "genesis"]])
  says("are none", Checks.releases, withHome((home, disk) => disk.rename(home.genesis, `${home.root}/other`)), [["wrong", "wemixvisor init"]])
})

describe("the plan", () => {
  const planned = (text: string) => withHome((home) => write(home.planFile, text))
  says("is absent", Checks.plan, nothing, [["ok", "there is none"]])
  says("is no plan", Checks.plan, planned("{"), [["warning", "passed over"]])
  says("is not ready", Checks.plan, planned(`{"name":"v2","height":10}`), [["warning", "there is no binary at"]])
  const v2 = withHome((home) => Effect.andThen(put(releaseBinary(home, inUpgrades("v2")), answering), planned(`{"name":"v2","height":10}`)))
  says("is ready", Checks.plan, v2, [["ok", "v2 at height 10 is ready"]])
  const applied = withHome((home, disk) => Effect.andThen(disk.remove(home.current), disk.link("upgrades/v2", home.current)))
  says("is what runs", Checks.plan, Effect.andThen(v2, applied), [["ok", "is what runs"]])
  const remembered = (outcome: "applied" | "failed", height: bigint) =>
    Effect.gen(function*() {
      yield* v2
      const reading = yield* FileWatcher.use((watcher) => watcher.read)
      const upgrade = { name: "v3", height, digest: reading._tag === "Read" ? reading.digest : "", from: genesis, to: inUpgrades("v3") }
      yield* StateFile.use(({ write }) => write({ version: 1, applied: [], failed: [], [outcome]: [{ upgrade, at: "2026-01-01T00:00:00.000Z" }] }))
    })
  says("is below what was applied last", Checks.plan, remembered("applied", 11n), [["warning", "v2 at height 10 is passed over"]])
  says("is above what was applied last", Checks.plan, remembered("applied", 9n), [["ok", "is ready"]])
  says("failed before", Checks.plan, remembered("failed", 10n), [["warning", "upgrade retry v2"]])
})

describe("the hooks", () => {
  const hook = (stage: "pre-stop" | "pre-upgrade", text: string, mode?: number) => withHome((home) => put(`${hookDirectory(home, stage)}/hook`, text, mode))
  says("are none", Checks.hooks, nothing, [["ok", "none"]])
  says("can be run", Checks.hooks, hook("pre-stop", "#!/bin/sh\n"), [["ok", "/pre-stop/hook"]])
  says("are passed over", Checks.hooks, hook("pre-upgrade", "#!/bin/sh\n", 0o644), [["warning", "chmod +x"]])
  says("would fail an upgrade", Checks.hooks, hook("pre-upgrade", "text"), [["wrong", "would fail"]])
  says("would fail and stop nothing", Checks.hooks, hook("pre-stop", "text"), [["warning", "would fail"]])
  says("lie in a directory that is no stage", Checks.hooks, withHome((home, disk) => disk.makeDirectory(`${home.root}/hooks/preupgrade`)), [["warning", "preupgrade is no stage"]])
  const custom = { COSMOVISOR_CUSTOM_PREUPGRADE: "pre.sh" }
  says("miss the script that is set", Checks.hooks, nothing, [["wrong", "COSMOVISOR_CUSTOM_PREUPGRADE"]], custom)
  says("have it, not yet executable", Checks.hooks, withHome((home) => put(`${home.root}/pre.sh`, "#!/bin/sh\n", 0o644)), [["ok", "pre.sh"]], custom)
})

it.live("where there is no home, nothing in it is looked at", () =>
  Effect.gen(function*() {
    const checks = (yield* examine).map(({ check }) => check)
    assert.deepStrictEqual(checks.slice(0, 2), ["home", "settings"])
  }).pipe(Effect.provide(layerOf({}))))

describe("the next backup", () => {
  const withRoom = Effect.gen(function*() {
    const [disk, { home, settings }] = [yield* Disk, yield* Config]
    yield* write(`${home.data}/blocks`, "0123456789")
    yield* disk.makeDirectory(settings.dataBackupDir)
  })
  says("is reckoned where its directory is yet to be made", Checks.backup, Config.use(({ home }) => write(`${home.data}/blocks`, "0123456789")), [["ok", "10 B in 1 files"]])
  says("is reckoned", Checks.backup, withRoom, [["ok", "10 B in 1 files"]])
  says("is off", Checks.backup, withRoom, [["ok", "backups are off"]], { DAEMON_BACKUP: "none" })
  says("cannot be made", Checks.backup, Config.use(({ home }) => write(`${home.data}/blocks`, "x")), [["warning", "no backup can be made"]], { DAEMON_DATA_BACKUP_DIR: "/dev/null" })
})

describe("a release that was staged", () => {
  says("is not the one any more that it was", Checks.releases, Effect.gen(function*() {
    const { home } = yield* Config
    yield* put(releaseBinary(home, genesis), answering)
    const record = { sha256: "0".repeat(64), bytes: 1, from: "/tmp/v1", at: "2026-01-01T00:00:00.000Z", checksum: null }
    yield* write(`${home.genesis}/release.json`, JSON.stringify(record))
  }), [["wrong", "changed since it was staged"]])
})
