// The finished backups on a world's disk, looked at without the code that made them: whether each has everything, and as it was.
import { Effect, Option, Schema } from "effect"
import { ManifestJson, parseListing } from "../../src/domain/Backup.ts"
import type { Disk } from "../../src/services/Disk.ts"

const root = "/node/backups"
const sizeLimit = 1e6

/** All but those that are being made or taken apart. */
export const names = (disk: Disk["Service"]): Effect.Effect<ReadonlyArray<string>> =>
  disk.list(root).pipe(Effect.map((found) => found.filter((name) => !name.startsWith("."))), Effect.orElseSucceed(() => []))

/** Each a sentence about what is wrong with it. */
export const faultsOf = (disk: Disk["Service"], name: string): Effect.Effect<ReadonlyArray<string>> =>
  compare(disk, `${root}/${name}`).pipe(
    Effect.map((faults) => faults.map((fault) => `the backup ${name}: ${fault}`)),
    Effect.catch((error) => Effect.succeed([`the backup ${name} is half: ${error.message}`]))
  )

const textIn = (disk: Disk["Service"], path: string) => Effect.map(disk.read(path, sizeLimit), (bytes) => new TextDecoder().decode(bytes))

/** Its own lists agree with what is there; and what no upgrade changes is as it is in the data. */
const compare = Effect.fnUntraced(function*(disk: Disk["Service"], path: string) {
  const manifest = yield* Schema.decodeEffect(ManifestJson)(yield* textIn(disk, `${path}/manifest.json`))
  const listed = Option.getOrElse(parseListing(yield* textIn(disk, `${path}/files.txt`)), () => new Map<string, number>())
  const lengths = yield* Effect.forEach(listed, ([file, bytes]) => Effect.map(disk.status(`${path}/data/${file}`, false), (status) => status.bytes === bytes && status.kind === "file"))
  const [link, blocks, key] = [yield* disk.readLink(`${path}/data/db/CURRENT`), yield* textIn(disk, `${path}/data/db/000001.sst`), yield* textIn(disk, `${path}/data/key`)]
  const { mode } = yield* disk.status(`${path}/data/key`, false)
  return [
    ...(manifest.files === listed.size && listed.size >= 2 ? [] : [`its list has ${listed.size} files, and its manifest ${manifest.files}`]),
    ...(lengths.every((is) => is) ? [] : ["a file has not the length that it was listed with"]),
    ...(link === "000001.sst" && blocks === "blocks" && key === "key" && mode === 0o600 ? [] : ["what is in it is not what was in the data"])
  ]
})
