// Recognises `wemixvisor [flags] run [arguments…]`, the form that starts nodes, without the parser of the whole command line.
// Anything it is not sure of it leaves to that parser; where it is sure, both agree (a property test holds them together).
import { type Setting, type SettingKey, settings } from "../domain/Settings.ts"
import type { Flags } from "./Run.ts"

export interface RunLine {
  readonly flags: Flags
  readonly args: ReadonlyArray<string>
}

const keys = new Map(Object.entries(settings).map(([key, { flag }]) => [`--${flag}`, key]))
const isKey = (key: string | undefined): key is SettingKey => key !== undefined && key in settings

/** The line as `run` wants it, or nothing when it is another command, or one that the parser must judge. */
export const parse = (argv: ReadonlyArray<string>, flags: Flags = {}): RunLine | undefined => {
  const [first, ...rest] = argv
  if (first === "run") return { flags, args: rest }
  if (first === undefined || !first.startsWith("--")) return undefined
  const [name = "", ...text] = first.split("=")
  const key = keys.get(name)
  if (!isKey(key) || key in flags) return undefined
  if (first.includes("=")) return parse(rest, { ...flags, [key]: text.join("=") })
  return spaced(key, rest, flags)
}

/** A value as the next argument; a switch has one only when that is true or false. */
const spaced = (key: SettingKey, rest: ReadonlyArray<string>, flags: Flags): RunLine | undefined => {
  const [next = "-", ...later] = rest
  const { isSwitch }: Setting = settings[key]
  if (isSwitch && !/^(?:true|false)$/i.test(next)) return parse(rest, { ...flags, [key]: "true" })
  return next.startsWith("-") ? undefined : parse(later, { ...flags, [key]: next })
}
