// Every setting: its names, its default, its rule. The one table that flags, environment, config.toml, help and docs are made from.
import { Duration, Schema, SchemaTransformation } from "effect"
import { GoDuration } from "./GoDuration.ts"

/** One row of the table. `Value` is what the text decodes to. */
export interface Setting<out Value = unknown> {
  readonly variable: string
  readonly flag: string
  /** The default as its text, or `undefined` where it is computed or there is none. */
  readonly fallback: string | undefined
  readonly description: string
  readonly isSwitch: boolean
  readonly schema: Schema.Codec<Value, string>
}

const setting = <Value>(
  variable: string,
  fallback: string | undefined,
  description: string,
  schema: Schema.Codec<Value, string>
): Setting<Value> => ({
  variable,
  flag: variable.replace(/^(?:DAEMON|COSMOVISOR|WEMIXVISOR)_/, "").toLowerCase().replaceAll("_", "-"),
  fallback,
  description,
  isSwitch: false,
  schema
})

const decides = (variable: string, fallback: string, description: string): Setting<boolean> => ({
  ...setting(variable, fallback, description, Truth),
  isSwitch: true
})

const Truth = Schema.String.check(Schema.isPattern(/^(?:true|false)$/iu, { message: "true or false" })).pipe(
  Schema.decodeTo(Schema.Boolean, SchemaTransformation.transform({ decode: (text) => text.toLowerCase() === "true", encode: String }))
)
const AbsolutePath = Schema.String.check(Schema.isPattern(/^\/[^\0]*$/u, { message: "an absolute path" }))
const FileName = Schema.String.check(Schema.isPattern(/^(?!\.{1,2}$)[^/\0]+$/u, { message: "a file name, without /" }))
const PathInRoot = Schema.String.check(
  Schema.isPattern(/^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))[^\0]+$/u, { message: "a file under $DAEMON_HOME/wemixvisor/, as a relative path" })
)
const Count = Schema.String.check(Schema.isPattern(/^\d{1,15}$/u, { message: "an integer, 0 or more" })).pipe(
  Schema.decodeTo(Schema.Finite, SchemaTransformation.transform({ decode: Number, encode: String }))
)
const Globs = Schema.String.pipe(
  Schema.decodeTo(
    Schema.Array(Schema.String),
    SchemaTransformation.transform<ReadonlyArray<string>, string>({
      decode: (text) => text.split(",").map((glob) => glob.trim()).filter((glob) => glob !== ""),
      encode: (globs) => globs.join(",")
    })
  )
)
const AnyDuration: Schema.Codec<Duration.Duration, string> = GoDuration
const atLeast = (least: Duration.Duration, message: string) =>
  GoDuration.check(Schema.makeFilter((duration) => Duration.isGreaterThanOrEqualTo(duration, least) ? undefined : message))
const Grace = Schema.Union([
  Schema.Literal("infinity").pipe(
    Schema.decodeTo(Schema.Duration, SchemaTransformation.transform({ decode: () => Duration.infinity, encode: () => "infinity" as const }))
  ),
  atLeast(Duration.nanos(1n), "a duration above 0, or infinity")
])

export const backupMethods = ["auto", "reflink", "copy", "none"] as const
export const logFormats = ["pretty", "logfmt", "json"] as const
export const logLevels = ["trace", "debug", "info", "warn", "error", "none"] as const

/** The table; the order is that of help, of `config` and of the documentation. */
export const settings = {
  home: setting("DAEMON_HOME", undefined, "directory of the node's home", AbsolutePath),
  name: setting("DAEMON_NAME", "wemixd", "file name of the node's binary", FileName),
  allowDownloadBinaries: decides("DAEMON_ALLOW_DOWNLOAD_BINARIES", "false", "fetch a missing release from where the plan says"),
  restartAfterUpgrade: decides("DAEMON_RESTART_AFTER_UPGRADE", "true", "start the new release; false: switch, then exit 0"),
  shutdownGrace: setting("DAEMON_SHUTDOWN_GRACE", "5m", "how long a stopping node may take before SIGKILL; above 0, or infinity", Grace),
  pollInterval: setting(
    "DAEMON_POLL_INTERVAL",
    "300ms",
    "how often the plan is looked at where no notice of changes comes",
    atLeast(Duration.millis(10), "a duration of at least 10ms")
  ),
  restartDelay: setting("DAEMON_RESTART_DELAY", "0s", "wait between the old release's end and the new one's start", AnyDuration),
  restartOnFailure: decides("DAEMON_RESTART_ON_FAILURE", "true", "restart a node that ended by itself, not with 0"),
  maxRestarts: setting("DAEMON_MAX_RESTARTS", "5", "restarts within the period; one more gives up", Count),
  restartPeriod: setting("DAEMON_RESTART_PERIOD", "10m", "the period that restarts are counted in", AnyDuration),
  upgradeProbation: setting("DAEMON_UPGRADE_PROBATION", "10s", "a new release that ends sooner is rolled back; 0s: never", AnyDuration),
  dataBackupDir: setting("DAEMON_DATA_BACKUP_DIR", undefined, "directory of the backups", AbsolutePath),
  backup: setting("DAEMON_BACKUP", "auto", `how the data is backed up before an upgrade: ${backupMethods.join(", ")}`, Schema.Literals(backupMethods)),
  backupExclude: setting("DAEMON_BACKUP_EXCLUDE", undefined, "globs of what a backup leaves out, relative to the data, separated by commas", Globs),
  backupKeep: setting("DAEMON_BACKUP_KEEP", "2", "how many finished backups are kept", Count),
  skipBackup: { ...decides("UNSAFE_SKIP_BACKUP", "false", "upgrade without a backup"), flag: "unsafe-skip-backup" },
  preupgrade: decides("DAEMON_PREUPGRADE", "false", "run the new binary's pre-upgrade command before the switch"),
  preupgradeMaxRetries: setting("DAEMON_PREUPGRADE_MAX_RETRIES", "0", "how often a pre-upgrade command may ask to be run again", Count),
  customPreupgrade: setting("COSMOVISOR_CUSTOM_PREUPGRADE", undefined, "a pre-upgrade script under $DAEMON_HOME/wemixvisor/", PathInRoot),
  hookTimeout: setting("DAEMON_HOOK_TIMEOUT", "5m", "how long one hook or pre-upgrade command may take; above 0, or infinity", Grace),
  skipChecksum: { ...decides("UNSAFE_SKIP_CHECKSUM", "false", "accept a download without a checksum"), flag: "unsafe-skip-checksum" },
  logFormat: setting("WEMIXVISOR_LOG_FORMAT", undefined, "pretty, logfmt or json", Schema.Literals(logFormats)),
  logLevel: setting("WEMIXVISOR_LOG_LEVEL", "info", `${logLevels.join(", ")}`, Schema.Literals(logLevels))
} as const

export type SettingKey = keyof typeof settings

type ValueOf<S> = S extends Setting<infer Value> ? Value : never
/** Settings whose absence means something. */
export type Optional = "customPreupgrade" | "backupExclude"
export type Settings =
  & { readonly [Key in Exclude<SettingKey, Optional>]: ValueOf<(typeof settings)[Key]> }
  & { readonly [Key in Optional]: ValueOf<(typeof settings)[Key]> | undefined }

/** The key of a setting in `config.toml`. */
export const fileKey = ({ variable }: Setting): string => variable.toLowerCase()
