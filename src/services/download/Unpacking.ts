// Takes the program out of an archive, and nothing else: every entry is looked at, and one that is not as it should be refuses the whole.
import { Effect, Option, Result, Stream } from "effect"
import * as Tar from "effect/encoding/Tar"
import * as Zip from "effect/encoding/Zip"
import { type Entry, roleOf } from "../../domain/ArchiveEntry.ts"
import type { Packing } from "../../domain/PlanBinaries.ts"
import { decompressed } from "./Decompressing.ts"
import type { Disk } from "../Disk.ts"
import { DownloadError, type Limits } from "./DownloadError.ts"
import { pieceBytes } from "../staging/Hashing.ts"
import { diskFailure, resume } from "./Intake.ts"

export interface Archive {
  readonly disk: Disk["Service"]
  readonly path: string
  /** What it is called in errors. */
  readonly from: string
  readonly packing: Packing
  /** The file name of the program. */
  readonly program: string
  /** Where the program is unpacked to; nobody else's. */
  readonly directory: string
  readonly limits: Limits
}

export interface Unpacked {
  readonly path: string
  readonly sha256: string
}

const refuse = ({ from }: Archive, what: string) => new DownloadError({ url: from, reason: "Archive", why: `${from} ${what}`, mayPass: false })

/** More entries than a release has by far. */
const entryLimit = 100_000

/** The program, a file of its own, not yet executable. */
export const unpack = Effect.fn("Downloads.unpack")(function*(archive: Archive): Effect.fn.Return<Unpacked, DownloadError> {
  const { disk, packing, path } = archive
  const raw = Stream.paginate(0, Effect.fnUntraced(function*(offset: number) {
    const piece = yield* disk.readAt(path, offset, pieceBytes)
    return [piece.byteLength === 0 ? [] : [piece], piece.byteLength < pieceBytes ? Option.none<number>() : Option.some(offset + pieceBytes)] as const
  })).pipe(Stream.mapError(diskFailure(archive.from)))
  const bytes = limited(archive, decompressed(raw, packing.compression, archive.from))
  if (packing.container === "none") return yield* store(archive, bytes, "program")
  return yield* packing.container === "tar" ? fromTar(archive, bytes) : fromZip(archive, bytes)
})

type Bytes = Stream.Stream<Uint8Array, DownloadError>

/** Stops what was packed small to become as large as the disk; `sum` counts what several streams have together. */
const limited = (archive: Archive, bytes: Bytes, sum = { bytes: 0 }): Bytes =>
  Stream.mapEffect(bytes, (piece) => {
    sum.bytes += piece.byteLength
    return sum.bytes > archive.limits.unpackedBytes ? Effect.fail(tooLarge(archive)) : Effect.succeed(piece)
  })

const tooLarge = ({ from, limits }: Archive) =>
  new DownloadError({ url: from, reason: "TooLarge", why: `${from} unpacks to more than ${limits.unpackedBytes} bytes`, mayPass: false })

const store = Effect.fnUntraced(function*(archive: Archive, body: Bytes, name: string) {
  const { directory, disk, from, limits } = archive
  const path = `${directory}/${name}`
  yield* Effect.mapError(disk.remove(path), diskFailure(from))
  const intake = yield* resume(disk, { path, from, algorithms: ["sha256"], limit: limits.unpackedBytes, limits })
  yield* Stream.runForEach(body, intake.add)
  if (intake.bytes() === 0) return yield* refuse(archive, "holds an empty file for the program")
  return { path, sha256: (yield* intake.digests).sha256 }
})

/** What was found so far. */
interface Found {
  readonly programs: Map<"bin" | "root", Unpacked>
  readonly names: Array<string>
}

const looking = (): Found => ({ programs: new Map(), names: [] })

const accept = Effect.fnUntraced(function*(archive: Archive, found: Found, entry: Entry, body: Bytes): Effect.fn.Return<void, DownloadError> {
  if (found.names.push(entry.path) > entryLimit) return yield* refuse(archive, `holds more than ${entryLimit} entries`)
  const role = roleOf(entry, archive.program)
  if (Result.isFailure(role)) return yield* refuse(archive, role.failure)
  // What is passed over is read all the same: it counts.
  if (role.success === "passed over") return yield* Stream.runDrain(body)
  if (found.programs.has(role.success)) return yield* refuse(archive, `holds ${JSON.stringify(entry.path)} twice`)
  found.programs.set(role.success, yield* store(archive, body, `program-${role.success}`))
})

/** How many names are told. */
const told = 10

const chosen = (archive: Archive, { names, programs }: Found): Effect.Effect<Unpacked, DownloadError> => {
  const program = programs.get("bin") ?? programs.get("root")
  if (program !== undefined) return Effect.succeed(program)
  const list = `${names.slice(0, told).map((name) => JSON.stringify(name)).join(", ")}${names.length > told ? " …" : ""}`
  return Effect.fail(refuse(archive, `holds neither bin/${archive.program} nor ${archive.program}: there ${names.length === 0 ? "is nothing" : `is ${list}`}`))
}

const broken = (archive: Archive) => (error: Tar.TarError | Zip.ZipError | DownloadError): DownloadError =>
  error._tag === "DownloadError" ? error : refuse(archive, `cannot be unpacked: ${error.message}`)

const fromTar = Effect.fnUntraced(function*(archive: Archive, bytes: Bytes) {
  const found = looking()
  yield* Stream.pipeThroughChannel(bytes, Tar.decode<DownloadError, unknown>()).pipe(
    Stream.mapError(broken(archive)),
    Stream.runForEach(({ body, header }) =>
      header.size > archive.limits.unpackedBytes
        ? Effect.fail(tooLarge(archive))
        : accept(archive, found, { path: header.path, type: header.type, target: header.linkTarget }, Stream.mapError(body, broken(archive))))
  )
  return yield* chosen(archive, found)
})

const fromZip = Effect.fnUntraced(function*(archive: Archive, bytes: Bytes) {
  const [found, sum] = [looking(), { bytes: 0 }]
  yield* Stream.pipeThroughChannel(bytes, Zip.decode<DownloadError, unknown>()).pipe(
    Stream.mapError(broken(archive)),
    Stream.runForEach(({ body, header }) =>
      accept(archive, found, { path: header.path, type: header.type }, limited(archive, Stream.mapError(body, broken(archive)), sum)))
  )
  return yield* chosen(archive, found)
})
