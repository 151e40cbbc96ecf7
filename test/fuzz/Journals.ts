// State files: legal ones of every meaning, those near the legal ones, and spoilt ones.
import { Schema } from "effect"
import { type Journal, JournalJson } from "../../src/domain/Journal.ts"
import { genesis, inUpgrades, type Release } from "../../src/domain/Release.ts"
import type { Upgrade } from "../../src/domain/Upgrade.ts"
import { Height } from "../../src/domain/UpgradePlan.ts"
import { upgradeOf } from "../support/world/Operator.ts"
import type { Dice } from "../support/Dice.ts"
import { altered, spoilt } from "./Mutate.ts"

/** Those that lie in the worlds of these tests, and one that does not. */
export const releases = [genesis, inUpgrades("v2"), inUpgrades("v3"), inUpgrades("nowhere")] as const

const heights = [1n, 99n, 100n, 101n, 2n ** 53n + 1n, 2n ** 63n - 1n] as const

const upgrade = (dice: Dice): Upgrade => ({
  ...upgradeOf(dice.pick(["v2", "v3"]), dice.pick([100, 200])),
  ...dice.oneIn(3) && { height: Height.make(dice.pick(heights)) },
  ...dice.oneIn(4) && { digest: dice.pick(["", "0", "absent", "\n"]) },
  ...dice.oneIn(4) && { name: dice.text(0, 3) },
  from: dice.pick(releases),
  ...dice.oneIn(3) && { to: dice.pick(releases) }
})

/** An instant, or a text in its place. */
const at = (dice: Dice): string => dice.pick(["2026-01-01T00:00:00.000Z", "", "yesterday"])

const history = (dice: Dice): Journal["applied"] => {
  const outcomes = dice.several(0, 3, () => ({ upgrade: upgrade(dice), at: at(dice), ...dice.oneIn(2) && { why: dice.text(0, 3) }, ...evidence(dice) }))
  return dice.oneIn(30) ? Array.from({ length: 500 }, () => outcomes).flat() : outcomes
}

const child = (dice: Dice, args: ReadonlyArray<string>): NonNullable<Journal["child"]> => ({
  release: dice.pick(releases),
  path: dice.pick(["/node/wemixvisor/current/bin/wemixd", "/bin/sh", ""]),
  arguments: dice.oneIn(3) ? dice.several(0, 3, () => dice.text(0, 2)) : args,
  stopSent: dice.oneIn(2),
  ...!dice.oneIn(3) && { identity: { pid: dice.pick([2, 101, 2 ** 22, 2 ** 31 - 1]), startTicks: dice.pick(["707", "", "0"]), bootId: dice.pick(["fake", ""]) } }
})

/** What an upgrade has to show, or nothing. */
const evidence = (dice: Dice) => ({ ...dice.oneIn(4) && { backup: dice.text(0, 2) }, ...dice.oneIn(4) && { sha256: dice.text(0, 2) } })

/** A journal that can be written; what it says need not be true, nor possible. */
export const journal = (dice: Dice, args: ReadonlyArray<string>): Journal => ({
  version: 1,
  applied: history(dice),
  failed: history(dice),
  ...dice.oneIn(2) && { owner: dice.pick([0, -1, 1, 4711, 2 ** 53 - 1]) },
  ...dice.oneIn(2) && { lastRan: dice.pick<Release>(releases) },
  ...!dice.oneIn(3) && {
    inFlight: { upgrade: upgrade(dice), step: dice.pick(["stop", "switch", "probation", "roll-back"] as const), ...dice.oneIn(2) && { why: dice.text(0, 3) }, ...evidence(dice) }
  },
  ...dice.oneIn(3) && { attempt: { digest: dice.pick(["", "0", upgradeOf("v2", 100).digest]), number: dice.pick([0, 1, 2, 2 ** 53 - 1]) } },
  ...dice.oneIn(2) && { child: child(dice, args) }
})

const encode = Schema.encodeSync(JournalJson)

export const textOf = (content: Journal): string => encode(content)

/** What a state file may say: the names of its fields, and what is in each; what is not `undefined` here has fields of its own. */
interface Fields {
  readonly [name: string]: Fields | undefined
}
const plain = undefined
const upgradeFields: Fields = { name: plain, height: plain, digest: plain, from: plain, to: plain }
const outcomeFields: Fields = { upgrade: upgradeFields, at: plain, why: plain, backup: plain, sha256: plain }
const fields: Fields = {
  version: plain,
  owner: plain,
  lastRan: plain,
  inFlight: { upgrade: upgradeFields, step: plain, why: plain, backup: plain, sha256: plain },
  attempt: { digest: plain, number: plain },
  child: { release: plain, path: plain, arguments: plain, stopSent: plain, identity: { pid: plain, startTicks: plain, bootId: plain } },
  applied: outcomeFields,
  failed: outcomeFields
}

const known = (value: unknown, names: Fields | undefined): unknown => {
  if (names === undefined || typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) return value.map((inner) => known(inner, names))
  const entries: ReadonlyArray<readonly [string, unknown]> = Object.entries(value)
  return Object.fromEntries(entries.filter(([name]) => Object.hasOwn(names, name)).map(([name, inner]) => [name, known(inner, names[name])]))
}

/** All that a text of JSON says in the fields of a state file, whatever it is. Throws where the text is none of JSON. */
export const saidIn = (text: string): unknown => known(JSON.parse(text), fields)

/** The text of a journal with something in it changed. */
export const alteredText = (dice: Dice): string => {
  const value: unknown = JSON.parse(textOf(journal(dice, ["start"])))
  return JSON.stringify(dice.several(1, 2, () => 0).reduce((before: unknown) => altered(dice, before), value)) ?? ""
}

export const spoiltText = (dice: Dice): Uint8Array => spoilt(dice, new TextEncoder().encode(textOf(journal(dice, ["start"]))))
