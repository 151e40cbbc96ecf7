// The rules of the settings, written a second time from the operator's table: which text is legal for which variable. Shares no code with what it judges.

const nanosOf = new Map([["ns", 1], ["us", 1e3], ["\u00b5s", 1e3], ["\u03bcs", 1e3], ["ms", 1e6], ["s", 1e9], ["m", 60e9], ["h", 3600e9]])

/** About 292 years. Close to the limit the answer may be either: nothing here is generated so close. */
const longestNanos = 2 ** 63

const nanosIn = (text: string): number | undefined => {
  if (text === "0") return 0
  let [rest, nanos] = [text, 0]
  while (rest !== "") {
    const [all, number = "", unit = ""] = /^([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/.exec(rest) ?? []
    if (all === undefined) return undefined
    nanos += Number(number) * (nanosOf.get(unit) ?? 0)
    rest = rest.slice(all.length)
  }
  return text === "" || nanos >= longestNanos ? undefined : nanos
}

const isDuration = (text: string, leastNanos = 0): boolean => (nanosIn(text) ?? -1) >= leastNanos
const isTruth = (text: string): boolean => ["true", "false"].includes(text.toLowerCase()) && text.length < 6
const isCount = (text: string): boolean => /^[0-9]{1,15}$/.test(text)
const isAbsolute = (text: string): boolean => text.startsWith("/") && !text.includes("\0")
const isFileName = (text: string): boolean => ![".", ".."].includes(text) && !/[/\0]/.test(text)

type Rule = (text: string) => boolean

/** By the variable's name; the order is of no meaning. */
export const rules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ["DAEMON_HOME", isAbsolute],
  ["DAEMON_NAME", isFileName],
  ["DAEMON_ALLOW_DOWNLOAD_BINARIES", isTruth],
  ["DAEMON_RESTART_AFTER_UPGRADE", isTruth],
  ["DAEMON_SHUTDOWN_GRACE", (text) => text === "infinity" || isDuration(text, 1)],
  ["DAEMON_POLL_INTERVAL", (text) => isDuration(text, 10e6)],
  ["DAEMON_RESTART_DELAY", (text) => isDuration(text)],
  ["DAEMON_RESTART_ON_FAILURE", isTruth],
  ["DAEMON_MAX_RESTARTS", isCount],
  ["DAEMON_RESTART_PERIOD", (text) => isDuration(text)],
  ["DAEMON_UPGRADE_PROBATION", (text) => isDuration(text)],
  ["DAEMON_DATA_BACKUP_DIR", isAbsolute],
  ["DAEMON_BACKUP", (text) => ["auto", "reflink", "copy", "none"].includes(text)],
  ["DAEMON_BACKUP_EXCLUDE", () => true],
  ["DAEMON_BACKUP_KEEP", isCount],
  ["UNSAFE_SKIP_BACKUP", isTruth],
  ["DAEMON_PREUPGRADE", isTruth],
  ["DAEMON_PREUPGRADE_MAX_RETRIES", isCount],
  ["COSMOVISOR_CUSTOM_PREUPGRADE", (text) => !text.startsWith("/") && !text.split("/").includes("..") && !text.includes("\0")],
  ["DAEMON_HOOK_TIMEOUT", (text) => text === "infinity" || isDuration(text, 1)],
  ["UNSAFE_SKIP_CHECKSUM", isTruth],
  ["WEMIXVISOR_LOG_FORMAT", (text) => ["pretty", "logfmt", "json"].includes(text)],
  ["WEMIXVISOR_LOG_LEVEL", (text) => ["trace", "debug", "info", "warn", "error", "none"].includes(text)]
])

export const variables: ReadonlyArray<string> = [...rules.keys()]

/** Keys of config.toml. */
export const fileKeys: ReadonlyArray<string> = variables.filter((variable) => variable !== "DAEMON_HOME").map((variable) => variable.toLowerCase())

/** Whether the text is one for the variable; an empty one counts as not set. */
export const isLegal = (variable: string, text: string): boolean => text === "" || rules.get(variable)?.(text) === true
