// What the state file promises, on every disk: what was written is read again, nothing is guessed of a damaged one, the old one stands on failure.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { empty, type Journal, Journal as JournalSchema } from "../../src/domain/Journal.ts"
import { genesis, inUpgrades } from "../../src/domain/Release.ts"
import { Upgrade } from "../../src/domain/Upgrade.ts"
import { Height } from "../../src/domain/UpgradePlan.ts"
import { Disk, DiskError } from "../../src/services/Disk.ts"
import { StateFile } from "../../src/services/StateFile.ts"
import { disks, furnishHome, inHomesOnEveryDisk, layerConfig, textOf, write } from "./Places.ts"

const furnish = Effect.gen(function*() {
  return { ...yield* furnishHome, state: yield* StateFile }
})

const upgrade = Upgrade.make({ name: "v2", height: Height.make(2n ** 63n - 1n), digest: "abc", from: genesis, to: inUpgrades("v2") })
const full: Journal = {
  version: 1,
  owner: 4711,
  lastRan: inUpgrades("v2"),
  inFlight: { upgrade, step: "probation", why: "it said\nso" },
  child: {
    release: inUpgrades("v2"),
    path: "/srv/node/wemixvisor/current/bin/node",
    arguments: ["", "--x", "ünï\u0000code", "\"quoted\""],
    stopSent: true,
    identity: { pid: 12, startTicks: "99", bootId: "b" }
  },
  applied: [{ upgrade, at: "2026-01-01T00:00:00.000Z" }],
  failed: [{ upgrade, at: "2026-01-02T00:00:00.000Z", why: "it ended" }]
}

inHomesOnEveryDisk("the state file", StateFile.layer, (promises) => {
  promises("is none where there is no file, and where there is no directory", Effect.gen(function*() {
    const state = yield* StateFile
    assert.deepStrictEqual(yield* state.read, Option.none())
    yield* furnishHome
    assert.deepStrictEqual(yield* state.read, Option.none())
  }))
  promises("reads what was written, all of it", Effect.gen(function*() {
    const { state } = yield* furnish
    for (const journal of [empty, full, empty]) {
      yield* state.write(journal)
      assert.deepStrictEqual(yield* state.read, Option.some(journal))
    }
  }))
  promises("is text that a person can read, and leaves nothing beside it", Effect.gen(function*() {
    const { disk, home, state } = yield* furnish
    yield* state.write(full)
    const text = yield* textOf(home.stateFile)
    assert.include(text, "\n  \"version\": 1,\n")
    assert.match(text, /\}\n$/)
    assert.deepStrictEqual((yield* disk.list(home.root)).toSorted(), ["genesis", "state.json", "upgrades"])
  }))
  promises("passes over what a killed wemixvisor left beside it", Effect.gen(function*() {
    const { home, state } = yield* furnish
    yield* state.write(empty)
    yield* write(`${home.stateFile}.new`, "{\"version\":1,\"appl")
    assert.deepStrictEqual(yield* state.read, Option.some(empty))
    yield* state.write(full)
    assert.deepStrictEqual(yield* state.read, Option.some(full))
  }))
  const damages: Readonly<Record<string, string>> = {
    "an empty file": "",
    "half a file": "{\"version\":1,\"applied\":[",
    "white space": "\n",
    "foreign JSON": "{\"name\":\"v2\",\"height\":100}",
    "a list": "[]",
    "another version's file": "{\"version\":2,\"applied\":[],\"failed\":[]}",
    "a release outside the layout": "{\"version\":1,\"lastRan\":\"upgrades/../x\",\"applied\":[],\"failed\":[]}",
    "zeroes, as after a power cut": "\0".repeat(512)
  }
  for (const [what, text] of Object.entries(damages)) {
    promises(`is Damaged where it is ${what}, in one line that names the path, and is left as it is`, Effect.gen(function*() {
      const { home, state } = yield* furnish
      yield* write(home.stateFile, text)
      const error = yield* Effect.flip(state.read)
      assert.deepStrictEqual([error.reason, error.path], ["Damaged", home.stateFile])
      assert.isTrue(error.message.startsWith(`cannot use ${home.stateFile}: `))
      assert.notInclude(error.message, "\n")
      assert.strictEqual(yield* textOf(home.stateFile), text)
    }))
  }
  for (const pid of [0, -1, 1, -4711, 2 ** 31, 1.5]) {
    promises(`is Damaged where its child has the pid ${pid}, which kill(2) takes for others than a node`, Effect.gen(function*() {
      const { home, state } = yield* furnish
      const child = { release: "genesis", path: "/x", arguments: [], stopSent: false, identity: { pid, startTicks: "", bootId: "" } }
      yield* write(home.stateFile, JSON.stringify({ ...empty, child }))
      assert.strictEqual((yield* Effect.flip(state.read)).reason, "Damaged")
    }))
  }
  promises("is Damaged where a byte of it is no UTF-8, and no release is read in other letters", Effect.gen(function*() {
    const { disk, home, state } = yield* furnish
    yield* disk.write(home.stateFile, Buffer.from("{\"version\":1,\"lastRan\":\"upgrades/v\xff\",\"applied\":[],\"failed\":[]}", "latin1"), 0o644)
    const error = yield* Effect.flip(state.read)
    assert.deepStrictEqual([error.reason, error.message], ["Damaged", `cannot use ${home.stateFile}: it is not UTF-8 text`])
  }))
  promises("is Refused where it is a directory", Effect.gen(function*() {
    const { disk, home, state } = yield* furnish
    yield* disk.makeDirectory(home.stateFile)
    const error = yield* Effect.flip(state.read)
    assert.deepStrictEqual([error.reason, error.message], ["Refused", `cannot read ${home.stateFile}: EISDIR`])
    assert.strictEqual((yield* Effect.flip(state.write(empty))).reason, "Refused")
  }))
  for (const code of ["EIO", "EACCES", "EMFILE", "ENOMEM", "ESTALE", "ENOTDIR", "UNKNOWN"]) {
    promises(`is Refused, and not missing, where it cannot be read for ${code}`, Effect.gen(function*() {
      const { disk, home, state } = yield* furnish
      yield* state.write(full)
      const refusing = Disk.of({ ...disk, read: (path) => Effect.fail(new DiskError({ operation: "read", path, code, cause: "refused" })) })
      const error = yield* StateFile.use((other) => Effect.flip(other.read)).pipe(Effect.provide(Layer.fresh(StateFile.layer)), Effect.provideService(Disk, refusing))
      assert.deepStrictEqual([error.reason, error.message], ["Refused", `cannot read ${home.stateFile}: ${code}`])
      assert.deepStrictEqual(yield* state.read, Option.some(full))
    }))
  }
  for (const operation of ["write", "rename"] as const) {
    promises(`keeps its old content when the ${operation} is refused`, Effect.gen(function*() {
      const { disk, state } = yield* furnish
      yield* state.write(full)
      const refuse = (path: string) => Effect.fail(new DiskError({ operation, path, code: "ENOSPC", cause: "full" }))
      const refusing = Disk.of({ ...disk, [operation]: (from: string, to: unknown) => refuse(typeof to === "string" ? to : from) })
      const error = yield* StateFile.use((other) => Effect.flip(other.write(empty))).pipe(
        Effect.provide(Layer.fresh(StateFile.layer)),
        Effect.provideService(Disk, refusing)
      )
      assert.strictEqual(error.reason, "Refused")
      assert.include(error.message, "ENOSPC")
      assert.deepStrictEqual(yield* state.read, Option.some(full))
    }))
  }
})

for (const [which, disk] of Object.entries(disks)) {
  const layer = StateFile.layer.pipe(Layer.provideMerge(layerConfig()), Layer.provideMerge(disk))
  describe(`the state file, on ${which}`, () => {
    it.live.prop("reads any journal as it was written", { journal: JournalSchema }, ({ journal }) =>
      Effect.gen(function*() {
        const { state } = yield* furnish
        yield* state.write(journal)
        assert.deepStrictEqual(yield* state.read, Option.some(journal))
      }).pipe(Effect.provide(layer)), { arbitrary: { runs: 40, maxDiscards: 100_000 } })
  })
}
