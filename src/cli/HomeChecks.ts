// What the doctor looks at in the home: its owner, the link, the state file, the lock, the releases, the plan, the hooks. Changes nothing, and takes no lock.
import { Effect, Option } from "effect"
import { amount } from "../domain/Backup.ts"
import { hookDirectory, stages } from "../domain/Hook.ts"
import { releaseBinary } from "../domain/Home.ts"
import { Obstacle, obstacleText } from "../domain/Readiness.ts"
import { genesis, label, type Release } from "../domain/Release.ts"
import { Backups } from "../services/backup/Backups.ts"
import { Config } from "../services/Config.ts"
import { Disk } from "../services/Disk.ts"
import { FileWatcher } from "../services/FileWatcher.ts"
import { LinkManager } from "../services/LinkManager.ts"
import { Releases } from "../services/Releases.ts"
import { StateFile } from "../services/StateFile.ts"
import { Surroundings } from "../services/Surroundings.ts"
import { checkData, checkHome } from "../supervisor/Boot.ts"
import { planStateNow, releasesAmong } from "../supervisor/Overview.ts"
import * as Ready from "../supervisor/Ready.ts"
import { about, type Finding } from "./Finding.ts"
import { programVersion } from "./ProgramVersion.ts"

const list = (path: string) => Disk.use((disk) => Effect.orElseSucceed(disk.list(path), (): ReadonlyArray<string> => []))

export const home = Effect.gen(function*() {
  const { ok, warning, wrong } = about("home")
  const [{ home }, surroundings] = [yield* Config, yield* Surroundings]
  const missing = yield* Effect.flip(checkHome).pipe(Effect.option)
  if (Option.isSome(missing)) return [wrong(missing.value.message)]
  for (const path of [home.directory, home.root, home.upgrades]) {
    if ((yield* surroundings.owner(path)) !== undefined && !(yield* surroundings.isWritable(path))) return [wrong(`${path} may not be written by this user`, `chown -R it to the user that runs wemixvisor`)]
  }
  const owner = yield* surroundings.owner(home.root)
  if (owner === surroundings.user) return [ok(home.directory)]
  return [warning(`${home.root} belongs to user ${owner} and this is user ${surroundings.user}`, "run this, and wemixvisor, as the user that owns the home")]
})

export const link = Effect.gen(function*() {
  const { ok, warning, wrong } = about("link")
  const [{ home }, links, state] = [yield* Config, yield* LinkManager, yield* StateFile]
  const found = yield* Effect.result(links.current)
  if (found._tag === "Failure") return [wrong(found.failure.why, found.failure.remedy ?? `see that this user may read ${home.current}`)]
  if (Option.isSome(found.success)) return [ok(`current is ${label(found.success.value)}`)]
  const hasRun = yield* state.read.pipe(Effect.map(Option.isSome), Effect.orElseSucceed(() => true))
  if (hasRun) return [warning(`${home.current} is missing`, "the next run makes it again from what state.json says ran last")]
  return [warning(`${home.current} is missing`, "nothing has run here yet: the first run begins with genesis")]
})

export const state = Effect.gen(function*() {
  const { ok, warning, wrong } = about("state")
  const [{ home }, file] = [yield* Config, yield* StateFile]
  const read = yield* Effect.result(file.read)
  if (read._tag === "Failure") return [wrong(read.failure.message, `see that no node runs and that current is right, then: mv ${home.stateFile} ${home.stateFile}.damaged`)]
  if (Option.isNone(read.success)) return [ok("nothing has run here yet")]
  const { applied, failed, inFlight } = read.success.value
  if (inFlight !== undefined) {
    return [warning(`${inFlight.upgrade.name} is under way, at the step ${inFlight.step}`, "if no wemixvisor runs, the next one finishes or undoes it before it starts the node")]
  }
  const last = failed.at(-1)
  const text = `${applied.length} upgrades applied, ${failed.length} failed`
  return [ok(last === undefined ? text : `${text}, the last of those ${last.upgrade.name}: ${last.why ?? "no reason given"}`)]
})

export const lock = Effect.gen(function*() {
  const { ok } = about("lock")
  const holder = yield* Config.use(({ home }) => Surroundings.use(({ lockHolder }) => lockHolder(home.lockFile)))
  return [ok(holder === undefined ? "no wemixvisor runs here" : `a wemixvisor runs here, pid ${holder}`)]
})

/** All that are there; what is wrong with the current one is wrong, with another one a warning. */
export const releases = Effect.gen(function*() {
  const [{ home }, links] = [yield* Config, yield* LinkManager]
  const current = yield* links.current.pipe(Effect.orElseSucceed(() => Option.none<Release>()))
  const upgrades = releasesAmong(yield* list(home.upgrades))
  const all = [...((yield* list(home.root)).includes("genesis") ? [genesis] : []), ...upgrades]
  if (all.length === 0) return [about("release").wrong("there is no release", "wemixvisor init <binary> makes the first one")]
  return yield* Effect.forEach(all, (release) => releaseFinding(release, Option.contains(current, release)))
})

const releaseFinding = Effect.fnUntraced(function*(release: Release, isCurrent: boolean) {
  const { ok, warning, wrong } = about("release")
  const [{ home }, { inspect }] = [yield* Config, yield* Ready.make]
  const readiness = yield* inspect(release)
  if (readiness._tag === "NotReady") return (isCurrent ? wrong : warning)(`${label(release)} cannot be started`, obstacleText(readiness.obstacle))
  const version = yield* programVersion(releaseBinary(home, release))
  if (Option.isSome(version)) return ok(`${label(release)}: ${headline(version.value)}`)
  return warning(`${label(release)} gives no version, or not within 10s`, `see that ${releaseBinary(home, release)} runs on this machine`)
})

/** Of a longer answer the line with the number. */
const headline = (version: string): string => {
  const lines = version.split("\n")
  return lines.find((line) => /\d/.test(line)) ?? lines[0] ?? ""
}

export const plan = Effect.gen(function*() {
  const { ok, warning } = about("plan")
  const [watcher, { inspect }, { locate }] = [yield* FileWatcher, yield* Ready.make, yield* Releases]
  const reading = yield* watcher.read
  if (reading._tag === "Absent") return [ok("there is none")]
  if (reading._tag === "Unusable") return [warning(reading.why, "it is passed over until it changes")]
  const [{ height, name }, release] = [reading.plan, yield* locate(reading.plan.name)]
  const state = yield* Effect.orElseSucceed(planStateNow, () => undefined)
  if (state === "current") return [ok(`${name} at height ${height} is what runs`)]
  if (state === "passed over") return [warning(`${name} at height ${height} is passed over`, "its height is below that of the upgrade applied last: write the plan with a higher one, or remove it")]
  if (state === "failed") return [warning(`${name} at height ${height} failed before, and is not tried again`, `wemixvisor upgrade retry ${name} has it tried again`)]
  const readiness = yield* inspect(release)
  if (readiness._tag === "Ready") return [ok(`${name} at height ${height} is ready`)]
  return [warning(`${name} at height ${height} is not ready`, obstacleText(readiness.obstacle))]
})

/** Room for the next one, and whether it takes any. The directory of the backups is not made for this. */
export const backup = Effect.gen(function*() {
  const { ok, warning, wrong } = about("backup")
  const broken = yield* Effect.option(Effect.flip(checkData))
  if (Option.isSome(broken)) return [wrong(broken.value.message)]
  const reckoned = yield* Effect.result(Backups.use(({ foresee }) => foresee))
  if (reckoned._tag === "Failure") return [warning("no backup can be made", reckoned.failure.message)]
  if (Option.isNone(reckoned.success)) return [ok("none is made: backups are off, or there are no data")]
  const { bytes, files, freeBytes, isEnough, method } = reckoned.success.value
  const how = method === "reflink" ? "by clones, which take no room" : `by copying; ${amount(freeBytes)} are free`
  if (isEnough) return [ok(`${amount(bytes)} in ${files} files ${how}`)]
  return [warning("an upgrade would wait for room", obstacleText(Obstacle.NoRoomForBackup(reckoned.success.value)))]
})

/** A hook of pre-upgrade that cannot be run stops an upgrade: better now than then. */
export const hooks = Effect.gen(function*() {
  const { ok, warning } = about("hooks")
  const { home } = yield* Config
  const found = yield* Effect.forEach(stages, (stage) =>
    Effect.map(list(hookDirectory(home, stage)), (names) =>
      names.filter((name) => !/^\.|~$/.test(name)).toSorted().map((name) => ({ stage, path: `${hookDirectory(home, stage)}/${name}` }))))
  const findings = yield* Effect.forEach(found.flat(), ({ path, stage }) => hookFinding(path, stage === "pre-upgrade"))
  const script = yield* scriptFinding
  const odd = (yield* list(`${home.root}/hooks`)).filter((name) => !stages.some((stage) => stage === name))
  const strange = odd.map((name) => warning(`${home.root}/hooks/${name} is no stage`, `the stages are ${stages.join(", ")}`))
  const all = [...findings, ...script, ...strange]
  return all.length > 0 ? all : [ok("there are none")]
})

const hookFinding = Effect.fnUntraced(function*(path: string, isNeeded: boolean): Effect.fn.Return<Finding, never, Surroundings> {
  const { ok, warning, wrong } = about("hooks")
  const unfit = yield* Surroundings.use(({ unfitness }) => unfitness(path))
  if (unfit === undefined) return ok(path)
  if (unfit._tag === "NotAFile") return ok(`${path} is no file, and passed over`)
  if (unfit._tag === "NotExecutable") return warning(`${path} is passed over`, obstacleText(unfit))
  return (isNeeded ? wrong : warning)(`${path} would fail`, obstacleText(unfit))
})

const scriptFinding = Effect.gen(function*() {
  const { ok, wrong } = about("hooks")
  const { home, settings } = yield* Config
  if (settings.customPreupgrade === undefined) return []
  const path = `${home.root}/${settings.customPreupgrade}`
  const unfit = yield* Surroundings.use(({ unfitness }) => unfitness(path))
  // It is made executable when it is due.
  return [unfit === undefined || unfit._tag === "NotExecutable" ? ok(path) : wrong(`${path}, which COSMOVISOR_CUSTOM_PREUPGRADE names, would fail`, obstacleText(unfit))]
})
