// Turns packed bytes into what they were: gzip and zstd by the runtime, xz and bzip2 by the system's programs of these names.
import { Effect, Stream } from "effect"
import { spawn } from "node:child_process"
import type { Duplex } from "node:stream"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { createGunzip, createZstdDecompress } from "node:zlib"
import type { Packing } from "../../domain/PlanBinaries.ts"
import { DownloadError } from "./DownloadError.ts"

type Bytes = Stream.Stream<Uint8Array, DownloadError>

/** The programs that unpack to standard output, and the packages of Debian that have them. */
const tools = { xz: { program: "xz", package: "xz-utils" }, bzip2: { program: "bzip2", package: "bzip2" } } as const

/** Reads no more than is asked of it. Ends with the first cause: that of the packed bytes, or of their form. */
export const decompressed = (packed: Bytes, compression: Packing["compression"], from: string): Bytes => {
  switch (compression) {
    case "none":
      return packed
    case "gzip":
      return through(packed, from, () => createGunzip())
    case "zstd":
      return through(packed, from, () => createZstdDecompress())
    case "xz":
    case "bzip2":
      return byTool(packed, from, tools[compression])
  }
}

const unreadable = (from: string, why: string) => new DownloadError({ url: from, reason: "Archive", why: `${from} cannot be unpacked: ${why}`, mayPass: false })

const asFailure = (from: string) => (cause: unknown): DownloadError =>
  cause instanceof DownloadError ? cause : unreadable(from, cause instanceof Error ? cause.message : String(cause))

/** The packed bytes go in at one end; what ends them ends both. */
const through = (packed: Bytes, from: string, make: () => Duplex): Bytes =>
  Stream.unwrap(Effect.gen(function*() {
    const source = Readable.from(yield* Stream.toAsyncIterableEffect(packed))
    const transform = yield* Effect.acquireRelease(Effect.sync(make), (made) => Effect.sync(() => [source.destroy(), made.destroy()]))
    // What it fails of reaches the reader by way of the transform.
    pipeline(source, transform).catch(() => undefined)
    const pieces: AsyncIterable<Uint8Array> = transform
    return Stream.fromAsyncIterable(pieces, asFailure(from))
  }))

interface Tool {
  readonly program: string
  readonly package: string
}

const missing = (from: string, tool: Tool) =>
  new DownloadError({ url: from, reason: "NoTool", why: `${from} is packed with ${tool.program}, which is not on this machine: install the package ${tool.package}`, mayPass: true })

const byTool = (packed: Bytes, from: string, tool: Tool): Bytes =>
  Stream.unwrap(Effect.gen(function*() {
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => spawn(tool.program, ["-dc"], { stdio: ["pipe", "pipe", "pipe"] })),
      (made) => Effect.sync(() => made.kill("SIGKILL"))
    )
    const said: Array<Buffer> = []
    child.stderr.on("data", (piece: Buffer) => said.length < 10 ? said.push(piece) : undefined)
    const ended = new Promise<void>((resolve, reject) => {
      child.once("error", (cause) => reject("code" in cause && cause.code === "ENOENT" ? missing(from, tool) : unreadable(from, cause.message)))
      child.once("close", (code) => code === 0 ? resolve() : reject(unreadable(from, `${tool.program} says ${Buffer.concat(said).toString().trim() || `it ended with ${code}`}`)))
    })
    ended.catch(() => undefined)
    const source = Readable.from(yield* Stream.toAsyncIterableEffect(packed))
    // That the program did not read to the end is told by the program.
    const fed = pipeline(source, child.stdin).catch((cause: unknown) => cause instanceof DownloadError ? Promise.reject(cause) : undefined)
    fed.catch(() => undefined)
    return Stream.fromAsyncIterable(until(child.stdout, fed, ended), asFailure(from))
  }))

/** What a program writes, then what went wrong with what it reads, then how it ended. */
async function* until(output: AsyncIterable<Uint8Array>, fed: Promise<unknown>, ended: Promise<void>): AsyncGenerator<Uint8Array> {
  yield* output
  await fed
  await ended
}
