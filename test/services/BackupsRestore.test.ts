// A backup put back: the data are swapped whole, the former ones are kept, and whatever goes wrong leaves them as they were.
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { codeOf, textOf, write } from "../contracts/Places.ts"
import { furnish, make, onEveryDisk } from "./Backups.ts"

onEveryDisk("restoring", (promises) => {
  promises("puts the copy in the place of the data, and keeps both it and the former data", Effect.gen(function*() {
    const { backups, data, disk, home } = yield* furnish
    const { name, path } = yield* make()
    yield* write(`${data}/geth/nodekey`, "another")
    const { replaced = "" } = yield* backups.restore(name)
    assert.match(replaced, RegExp(`^${data}\\.replaced-\\d{8}T\\d{6}Z$`))
    assert.deepStrictEqual([yield* textOf(`${data}/geth/nodekey`), yield* textOf(`${replaced}/geth/nodekey`)], ["secret", "another"])
    assert.strictEqual(yield* disk.readLink(`${data}/link`), "geth")
    assert.isTrue((yield* backups.verify(name)).isSound)
    assert.strictEqual(yield* textOf(`${path}/data/geth/nodekey`), "secret")
    assert.deepStrictEqual((yield* disk.list(home.directory)).filter((entry) => entry.startsWith("data")).toSorted(), ["data", replaced.slice(home.directory.length + 1)])
  }))
  promises("twice in one second keeps all the former data", Effect.gen(function*() {
    const { backups, disk, home } = yield* furnish
    const { name } = yield* make()
    yield* backups.restore(name)
    yield* backups.restore(name)
    assert.strictEqual((yield* disk.list(home.directory)).filter((entry) => entry.startsWith("data.replaced-")).length, 2)
  }))
  promises("swaps what `data` leads to, and leaves the links", Effect.gen(function*() {
    const { backups, data, disk, place } = yield* furnish
    yield* disk.makeDirectory(place("volume"))
    yield* disk.rename(data, place("volume", "data"))
    yield* disk.link(place("volume", "data"), place("home", "to-volume"))
    yield* disk.link("to-volume", data)
    const { name } = yield* make()
    yield* write(place("volume", "data", "later"), "")
    const { replaced = "" } = yield* backups.restore(name)
    assert.strictEqual(yield* disk.readLink(data), "to-volume")
    assert.strictEqual(replaced.slice(0, replaced.lastIndexOf(".")), place("volume", "data"))
    assert.deepStrictEqual((yield* disk.list(data)).toSorted(), ["geth", "link", "upgrade-info.json"])
    assert.include(yield* disk.list(replaced), "later")
  }))
  promises("where no data are puts them there", Effect.gen(function*() {
    const { backups, data, disk } = yield* furnish
    const { name } = yield* make()
    yield* disk.rename(data, `${data}.gone`)
    yield* write(`${data}.new`, "what a broken-off attempt has left")
    yield* backups.restore(name)
    assert.strictEqual(yield* textOf(`${data}/geth/nodekey`), "secret")
  }))
  promises("a damaged one is refused, and the data stand", Effect.gen(function*() {
    const { backups, data, disk, home } = yield* furnish
    const { name, path } = yield* make()
    yield* disk.remove(`${path}/data/geth/nodekey`)
    yield* write(`${data}/geth/nodekey`, "another")
    const error = yield* Effect.flip(backups.restore(name))
    assert.deepStrictEqual([error.reason, error.path], ["Damaged", path])
    assert.include(error.message, "geth/nodekey is missing")
    assert.strictEqual(yield* textOf(`${data}/geth/nodekey`), "another")
    assert.deepStrictEqual((yield* disk.list(home.directory)).filter((entry) => entry.startsWith("data")), ["data"])
  }))
  promises("one that is not there is refused", Effect.gen(function*() {
    const { backups, data, disk } = yield* furnish
    assert.strictEqual((yield* Effect.flip(backups.restore("v2-20200101T000000Z"))).reason, "Missing")
    assert.strictEqual(yield* codeOf(disk.status(data, false)), "done")
  }))
})
