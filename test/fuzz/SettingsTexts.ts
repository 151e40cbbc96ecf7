// Values of settings, right and nearly right, and config.toml files made of them.
import type { Dice } from "../support/Dice.ts"
import { spoilt } from "./Mutate.ts"
import { fileKeys, isLegal } from "./Rules.ts"

const values = [
  "true", "false", "TRUE", "False", "yes", "1", "0", "5", "-1", "1.5", "1e3", "007", " 5", "5 ", "999999999999999", "9999999999999999", "300ms", "1m30s", "2h", "1.5h", ".5s",
  "5.s", "0s", "9ms", "10ms", "1ns", "-1s", "1 s", "1d", "infinity", "Infinity", "inf", "2562047h", "2562048h", "1s1s1s", "s", ".s", "5\u00b5s", "/", "/srv/x", "srv/x", "./x",
  "../x", "a/../b", "a..b/c", "..", ".", "~", "~/x", "wemixd", "a b", "json", "JSON", "pretty", "info", "warn", "warning", "none", "null", "$HOME", "\u202e", "a\nb", "\u001b[31m", "\u0000"
] as const

/** A value for an environment variable, which holds no NUL, or for a flag. */
export const settingText = (dice: Dice): string => dice.oneIn(4) ? dice.text(0, 4).replaceAll("\0", "") : dice.pick(values).replaceAll("\0", "")

/** A line of config.toml: what it holds, and whether it is a mistake. */
export interface Line {
  readonly key: string
  readonly text: string
  readonly isMistake: boolean
}

const toml = (text: string): string => `"${text.replaceAll(/[\\"\p{Cc}\ud800-\udfff]/gu, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`)}"`

/** Values that are none of a string, a boolean or an integer. Dates and times alone are missing: the parser gives strings for them. */
const foreign = ["1.5", "nan", "-inf", "[1]", "[]", "[[]]", "{}", "{ a = 1 }", "1979-05-27T07:32:00Z"] as const
const integers = ["0", "5", "+5", "-5", "1_000", "0x10", "0o7", "0b1"] as const
const unknownKeys = ["daemon_nam", "DAEMON_NAME", "\"\"", "__proto__", "constructor", "\"daemon name\"", "\"\\u001b[31m\"", "daemon_name.x", "name", "daemon-name", "daemon_home", "toString"] as const

const lineOf = (dice: Dice, key: string): Line => {
  if (dice.oneIn(5)) return { key, text: `${key} = ${dice.pick(foreign)}`, isMistake: true }
  const variable = key.toUpperCase()
  if (dice.oneIn(5)) {
    const integer = dice.pick(integers)
    return { key, text: `${key} = ${integer}`, isMistake: !isLegal(variable, String(Number(integer.replace("_", "")))) }
  }
  const value = dice.pick(values).replaceAll(/[\ud800-\udfff]/gu, "")
  const literal = /^(?:true|false)$/.test(value) && dice.oneIn(2) ? value : toml(value)
  return { key, text: `${dice.oneIn(6) ? `"${key}"` : key} = ${literal}${dice.oneIn(6) ? " # why" : ""}`, isMistake: !isLegal(variable, value) }
}

/** Lines of different keys; an unknown one is a mistake whatever it holds. */
export const configLines = (dice: Dice): ReadonlyArray<Line> => {
  const keys = new Set(dice.several(0, 5, () => dice.any(fileKeys) ?? ""))
  const known = [...keys].map((key) => lineOf(dice, key))
  if (!dice.oneIn(3)) return known
  const key = dice.pick(unknownKeys)
  return keys.has("daemon_name") && key === "daemon_name.x" ? known : [...known, { key, text: `${key} = 1`, isMistake: true }]
}

/** A file as an operator keeps it, spoilt. */
export const spoiltConfig = (dice: Dice): Uint8Array => {
  const lines = fileKeys.filter(() => dice.oneIn(3)).map((key) => `${key} = ${toml(dice.pick(values))}`)
  const good = ["# ours", "daemon_name = \"gwemix\"", "daemon_max_restarts = 7", "daemon_restart_on_failure = false", "daemon_shutdown_grace = \"10m\" # long", "unsafe_skip_backup = \"TRUE\"", ""]
  return spoilt(dice, new TextEncoder().encode([...good, ...dice.oneIn(2) ? [] : lines].join("\n")))
}
