// One text for all pairs that can go on in the same ways: instants, wording and what was said are left out, an end of a child counts
// only as clean or not, a generation only as what waits for it. This is what makes the walk finite.
import type { State } from "../../src/machine/State.ts"
import type { World } from "./World.ts"

/** The world without the timers and looks that nobody waits for, and the text of the pair. */
export const canonical = (state: State, world: World): { readonly world: World; readonly key: string } => {
  const live = awaited(state)
  const pruned = world.timers.size === 0 && world.looks.length === 0 ? world : prune(live, world)
  const coming = new Set([...pruned.timers.values(), ...pruned.looks])
  let waiting = ""
  for (const [generation, field] of live) if (coming.has(generation)) waiting += ` ${field}`
  // How the child ended is only told at the end of a stop; what is judged stands in the reason.
  const key = spellFields(state, state._tag === "Stopping" ? "ended" : undefined) + spellFields(pruned, undefined) + waiting
  return { world: pruned, key }
}

/** The generations that the state waits for, each with the field that names it. */
const awaited = (state: State): ReadonlyMap<number, string> => {
  const fields: ReadonlyArray<readonly [string, unknown]> = Object.entries(state)
  const live = new Map<number, string>()
  for (const [name, value] of fields) if (typeof value === "number" && value > 0 && isGeneration(name)) live.set(value, name)
  return live
}

const isGeneration = (name: string): boolean => name.endsWith("Generation")

const prune = (live: ReadonlyMap<number, string>, world: World): World => ({
  ...world,
  timers: new Map([...world.timers].filter(([, generation]) => live.has(generation))),
  looks: world.looks.filter((generation) => live.has(generation))
})

const left = new Set(["told", "why", "streak", "generation", "timers", "looks", "name", "height", "by", "pid", "plan"])

/** What lies within states and worlds is shared by many of them: it is spelt once. */
const spelt = new WeakMap<object, string>()

const spell = (value: unknown): string => {
  if (typeof value !== "object" || value === null) return String(value)
  const known = spelt.get(value)
  if (known !== undefined) return known
  const text = spellObject(value)
  spelt.set(value, text)
  return text
}

const spellObject = (value: object): string => {
  if (Array.isArray(value)) return `[${value.map(spell).join()}]`
  if ("_tag" in value && value._tag === "Code" && "code" in value) return value.code === 0 ? "clean" : "unclean"
  if ("_tag" in value && (value._tag === "Signal" || value._tag === "Unknown")) return "unclean"
  return spellFields(value, undefined)
}

const spellFields = (value: object, passedOver: string | undefined): string => {
  const fields: ReadonlyArray<readonly [string, unknown]> = Object.entries(value)
  let text = "{"
  for (const [name, inner] of fields) {
    if (inner === undefined || name === passedOver || left.has(name) || (typeof inner === "number" && name.endsWith("Millis"))) continue
    text += `${name}:${isGeneration(name) ? inner !== 0 : spell(inner)},`
  }
  return text + "}"
}
