// The settings of this run, from flags, the environment, config.toml and defaults, each with where it came from.
// Reports every mistake at once and starts nothing before all of them are mended.
import { Context, Effect, Layer, Result, Schema, SchemaIssue } from "effect"
import { inspect } from "node:util"
import { type Home, layout } from "../domain/Home.ts"
import { fileKey, type Setting, type SettingKey, type Settings, settings } from "../domain/Settings.ts"
import { nearest } from "./Spelling.ts"
import { Disk, isMissing } from "./Disk.ts"

/** Where a value came from. */
export type Origin = "flag" | "environment" | "config.toml" | "default"

/** One setting as it was found: `text` is what was written, absent when there is none. */
export interface Row {
  readonly key: SettingKey
  readonly variable: string
  readonly origin: Origin
  readonly text: string | undefined
}

export class ConfigError extends Schema.TaggedError<ConfigError>()("ConfigError", { mistakes: Schema.Array(Schema.String) }) {
  override get message() {
    return this.mistakes.join("\n")
  }
}

/** What the settings are read from. `flags` and `environment` are by the names in the table; an empty text counts as absent. */
export interface Sources {
  readonly flags: Partial<Record<SettingKey, string>>
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly isTerminal: boolean
}

export class Config extends Context.Service<Config, {
  readonly settings: Settings
  readonly home: Home
  readonly rows: ReadonlyArray<Row>
  /** About variables that look like settings and are none; for the log. */
  readonly warnings: ReadonlyArray<string>
}>()("wemixvisor/services/Config") {
  /** Reads `config.toml` in the home that flag, environment or default name. */
  static readonly layer = (sources: Sources) => Layer.effect(Config, resolve(sources))
  /** Given settings, in the spelling of the environment (`{ DAEMON_HOME: "/srv/node" }`); the rest is defaults, and no file is read. */
  static readonly layerOf = (environment: Readonly<Record<string, string>>) =>
    Layer.effect(Config, decide({ flags: {}, environment, isTerminal: false }, {}, []))
}

type Texts = Readonly<Record<string, string | undefined>>

const keysOf = (): ReadonlyArray<SettingKey> => Object.keys(settings).filter((key): key is SettingKey => key in settings)

const find = (key: SettingKey, { environment, flags }: Sources, file: Texts): Row => {
  const setting: Setting = settings[key]
  const candidates: ReadonlyArray<readonly [Origin, string | undefined]> = [
    ["flag", flags[key]],
    ["environment", environment[setting.variable]],
    ["config.toml", file[fileKey(setting)]]
  ]
  const [origin, text] = candidates.find(([, value]) => value !== undefined && value !== "") ?? (["default", setting.fallback] as const)
  return { key, variable: setting.variable, origin, text }
}

/** The defaults that depend on other settings or on the terminal. */
const computed = (key: SettingKey, rows: ReadonlyMap<SettingKey, Row>, sources: Sources): string | undefined => {
  const { environment, isTerminal } = sources
  const userHome = environment["HOME"]
  switch (key) {
    case "home":
      // Not the name that config.toml gives: that file lies in the home already.
      return userHome === undefined || userHome === "" ? undefined : `${userHome}/.${find("name", sources, {}).text ?? ""}`
    case "dataBackupDir":
      return `${rows.get("home")?.text ?? ""}/backups`
    case "logFormat":
      return isTerminal ? "pretty" : "logfmt"
    default:
      return undefined
  }
}

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

const unset = ({ key, text, variable }: Row): ReadonlyArray<string> =>
  text === undefined && key !== "customPreupgrade" && key !== "backupExclude" ? [`${variable} is not set: give ${settings[key].description}`] : []

const mistakesOf = (issue: SchemaIssue.Issue, rows: ReadonlyMap<string, Row>): ReadonlyArray<string> => {
  const expected = Map.groupBy(issuesOf(issue).issues, ({ path }) => String(path?.[0]))
  // A default that is made of other settings is as wrong as those are, which is said of them; the home's is made of HOME, which is none.
  return [...rows.values()].filter((row) => row.text === undefined || row.origin !== "default" || row.key === "home").flatMap((row) => {
    const messages = [...new Set(expected.get(row.key)?.map(({ message }) => message.replace(/^Expected /, "")))]
    return row.text === undefined || messages.length === 0 ? unset(row) : [mistake(row, messages.join(" or "))]
  })
}

const mistake = ({ key, origin, text, variable }: Row, expected: string): string => {
  const name = origin === "flag" ? `--${settings[key].flag} (${variable})` : variable
  const where = origin === "flag" ? "a flag" : origin === "environment" ? "the environment" : origin === "default" ? "its default" : origin
  return `${name} from ${where} is ${JSON.stringify(text)}: expected ${expected}`
}

const decodeAll = Schema.decodeUnknownResult(Schema.Struct({
  home: settings.home.schema,
  name: settings.name.schema,
  allowDownloadBinaries: settings.allowDownloadBinaries.schema,
  restartAfterUpgrade: settings.restartAfterUpgrade.schema,
  shutdownGrace: settings.shutdownGrace.schema,
  pollInterval: settings.pollInterval.schema,
  restartDelay: settings.restartDelay.schema,
  restartOnFailure: settings.restartOnFailure.schema,
  maxRestarts: settings.maxRestarts.schema,
  restartPeriod: settings.restartPeriod.schema,
  upgradeProbation: settings.upgradeProbation.schema,
  dataBackupDir: settings.dataBackupDir.schema,
  backup: settings.backup.schema,
  backupExclude: Schema.UndefinedOr(settings.backupExclude.schema),
  backupKeep: settings.backupKeep.schema,
  skipBackup: settings.skipBackup.schema,
  preupgrade: settings.preupgrade.schema,
  preupgradeMaxRetries: settings.preupgradeMaxRetries.schema,
  customPreupgrade: Schema.UndefinedOr(settings.customPreupgrade.schema),
  hookTimeout: settings.hookTimeout.schema,
  skipChecksum: settings.skipChecksum.schema,
  logFormat: settings.logFormat.schema,
  logLevel: settings.logLevel.schema
}), { errors: "all" })

const rowsOf = (sources: Sources, file: Texts): ReadonlyMap<SettingKey, Row> => {
  const found = new Map(keysOf().map((key) => [key, find(key, sources, file)]))
  for (const [key, row] of found) {
    if (row.text === undefined) found.set(key, { ...row, text: computed(key, found, sources) })
  }
  return found
}

const decide = Effect.fnUntraced(function*(sources: Sources, file: Texts, fileMistakes: ReadonlyArray<string>) {
  const rows = rowsOf(sources, file)
  const decoded = decodeAll(Object.fromEntries([...rows].map(([key, { text }]) => [key, text])))
  if (Result.isFailure(decoded)) return yield* new ConfigError({ mistakes: [...fileMistakes, ...mistakesOf(decoded.failure.issue, rows)] })
  if (fileMistakes.length > 0) return yield* new ConfigError({ mistakes: fileMistakes })
  const values = decoded.success
  return Config.of({
    settings: values,
    home: layout(values.home, values.name),
    rows: [...rows.values()],
    warnings: unknownVariables(sources.environment)
  })
})

const unknownVariables = (environment: Texts): ReadonlyArray<string> => {
  const known = keysOf().map((key) => settings[key].variable)
  return Object.keys(environment)
    .filter((name) => environment[name] !== "" && name.startsWith("DAEMON_") && !known.some((variable) => variable === name))
    .map((name) => `${name} is not a setting of wemixvisor and is passed over; the nearest one is ${nearest(name, known)}`)
}

const resolve = Effect.fnUntraced(function*(sources: Sources) {
  const home = rowsOf(sources, {}).get("home")?.text
  if (home === undefined || !home.startsWith("/")) return yield* decide(sources, {}, [])
  const file = yield* readFile(layout(home, "").settingsFile)
  return yield* decide(sources, file.texts, file.mistakes)
})

const nothing = { texts: {}, mistakes: [] }

/** Larger files are refused unread, in bytes. */
const sizeLimit = 1024 * 1024

/** `config.toml` as texts by key; strings, booleans and integers are read, anything else is a mistake. */
const readFile = Effect.fnUntraced(function*(path: string) {
  const disk = yield* Disk
  const read = yield* Effect.result(disk.read(path, sizeLimit + 1))
  if (Result.isFailure(read)) {
    return isMissing(read.failure) ? nothing : { texts: {}, mistakes: [read.failure.message] }
  }
  const text = textIn(read.success)
  if (Result.isFailure(text)) return { texts: {}, mistakes: [`${path} ${text.failure}`] }
  const Toml = yield* Effect.promise(() => import("effect/encoding/Toml"))
  const parsed = Toml.parse(text.success)
  if (Result.isFailure(parsed)) return { texts: {}, mistakes: [`${path}: ${parsed.failure.message}`] }
  const keys = keysOf().map((key) => fileKey(settings[key])).filter((key) => key !== fileKey(settings.home))
  const entries = Object.entries(parsed.success)
  return {
    texts: Object.fromEntries(entries.filter(([key, value]) => keys.includes(key) && textOf(value) !== undefined).map(([key, value]) => [key, textOf(value)])),
    mistakes: entries.flatMap(([key, value]) => fileMistakes(path, key, value, keys))
  }
})

/** Without a byte-order mark before it. */
const textIn = (bytes: Uint8Array): Result.Result<string, string> =>
  bytes.byteLength > sizeLimit
    ? Result.fail(`is larger than ${sizeLimit} bytes`)
    : Result.try({ try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes), catch: () => "is not UTF-8 text: save it as UTF-8" })

const textOf = (value: unknown): string | undefined => {
  if (typeof value === "string") return value
  return typeof value === "boolean" || Number.isInteger(value) || typeof value === "bigint" ? String(value) : undefined
}

const isTable = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date)

const fileMistakes = (path: string, key: string, value: unknown, keys: ReadonlyArray<string>): ReadonlyArray<string> => {
  if (key === fileKey(settings.home)) return [`${path}: ${key} cannot stand in the home that it names; set DAEMON_HOME or --home`]
  if (!keys.includes(key)) return [`${path}: ${key} is not a setting; the nearest one is ${nearest(key, keys)}`]
  return textOf(value) === undefined ? [`${path}: ${key} must be a string, a boolean or an integer, and is ${isTable(value) ? "a table" : inspect(value, { breakLength: Infinity }).slice(0, 80)}`] : []
}
