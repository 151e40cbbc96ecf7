// Program files and directories of every kind: a release is ready or one obstacle is named, a plan's name leads to a directory in upgrades, and none is a defect.
import { describe } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { expect } from "vitest"
import { headBytes, parse, ProgramHeader } from "../../src/domain/ProgramHeader.ts"
import { directoryOf, fromLinkText, inUpgrades, label } from "../../src/domain/Release.ts"
import { Config } from "../../src/services/Config.ts"
import { Disk } from "../../src/services/Disk.ts"
import { layerMemory } from "../../src/services/MemoryDisk.ts"
import { printable } from "../../src/services/Log.ts"
import { Releases } from "../../src/services/Releases.ts"
import { LinkManager } from "../../src/services/LinkManager.ts"
import { obstacleText } from "../../src/domain/Readiness.ts"
import { elf } from "../support/world/Binaries.ts"
import type { Dice } from "../support/Dice.ts"
import { fuzzing } from "./Fuzz.ts"
import { spoilt } from "./Mutate.ts"
import { directoryFor } from "./PlanOracle.ts"
import * as Words from "./Words.ts"

const { holds } = fuzzing(import.meta.filename)

const loader = "/lib64/ld.so"
const path = "/node/wemixvisor/upgrades/v2/bin/wemixd"
const layer = Layer.merge(LinkManager.layer, Releases.layerFor({ platform: "linux", architecture: "x64" })).pipe(
  Layer.provideMerge(Layer.merge(Config.layerOf({ DAEMON_HOME: "/node" }), layerMemory({ "/bin/sh": "", [loader]: "", [path]: "", "/node/wemixvisor/genesis/bin/wemixd": "" })))
)

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Beginnings of real programs: of Linux with a loader and without, of macOS for one machine and for several, of a script; and a Java class. */
const programs: readonly [Uint8Array, ...ReadonlyArray<Uint8Array>] = [
  elf({ machine: "x64", interpreter: loader, bytes: 400 }),
  elf({ machine: "x64", bytes: 200 }),
  elf({ machine: "arm64", interpreter: loader, bytes: 400 }),
  Uint8Array.from([0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1, 0, 0, 0, 0]),
  Uint8Array.from([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2, ...new Array<number>(40).fill(1)]),
  Uint8Array.from([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 52]),
  utf8("#!/bin/sh\nexit 0\n"),
  utf8("#! \t/bin/sh -e x\n")
]

/** A program with some of its numbers as large, as small or as odd as they can be. */
const program = (dice: Dice): Uint8Array => {
  const bytes = dice.pick(programs).slice()
  if (dice.oneIn(3)) return spoilt(dice, bytes)
  for (let count = dice.below(4); count > 0; count--) {
    const [at, value, length] = [dice.below(bytes.byteLength), dice.pick([0, 0xff, 0x7f, 0x80, 1]), dice.pick([1, 2, 4, 8])]
    bytes.fill(value, at, at + length)
  }
  return bytes
}

/** The interpreter of a script as the kernel reads it (execve(2)). */
const isNamed = (interpreter: string): boolean => interpreter !== "" && !/[ \t\n\0]/.test(interpreter)

describe("a program file", () => {
  holds("has a header that says something possible, whatever its bytes are", 3000, (dice) =>
    Effect.sync(() => {
      const bytes = program(dice)
      const header = parse(bytes.subarray(0, headBytes))
      expect(parse(Uint8Array.from([...dice.bytes(1, 8), ...bytes]).subarray(0, dice.between(0, 80)))._tag).toBeDefined()
      ProgramHeader.$match(header, {
        Elf: ({ machine, neededBytes }) => expect([machine === "", neededBytes >= 64], "an ELF file").toEqual([false, true]),
        MachO: ({ machines }) => expect(machines.length).toBeGreaterThan(0),
        Script: ({ interpreter }) => expect(isNamed(interpreter)).toBe(true),
        Empty: () => expect(bytes.byteLength).toBe(0),
        Unknown: () => expect(bytes.byteLength).toBeGreaterThan(0)
      })
    }))

  holds("makes its release ready, or one obstacle is named with a path, in one line", 600, (dice) =>
    Effect.gen(function*() {
      const bytes = program(dice)
      yield* Disk.use((disk) => disk.write(path, bytes, 0o755))
      const found = yield* Releases.use(({ inspect }) => inspect(inUpgrades("v2")))
      if (found._tag === "NotReady") return Words.isLine(printable(obstacleText(found.obstacle)), path)
      expect(["Elf", "Script"]).toContain(parse(bytes)._tag)
    }).pipe(Effect.provide(layer)))
})

describe("a release's directory", () => {
  holds("is the one that a URL would spell, or there is none, for every name of a plan", 3000, (dice) =>
    Effect.sync(() => {
      const name = dice.text(0, dice.pick([3, 3, 90]))
      const directory = directoryOf(name)
      expect(directory._tag === "Success" ? directory.success : undefined).toBe(directoryFor(name))
      if (directory._tag === "Failure") return Words.isLine(directory.failure)
      expect(label(inUpgrades(directory.success))).toBe(name)
    }))

  holds("is found among entries of every kind, and never outside of upgrades", 400, (dice) =>
    Effect.gen(function*() {
      const disk = yield* Disk
      for (const entry of dice.several(0, 6, (dice) => dice.text(1, 2).replaceAll(/[/\0]/g, "")).filter((entry) => !["", ".", ".."].includes(entry))) {
        yield* disk.makeDirectory(`/node/wemixvisor/upgrades/${entry}`)
      }
      const release = yield* Releases.use(({ locate }) => locate(dice.text(0, 2)))
      expect(release).toMatch(/^upgrades\/(?!\.{1,2}$)[^/]+$/)
    }).pipe(Effect.provide(layer)))

  holds("is read of the link, or the link is refused in one line that names it, whatever its text is", 800, (dice) =>
    Effect.gen(function*() {
      const disk = yield* Disk
      const text = dice.oneIn(2) ? dice.text(0, 4) : `${dice.pick(["", "./", "/node/wemixvisor/", "../"])}${dice.pick(["genesis", "upgrades/v2", "upgrades/..", "upgrades/", "upgrades/v2/bin", "upgrades//v2"])}${dice.pick(["", "/", "/.", "//"])}`
      yield* disk.link(text, "/node/wemixvisor/current")
      const exit = yield* Effect.exit(LinkManager.use(({ current }) => current))
      if (exit._tag === "Failure") {
        const { lines } = Words.fails(exit, 66)
        return Words.isLine(lines[0] ?? "", "/node/wemixvisor/current")
      }
      const release = Option.getOrElse(exit.value, () => "none")
      expect(["genesis", "upgrades/v2"]).toContain(release)
      expect(Option.isSome(fromLinkText(release))).toBe(true)
    }).pipe(Effect.provide(layer)))
})
