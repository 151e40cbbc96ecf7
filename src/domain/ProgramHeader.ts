// What the first bytes of a file say about the program in it. Pure: the bytes come from outside, the verdict goes back.
import { Data, Option } from "effect"

/** `neededBytes` is how long the file must be at least, by its own header: a shorter one was cut off or is still being copied. */
export type ProgramHeader = Data.TaggedEnum<{
  Elf: { readonly machine: string; readonly neededBytes: number; readonly interpreter: Option.Option<string> }
  MachO: { readonly machines: ReadonlyArray<string> }
  Script: { readonly interpreter: string }
  Empty: {}
  Unknown: {}
}>
export const ProgramHeader = Data.taggedEnum<ProgramHeader>()

/** Enough for the header, the program headers and the interpreter's path of every ELF file that linkers write. */
export const headBytes = 4096

/** ELF `e_machine` (gABI) by Node's name of the architecture, with the class (1: 32 bits, 2: 64 bits) and byte order (1: little) it runs. */
const elfMachines = new Map([
  ["62/2/1", "x64"],
  ["3/1/1", "ia32"],
  ["183/2/1", "arm64"],
  ["40/1/1", "arm"],
  ["243/2/1", "riscv64"],
  ["258/2/1", "loong64"],
  ["22/2/2", "s390x"],
  ["21/2/1", "ppc64"],
  ["8/1/1", "mipsel"]
])

/** Mach-O `cputype` (mach/machine.h) by Node's name of the architecture. */
const machOMachines = new Map([[0x01000007, "x64"], [0x0100000c, "arm64"], [7, "ia32"], [12, "arm"]])

/** Reads the header from a file's first bytes; never throws, whatever they are. */
export const parse = (head: Uint8Array): ProgramHeader => {
  if (head.byteLength === 0) return ProgramHeader.Empty()
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  if (head[0] === 0x23 && head[1] === 0x21) return parseScript(head)
  if (head.byteLength < 8) return ProgramHeader.Unknown()
  const magic = view.getUint32(0)
  if (magic === 0x7f454c46) return parseElf(view)
  if (magic === 0xcffaedfe || magic === 0xcefaedfe) return machO([view.getUint32(4, true)])
  if (magic === 0xcafebabe || magic === 0xcafebabf) return parseUniversal(view, magic === 0xcafebabf ? 32 : 20)
  return ProgramHeader.Unknown()
}

const parseScript = (head: Uint8Array): ProgramHeader => {
  const [line = ""] = new TextDecoder().decode(head.subarray(2, 258)).split(/[\n\0]/)
  // Only spaces and tabs part the words: a carriage return is part of the name, and the system looks for it.
  const [interpreter = ""] = line.replace(/^[ \t]+/, "").split(/[ \t]/)
  return interpreter === "" ? ProgramHeader.Unknown() : ProgramHeader.Script({ interpreter })
}

const machO = (types: ReadonlyArray<number>): ProgramHeader =>
  ProgramHeader.MachO({ machines: types.map((type) => machOMachines.get(type) ?? `cpu type ${type}`) })

const parseUniversal = (view: DataView, entrySize: number): ProgramHeader => {
  const count = view.getUint32(4)
  // A Java class file has the same magic; its version stands here and is larger than any count of architectures.
  if (count === 0 || count > 20 || view.byteLength < 8 + count * entrySize) return ProgramHeader.Unknown()
  return machO(Array.from({ length: count }, (_, index) => view.getUint32(8 + index * entrySize)))
}

interface ElfLayout {
  readonly little: boolean
  readonly word: (at: number) => number
  readonly table: (kind: "program" | "section") => { readonly at: number; readonly size: number; readonly count: number }
  readonly segment: (at: number) => { readonly type: number; readonly offset: number; readonly size: number }
}

const elf64 = (view: DataView, little: boolean): ElfLayout => {
  const word = (at: number) => Number(view.getBigUint64(at, little))
  const half = (at: number) => view.getUint16(at, little)
  return {
    little,
    word,
    table: (kind) => kind === "program"
      ? { at: word(32), size: half(54), count: half(56) }
      : { at: word(40), size: half(58), count: half(60) },
    segment: (at) => ({ type: view.getUint32(at, little), offset: word(at + 8), size: word(at + 32) })
  }
}

const elf32 = (view: DataView, little: boolean): ElfLayout => {
  const word = (at: number) => view.getUint32(at, little)
  const half = (at: number) => view.getUint16(at, little)
  return {
    little,
    word,
    table: (kind) => kind === "program"
      ? { at: word(28), size: half(42), count: half(44) }
      : { at: word(32), size: half(46), count: half(48) },
    segment: (at) => ({ type: word(at), offset: word(at + 4), size: word(at + 16) })
  }
}

/** ELF program header type of the path of the dynamic loader. */
const interpreterSegment = 3

const parseElf = (view: DataView): ProgramHeader => {
  if (view.byteLength < 64) return ProgramHeader.Elf({ machine: "unknown", neededBytes: 64, interpreter: Option.none() })
  const [elfClass, order] = [view.getUint8(4), view.getUint8(5)]
  const layout = elfClass === 2 ? elf64(view, order === 1) : elf32(view, order === 1)
  const machine = `${view.getUint16(18, layout.little)}/${elfClass}/${order}`
  const [programs, sections] = [layout.table("program"), layout.table("section")]
  const segments = Array.from({ length: programs.count }, (_, index) => programs.at + index * programs.size)
    .filter((at) => at + 56 <= view.byteLength)
    .map(layout.segment)
  const ends = segments.map(({ offset, size }) => offset + size)
  return ProgramHeader.Elf({
    machine: elfMachines.get(machine) ?? `machine ${machine}`,
    neededBytes: Math.max(64, programs.at + programs.size * programs.count, sections.at + sections.size * sections.count, ...ends),
    interpreter: Option.fromNullishOr(segments.find(({ type }) => type === interpreterSegment)).pipe(
      Option.flatMap(({ offset, size }) => readText(view, offset, size))
    )
  })
}

const readText = (view: DataView, offset: number, size: number): Option.Option<string> =>
  offset + size <= view.byteLength
    ? Option.some(new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + offset, size)).replace(/\0.*$/s, ""))
    : Option.none()
