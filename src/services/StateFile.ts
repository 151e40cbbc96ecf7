// Reads and replaces `state.json`, which only wemixvisor writes. Keeps nothing in memory and decides nothing.
import { Context, Effect, Layer, Option, Schema } from "effect"
import { isDeepStrictEqual } from "node:util"
import { type Journal, JournalJson } from "../domain/Journal.ts"
import { Config } from "./Config.ts"
import { Disk, type DiskError } from "./Disk.ts"
import * as Durable from "./Durable.ts"

/** `Refused`: the disk said no. `Damaged`: there is a file and it is not one that this version wrote. */
export class StateError extends Schema.TaggedError<StateError>()("StateError", {
  path: Schema.String,
  reason: Schema.Literals(["Refused", "Damaged"]),
  why: Schema.String
}) {
  override get message() {
    return this.reason === "Refused" ? this.why : `cannot use ${this.path}: ${this.why}`
  }
}

export class StateFile extends Context.Service<StateFile, {
  /** None when there is no file yet. */
  readonly read: Effect.Effect<Option.Option<Journal>, StateError>
  /** Durable when it returns, and with it whatever was renamed in its directory before, as the link is (`LinkManager.turnTo`); on failure the old content stands. Uninterruptible. */
  readonly write: (journal: Journal) => Effect.Effect<void, StateError>
}>()("wemixvisor/services/StateFile") {
  static readonly layer = Layer.effect(
    StateFile,
    Effect.gen(function*() {
      const { home } = yield* Config
      const disk = yield* Disk
      return StateFile.of({ read: read(disk, home.stateFile), write: (journal) => write(disk, home.stateFile, journal) })
    })
  )
}

/** Whether the file would say the same. */
export const isSame = (one: Journal, other: Journal): boolean => isDeepStrictEqual(one, other)

/** Larger than any that is written: histories are limited. In bytes. */
const sizeLimit = 16 * 1024 * 1024

const refused = (path: string) => (error: DiskError) => new StateError({ path, reason: "Refused", why: error.message })

const decode = Schema.decodeUnknownEffect(JournalJson)
const encode = Schema.encodeEffect(JournalJson)

const read = Effect.fnUntraced(function*(disk: Disk["Service"], path: string) {
  const bytes = yield* disk.read(path, sizeLimit).pipe(
    Effect.asSome,
    Effect.catchIf((error) => error.code === "ENOENT", () => Effect.succeedNone),
    Effect.mapError(refused(path))
  )
  if (Option.isNone(bytes)) return Option.none<Journal>()
  return yield* textIn(bytes.value).pipe(
    Effect.flatMap(decode),
    Effect.asSome,
    Effect.mapError((error) => new StateError({ path, reason: "Damaged", why: error.message.replaceAll(/\s+/g, " ") }))
  )
})

/** Bytes that are no text are not read as other letters: a release would be another one. */
const textIn = (bytes: Uint8Array): Effect.Effect<string, { readonly message: string }> =>
  Effect.try({ try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes), catch: () => ({ message: "it is not UTF-8 text" }) })

const write = Effect.fnUntraced(function*(disk: Disk["Service"], path: string, journal: Journal) {
  const text = yield* Effect.orDie(encode(journal))
  yield* Durable.replaceFile(disk, path, new TextEncoder().encode(`${text}\n`), 0o644).pipe(Effect.mapError(refused(path)))
})
