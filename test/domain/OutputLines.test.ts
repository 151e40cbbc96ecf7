// Lines from chunks: the same however the bytes were cut, short whatever came, and text whatever the bytes were.
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as OutputLines from "../../src/domain/OutputLines.ts"

/** All lines of these chunks, the last one included. */
const linesOf = (...chunks: ReadonlyArray<Uint8Array>): ReadonlyArray<string> => {
  let pending = OutputLines.nothing
  const lines = chunks.flatMap((chunk) => {
    const found = OutputLines.split(pending, chunk)
    pending = found.pending
    return found.lines
  })
  return [...lines, ...OutputLines.rest(pending)]
}

const bytes = (text: string) => new TextEncoder().encode(text)

const pieces = (whole: Uint8Array, size: number): ReadonlyArray<Uint8Array> =>
  Array.from({ length: Math.ceil(whole.byteLength / size) }, (_, index) => whole.subarray(index * size, (index + 1) * size))

describe("output", () => {
  it("is its lines, without their ends and without empty ones, and a last one that has no end", () => {
    assert.deepStrictEqual(linesOf(bytes("one\n\n  two \r\n\r\nthree")), ["one", "  two", "three"])
    assert.deepStrictEqual(linesOf(bytes("")), [])
    assert.deepStrictEqual(linesOf(bytes("\n\n\n")), [])
  })
  it.prop("is the same however it was cut into chunks", [Schema.Array(Schema.Literals(["a", "ü", "€", "𝄞", "\n", "\r\n", " "])), Schema.Literals([1, 2, 3, 5, 7])], ([letters, size]) => {
    const whole = bytes(letters.join(""))
    assert.deepStrictEqual(linesOf(...pieces(whole, size)), linesOf(whole))
  })
  it("that is no UTF-8 has the character that stands for it, one line's bytes never spoiling the next", () => {
    assert.deepStrictEqual(linesOf(Uint8Array.of(0x61, 0xff, 0x62, 10, 0xe2, 0x82, 10), bytes("ok\n")), ["a\ufffdb", "\ufffd", "ok"])
  })
  it("keeps a line that is as long as may be, and cuts one that is longer by a byte", () => {
    const line = "x".repeat(OutputLines.longest)
    assert.deepStrictEqual(linesOf(bytes(`${line}\nnext`)), [line, "next"])
    assert.deepStrictEqual(linesOf(bytes(`${line}y\nnext`)), [`${line} … cut after 16384 bytes`, "next"])
    assert.deepStrictEqual(linesOf(...pieces(bytes(`${line}${line}${line}\nnext`), 1000)), [`${line} … cut after 16384 bytes`, "next"])
    assert.deepStrictEqual(linesOf(bytes(`${line}y`)), [`${line} … cut after 16384 bytes`])
  })
  it("does not make a wrong letter of one that the cut goes through", () => {
    assert.deepStrictEqual(linesOf(bytes(`${"x".repeat(OutputLines.longest - 1)}€\n`)), [`${"x".repeat(OutputLines.longest - 1)} … cut after 16384 bytes`])
  })
  it("holds no more than a line's length of what has no end", () => {
    let pending = OutputLines.nothing
    for (let round = 0; round < 100; round++) pending = OutputLines.split(pending, new Uint8Array(65_536).fill(120)).pending
    assert.strictEqual(pending.bytes.byteLength, OutputLines.longest)
    assert.strictEqual(pending.bytes.buffer.byteLength, OutputLines.longest)
  })
})
