// Copies one large file, or one with holes, in pieces, so that it can be stopped between two of them.
// Part of DataCopy, and used by nothing else.

const fs = process.getBuiltinModule("node:fs")

export interface Watch {
  readonly copied: (bytes: number) => void
  readonly isStopped: () => boolean
}

type Done<A> = (error: Error | null, value: A) => void

/** The plain functions, and not the promises: those take twice as long for a small file. */
export const waitFor = <A>(run: (done: Done<A>) => void): Promise<A> =>
  new Promise((resolve, reject) => run((error, value) => error === null ? resolve(value) : reject(error)))

/** Read and written at once, in bytes. */
const piece = 1024 * 1024

/** Makes `to`, with the holes of the original where it has some. What is copied by the time that `isStopped` says so stays there, for the caller to remove. */
export const copyInPieces = async (from: Buffer, to: Buffer, hasHoles: boolean, watch: Watch): Promise<void> => {
  const source = fs.openSync(from, "r")
  try {
    const target = fs.openSync(to, "wx", 0o600)
    try {
      await pour(source, target, hasHoles, watch)
    } finally {
      fs.closeSync(target)
    }
  } finally {
    fs.closeSync(source)
  }
}

/** As long as the file was when it was opened: one that grows as fast as it is copied has no end. */
const pour = async (source: number, target: number, hasHoles: boolean, { copied, isStopped }: Watch): Promise<void> => {
  const length = fs.fstatSync(source).size
  const buffer = Buffer.allocUnsafe(piece)
  let offset = 0
  while (offset < length && !isStopped()) {
    const wanted = Math.min(piece, length - offset)
    const got = await waitFor<number>((done) => fs.read(source, buffer, 0, wanted, offset, done))
    if (got === 0) break
    for (const [start, end] of hasHoles ? written(buffer.subarray(0, got)) : [[0, got] as const]) await writeAll(target, buffer, start, end, offset)
    offset += got
    copied(got)
  }
  if (hasHoles) fs.ftruncateSync(target, offset)
}

const writeAll = async (target: number, buffer: Buffer, start: number, end: number, offset: number): Promise<void> => {
  for (let from = start; from < end;) {
    const begin = from
    from += await waitFor<number>((done) => fs.write(target, buffer, begin, end - begin, offset + begin, done))
  }
}

/** The smallest hole that file systems keep, in bytes. */
export const page = 4096
const zeros = Buffer.alloc(page)

/** The stretches of pages that are not all zeros. */
const written = (bytes: Buffer): ReadonlyArray<readonly [number, number]> => {
  const stretches = new Array<[number, number]>()
  for (let start = 0; start < bytes.byteLength; start += page) {
    const end = Math.min(start + page, bytes.byteLength)
    if (zeros.compare(bytes, start, end, 0, end - start) === 0) continue
    const last = stretches.at(-1)
    if (last !== undefined && last[1] === start) last[1] = end
    else stretches.push([start, end])
  }
  return stretches
}
