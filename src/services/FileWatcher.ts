// Watches `upgrade-info.json`: what it says now, and every time that changes. Judges neither the plan nor its release.
import { Clock, Context, Duration, Effect, Latch, Layer, Queue, Ref, Result, Schedule, Semaphore, Stream } from "effect"
import { basename, dirname } from "node:path/posix"
import { isRefused, PlanReading } from "../domain/Readiness.ts"
import { canonical, decode, sizeLimit, type UpgradePlan } from "../domain/UpgradePlan.ts"
import { Config } from "./Config.ts"
import { Disk, DiskError, isMissing } from "./Disk.ts"

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
      const read = readPlan(disk, home.planFile, yield* Ref.make<Read | undefined>(undefined))
      return FileWatcher.of({ read, readings: Stream.unwrap(changesOf(disk, home.planFile, read, settings.pollInterval)) })
    })
  )
  /** Plans from a queue instead of a file: each one taken is the plan from then on. */
  static readonly layerQueue = (plans: Queue.Dequeue<UpgradePlan>) =>
    Layer.effect(
      FileWatcher,
      Effect.gen(function*() {
        const latest = yield* Ref.make<PlanReading>(PlanReading.Absent())
        const taken = Stream.fromQueue(plans).pipe(Stream.map(readingOf), Stream.tap((reading) => Ref.set(latest, reading)))
        return FileWatcher.of({ read: Ref.get(latest), readings: Stream.concat(Stream.fromEffect(Ref.get(latest)), taken) })
      })
    )
}

/** The reading that a plan gives. */
export const readingOf = (plan: UpgradePlan): PlanReading => PlanReading.Read({ plan, digest: digestOf(canonical(plan)) })

/** SHA-256 in hexadecimal. The runtime's cryptography takes a while to load: that is done when there is a plan, not before a node is started. */
const digestOf = (content: string | Uint8Array): string =>
  process.getBuiltinModule("node:crypto").createHash("sha256").update(content).digest("hex")

/** What the file held, and what that says. */
interface Read {
  readonly bytes: Uint8Array
  readonly reading: PlanReading
}

/** The same bytes say the same: they are read two or three times for one upgrade, once of these while the node is down. */
const readPlan = Effect.fnUntraced(function*(disk: Disk["Service"], path: string, last: Ref.Ref<Read | undefined>): Effect.fn.Return<PlanReading> {
  const read = yield* Effect.result(disk.read(path, sizeLimit + 1))
  if (Result.isFailure(read)) return unread(path, read.failure)
  const [bytes, before] = [read.success, yield* Ref.get(last)]
  if (before !== undefined && Buffer.compare(before.bytes, bytes) === 0) return before.reading
  const reading = judge(path, bytes)
  yield* Ref.set(last, { bytes, reading })
  return reading
})

const judge = (path: string, bytes: Uint8Array): PlanReading => {
  const decoded = decode(bytes)
  return Result.isSuccess(decoded) ? readingOf(decoded.success) : PlanReading.Unusable({ key: digestOf(bytes), why: `${path} ${decoded.failure}` })
}

const unread = (path: string, error: DiskError): PlanReading => {
  if (isMissing(error)) return PlanReading.Absent()
  const { code, message } = error
  return PlanReading.Unusable({ key: code, why: code === "EISDIR" ? `${path} is a directory` : message })
}

/** What was read last, and of which file: enough to know without reading that nothing changed. */
interface Look {
  readonly signature: string | undefined
  readonly readAtMillis: number
  readonly key: string
  /** The system would not let it be read, which may change without a trace in the file. */
  readonly isRefused: boolean
}
const neverLooked = Ref.make<Look>({ signature: "never", readAtMillis: 0, key: "never", isRefused: false })

/**
 * A file written within this time before it was read may be written again without a new time of
 * modification: the kernel's clock for those ticks every few milliseconds, some file systems' every second or two.
 */
const racyMillis = 2000

/**
 * While the system tells of every change, the poll only guards against what nobody thought of: it rests this many intervals.
 * A poll takes the processor out of its sleep, which on an idle machine costs more than all the rest of wemixvisor.
 */
const restingIntervals = 40

const changesOf = Effect.fnUntraced(function*(disk: Disk["Service"], path: string, read: Effect.Effect<PlanReading>, poll: Duration.Duration) {
  // `untold` is open while the system does not tell of every change.
  const [last, untold] = [yield* neverLooked, yield* Latch.make(true)]
  const turn = yield* Semaphore.make(1)
  const refused = yield* Latch.make()
  // One look at a time: a slower one that began earlier must not have the last word.
  const look = turn.withPermits(1)(lookAgain(disk, path, read, last).pipe(
    Effect.tap(() => Effect.flatMap(Ref.get(last), (now) => now.isRefused ? refused.open : refused.close))
  ))
  const rest = Effect.timeoutOption(Effect.andThen(untold.await, Effect.sleep(poll)), Duration.times(poll, restingIntervals))
  const polled = Stream.concat(Stream.fromEffect(look), Stream.fromEffectRepeat(Effect.andThen(rest, look)))
  const noticed = Stream.mapEffect(notices(disk, path, poll, untold), () => look)
  // What the system refuses it may allow again without a notice: the poll does not rest then.
  const again = Stream.fromEffectRepeat(Effect.andThen(refused.await, Effect.delay(look, poll)))
  const practised = Stream.drain(Stream.fromEffect(Effect.delay(practise, poll)))
  return Stream.mergeAll([polled, noticed, again, practised], { concurrency: "unbounded" }).pipe(Stream.filter((reading) => reading !== undefined))
})

/** Reads a plan that is none, once the node had time to start: code that has run before takes a tenth of the time when the real plan comes. */
const practise = Effect.sync(() => judge("", new TextEncoder().encode(`{"name":"practice","height":1}`)))

const keyOf = PlanReading.$match({ Absent: () => "absent", Unusable: ({ key }) => `unusable ${key}`, Read: ({ digest }) => digest })

const lookAgain = Effect.fnUntraced(function*(disk: Disk["Service"], path: string, read: Effect.Effect<PlanReading>, last: Ref.Ref<Look>) {
  const before = yield* Ref.get(last)
  const glance = yield* disk.glance(path)
  const mayHide = glance !== undefined && glance.modifiedAtMillis > before.readAtMillis - racyMillis
  if (glance?.signature === before.signature && !mayHide && !before.isRefused) return undefined
  const readAtMillis = yield* Clock.currentTimeMillis
  const reading = yield* read
  yield* Ref.set(last, { signature: glance?.signature, readAtMillis, key: keyOf(reading), isRefused: isRefused(reading) })
  return keyOf(reading) === before.key ? undefined : reading
})

/** The system's notices about the plan file. A directory that is not there yet is tried again; a system without notices is said once. */
const notices = (disk: Disk["Service"], path: string, retry: Duration.Duration, untold: Latch.Latch): Stream.Stream<unknown> =>
  disk.changes(dirname(path), basename(path)).pipe(
    Stream.tap(() => Effect.suspend(() => untold.isOpen() ? Effect.flatMap(disk.tellsAll(dirname(path)), (tells) => tells ? untold.close : Effect.void) : Effect.void)),
    Stream.tapError(() => untold.open),
    Stream.retry(Schedule.spaced(retry).pipe(Schedule.while(({ input }) => input instanceof DiskError && isMissing(input)))),
    Stream.catch((error) =>
      Stream.fromEffect(Effect.logWarning("no notices of changes from the system; the poll alone watches the plan").pipe(
        Effect.annotateLogs({ topic: "plan", path: error.path, code: error.code })
      ))
    )
  )
