// A failed plan that is tried again: written anew with care, as another plan; and nothing is written where there is none to try again.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { empty, type Journal } from "../../src/domain/Journal.ts"
import { genesis, inUpgrades } from "../../src/domain/Release.ts"
import { Upgrade } from "../../src/domain/Upgrade.ts"
import * as UpgradePlan from "../../src/domain/UpgradePlan.ts"
import { Config } from "../../src/services/Config.ts"
import { Disk, type DiskError } from "../../src/services/Disk.ts"
import { FileWatcher, readingOf } from "../../src/services/FileWatcher.ts"
import { layerMemory } from "../../src/services/MemoryDisk.ts"
import { StateFile } from "../../src/services/StateFile.ts"
import { retry } from "../../src/supervisor/Retry.ts"
import { type Operation, refusal } from "../support/world/Refusal.ts"

const file = "/node/data/upgrade-info.json"
const text = `{"name":"v2","height":900719925474099312,"info":"about it"}`
const plan = { ...UpgradePlan.make("v2", 900_719_925_474_099_312n), info: "about it" }

const digestOf = (some: UpgradePlan.UpgradePlan): string => {
  const reading = readingOf(some)
  return reading._tag === "Read" ? reading.digest : ""
}

/** History with a failure of this plan. */
const failing = (some: UpgradePlan.UpgradePlan): Journal => {
  const upgrade = Upgrade.make({ name: some.name, height: some.height, digest: digestOf(some), from: genesis, to: inUpgrades("v2") })
  return { ...empty, failed: [{ upgrade, at: "2026-01-01T00:00:00.000Z", why: "it ended" }] }
}

/** A home with this plan, on a disk on which every change is noted and may be refused. */
const furnish = Effect.fnUntraced(function*(content: string | undefined, refused?: Operation) {
  const deeds = new Array<string>()
  const note = (deed: Operation, path: string, effect: Effect.Effect<void, DiskError>) => Effect.suspend(() => {
    deeds.push(`${deed} ${path}`)
    return deed === refused ? Effect.fail(refusal(deed, path, "EIO")) : effect
  })
  const noting = Effect.map(Disk, (disk) => Disk.of({
    ...disk,
    append: (path, bytes) => note("append", path, disk.append(path, bytes)),
    copy: (from, to, mode) => note("copy", to, disk.copy(from, to, mode)),
    remove: (path) => note("remove", path, disk.remove(path)),
    rename: (from, to) => note("rename", to, disk.rename(from, to)),
    seal: (path, mode) => note("seal", path, disk.seal(path, mode)),
    syncDirectory: (path) => note("syncDirectory", path, disk.syncDirectory(path)),
    write: (path, bytes, mode) => note("write", path, disk.write(path, bytes, mode))
  }))
  const memory = layerMemory({ "/node/wemixvisor/genesis/bin/wemixd": "", "/node/data/chain": "", ...(content !== undefined && { [file]: content }) })
  const whole = yield* Layer.build(memory)
  const disk = Layer.effect(Disk, noting).pipe(Layer.provide(Layer.succeedContext(whole)))
  const base = Layer.merge(Config.layerOf({ DAEMON_HOME: "/node" }), disk)
  const services = yield* Layer.build(Layer.provideMerge(Layer.merge(FileWatcher.layer, StateFile.layer), base))
  const unnoted = Layer.fresh(StateFile.layer).pipe(Layer.provide(Layer.merge(Config.layerOf({ DAEMON_HOME: "/node" }), Layer.succeedContext(whole))))
  return {
    deeds,
    record: (journal: Journal) => Effect.provide(StateFile.use((state) => state.write(journal)), unnoted),
    retry: (name: string) => Effect.provide(retry(name), services),
    reading: Effect.provide(FileWatcher.use((watcher) => watcher.read), services),
    journal: Effect.provide(StateFile.use((state) => state.read), services),
    text: Effect.provide(Disk.use((made) => Effect.map(made.read(file, 1000), (bytes) => new TextDecoder().decode(bytes))), whole)
  }
})

describe("a failed plan that is to be tried again", () => {
  it.effect("is another plan from then on, and what it says stays, its failure on record too", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust("1 day")
      const home = yield* furnish(text)
      yield* home.record(failing(plan))
      const before = yield* home.journal
      const again = yield* home.retry("v2")
      assert.deepStrictEqual(again, { ...plan, retry: "1970-01-02T00:00:00.000Z" })
      assert.deepStrictEqual(yield* home.reading, readingOf(again))
      assert.notStrictEqual(digestOf(again), digestOf(plan))
      assert.strictEqual(yield* home.text, `{"name":"v2","height":900719925474099312,"info":"about it","retry":"1970-01-02T00:00:00.000Z"}\n`)
      assert.deepStrictEqual(yield* home.journal, before)
    }))
  it.effect("is written aside, renamed and synced: who reads meanwhile sees the old plan or the new one", () =>
    Effect.gen(function*() {
      const home = yield* furnish(text)
      yield* home.record(failing(plan))
      yield* home.retry("v2")
      assert.deepStrictEqual(home.deeds, [`write ${file}.new`, `rename ${file}`, "syncDirectory /node/data"])
    }))
  for (const refused of ["write", "rename"] as const) {
    it.effect(`stands as it was where the ${refused} is refused, and that is told`, () =>
      Effect.gen(function*() {
        const home = yield* furnish(text, refused)
        yield* home.record(failing(plan))
        const error = yield* Effect.flip(home.retry("v2"))
        assert.deepStrictEqual([error._tag, yield* home.text], ["DiskError", text])
      }))
  }
  it.effect("can be tried again as often as it fails, and not before", () =>
    Effect.gen(function*() {
      const home = yield* furnish(text)
      yield* home.record(failing(plan))
      const second = yield* home.retry("v2")
      const tooEarly = yield* Effect.flip(home.retry("v2"))
      assert.strictEqual(tooEarly._tag === "RetryError" && tooEarly.reason, "NotFailed")
      yield* home.record(failing(second))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* home.retry("v2"), { ...plan, retry: "1970-01-01T00:01:00.000Z" })
    }))
})

describe("nothing is written", () => {
  const other = UpgradePlan.make("v2", 1n)
  for (const [what, content, journal, reason] of [
    ["where there is no plan", undefined, failing(plan), "NoPlan"],
    ["where the plan cannot be used", "{", failing(plan), "NoPlan"],
    ["where the plan asks for another upgrade", `{"name":"v3","height":5}`, failing(plan), "NoPlan"],
    ["for a plan that never failed", text, undefined, "NotFailed"],
    ["for a plan when one of the same name failed at another height", text, failing(other), "NotFailed"]
  ] as const) {
    it.effect(`${what}: ${reason}`, () =>
      Effect.gen(function*() {
        const home = yield* furnish(content)
        if (journal !== undefined) yield* home.record(journal)
        const error = yield* Effect.flip(home.retry("v2"))
        assert.strictEqual(error._tag === "RetryError" && error.reason, reason)
        assert.deepStrictEqual(home.deeds, [])
      }))
  }
})
