// Clones on file systems that share blocks, made in a file and mounted for this; where that cannot be done, nothing of it is tried.
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DataCopy } from "../../src/services/copy/DataCopy.ts"
import { type Kind, mountLoopDisk } from "../support/LoopDisk.ts"

const mebibyte = 1024 * 1024
const scratch = mkdtempSync(join(tmpdir(), "wemixvisor-clones-"))
const kinds = ["xfs", "btrfs"] as const
const disks = kinds.map((kind: Kind) => ({ kind, disk: mountLoopDisk(kind, scratch, 400 * mebibyte) }))
afterAll(() => {
  for (const { disk } of disks) disk?.release()
  rmSync(scratch, { recursive: true, force: true })
})

/** Once all that was written has its place. */
const freeBytes = (path: string): number => {
  spawnSync("sync", ["-f", path])
  const { bavail, bsize } = statfsSync(path)
  return bavail * bsize
}

for (const { disk, kind } of disks) {
  describe.skipIf(disk === undefined)(`on ${kind}`, () => {
    it.live("a tree is cloned: the same content, and no room taken for it", () =>
      Effect.gen(function*() {
        const path = disk?.path ?? ""
        const [from, to] = [join(path, "data"), join(path, "copy")]
        mkdirSync(join(from, "below"), { recursive: true })
        for (let file = 0; file < 4; file++) writeFileSync(join(from, "below", `${file}`), Buffer.alloc(25 * mebibyte, file + 1))
        const copies = yield* DataCopy
        assert.isTrue(yield* copies.canClone(from, path))
        const before = freeBytes(path)
        const survey = yield* copies.copy({ from, to, method: "reflink", exclude: [], onProgress: () => Effect.void })
        assert.deepStrictEqual([survey.files, survey.bytes], [4, 100 * mebibyte])
        assert.isBelow(before - freeBytes(path), 20 * mebibyte)
        for (const name of readdirSync(join(from, "below"))) assert.isTrue(readFileSync(join(from, "below", name)).equals(readFileSync(join(to, "below", name))), name)
        assert.deepStrictEqual(readdirSync(from), ["below"])
      }).pipe(Effect.provide(DataCopy.layer)), 60_000)
  })
}
