// A program's output, from chunks of bytes to lines of text: empty ones left out, long ones cut. Holds no more than one line, however long that gets.

/** What came since the last line's end. */
export interface Pending {
  readonly bytes: Uint8Array
  /** There was more of this line than is kept. */
  readonly isCut: boolean
}

export const nothing: Pending = { bytes: new Uint8Array(), isCut: false }

/** More of a line than this is left out, in bytes. */
export const longest = 16 * 1024

const lineFeed = 10

/** The lines that a chunk completes, and what is left of it. */
export const split = (before: Pending, chunk: Uint8Array): { readonly lines: ReadonlyArray<string>; readonly pending: Pending } => {
  const lines: Array<string> = []
  let [pending, start] = [before, 0]
  for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
    lines.push(textOf(append(pending, chunk.subarray(start, end))))
    pending = nothing
    start = end + 1
  }
  return { lines: lines.filter((line) => line !== ""), pending: append(pending, chunk.subarray(start)) }
}

/** A last line that has no end. */
export const rest = (pending: Pending): ReadonlyArray<string> => [textOf(pending)].filter((line) => line !== "")

const append = ({ bytes, isCut }: Pending, more: Uint8Array): Pending => {
  const kept = more.subarray(0, longest - bytes.byteLength)
  const together = new Uint8Array(bytes.byteLength + kept.byteLength)
  together.set(bytes)
  together.set(kept, bytes.byteLength)
  return { bytes: together, isCut: isCut || kept.byteLength < more.byteLength }
}

/** Bytes that are no UTF-8 become the character that stands for them; a letter that was cut through is left out. */
const textOf = ({ bytes, isCut }: Pending): string => {
  const text = new TextDecoder().decode(bytes, { stream: isCut })
  return isCut ? `${text} … cut after ${longest} bytes` : text.trimEnd()
}
