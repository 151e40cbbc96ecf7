// What a file's first bytes say: each machine, loaders, how long the file must be; real programs; and no bytes that are a defect.
import { assert, describe, it } from "@effect/vitest"
import { Option, Schema } from "effect"
import { closeSync, openSync, readSync, statSync } from "node:fs"
import { headBytes, parse, ProgramHeader } from "../../src/domain/ProgramHeader.ts"
import { elf } from "../support/world/Binaries.ts"

const text = (content: string): Uint8Array => new TextEncoder().encode(content)

/** The bare header of an ELF file of this machine; `order` 1 is little-endian, 2 big. */
const header = (machine: number, elfClass: 1 | 2, order: 1 | 2): Uint8Array => {
  const head = new Uint8Array(64)
  head.set([0x7f, 0x45, 0x4c, 0x46, elfClass, order, 1])
  new DataView(head.buffer).setUint16(18, machine, order === 1)
  return head
}

const words = (...numbers: ReadonlyArray<number>): Uint8Array => {
  const view = new DataView(new ArrayBuffer(numbers.length * 4))
  numbers.forEach((number, index) => view.setUint32(index * 4, number))
  return new Uint8Array(view.buffer)
}

const headOf = (path: string): Uint8Array => {
  const [file, buffer] = [openSync(path, "r"), new Uint8Array(headBytes)]
  const length = readSync(file, buffer)
  closeSync(file)
  return buffer.subarray(0, length)
}

describe("an ELF file", () => {
  const machines = [
    ["x64", 62, 2, 1], ["ia32", 3, 1, 1], ["arm64", 183, 2, 1], ["arm", 40, 1, 1], ["riscv64", 243, 2, 1],
    ["loong64", 258, 2, 1], ["s390x", 22, 2, 2], ["ppc64", 21, 2, 1], ["mipsel", 8, 1, 1]
  ] as const
  for (const [name, machine, elfClass, order] of machines) {
    it(`is for ${name}, of no less than its header`, () =>
      assert.deepStrictEqual(parse(header(machine, elfClass, order)), ProgramHeader.Elf({ machine: name, neededBytes: 64, interpreter: Option.none() })))
  }
  it("for a machine that is not known names its numbers", () => {
    const parsed = parse(header(62, 2, 2))
    assert.strictEqual(parsed._tag === "Elf" && parsed.machine, "machine 62/2/2")
  })
  it("says its loader and how long it must be", () => {
    const whole = elf({ machine: "arm64", interpreter: "/lib/ld-linux-aarch64.so.1", bytes: 10_000 })
    assert.deepStrictEqual(parse(whole.subarray(0, headBytes)), ProgramHeader.Elf({ machine: "arm64", neededBytes: 10_000, interpreter: Option.some("/lib/ld-linux-aarch64.so.1") }))
  })
  it("counts its table of sections, which stands at the end of files that linkers write", () => {
    const whole = elf({ machine: "x64", bytes: 1000 })
    const view = new DataView(whole.buffer)
    view.setBigUint64(40, 5000n, true)
    view.setUint16(58, 64, true)
    view.setUint16(60, 30, true)
    const parsed = parse(whole)
    assert.strictEqual(parsed._tag === "Elf" && parsed.neededBytes, 5000 + 64 * 30)
  })
  it("that was cut off anywhere is one that is not long enough, or not yet a program", () => {
    const whole = elf({ machine: "x64", interpreter: "/lib64/ld-linux-x86-64.so.2", bytes: 300 })
    for (let length = 8; length < whole.byteLength; length++) {
      const parsed = parse(whole.slice(0, length))
      assert.isTrue(parsed._tag === "Elf" && parsed.neededBytes > length, `cut off after ${length} bytes`)
    }
  })
})

describe("a Mach-O file", () => {
  it("is for one machine", () => {
    assert.deepStrictEqual(parse(words(0xcffaedfe, 0x07000001, 0, 0)), ProgramHeader.MachO({ machines: ["x64"] }))
    assert.deepStrictEqual(parse(words(0xcffaedfe, 0x0c000001, 0, 0)), ProgramHeader.MachO({ machines: ["arm64"] }))
    assert.deepStrictEqual(parse(words(0xcffaedfe, 0x63000001, 0, 0)), ProgramHeader.MachO({ machines: ["cpu type 16777315"] }))
  })
  it("is for several, in both forms of a universal file", () => {
    const entry = (type: number) => [type, 3, 4096, 100, 12]
    const wide = (type: number) => [type, 3, 0, 4096, 0, 100, 12, 0]
    const both = ProgramHeader.MachO({ machines: ["x64", "arm64"] })
    assert.deepStrictEqual(parse(words(0xcafebabe, 2, ...entry(0x01000007), ...entry(0x0100000c))), both)
    assert.deepStrictEqual(parse(words(0xcafebabf, 2, ...wide(0x01000007), ...wide(0x0100000c))), both)
  })
  it("is not a Java class, which has the same magic number, nor a universal file of nothing, or cut off", () => {
    for (const java of [words(0xcafebabe, 0x00000034, 0, 0, 0, 0, 0), words(0xcafebabe, 0x00030041, 0, 0, 0, 0, 0)]) assert.deepStrictEqual(parse(java), ProgramHeader.Unknown())
    assert.deepStrictEqual(parse(words(0xcafebabe, 0, 0, 0, 0, 0, 0)), ProgramHeader.Unknown())
    assert.deepStrictEqual(parse(words(0xcafebabe, 2, 0x01000007, 0, 0, 0, 0)), ProgramHeader.Unknown())
  })
})

describe("a script", () => {
  const interpreters: Readonly<Record<string, string>> = {
    "#!/bin/sh\nexit 0\n": "/bin/sh",
    "#!/bin/sh": "/bin/sh",
    "#! /usr/bin/env bash\n": "/usr/bin/env",
    "#!\t/bin/sh\t-e\n": "/bin/sh",
    "#!/bin/sh -e \n": "/bin/sh",
    "#!/opt/ünï\n": "/opt/ünï",
    // The system takes the carriage return for a part of the name, and does not find it (execve(2)).
    "#!/bin/sh\r\nexit 0\r\n": "/bin/sh\r"
  }
  for (const [content, interpreter] of Object.entries(interpreters)) {
    it(`names ${JSON.stringify(interpreter)} by ${JSON.stringify(content)}`, () => assert.deepStrictEqual(parse(text(content)), ProgramHeader.Script({ interpreter })))
  }
  for (const content of ["#!", "#!\n", "#!   \n/bin/sh"]) {
    it(`is none by ${JSON.stringify(content)}`, () => assert.deepStrictEqual(parse(text(content)), ProgramHeader.Unknown()))
  }
})

describe("other files", () => {
  it("are empty, or not known", () => {
    assert.deepStrictEqual(parse(new Uint8Array(0)), ProgramHeader.Empty())
    for (const content of ["x", "#", "MZ\0\0\0\0\0\0\0\0", "echo hello\n", "\x7fELF", "\u007fEL", "PK\u0003\u0004xxxxxxxx", "\0".repeat(4096)]) {
      assert.deepStrictEqual(parse(text(content)), ProgramHeader.Unknown())
    }
  })
  const Byte = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))
  it.prop("are never a defect, whatever their bytes are", { content: Schema.Array(Byte) }, ({ content }) => {
    for (const start of [[], [0x23, 0x21], [0x7f, 0x45, 0x4c, 0x46, 2, 1], [0x7f, 0x45, 0x4c, 0x46, 1, 2], [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2], [0xcf, 0xfa, 0xed, 0xfe]]) {
      assert.isString(parse(Uint8Array.from([...start, ...content]))._tag)
    }
  })
  const Place = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))
  it.prop("are never a defect, where a program was damaged", { at: Place, to: Schema.Array(Byte) }, ({ at, to }) => {
    const whole = elf({ machine: "x64", interpreter: "/lib64/ld-linux-x86-64.so.2", bytes: 512 })
    whole.set(to.slice(0, 256), at)
    assert.isString(parse(whole)._tag)
  }, { arbitrary: { runs: 500 } })
})

describe.runIf(process.platform === "linux")("real programs", () => {
  for (const path of [process.execPath, "/bin/sh", "/bin/sleep"]) {
    it(`${path} is for this machine, whole, and has its loader`, () => {
      const parsed = parse(headOf(path))
      assert(parsed._tag === "Elf")
      assert.strictEqual(parsed.machine, process.arch)
      assert.isAtMost(parsed.neededBytes, statSync(path).size)
      assert.isAbove(parsed.neededBytes, headBytes)
      if (Option.isSome(parsed.interpreter)) assert.isTrue(statSync(parsed.interpreter.value).isFile())
    })
  }
})
