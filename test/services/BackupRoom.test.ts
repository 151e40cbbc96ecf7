// How much must be free for a backup, in bytes.
import { assert, describe, it } from "vitest"
import { type Entry, surveyOf } from "../../src/domain/Tree.ts"
import { roomFor } from "../../src/services/backup/BackupRoom.ts"

const entry = (path: string, bytes: number, allocatedBytes = bytes): Entry => ({
  kind: "file", path, bytes, allocatedBytes, mode: 0o644, owner: 0, group: 0, accessedAtSeconds: 0, modifiedAtSeconds: 0, device: 0
})
const survey = (...entries: ReadonlyArray<Entry>) => surveyOf(entries, { skipped: [], excluded: [], vanished: [] })
const margin = 16 * 1024 * 1024

describe("the room for a backup", () => {
  it("is what is allocated, not what holes feign, with an entry for each file and a margin", () => {
    assert.strictEqual(roomFor("copy", survey(entry("a", 1e12, 1000), entry("b", 500))), 1500 + 2 * 1024 + margin)
  })
  it("has a margin of a fiftieth where that is more", () => {
    assert.strictEqual(roomFor("copy", survey(entry("a", 50e9 - 1024))), 51e9)
  })
  it("is next to nothing for a clone", () => {
    assert.strictEqual(roomFor("reflink", survey(entry("a", 1e12))), 1024 + margin)
  })
})
