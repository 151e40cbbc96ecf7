// A release gets into its place whole and right, or not at all; what is there is told from what should be; and it goes away at once.
import { assert } from "@effect/vitest"
import { Effect, Layer, Option, Result } from "effect"
import { createHash } from "node:crypto"
import { expect } from "vitest"
import type { Digest } from "../../src/domain/Checksum.ts"
import { releaseBinary, releaseDirectory, releaseRecord } from "../../src/domain/Home.ts"
import { inUpgrades } from "../../src/domain/Release.ts"
import { Config } from "../../src/services/Config.ts"
import { Disk } from "../../src/services/Disk.ts"
import { type Placing, Staging, type StagingError } from "../../src/services/staging/Staging.ts"
import { codeOf, inHomesOnEveryDisk, Place, textOf } from "../contracts/Places.ts"
import { elf, script, text } from "../support/world/Binaries.ts"

const v2 = inUpgrades("v2")
const program = script("exit 0")
const sha = (algorithm: Digest["algorithm"], content: Uint8Array): Digest => ({ algorithm, hex: createHash(algorithm).update(content).digest("hex") })

/** A home with nothing in `upgrades`, the shell that scripts need, and a program elsewhere. */
const scene = (content: Uint8Array = program) =>
  Effect.gen(function*() {
    const [disk, { home }, place, staging] = [yield* Disk, yield* Config, yield* Place, yield* Staging]
    yield* disk.makeDirectory(home.root)
    if ((yield* disk.glance("/bin/sh")) === undefined) {
      yield* disk.makeDirectory("/bin")
      yield* disk.write("/bin/sh", text(""), 0o755)
    }
    yield* disk.write(place("built"), content, 0o644)
    const placing: Placing = { release: v2, binary: place("built"), from: place("built"), checksum: undefined, force: false }
    const upgrades = Effect.map(disk.list(home.upgrades), (names) => names.toSorted())
    return { disk, home, place, staging, placing, upgrades, final: releaseDirectory(home, v2), binary: releaseBinary(home, v2) }
  })

const reasonOf = <A, R>(effect: Effect.Effect<A, StagingError, R>) => Effect.map(Effect.flip(effect), ({ message, reason }) => ({ reason, message }))

inHomesOnEveryDisk("a release that is staged", Staging.layer, (promises) => {
  promises("is there executable, with what is known of it, and nothing else is", Effect.gen(function*() {
    const { binary, disk, home, place, placing, staging, upgrades } = yield* scene()
    const staged = yield* staging.place({ ...placing, checksum: sha("sha512", program) })
    assert.deepStrictEqual({ ...staged, at: "" }, {
      sha256: sha("sha256", program).hex, bytes: program.byteLength, from: place("built"), at: "", checksum: `sha512:${sha("sha512", program).hex}`
    })
    assert.strictEqual((yield* disk.status(binary, false)).mode, 0o755)
    assert.deepStrictEqual(yield* disk.read(binary, 1000), program)
    assert.deepStrictEqual(yield* staging.recordOf(v2), Option.some(staged))
    assert.deepStrictEqual(JSON.parse(yield* textOf(releaseRecord(home, v2))), staged)
    assert.deepStrictEqual(yield* upgrades, ["v2"])
    assert.strictEqual((yield* disk.read(place("built"), 1000)).byteLength, program.byteLength)
  }))
  promises("again is no change", Effect.gen(function*() {
    const { binary, disk, placing, staging, upgrades } = yield* scene()
    const staged = yield* staging.place(placing)
    const before = yield* disk.status(binary, false)
    assert.deepStrictEqual(yield* staging.place({ ...placing, force: true }), staged)
    assert.strictEqual((yield* disk.status(binary, false)).signature, before.signature)
    assert.deepStrictEqual(yield* upgrades, ["v2"])
  }))
  promises("takes the place of directories that hold nothing", Effect.gen(function*() {
    const { binary, disk, final, placing, staging } = yield* scene()
    yield* disk.makeDirectory(`${final}/bin`)
    yield* staging.place(placing)
    assert.deepStrictEqual(yield* disk.read(binary, 1000), program)
  }))
  promises("is refused where another one is, and where something else is", Effect.gen(function*() {
    const { binary, disk, final, placing, staging, upgrades } = yield* scene()
    yield* staging.place(placing)
    yield* disk.write(placing.binary, script("another"), 0o644)
    const error = yield* reasonOf(staging.place(placing))
    expect(error).toEqual({ reason: "Exists", message: expect.stringContaining(`${final} is there already`) })
    assert.deepStrictEqual(yield* disk.read(binary, 1000), program)
    yield* disk.makeDirectory(`${final.replace("v2", "v3")}/lib`)
    assert.strictEqual((yield* reasonOf(staging.place({ ...placing, release: inUpgrades("v3") }))).reason, "Exists")
    assert.deepStrictEqual(yield* upgrades, ["v2", "v3"])
  }))
  promises("replaces another one when it is forced to", Effect.gen(function*() {
    const { binary, disk, final, placing, staging, upgrades } = yield* scene()
    yield* staging.place(placing)
    yield* disk.write(`${final}/bin/more`, text("more"), 0o644)
    yield* disk.write(placing.binary, script("another"), 0o644)
    const staged = yield* staging.place({ ...placing, force: true })
    assert.deepStrictEqual(yield* disk.read(binary, 1000), script("another"))
    assert.deepStrictEqual([yield* staging.recordOf(v2), yield* staging.check(v2)], [Option.some(staged), Option.some({ staged, change: Option.none() })])
    assert.deepStrictEqual(yield* disk.list(`${final}/bin`), ["node"])
    assert.deepStrictEqual(yield* upgrades, ["v2"])
  }))
  const unfit: ReadonlyArray<readonly [string, Uint8Array, string]> = [
    ["a page", text("<!DOCTYPE html>"), "is not a program"],
    ["empty", text(""), "is not a program: it is empty"],
    ["for another machine", elf({ machine: process.arch === "x64" ? "arm64" : "x64", bytes: 8000 }), "is built for"],
    ["half", elf({ machine: process.arch === "x64" ? "x64" : "arm64", bytes: 8000, present: 4000 }), "cut off"]
  ]
  for (const [what, content, why] of unfit) {
    promises(`is never one that is ${what}`, Effect.gen(function*() {
      const { place, placing, staging, upgrades } = yield* scene(content)
      const error = yield* reasonOf(staging.place(placing))
      expect(error).toEqual({ reason: "Unfit", message: expect.stringContaining(why) })
      expect(error.message).toContain(place("built"))
      expect(error.message).not.toContain("staging")
      assert.deepStrictEqual(yield* upgrades, [])
    }))
  }
  for (const algorithm of ["sha256", "sha512"] as const) {
    promises(`is never one with another ${algorithm} than it must have`, Effect.gen(function*() {
      const { placing, staging, upgrades } = yield* scene()
      const expected = sha(algorithm, text("another"))
      const error = yield* reasonOf(staging.place({ ...placing, checksum: expected }))
      expect(error).toEqual({ reason: "Mismatch", message: expect.stringContaining(expected.hex) })
      expect(error.message).toContain(sha(algorithm, program).hex)
      assert.deepStrictEqual(yield* upgrades, [])
    }))
  }
  promises("needs a program file", Effect.gen(function*() {
    const { place, placing, staging, upgrades } = yield* scene()
    const error = yield* reasonOf(staging.place({ ...placing, binary: place("nothing") }))
    assert.deepStrictEqual(error, { reason: "Refused", message: `there is no file ${place("built")}` })
    assert.strictEqual((yield* reasonOf(staging.place({ ...placing, binary: place() }))).reason, "Unfit")
    assert.strictEqual(yield* codeOf(upgrades), "ENOENT")
  }))
  promises("leaves no leftover of an attempt that was killed", Effect.gen(function*() {
    const { disk, home, placing, staging, upgrades } = yield* scene()
    for (const kind of ["new", "old"]) {
      yield* disk.makeDirectory(`${home.staging}/${kind}/v2/000000000000/bin`)
      yield* disk.write(`${home.staging}/${kind}/v2/000000000000/bin/node`, text("half"), 0o755)
    }
    yield* staging.place(placing)
    assert.deepStrictEqual(yield* upgrades, ["v2"])
  }))
  promises("may have the longest name that a plan may have", Effect.gen(function*() {
    const { disk, home, placing, staging } = yield* scene()
    const release = inUpgrades("v".repeat(255))
    yield* staging.place({ ...placing, release })
    assert.deepStrictEqual(yield* disk.read(releaseBinary(home, release), 1000), program)
  }))
}, {})

inHomesOnEveryDisk("a release's digest", Staging.layer, (promises) => {
  promises("is what it was, and is told when it is not", Effect.gen(function*() {
    const { binary, disk, placing, staging } = yield* scene()
    const staged = yield* staging.place(placing)
    assert.deepStrictEqual(yield* staging.check(v2), Option.some({ staged, change: Option.none() }))
    yield* disk.write(`${binary}.new`, script("another"), 0o755)
    yield* disk.rename(`${binary}.new`, binary)
    assert.deepStrictEqual(yield* staging.check(v2), Option.some({ staged, change: Option.some({ path: binary, expected: sha("sha256", program).hex, found: sha("sha256", script("another")).hex }) }))
  }))
  promises("is of no concern when the release was staged by hand, or is not there", Effect.gen(function*() {
    const { binary, disk, staging } = yield* scene()
    assert.deepStrictEqual(yield* staging.check(v2), Option.none())
    yield* disk.makeDirectory(binary.replace("/node", ""))
    yield* disk.write(binary, program, 0o755)
    assert.deepStrictEqual([yield* staging.check(v2), yield* staging.recordOf(v2)], [Option.none(), Option.none()])
  }))
  promises("cannot be told from a record that is none", Effect.gen(function*() {
    const { disk, home, placing, staging } = yield* scene()
    yield* staging.place(placing)
    for (const content of ["", "{", "{}", "{\"sha256\":\"12\"}"]) {
      yield* disk.write(releaseRecord(home, v2), text(content), 0o644)
      expect(yield* reasonOf(staging.check(v2))).toEqual({ reason: "Damaged", message: expect.stringContaining(releaseRecord(home, v2)) })
    }
  }))
  promises("is not asked of the file again while the file is the same", Effect.gen(function*() {
    const { placing } = yield* scene()
    const disk = yield* Disk
    const read: Array<string> = []
    const counting = Disk.of({ ...disk, readAt: (path, offset, limit) => Effect.andThen(Effect.sync(() => void read.push(path)), disk.readAt(path, offset, limit)) })
    yield* Effect.gen(function*() {
      const staging = yield* Staging
      yield* staging.place(placing)
      yield* staging.check(v2)
      const before = read.length
      for (let times = 0; times < 3; times++) yield* staging.check(v2)
      assert.deepStrictEqual([before > 0, read.length - before], [true, 0])
    }).pipe(Effect.provide(Layer.fresh(Staging.layer)), Effect.provideService(Disk, counting))
  }))
})

inHomesOnEveryDisk("a release that is removed", Staging.layer, (promises) => {
  promises("is gone with all that it held, and those beside it stay", Effect.gen(function*() {
    const { disk, final, placing, staging, upgrades } = yield* scene()
    yield* staging.place(placing)
    yield* staging.place({ ...placing, release: inUpgrades("v3") })
    yield* disk.link("/no/where", `${final}/link`)
    yield* disk.makeDirectory(`${final}/a/b/c`)
    yield* staging.remove(v2)
    assert.deepStrictEqual(yield* upgrades, ["v3"])
    assert.isTrue(Result.isSuccess(yield* Effect.result(staging.remove(v2))))
  }))
  promises("is no more than the link when it is one", Effect.gen(function*() {
    const { disk, final, place, placing, staging } = yield* scene()
    yield* staging.place(placing)
    yield* disk.rename(final, place("elsewhere"))
    yield* disk.link(place("elsewhere"), final)
    yield* staging.remove(v2)
    assert.deepStrictEqual([yield* codeOf(disk.readLink(final)), yield* disk.read(place("elsewhere", "bin", "node"), 1000)], ["ENOENT", program])
  }))
})
