// Watches `upgrade-info.json`: what it says now, and every time that changes. Judges neither the plan nor its release.
import { Clock, Context, Effect, Layer, Option, Queue, Ref, Result, Schedule, Stream } from "effect"
import { basename, dirname } from "node:path/posix"
import { PlanReading } from "../domain/Readiness.ts"
import { canonical, decode, sizeLimit, type UpgradePlan } from "../domain/UpgradePlan.ts"
import { Config } from "./Config.ts"
import { Disk, type DiskError } from "./Disk.ts"

export class FileWatcher extends Context.Service<FileWatcher, {
  /** What the plan says now, read afresh. */
  readonly read: Effect.Effect<PlanReading>
  /** The plan as it is, then each time it reads differently. Never fails and does not end: where notices of changes are missing or break off, the poll goes on. */
  readonly readings: Stream.Stream<PlanReading>
}>()("wemixvisor/services/FileWatcher") {
  /** The plan file of the home: notices of the system and the poll together. */
  static readonly layer = Layer.effect(
    FileWatcher,
    Effect.gen(function*() {
      const { home, settings } = yield* Config
      const disk = yield* Disk
      const read = readPlan(disk, home.planFile)
      const ticks = Stream.merge(Stream.fromSchedule(Schedule.spaced(settings.pollInterval)), notices(disk, home.planFile, settings.pollInterval))
      return FileWatcher.of({ read, readings: Stream.unwrap(Effect.map(Look.make, (last) => changesOf(disk, home.planFile, ticks, last))) })
    })
  )
  /** Plans from a queue instead of a file: each one taken is the plan from then on. */
  static readonly layerQueue = (plans: Queue.Dequeue<UpgradePlan>) =>
    Layer.effect(
      FileWatcher,
      Effect.gen(function*() {
        const latest = yield* Ref.make<PlanReading>(PlanReading.Absent())
        const taken = Stream.fromQueue(plans).pipe(Stream.mapEffect(readingOf), Stream.tap((reading) => Ref.set(latest, reading)))
        return FileWatcher.of({ read: Ref.get(latest), readings: Stream.concat(Stream.fromEffect(Ref.get(latest)), taken) })
      })
    )
}

/** The reading that a plan gives. */
export const readingOf = (plan: UpgradePlan): Effect.Effect<PlanReading> =>
  Effect.map(digestOf(canonical(plan)), (digest) => PlanReading.Read({ plan, digest }))

/** SHA-256 in hexadecimal. The runtime's cryptography takes a while to load: it is fetched when a plan may come, not before the node starts. */
const digestOf = (content: string | Uint8Array): Effect.Effect<string> =>
  Effect.map(cryptography, ({ createHash }) => createHash("sha256").update(content).digest("hex"))

const cryptography = Effect.promise(() => import("node:crypto"))

const readPlan = Effect.fn("FileWatcher.read")(function*(disk: Disk["Service"], path: string) {
  const read = yield* Effect.result(disk.read(path, sizeLimit + 1))
  if (Result.isFailure(read)) return unread(path, read.failure)
  const decoded = decode(read.success)
  if (Result.isSuccess(decoded)) return yield* readingOf(decoded.success)
  return PlanReading.Unusable({ key: yield* digestOf(read.success), why: `${path} ${decoded.failure}` })
})

const unread = (path: string, { code, message }: DiskError): PlanReading => {
  if (code === "ENOENT" || code === "ENOTDIR") return PlanReading.Absent()
  return PlanReading.Unusable({ key: code, why: code === "EISDIR" ? `${path} is a directory` : message })
}

/** What was read last, and of which file: enough to know without reading that nothing changed. */
interface Look {
  readonly signature: string
  readonly readAtMillis: number
  readonly key: string
}
const Look = { make: Ref.make<Look>({ signature: "unread", readAtMillis: 0, key: "unread" }) }

/**
 * A file written within this time before it was read may be written again without a new time of
 * modification: the kernel's clock for those ticks every few milliseconds, some file systems' every second or two.
 */
const racyMillis = 2000

const changesOf = (disk: Disk["Service"], path: string, ticks: Stream.Stream<unknown>, last: Ref.Ref<Look>): Stream.Stream<PlanReading> =>
  Stream.concat(Stream.succeed(undefined), Stream.concat(Stream.drain(Stream.fromEffect(cryptography)), ticks)).pipe(
    Stream.mapEffect(() => lookAgain(disk, path, last)),
    Stream.filter(Option.isSome),
    Stream.map(({ value }) => value)
  )

const keyOf = PlanReading.$match({ Absent: () => "absent", Unusable: ({ key }) => `unusable ${key}`, Read: ({ digest }) => digest })

const lookAgain = Effect.fnUntraced(function*(disk: Disk["Service"], path: string, last: Ref.Ref<Look>) {
  const before = yield* Ref.get(last)
  const status = yield* Effect.option(disk.status(path, true))
  const signature = Option.match(status, { onNone: () => "none", onSome: (found) => found.signature })
  const mayHide = Option.exists(status, ({ modifiedAtMillis }) => modifiedAtMillis > before.readAtMillis - racyMillis)
  if (signature === before.signature && !mayHide) return Option.none<PlanReading>()
  const readAtMillis = yield* Clock.currentTimeMillis
  const reading = yield* readPlan(disk, path)
  yield* Ref.set(last, { signature, readAtMillis, key: keyOf(reading) })
  return keyOf(reading) === before.key ? Option.none<PlanReading>() : Option.some(reading)
})

/** The system's notices about the plan file. A directory that is not there yet is tried again; a system without notices is said once. */
const notices = (disk: Disk["Service"], path: string, retry: Config["Service"]["settings"]["pollInterval"]): Stream.Stream<unknown> =>
  disk.changes(dirname(path), basename(path)).pipe(
    Stream.retry(Schedule.spaced(retry).pipe(Schedule.while(({ input }) => isMissing(input)))),
    Stream.catch((error) =>
      Stream.fromEffect(Effect.logWarning("no notices of changes from the system; the poll alone watches the plan").pipe(
        Effect.annotateLogs({ topic: "plan", path: error.path, code: error.code })
      ))
    )
  )

const isMissing = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")
