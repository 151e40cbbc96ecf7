// Contents of program files: a script, ELF headers for this and for another machine, and files that only look like programs.

/** A script; its interpreter lies in every world. */
export const script = (text: string): Uint8Array => new TextEncoder().encode(`#!/bin/sh\n${text}\n`)

export const text = (content: string): Uint8Array => new TextEncoder().encode(content)

/** `e_machine` of the ELF specification (gABI). */
const machines = { x64: 62, arm64: 183 } as const

interface Elf {
  readonly machine: keyof typeof machines
  readonly interpreter?: string
  /** How long the header says that the file is; and how much of it is there. */
  readonly bytes: number
  readonly present?: number
}

const headerBytes = 64
const segmentBytes = 56

/** A 64-bit little-endian program with one loaded segment, and the path of its loader if there is one. */
export const elf = ({ bytes, interpreter, machine, present = bytes }: Elf): Uint8Array => {
  const file = new Uint8Array(bytes)
  const view = new DataView(file.buffer)
  const count = interpreter === undefined ? 1 : 2
  const pathAt = headerBytes + 2 * segmentBytes
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  view.setUint16(18, machines[machine], true)
  view.setBigUint64(32, BigInt(headerBytes), true)
  view.setUint16(54, segmentBytes, true)
  view.setUint16(56, count, true)
  segment(view, headerBytes, { type: 1, offset: 0, size: bytes })
  if (interpreter !== undefined) {
    segment(view, headerBytes + segmentBytes, { type: 3, offset: pathAt, size: interpreter.length + 1 })
    file.set(text(`${interpreter}\0`), pathAt)
  }
  return file.slice(0, present)
}

const segment = (view: DataView, at: number, { offset, size, type }: { readonly type: number; readonly offset: number; readonly size: number }): void => {
  view.setUint32(at, type, true)
  view.setBigUint64(at + 8, BigInt(offset), true)
  view.setBigUint64(at + 32, BigInt(size), true)
}
