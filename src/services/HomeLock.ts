// One wemixvisor a home: a lock that the kernel frees when its holder dies, however it dies.
import { Context, Effect, Layer, Schema, type Scope } from "effect"
import { dirname } from "node:path/posix"
import { Config } from "./Config.ts"
import { lockHolder } from "./LockHolder.ts"

/** `Held` by another process, or `Refused` by the disk. */
export class HomeLockError extends Schema.TaggedError<HomeLockError>()("HomeLockError", {
  path: Schema.String,
  reason: Schema.Literals(["Held", "Refused"]),
  why: Schema.String,
  /** The pid of the process that has it, where that is known. */
  holder: Schema.optionalKey(Schema.Int)
}) {
  override get message() {
    return this.reason === "Held" ? this.why : `cannot lock ${this.path}: ${this.why}`
  }
  /** The same error in words that name the home and, where it is known, the process that holds it. */
  named(home: string, holder: number | undefined): HomeLockError {
    const who = holder === undefined ? "another wemixvisor" : `another wemixvisor, pid ${holder},`
    const why = `${who} owns the home ${home}: stop that one first`
    return new HomeLockError({ path: this.path, reason: this.reason, why, ...(holder !== undefined && { holder }) })
  }
}

const { accessSync, constants, existsSync } = process.getBuiltinModule("node:fs")

export class HomeLock extends Context.Service<HomeLock, {
  /** The pid that the next one is told. */
  readonly holder: number
  /** Takes the lock until the scope closes; does not wait for it. Tells whether its last holder died with it. */
  readonly acquire: Effect.Effect<{ readonly isAbandoned: boolean }, HomeLockError, Scope.Scope>
}>()("wemixvisor/services/HomeLock") {
  /**
   * An exclusive SQLite transaction: a POSIX lock in the kernel, which a child does not inherit and which
   * holds between containers on one volume. Nothing else in this process may open the file: closing it would free the lock.
   */
  static readonly layer = Layer.effect(
    HomeLock,
    Effect.gen(function*() {
      const { home } = yield* Config
      const named = (error: HomeLockError) => error.reason === "Held" ? error.named(home.directory, lockHolder(home.lockFile)) : error
      return HomeLock.of({ holder: process.pid, acquire: Effect.mapError(acquire(home.lockFile), named) })
    })
  )
}

/** The rollback journal of a transaction that nobody ended (sqlite.org/tempfiles.html). */
const journalOf = (path: string): string => `${path}-journal`

/** SQLITE_BUSY (sqlite.org/rescode.html). */
const busy = 5

const acquire = (path: string) =>
  Effect.acquireRelease(
    Effect.tryPromise({
      try: async () => {
        const { DatabaseSync } = await import("node:sqlite")
        const isAbandoned = existsSync(journalOf(path))
        const database = new DatabaseSync(path)
        try {
          database.exec("BEGIN EXCLUSIVE")
          return { database, isAbandoned }
        } catch (cause) {
          database.close()
          throw cause
        }
      },
      catch: (cause) => new HomeLockError({ path, ...refusal(path, cause) })
    }),
    ({ database }) => Effect.sync(() => database.close())
  ).pipe(Effect.map(({ isAbandoned }) => ({ isAbandoned })))

const refusal = (path: string, cause: unknown): { readonly reason: "Held" | "Refused"; readonly why: string } => {
  if (hasNumber(cause, "errcode", busy)) return { reason: "Held", why: "another process holds it" }
  return { reason: "Refused", why: unwritable(dirname(path)) ?? (cause instanceof Error ? cause.message : String(cause)) }
}

const hasNumber = (value: unknown, key: string, number: number): boolean =>
  typeof value === "object" && value !== null && Object.entries(value).some(([name, found]) => name === key && found === number)

/** SQLite does not say why it cannot write; the system does. */
const unwritable = (directory: string): string | undefined => {
  try {
    accessSync(directory, constants.W_OK)
    return undefined
  } catch (cause) {
    return cause instanceof Error ? cause.message : undefined
  }
}
