// Processes in memory behind the launcher's service: each release runs a script of what it does and when, on the clock of the test.
// A release's binary must be on the disk as a real one must; what is written in the file does not matter.
import { Context, Duration, Effect, Layer, Option } from "effect"
import { dirname } from "node:path/posix"
import { ChildExit } from "../../../src/domain/ChildExit.ts"
import { type Home, releaseBinary } from "../../../src/domain/Home.ts"
import type { ChildRecord, ProcessIdentity } from "../../../src/domain/Journal.ts"
import type { Release } from "../../../src/domain/Release.ts"
import { Config } from "../../../src/services/Config.ts"
import { Disk } from "../../../src/services/Disk.ts"
import { type Child, LaunchError, Launcher, type Program } from "../../../src/services/Launcher.ts"
import { type Deed, FakeProcesses, type Process, type Script } from "./FakeProcesses.ts"

export type { Deed, Ending, Script } from "./FakeProcesses.ts"

export interface Options {
  /** Hears of every deed as it is done. */
  readonly observe?: (deed: Deed) => void
}

export class FakeLauncher extends Context.Service<FakeLauncher, {
  /** Every start, refusal, signal and end, in order; grows. */
  readonly deeds: ReadonlyArray<Deed>
  /** What a release's program does from its next start on; a function is told which start of the release it is, from 1. */
  readonly script: (release: Release, script: Script | ((start: number) => Script)) => Effect.Effect<void>
  /** Ends a process now, as by itself; nothing when it has ended. */
  readonly end: (pid: number, exit: ChildExit) => Effect.Effect<void>
  /** The pids of all children that live or left a group behind. */
  readonly living: Effect.Effect<ReadonlyArray<number>>
  /** A child of a wemixvisor that is gone: running already, its start not among the deeds. Gives the record with which it is found. */
  readonly survive: (record: ChildRecord, script?: Script) => Effect.Effect<ChildRecord & { readonly identity: ProcessIdentity }>
  /** What SIGKILL to wemixvisor does: children started or found so far are not stopped when their scopes close. */
  readonly abandon: Effect.Effect<void>
}>()("test/support/fakes/FakeLauncher") {
  /** Both the service and its handle. Processes live as long as this layer does. */
  static readonly layer = (options: Options = {}): Layer.Layer<FakeLauncher | Launcher, never, Config | Disk> =>
    Layer.effectContext(Effect.gen(function*() {
      const { home, settings } = yield* Config
      const disk = yield* Disk
      const processes = new FakeProcesses(yield* Effect.scope, options.observe ?? (() => undefined))
      const scripts = new Map<string, (start: number) => Script>()
      return Context.make(Launcher, launcher({ home, disk, processes, scripts, starts: new Map(), grace: settings.shutdownGrace })).pipe(
        Context.add(FakeLauncher, controls(home, processes, scripts))
      )
    }))
}

type Scripts = Map<string, (start: number) => Script>

interface Tools {
  readonly home: Home
  readonly disk: Disk["Service"]
  readonly processes: FakeProcesses
  readonly scripts: Scripts
  /** How often each binary was started. */
  readonly starts: Map<string, number>
  readonly grace: Duration.Duration
}

const launcher = (tools: Tools): Launcher["Service"] => {
  const { grace, processes } = tools
  const supervised = <E, R>(acquire: Effect.Effect<Child, E, R>) =>
    Effect.suspend(() => {
      const { supervisor } = processes
      return Effect.acquireRelease(acquire, (child) => Effect.suspend(() => supervisor === processes.supervisor ? stop(child, grace) : Effect.void))
    })
  return Launcher.of({
    start: (program) => supervised(launch(tools, program)),
    find: Effect.fnUntraced(function*(record) {
      const process = processes.all().find((found) => (found.isAlive || (found.hasOther && record.identity !== undefined)) && isRecorded(found, record))
      if (process === undefined) return Option.none<Child>()
      const child = processes.handle(process, record.stopSent)
      return Option.some(yield* supervised(Effect.succeed({ ...child, exit: Effect.as(child.exit, ChildExit.Unknown()) })))
    })
  })
}

const controls = (home: Home, processes: FakeProcesses, scripts: Scripts): FakeLauncher["Service"] => ({
  deeds: processes.deeds,
  script: (release, script) => Effect.sync(() => void scripts.set(releaseBinary(home, release), typeof script === "function" ? script : () => script)),
  end: (pid, exit) => {
    const process = processes.all().find((found) => found.pid === pid)
    return process === undefined ? Effect.void : processes.end(process, exit)
  },
  living: Effect.sync(() => processes.withGroup().map(({ pid }) => pid)),
  survive: Effect.fnUntraced(function*(record, script = {}) {
    const process = processes.add(releaseBinary(home, record.release), { path: record.path, arguments: record.arguments }, script)
    yield* processes.begin(process)
    return { ...record, identity: process.identity }
  }),
  abandon: Effect.sync(() => void processes.supervisor++)
})

const launch = Effect.fnUntraced(function*({ disk, home, processes, scripts, starts }: Tools, program: Program) {
  const executable = yield* follow(disk, program.path)
  const release = dirname(dirname(executable)).replace(`${home.root}/`, "")
  const count = (starts.get(executable) ?? 0) + 1
  starts.set(executable, count)
  const script = scripts.get(executable)?.(count) ?? {}
  const code = (yield* refusal(disk, executable)) ?? script.refuses
  if (code !== undefined) {
    yield* processes.tell({ _tag: "Refused", release, code })
    return yield* new LaunchError({ path: program.path, code })
  }
  const process = processes.add(executable, program, script)
  yield* processes.tell({ _tag: "Started", pid: process.pid, release, program })
  yield* processes.begin(process)
  return processes.handle(process, false)
})

const stop = Effect.fnUntraced(function*(child: Child, grace: Duration.Duration) {
  yield* child.terminate
  const kill = Effect.andThen(child.signalGroup("SIGKILL"), child.exit)
  yield* Effect.timeoutOrElse(child.exit, { duration: grace, orElse: () => kill })
  yield* child.signalGroup("SIGKILL")
})

/** By its identity; without one, by its command line. */
const isRecorded = (found: Process, { arguments: words, identity, path }: ChildRecord): boolean =>
  identity === undefined
    ? [path, ...words].join("\0") === [found.program.path, ...found.program.arguments].join("\0")
    : found.pid === identity.pid && found.identity.startTicks === identity.startTicks && found.identity.bootId === identity.bootId

/** The path once the links in it are followed. */
const follow = Effect.fnUntraced(function*(disk: Disk["Service"], path: string): Effect.fn.Return<string> {
  if (path === "/") return path
  const parent = yield* follow(disk, dirname(path))
  const place = `${parent === "/" ? "" : parent}${path.slice(path.lastIndexOf("/"))}`
  const text = yield* Effect.option(disk.readLink(place))
  if (Option.isNone(text)) return place
  return yield* follow(disk, text.value.startsWith("/") ? text.value : `${parent}/${text.value}`)
})

/** What execve(2) says of a file that is not one to execute. */
const refusal = (disk: Disk["Service"], executable: string): Effect.Effect<string | undefined> =>
  Effect.match(disk.status(executable, true), {
    onFailure: ({ code }) => code,
    onSuccess: ({ kind, mode }) => kind === "file" && (mode & 0o111) !== 0 ? undefined : "EACCES"
  })
