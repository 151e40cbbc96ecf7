// The names of backups and their order, the list of files and its spelling, and what a person reads of a copy's progress.
import { assert, describe, it } from "@effect/vitest"
import { Option, Schema } from "effect"
import { amount, asideOf, isLeftover, isName, listing, Manifest, ManifestJson, nameOf, newestFirst, parseListing, progressLine, stamp } from "../../src/domain/Backup.ts"
import { genesis, inUpgrades } from "../../src/domain/Release.ts"
import { type Entry, spell } from "../../src/domain/Tree.ts"

const at = Date.UTC(2026, 10, 26, 13, 5, 1, 999)

describe("a backup's name", () => {
  it("is the release's directory and the time in UTC, and the number of a second attempt", () => {
    assert.strictEqual(stamp(at), "20261126T130501Z")
    assert.strictEqual(nameOf(genesis, at, 1), "genesis-20261126T130501Z")
    assert.strictEqual(nameOf(inUpgrades("some%20spaces"), at, 1), "some%20spaces-20261126T130501Z")
    assert.strictEqual(nameOf(inUpgrades("v2"), at, 3), "v2-20261126T130501Z-3")
  })
  it("fits where a file name must fit, with what is put around it", () => {
    for (const directory of ["x".repeat(255), "위".repeat(85), "𝒙".repeat(63)]) {
      const name = asideOf(nameOf(inUpgrades(directory), at, 100))
      assert.isAtMost(new TextEncoder().encode(name).byteLength, 255)
      assert.isTrue(name.isWellFormed())
      assert.isTrue(isLeftover(name))
    }
  })
  it("is told from everything else", () => {
    for (const name of ["v2-20261126T130501Z", "a-b-20261126T130501Z-12", nameOf(inUpgrades(".x"), at, 1)]) assert.isTrue(isName(name), name)
    for (const name of ["", "v2", "v2-20261126T130501", ".v2-20261126T130501Z", "../v2-20261126T130501Z", "v2-20261126T130501Z.new", "a/b-20261126T130501Z"]) assert.isFalse(isName(name), name)
    for (const name of [".v2-20261126T130501Z.new", ".v2-20261126T130501Z-2.new"]) assert.isTrue(isLeftover(name), name)
    for (const name of [".new", ".mine.new", "v2-20261126T130501Z", "v2-20261126T130501Z.new", "..v2-20261126T130501Z.new"]) assert.isFalse(isLeftover(name), name)
  })
  it("orders by time, then by attempt, whatever the release", () => {
    const sorted = ["a-20261127T000000Z", "z-20261126T130501Z-10", "z-20261126T130501Z-2", "z-20261126T130501Z", "b-20251126T130501Z"]
    assert.deepStrictEqual(sorted.toReversed().toSorted(newestFirst), sorted)
    assert.deepStrictEqual(sorted.toSorted().toSorted(newestFirst), sorted)
  })
})

const entry = (kind: Entry["kind"], path: string, bytes: number): Entry =>
  ({ kind, path, bytes, allocatedBytes: bytes, mode: 0, owner: 0, group: 0, accessedAtSeconds: 0, modifiedAtSeconds: 0, device: 0 })

describe("the list of files", () => {
  it("has files only, and says again what was listed", () => {
    const text = listing([entry("directory", "geth", 0), entry("file", "geth/a b", 12), entry("file", "x", 0), entry("link", "l", 0)], spell)
    assert.strictEqual(text, "12 geth/a b\n0 x\n")
    assert.deepStrictEqual(Option.getOrThrow(parseListing(text)), new Map([["geth/a b", 12], ["x", 0]]))
    assert.strictEqual(Option.getOrThrow(parseListing("")).size, 0)
  })
  it("that is cut off, or is none, is not read", () => {
    for (const text of ["12 geth/a", "12\n", "x y\n", "\n", "-1 a\n"]) assert.isTrue(Option.isNone(parseListing(text)), text)
  })
  it("has one line for a name, however odd, and two names for two", () => {
    assert.deepStrictEqual(["a\nb", "a%0Ab", "100%", "위믹스", "\u0085"].map(spell), ["a%0Ab", "a%250Ab", "100%25", "위믹스", "%C2%85"])
  })
})

describe("what a person reads", () => {
  it("of amounts is in powers of a thousand, three digits of it", () => {
    assert.deepStrictEqual([0, 999, 1000, 15_960, 999_999, 1_500_000_000, 412e9, 7e18].map(amount),
      ["0 B", "999 B", "1.00 kB", "16.0 kB", "1000 kB", "1.50 GB", "412 GB", "7000 PB"])
  })
  it("of a copy is how far it is, how fast, and how long it will take", () => {
    const progress = { files: 3, totalFiles: 10, bytes: 250_000_000, totalBytes: 1_000_000_000 }
    assert.strictEqual(progressLine(progress, 5000), "25 %, 250 MB of 1.00 GB, 3 of 10 files, 50.0 MB/s, 15 s left")
    assert.strictEqual(progressLine({ ...progress, totalBytes: 412e9 }, 5000), "0 %, 250 MB of 412 GB, 3 of 10 files, 50.0 MB/s, 2.3 h left")
    assert.strictEqual(progressLine({ files: 0, totalFiles: 0, bytes: 0, totalBytes: 0 }, 0), "100 %, 0 B of 0 B, 0 of 0 files")
  })
  it("of a manifest says heights as texts, which no reader of JSON rounds", () => {
    const manifest = Manifest.make({
      version: 1, plan: "v2", from: genesis, to: inUpgrades("v2"), height: 2n ** 63n - 1n, at: "2026-11-26T13:05:01.999Z", durationMillis: 1, method: "copy",
      files: 0, directories: 1, links: 0, bytes: 0, skipped: [], exclude: [], excluded: [], vanished: []
    })
    const text = Schema.encodeSync(ManifestJson)(manifest)
    assert.include(text, "\"height\": \"9223372036854775807\"")
    assert.deepStrictEqual(Schema.decodeSync(ManifestJson)(text), manifest)
  })
})
