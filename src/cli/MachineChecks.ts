// What the doctor looks at around the home: limits of the system, the init system, the clock, variables that are no settings. Changes nothing.
import { Clock, Duration, Effect } from "effect"
import { Config } from "../services/Config.ts"
import { Surroundings } from "../services/Surroundings.ts"
import { about } from "./Finding.ts"

const text = (path: string) => Surroundings.use((surroundings) => surroundings.text(path))

/** Less than the smallest default of a kernel (inotify(7)), so that somebody has set it so; the plan is then polled. */
const fewWatches = 8192
const fewInstances = 128

export const inotify = Effect.gen(function*() {
  const { ok, warning } = about("inotify")
  const [watches, instances] = yield* Effect.all([text("/proc/sys/fs/inotify/max_user_watches"), text("/proc/sys/fs/inotify/max_user_instances")])
  if (watches === undefined || instances === undefined) return [ok("not of this system")]
  const found = `${watches.trim()} watches and ${instances.trim()} instances for each user`
  if (Number(watches) >= fewWatches && Number(instances) >= fewInstances) return [ok(found)]
  return [warning(`only ${found}: when they run out, plans are noticed by the poll alone`, `sysctl fs.inotify.max_user_watches=${fewWatches} fs.inotify.max_user_instances=${fewInstances}`)]
})

/** `sun_path` has 108 bytes with the zero at its end (unix(7)). */
const longestSocket = 107

export const ipcPath = Effect.gen(function*() {
  const { ok, warning } = about("ipc")
  const path = yield* Config.useSync(({ home }) => `${home.data}/${home.binaryName}.ipc`)
  const bytes = new TextEncoder().encode(path).byteLength
  if (bytes <= longestSocket) return [ok(`${path} can be a socket`)]
  return [warning(`${path} has ${bytes} bytes and a socket's path at most ${longestSocket}: a geth-like node starts without it`, "move the home to a shorter path, or give the node --ipcpath")]
})

/** Those that reap what others leave behind. */
const inits = ["systemd", "init", "tini", "docker-init", "dumb-init", "catatonit", "s6-svscan", "runit", "openrc-init", "launchd", "procd", "shepherd"]

export const firstProcess = Effect.gen(function*() {
  const { ok, warning } = about("init")
  const name = (yield* text("/proc/1/comm"))?.trim()
  if (name === undefined || inits.includes(name)) return [ok(name === undefined ? "not told by this system" : `the first process is ${name}`)]
  return [warning(`the first process is ${name}, which may not reap what others leave behind`, "in a container, run wemixvisor under an init: tini -- wemixvisor run")]
})

/** As `systemctl show` prints a time: `1min 30s`, `500ms`, `infinity` (systemd.time(7)). */
export const parseSpan = (span: string): Duration.Duration | undefined => {
  if (span === "infinity") return Duration.infinity
  const units = new Map([["us", 0.001], ["ms", 1], ["s", 1000], ["min", 60_000], ["h", 3_600_000], ["d", 86_400_000], ["w", 604_800_000]])
  const parts = span.split(" ").map((part) => /^([\d.]+)([a-z]+)$/.exec(part))
  const millis = parts.map((part) => Number(part?.[1]) * (units.get(part?.[2] ?? "") ?? Number.NaN)).reduce((sum, part) => sum + part, 0)
  return Number.isFinite(millis) ? Duration.millis(millis) : undefined
}

/** The unit that the running wemixvisor belongs to, by its control group. */
const unitOf = (cgroup: string): string | undefined => /\/([^/\n]+\.service)(?:\/[^\n]*)?$/m.exec(cgroup)?.[1]

export const systemd = Effect.gen(function*() {
  const { ok, warning } = about("systemd")
  const [{ home, settings }, { ask, lockHolder }] = [yield* Config, yield* Surroundings]
  const holder = yield* lockHolder(home.lockFile)
  const unit = unitOf((holder === undefined ? undefined : yield* text(`/proc/${holder}/cgroup`)) ?? "")
  if (unit === undefined) return [ok("no unit of systemd runs a wemixvisor here")]
  const answer = (yield* ask("/usr/bin/systemctl", ["show", "--property=TimeoutStopUSec", "--value", unit]))?.trim()
  const limit = answer === undefined ? undefined : parseSpan(answer)
  if (limit === undefined) return [ok(`${unit} runs it; systemd does not say how long it may take to stop`)]
  if (Duration.isGreaterThan(limit, settings.shutdownGrace) || limit === Duration.infinity) return [ok(`${unit} gives it ${answer} to stop`)]
  return [warning(`${unit} is killed after ${answer}, before the grace of the node is over`, `set TimeoutStopSec= longer than DAEMON_SHUTDOWN_GRACE, or the grace shorter`)]
})

/** Before this program was written, and when nobody runs it any more. */
const years = { first: 2026, last: 2100 }

export const clock = Effect.gen(function*() {
  const { ok, warning, wrong } = about("clock")
  const now = new Date(yield* Clock.currentTimeMillis)
  const year = now.getUTCFullYear()
  if (year < years.first || year > years.last) return [wrong(`it is the year ${year}, says the clock`, "set it: peers, certificates and records depend on it")]
  const synchronised = (yield* Surroundings.use(({ ask }) => ask("/usr/bin/timedatectl", ["show", "--property=NTPSynchronized", "--value"])))?.trim()
  if (synchronised !== "no") return [ok(`${now.toISOString()}${synchronised === "yes" ? ", synchronised" : ""}`)]
  return [warning("the clock is not synchronised", "timedatectl set-ntp true, or run chrony: nodes with a wrong clock fall out of consensus")]
})

/** What geth asks for where it may (go-ethereum, cmd/utils), of which its database takes half. */
const fewFiles = 2048

export const openFiles = Effect.gen(function*() {
  const { ok, warning } = about("files")
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec((yield* text("/proc/self/limits")) ?? "")?.[1]
  if (hard === undefined) return [ok("not told by this system")]
  if (hard === "unlimited" || Number(hard) >= fewFiles) return [ok(`${hard} may be open`)]
  return [warning(`only ${hard} files may be open, of this and of what it starts`, "LimitNOFILE=1048576 in the unit, or ulimit -Hn")]
})

export const variables = Effect.gen(function*() {
  const { ok, warning } = about("settings")
  const { warnings } = yield* Config
  return warnings.length === 0 ? [ok("every DAEMON_ variable is one")] : warnings.map((text) => warning(text, "unset it or mend its name"))
})
