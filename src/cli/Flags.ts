// The flags that stand before a command, made from the table of settings; and what must be done to the arguments before they are parsed.
import { Option } from "effect"
import { Flag } from "effect/cli"
import { type Setting, type SettingKey, settings } from "../domain/Settings.ts"

const flagOf = (setting: Setting) => {
  const fallback = setting.fallback === undefined ? "" : ` (default ${setting.fallback})`
  const flag = Flag.String(setting.flag).pipe(Flag.withDescription(`${setting.variable}: ${setting.description}${fallback}`))
  return Flag.optional(setting.isSwitch ? Flag.withOptionalValue(flag, "true") : Flag.withMetavar(flag, "value"))
}

/** One flag a setting. Their values are texts: all mistakes in them are reported together with those from elsewhere. */
export const flags = {
  home: flagOf(settings.home),
  name: flagOf(settings.name),
  allowDownloadBinaries: flagOf(settings.allowDownloadBinaries),
  restartAfterUpgrade: flagOf(settings.restartAfterUpgrade),
  shutdownGrace: flagOf(settings.shutdownGrace),
  pollInterval: flagOf(settings.pollInterval),
  restartDelay: flagOf(settings.restartDelay),
  restartOnFailure: flagOf(settings.restartOnFailure),
  maxRestarts: flagOf(settings.maxRestarts),
  restartPeriod: flagOf(settings.restartPeriod),
  upgradeProbation: flagOf(settings.upgradeProbation),
  dataBackupDir: flagOf(settings.dataBackupDir),
  backup: flagOf(settings.backup),
  backupExclude: flagOf(settings.backupExclude),
  backupKeep: flagOf(settings.backupKeep),
  skipBackup: flagOf(settings.skipBackup),
  preupgrade: flagOf(settings.preupgrade),
  preupgradeMaxRetries: flagOf(settings.preupgradeMaxRetries),
  customPreupgrade: flagOf(settings.customPreupgrade),
  hookTimeout: flagOf(settings.hookTimeout),
  skipChecksum: flagOf(settings.skipChecksum),
  logFormat: flagOf(settings.logFormat),
  logLevel: flagOf(settings.logLevel)
} satisfies Record<SettingKey, unknown>

export type Parsed = { readonly [Key in SettingKey]: Option.Option<string> }

/** The flags that were given, by the setting's key. */
export const given = (parsed: Parsed): Partial<Record<SettingKey, string>> =>
  Object.fromEntries(Object.entries(parsed).flatMap(([key, value]) => Option.isSome(value) ? [[key, value.value]] : []))

const all: ReadonlyArray<Setting> = Object.values(settings)
const takesNext = new Set(["--completions", ...all.filter(({ isSwitch }) => !isSwitch).map(({ flag }) => `--${flag}`)])
const switches = new Set(all.filter(({ isSwitch }) => isSwitch).map(({ flag }) => `--${flag}`))

/**
 * Puts `--` after the word `run`, so that everything behind it reaches the node untouched; joins `--switch false`
 * to `--switch=false`; turns `help [command]` into `[command] --help`. Looks no further than the command.
 */
export const prepare = (argv: ReadonlyArray<string>): ReadonlyArray<string> => {
  const [first, ...rest] = argv
  if (first === undefined || first === "--") return argv
  const [next, ...later] = rest
  if (takesNext.has(first) && next !== undefined) return [first, next, ...prepare(later)]
  if (switches.has(first) && next !== undefined && /^(?:true|false)$/i.test(next)) return [`${first}=${next}`, ...prepare(later)]
  if (first.startsWith("-")) return [first, ...prepare(rest)]
  if (first === "run") return ["run", "--", ...rest]
  return first === "help" ? [...rest, "--help"] : argv
}
