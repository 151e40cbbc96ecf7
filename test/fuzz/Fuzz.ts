// Runs a property many times, each on dice of its own seed, and says in one line how a failure is replayed. Decides nothing about the property.
// WEMIXVISOR_PROOF=full multiplies the runs by ten; WEMIXVISOR_FUZZ_SEED=<number> replays what a failure printed.
import { it } from "@effect/vitest"
import { Arbitrary, Cause, Effect, type Scope } from "effect"
import { relative } from "node:path"
import { account, isFull } from "../support/Account.ts"
import { Dice } from "../support/Dice.ts"

const given = process.env["WEMIXVISOR_FUZZ_SEED"]
const factor = isFull ? 10 : 1
const timeout = 120_000 * factor

/** The same in every test run, which is to say the same each time; another one in every full one. */
const firstSeed = given === undefined ? (isFull ? crypto.getRandomValues(new Uint32Array(1))[0] ?? 0 : 1) : Number(given) >>> 0

const directory = `${import.meta.dirname}/../..`

const replay = (path: string, title: string, seed: number): string =>
  `replay: ${isFull ? "WEMIXVISOR_PROOF=full " : ""}WEMIXVISOR_FUZZ_SEED=${seed} npx vitest run --project pure ${relative(directory, path)} -t ${JSON.stringify(title)}`

/** How a case failed. The whole cause stands below the line that replays it. */
const failure = (line: string, cause: Cause.Cause<unknown>): Effect.Effect<never> => Effect.die(new Error(`${line}\n${Cause.pretty(cause)}`))

/** Tests of the file at `path`, as its `import.meta.filename` says. */
export const fuzzing = (path: string) => ({
  /** The property holds for every throw of the dice. A defect, a failure and a thrown exception each end it. */
  holds: (title: string, runs: number, property: (dice: Dice) => Effect.Effect<unknown, unknown, Scope.Scope>): void =>
    it.effect(title, () =>
      Effect.gen(function*() {
        const count = given === undefined ? runs * factor : 1
        for (let run = 0; run < count; run++) {
          const seed = (firstSeed + run) >>> 0
          yield* Effect.suspend(() => property(new Dice(seed))).pipe(
            Effect.scoped,
            Effect.catchCause((cause) => failure(replay(path, title, seed), cause))
          )
        }
        if (isFull) account(title, { "inputs tried": count })
      }), timeout),

  /** The property holds for every value of a grammar; a value that breaks it is made as small as can be. */
  holdsFor: <A>(title: string, runs: number, arbitrary: Arbitrary.Arbitrary<A>, property: (value: A) => Effect.Effect<unknown, unknown, Scope.Scope>): void =>
    it.effect(title, () =>
      Effect.gen(function*() {
        const check = (value: A) => Effect.suspend(() => property(value)).pipe(Effect.scoped, Effect.as(true), Effect.sandbox)
        const result = yield* Arbitrary.checkEffect(arbitrary, check, { runs: runs * factor, seed: firstSeed, maxDiscards: 100_000 * factor })
        if (result._tag === "Passed") return isFull ? account(title, { "inputs tried": runs * factor }) : undefined
        const cause = result._tag === "Falsified" && result.failure._tag === "PropertyError" ? result.failure.error : Cause.empty
        return yield* failure(`${replay(path, title, firstSeed)}\n${Arbitrary.formatCheckFailure(result) ?? result._tag}`, cause)
      }), timeout)
})
