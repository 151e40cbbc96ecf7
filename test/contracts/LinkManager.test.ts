// What the owner of the `current` link promises, on every disk: it names a release or fails with the reason, and a reader never sees neither.
import { assert } from "@effect/vitest"
import { Effect, Fiber, Layer, Option } from "effect"
import { genesis, inUpgrades } from "../../src/domain/Release.ts"
import { Disk, DiskError } from "../../src/services/Disk.ts"
import { LinkManager } from "../../src/services/LinkManager.ts"
import { furnishHome, inHomesOnEveryDisk, write } from "./Places.ts"

const [v2, v3] = [inUpgrades("v2"), inUpgrades("v3")]

const furnish = Effect.gen(function*() {
  return { ...yield* furnishHome, links: yield* LinkManager }
})

/** With `current` as a link of this text. */
const linked = Effect.fnUntraced(function*(text: string) {
  const found = yield* furnish
  yield* found.disk.link(text, found.home.current)
  return found
})

inHomesOnEveryDisk("the current release", LinkManager.layer, (promises) => {
  promises("is none where there is no link", Effect.gen(function*() {
    const { links } = yield* furnish
    assert.deepStrictEqual(yield* links.current, Option.none())
  }))
  for (const [text, release] of [["genesis", genesis], ["upgrades/v2", v2], ["upgrades/v2/", v2], ["./upgrades/v2", v2], ["genesis/", genesis], ["./genesis//", genesis]] as const) {
    promises(`is ${release} by a link that says ${text}`, Effect.gen(function*() {
      const { links } = yield* linked(text)
      assert.deepStrictEqual(yield* links.current, Option.some(release))
    }))
  }
  promises("is read of an absolute link inside the home, as cosmovisor makes them", Effect.gen(function*() {
    const { disk, home, links } = yield* furnish
    yield* disk.link(`${home.root}/upgrades/v2`, home.current)
    assert.deepStrictEqual(yield* links.current, Option.some(v2))
  }))
  promises("may be a directory reached by a link itself", Effect.gen(function*() {
    const { disk, home, links } = yield* linked("upgrades/v2-alias")
    yield* disk.link("v2", `${home.upgrades}/v2-alias`)
    assert.deepStrictEqual(yield* links.current, Option.some(inUpgrades("v2-alias")))
  }))
  promises("is refused where current is a file or a directory: NotALink, and it is left as it is", Effect.gen(function*() {
    const { disk, home, links } = yield* furnish
    yield* write(home.current, "upgrades/v2")
    assert.strictEqual((yield* Effect.flip(links.current)).reason, "NotALink")
    assert.strictEqual((yield* disk.status(home.current, false)).kind, "file")
    yield* disk.remove(home.current)
    yield* disk.makeDirectory(home.current)
    assert.strictEqual((yield* Effect.flip(links.current)).reason, "NotALink")
  }))
  for (const text of ["/opt/other/genesis", "..", "upgrades", "upgrades/..", "upgrades/v2/bin", "elsewhere", "../wemixvisor/genesis"]) {
    promises(`is refused of a link to ${text}: Foreign, and names the text`, Effect.gen(function*() {
      const { home, links } = yield* linked(text)
      const error = yield* Effect.flip(links.current)
      assert.strictEqual(error.reason, "Foreign")
      assert.include(error.message, `${home.current} points to ${text},`)
    }))
  }
  promises("is refused of an absolute link to a release of another home: Foreign", Effect.gen(function*() {
    const { home, links } = yield* linked("/srv/other/wemixvisor/upgrades/v2")
    const error = yield* Effect.flip(links.current)
    assert.deepStrictEqual([error.reason, error.path], ["Foreign", home.current])
  }))
  promises("is refused where the link dangles: Dangling, and nothing is removed", Effect.gen(function*() {
    const { disk, home, links } = yield* linked("upgrades/v9")
    const error = yield* Effect.flip(links.current)
    assert.strictEqual(error.reason, "Dangling")
    assert.strictEqual(error.message, `${home.current} points to upgrades/v9, and ${home.upgrades}/v9 is not there: put that back, or link it to the release that the data belongs to, as in ln -sfn upgrades/<name> ${home.current}`)
    assert.strictEqual(yield* disk.readLink(home.current), "upgrades/v9")
  }))
  promises("is refused where the link leads to a file: Dangling", Effect.gen(function*() {
    const { home, links } = yield* linked("upgrades/file")
    yield* write(`${home.upgrades}/file`, "")
    const error = yield* Effect.flip(links.current)
    assert.strictEqual(error.reason, "Dangling")
    assert.include(error.message, "is not a directory")
  }))
})

inHomesOnEveryDisk("pointing to a release", LinkManager.layer, (promises) => {
  promises("makes the link where there was none, with relative text", Effect.gen(function*() {
    const { disk, home, links } = yield* furnish
    yield* links.pointTo(v2)
    assert.strictEqual(yield* disk.readLink(home.current), "upgrades/v2")
    assert.deepStrictEqual(yield* links.current, Option.some(v2))
  }))
  promises("moves a link that was there, and leaves nothing beside it", Effect.gen(function*() {
    const { disk, home, links } = yield* linked("genesis")
    yield* links.pointTo(v2)
    assert.strictEqual(yield* disk.readLink(home.current), "upgrades/v2")
    assert.deepStrictEqual((yield* disk.list(home.root)).toSorted(), ["current", "genesis", "upgrades"])
  }))
  promises("prepared or not ends the same", Effect.gen(function*() {
    const { disk, home, links } = yield* linked("genesis")
    yield* links.prepare(v2)
    assert.strictEqual(yield* disk.readLink(home.current), "genesis")
    yield* links.pointTo(v2)
    assert.strictEqual(yield* disk.readLink(home.current), "upgrades/v2")
    assert.deepStrictEqual((yield* disk.list(home.root)).toSorted(), ["current", "genesis", "upgrades"])
  }))
  promises("that was prepared needs nothing of the disk but the rename, which a full one grants", Effect.gen(function*() {
    const { disk, home, links } = yield* linked("genesis")
    yield* links.prepare(v2)
    const full = Disk.of({ ...disk, link: (_text, path) => Effect.fail(new DiskError({ operation: "link", path, code: "ENOSPC", cause: "full" })) })
    yield* LinkManager.use((other) => other.pointTo(v2)).pipe(Effect.provide(Layer.fresh(LinkManager.layer)), Effect.provideService(Disk, full))
    assert.strictEqual(yield* disk.readLink(home.current), "upgrades/v2")
  }))
  promises("that is right already is made durable all the same: whoever moved the link may have been cut off before that", Effect.gen(function*() {
    const { disk } = yield* linked("upgrades/v2")
    const refusing = Disk.of({ ...disk, syncDirectory: (path) => Effect.fail(new DiskError({ operation: "sync", path, code: "EIO", cause: "broken" })) })
    const pointing = LinkManager.use((other) => Effect.flip(other.pointTo(v2))).pipe(Effect.provide(Layer.fresh(LinkManager.layer)), Effect.provideService(Disk, refusing))
    assert.include((yield* pointing).message, "EIO")
  }))
  promises("twice is the same as once", Effect.gen(function*() {
    const { disk, home, links } = yield* linked("genesis")
    yield* links.pointTo(v2)
    const before = yield* disk.status(home.current, false)
    yield* links.pointTo(v2)
    assert.deepStrictEqual(yield* disk.status(home.current, false), before)
  }))
  promises("other than the prepared one points to the one that is asked for", Effect.gen(function*() {
    const { disk, home, links } = yield* linked("genesis")
    yield* links.prepare(v2)
    yield* links.pointTo(v3)
    assert.strictEqual(yield* disk.readLink(home.current), "upgrades/v3")
  }))
  promises("after preparing twice, or for another, points to the last", Effect.gen(function*() {
    const { disk, home, links } = yield* linked("genesis")
    yield* links.prepare(v3)
    yield* links.prepare(v2)
    yield* links.prepare(v2)
    yield* links.pointTo(v2)
    assert.strictEqual(yield* disk.readLink(home.current), "upgrades/v2")
  }))
  promises("passes over what a killed wemixvisor left beside the link, a file or another link", Effect.gen(function*() {
    const { disk, home, links } = yield* linked("genesis")
    yield* disk.link("upgrades/v3", `${home.current}.new`)
    yield* links.pointTo(v2)
    assert.strictEqual(yield* disk.readLink(home.current), "upgrades/v2")
    yield* write(`${home.current}.new`, "rubbish")
    yield* links.pointTo(v3)
    assert.strictEqual(yield* disk.readLink(home.current), "upgrades/v3")
  }))
  promises("that cannot be done fails with the disk's reason, and the old link stands", Effect.gen(function*() {
    const { disk, home, links } = yield* linked("genesis")
    yield* disk.makeDirectory(`${home.current}.new`)
    const [prepared, pointed] = [yield* Effect.flip(links.prepare(v2)), yield* Effect.flip(links.pointTo(v2))]
    assert.deepStrictEqual([prepared.reason, pointed.reason, pointed.path], ["Refused", "Refused", home.current])
    assert.deepStrictEqual(yield* links.current, Option.some(genesis))
  }))
  promises("back and forth never shows a reader anything but a release", Effect.gen(function*() {
    const { links } = yield* linked("genesis")
    const moves = Effect.gen(function*() {
      for (let round = 0; round < 50; round++) {
        yield* links.prepare(v2)
        yield* links.pointTo(v2)
        yield* links.pointTo(genesis)
      }
    })
    const moving = yield* Effect.forkScoped(moves)
    const seen = new Set<string>()
    while (moving.pollUnsafe() === undefined) {
      seen.add(Option.getOrElse(yield* links.current, () => "nothing"))
      yield* Effect.yieldNow
    }
    yield* Fiber.join(moving)
    assert.isAbove(seen.size, 0)
    assert.deepStrictEqual([...seen].filter((release) => release !== "genesis" && release !== "upgrades/v2"), [])
  }))
  promises("that is interrupted at any point leaves one of the two", Effect.gen(function*() {
    const { disk, home, links } = yield* linked("genesis")
    for (let yields = 0; yields < 12; yields++) {
      const [from, to] = yields % 2 === 0 ? [genesis, v2] as const : [v2, genesis] as const
      yield* links.pointTo(from)
      const pointing = yield* Effect.forkScoped(links.pointTo(to), { startImmediately: true })
      for (let count = 0; count < yields; count++) yield* Effect.yieldNow
      yield* Fiber.interrupt(pointing)
      assert.include([from, to], yield* disk.readLink(home.current))
    }
  }))
})
