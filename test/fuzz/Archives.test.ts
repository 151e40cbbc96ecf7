// Archives with anything in them: unpacked to the program that they hold, or refused; nothing is ever written but the program, and nothing hangs.
import { Effect, Layer, Result } from "effect"
import { describe, expect } from "vitest"
import { roleOf } from "../../src/domain/ArchiveEntry.ts"
import { findIn, parse } from "../../src/domain/Checksum.ts"
import type { Packing } from "../../src/domain/PlanBinaries.ts"
import { parseSource, readInfo } from "../../src/domain/PlanBinaries.ts"
import { Disk } from "../../src/services/Disk.ts"
import { layerMemory } from "../../src/services/MemoryDisk.ts"
import { unpack } from "../../src/services/download/Unpacking.ts"
import { type Entries, packed, tar, zip } from "../support/Archives.ts"
import type { Dice } from "../support/Dice.ts"
import { short } from "../support/Fetching.ts"
import { fuzzing } from "./Fuzz.ts"
import { spoilt } from "./Mutate.ts"

const { holds } = fuzzing(import.meta.filename)

const words = ["node", "bin", "..", ".", "", "/", "lib", "a b", "ä", "\\", "node/", "-> ..", "x".repeat(120)] as const
const pathOf = (dice: Dice): string => Array.from({ length: dice.between(1, 4) }, () => dice.pick(words)).join("/") || "x"
const contents = ["", "the program", "-> node", "-> ../../etc/passwd", "x".repeat(2000)] as const

const entriesOf = (dice: Dice): Entries => Array.from({ length: dice.between(0, 5) }, () => [dice.oneIn(3) ? "bin/node" : pathOf(dice), dice.pick(contents)] as const)

const packings: readonly [Packing, ...ReadonlyArray<Packing>] = [
  { container: "tar", compression: "none" }, { container: "tar", compression: "gzip" }, { container: "tar", compression: "zstd" },
  { container: "zip", compression: "none" }, { container: "none", compression: "gzip" }
]

const archiveOf = Effect.fnUntraced(function*(dice: Dice, { compression, container }: Packing) {
  const entries = entriesOf(dice)
  const made = container === "tar" ? yield* tar(entries) : container === "zip" ? yield* zip(entries.map(([path, content]) => [path.replaceAll(/^\/+|\.\.|\\/g, "q"), content] as const)) : Buffer.from("the program")
  return compression === "none" ? made : packed[compression](made)
})

describe("an archive", () => {
  holds("of any entries, whole or spoilt, leads to the program or a refusal", 400, Effect.fnUntraced(function*(dice) {
    const packing = dice.pick(packings)
    const whole = yield* Effect.catchDefect(archiveOf(dice, packing), () => Effect.succeed(Buffer.from("what no encoder makes")))
    const bytes = dice.oneIn(3) ? whole : spoilt(dice, whole)
    yield* Effect.gen(function*() {
      const disk = yield* Disk
      yield* disk.makeDirectory("/srv/test/inside")
      yield* disk.write("/srv/test/archive", bytes, 0o644)
      const limits = { ...short, unpackedBytes: 1_000_000 }
      const result = yield* Effect.result(unpack({ disk, path: "/srv/test/archive", from: "an archive", packing, program: "node", directory: "/srv/test/inside", limits }))
      expect((yield* disk.list("/srv/test")).toSorted()).toEqual(["archive", "inside"])
      expect((yield* disk.list("/srv/test/inside")).filter((name) => !name.startsWith("program"))).toEqual([])
      if (Result.isSuccess(result)) expect((yield* disk.status(result.success.path, false)).bytes).toBeGreaterThan(0)
      else expect(["Archive", "TooLarge"]).toContain(result.failure.reason)
    }).pipe(Effect.provide(Layer.fresh(layerMemory())))
  }))

  holds("has the program in no entry whose path leads out, or is no file", 3000, Effect.fnUntraced(function*(dice) {
    const type = dice.pick(["File", "Directory", "Symlink", "Hardlink", "CharDevice", "BlockDevice", "Fifo", "Other"] as const)
    const path = pathOf(dice)
    const role = roleOf({ path, type, target: pathOf(dice) }, "node")
    if (Result.isFailure(role)) return
    expect(path.startsWith("/") || path.split("/").includes("..") || path.includes("\\")).toBe(false)
    expect(["File", "Directory", "Symlink"]).toContain(type)
    if (role.success !== "passed over") expect(type).toBe("File")
    yield* Effect.void
  }))
})

describe("what a plan's author writes", () => {
  holds("is read or refused, and never breaks the reader", 3000, Effect.fnUntraced(function*(dice) {
    const sum = "ab".repeat(32)
    const seed = dice.pick([
      `https://example.test/node.tar.gz?checksum=sha256:${sum}&archive=zip&x=%41#y`, `file:///srv/a%20b?checksum=file:https://example.test/SHA256SUMS`,
      JSON.stringify({ binaries: { "linux/amd64": `https://example.test/?checksum=${sum}` } }), `${sum}  node\n${sum} *./other\n`, `SHA256 (node) = ${sum}`, `sha512:${sum}${sum}`
    ])
    const text = new TextDecoder().decode(spoilt(dice, new TextEncoder().encode(seed)))
    const source = parseSource(text)
    const failures = [source, readInfo(text), parse(text), findIn(text, "node")].flatMap((result: Result.Result<unknown, string>) => Result.isFailure(result) ? [result.failure] : [])
    expect(failures).not.toContain("")
    if (Result.isSuccess(source)) expect(["checksum", "archive"].filter((name) => new URL(source.success.url).searchParams.has(name))).toEqual([])
    yield* Effect.void
  }))
})
