// Archives for tests, made by hand where the usual programs would refuse to: tar, zip, and what they are packed with.
import { Effect, Stream } from "effect"
import * as Tar from "effect/encoding/Tar"
import * as Zip from "effect/encoding/Zip"
import { execFileSync } from "node:child_process"
import { gzipSync, zstdCompressSync } from "node:zlib"

const collected = <E>(bytes: Stream.Stream<Uint8Array, E>) => Effect.map(Effect.orDie(Stream.runCollect(bytes)), (pieces) => Buffer.concat([...pieces]))

/** Directories' names end with a slash; contents may be links (`-> target`). */
export type Entries = ReadonlyArray<readonly [path: string, content: string | Uint8Array, mode?: number]>

export const tar = (entries: Entries): Effect.Effect<Buffer> => {
  const all = entries.map(([path, content, mode = 0o755]) => {
    if (path.endsWith("/")) return Tar.directory(path)
    return typeof content === "string" && content.startsWith("-> ") ? Tar.symlink(path, content.slice(3)) : Tar.file(path, content, { mode })
  })
  return collected(Stream.pipeThroughChannel(Stream.fromIterable(all), Tar.encode<never, unknown>()))
}

export const zip = (entries: Entries): Effect.Effect<Buffer> =>
  collected(Stream.pipeThroughChannel(
    Stream.fromIterable(entries.map(([path, content]) => path.endsWith("/") ? Zip.directory(path) : Zip.file(path, content))),
    Zip.encode<never, unknown>()
  ))

const blockBytes = 512

/** A tar's header as USTAR (POSIX.1-1988) has it, for entries that are no files; `type` is its flag. */
export const tarEntry = (path: string, type: string, target = ""): Buffer => {
  const header = Buffer.alloc(blockBytes)
  header.write(path, 0, 100)
  header.write("0000644\0", 100)
  header.write("0000000\0", 108)
  header.write("0000000\0", 116)
  header.write("00000000000\0", 124)
  header.write("00000000000\0", 136)
  header.write("        ", 148)
  header.write(type, 156)
  header.write(target, 157, 100)
  header.write("ustar\0" + "00", 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148)
  return header
}

/** Bytes that were made by hand, before the entries of an archive. */
export const before = (first: Uint8Array, entries: Entries): Effect.Effect<Buffer> => Effect.map(tar(entries), (rest) => Buffer.concat([first, rest]))

export const packed = {
  gzip: (bytes: Uint8Array): Buffer => gzipSync(bytes),
  zstd: (bytes: Uint8Array): Buffer => zstdCompressSync(bytes),
  xz: (bytes: Uint8Array): Buffer => execFileSync("xz", ["-c"], { input: bytes, maxBuffer: 2 ** 30 }),
  bzip2: (bytes: Uint8Array): Buffer => execFileSync("bzip2", ["-c"], { input: bytes, maxBuffer: 2 ** 30 })
}
