// The world of a random story: what a scenario's world has, made so that everything is seen as it happens and one wemixvisor follows another.
import { Effect, Exit, Layer, Option, type Scope, Stream } from "effect"
import type { Disk, DiskError } from "../../src/services/Disk.ts"
import { type Entry, Transcript } from "../../src/supervisor/Transcript.ts"
import type { Deed as HookDeed } from "../support/fakes/FakeHooks.ts"
import type { Deed } from "../support/fakes/FakeLauncher.ts"
import * as Binaries from "../support/world/Binaries.ts"
import * as Life from "../support/world/Life.ts"
import { obedient, Operator, type Parts } from "../support/world/Operator.ts"
import * as WorldParts from "../support/world/Parts.ts"
import { type Operation, refusal } from "../support/world/Refusal.ts"
import * as Story from "../support/world/Story.ts"
import * as Trail from "../support/world/Trail.ts"
import * as TroubledDisk from "../support/world/TroubledDisk.ts"
import type { Watch } from "./Watch.ts"

export interface Options {
  readonly settings: Readonly<Record<string, string>>
  readonly watch: Watch
  /** The system tells of every change, so that the poll rests. */
  readonly tellsAll: boolean
  /** Asked before each operation that changes the disk: whether it is refused now. */
  readonly isRefused: () => boolean
  /** Asked before each operation of wemixvisor on the disk: how long it takes. */
  readonly latencyMillis: () => number
}

/** A home with genesis in it, where nothing has run yet. It lasts as long as the scope. */
export const make = Effect.fnUntraced(function*(options: Options) {
  const story = yield* Trail.make<Story.Line>()
  let stage: Stage | undefined
  const parts = yield* WorldParts.make({ story, settings: options.settings, disk: WorldParts.genesisOnly, observe: (deed) => stage?.sees(deed), observeHook: (deed) => stage?.seesHook(deed) })
  stage = new Stage(parts, options)
  yield* stage.put(`${stage.home.data}/chain/blocks`, Binaries.text("blocks"))
  yield* stage.put(`${stage.home.data}/chain/index/00`, Binaries.text("00"))
  yield* stage.script("genesis", obedient)
  return stage
})

export class Stage extends Operator {
  readonly watch: Watch
  private readonly parts: Parts
  private readonly options: Options
  private readonly troubled = TroubledDisk.make()
  private life: Life.Life | undefined
  private lives = 0
  /** The pid of the wemixvisor that runs or ran last, none once it is killed. */
  private latest: number | undefined
  /** How many runs failed before anything was started. */
  failures = 0

  constructor(parts: Parts, options: Options) {
    super(parts)
    this.parts = parts
    this.options = options
    this.watch = options.watch
  }

  get troubles(): TroubledDisk.Troubles {
    return this.troubled.troubles
  }

  sees(deed: Deed): void {
    this.note(deed.atMillis, "deed", Story.describeDeed(deed))
    this.watch.deed(deed, this.nodes.living)
  }

  seesHook({ atMillis, event, occasion, part }: HookDeed): void {
    this.note(atMillis, "deed", `hooks of ${part}: ${event.toLowerCase()}`)
    if (event === "Began") this.watch.hook(atMillis, part, occasion.upgrade, Effect.runSync(this.nodes.living))
  }

  private note(atMillis: number, kind: Story.Line["kind"], text: string): void {
    this.parts.story.add({ atMillis, kind, text })
  }

  get account(): string {
    return Story.transcript("", this.parts.story.all)
  }

  get isRunning(): boolean {
    return this.latest !== undefined && this.life?.fiber.pollUnsafe() === undefined
  }

  /** Starts a wemixvisor, and goes on at once. */
  readonly run = Effect.fnUntraced({ self: this }, function*(this: Stage, args: ReadonlyArray<string>): Effect.fn.Return<void, never, Scope.Scope> {
    const pid = 11 + this.lives++
    yield* this.tell(`wemixvisor is started with ${args.join(" ")}, pid ${pid}`)
    this.watch.begins()
    this.latest = pid
    const life = yield* Life.begin(pid, args, this.surroundings(pid))
    this.life = life
    life.fiber.addObserver((exit) => this.ends(pid, exit))
  })

  /** SIGKILL to wemixvisor; not where what it could not write down would make two children of one. Says whether it was done. */
  readonly kill = Effect.fnUntraced({ self: this }, function*(this: Stage): Effect.fn.Return<boolean> {
    const { life } = this
    if (life === undefined || !this.isRunning) return false
    const [pid] = yield* this.nodes.living
    const { child } = this.watch.journal
    if (pid !== undefined && (child?.identity === undefined || child.identity.pid !== pid)) return false
    if (pid !== undefined && child?.stopSent !== true) this.watch.excuse(pid)
    yield* this.tell("wemixvisor is killed")
    this.latest = undefined
    yield* life.kill
    return true
  })

  private ends(pid: number, exit: Exit.Exit<Parameters<Watch["ended"]>[0], { readonly message: string }>): void {
    if (this.latest !== pid) return
    if (Exit.isSuccess(exit)) return this.watch.ended(exit.value, Effect.runSync(this.nodes.living))
    const error = Option.getOrUndefined(Exit.findErrorOption(exit))
    if (error === undefined) return this.watch.breach(`a bug: ${String(exit.cause)}`)
    this.failures++
    this.note(0, "deed", `wemixvisor fails: ${error.message}`)
  }

  private surroundings(pid: number): Life.Surroundings {
    const { config, downloads, hooks, launcher, locks, signals, story } = this.parts
    return {
      config,
      downloads,
      hooks,
      locks,
      signals,
      launcher,
      watcher: undefined,
      transcript: Layer.succeed(Transcript, Transcript.of({ write: (entry) => Effect.sync(() => this.latest === pid && this.steps(entry)), entries: Stream.empty })),
      disk: (alive) => this.troubled.wrap(this.refusing(), Effect.andThen(this.latency, alive), (path) => this.moved(path)),
      logger: (isAlive) => Story.logger(story, isAlive),
      whenKilled: Effect.andThen(WorldParts.abandon(this.parts), this.troubled.releaseAll)
    }
  }

  private steps(entry: Entry): void {
    const { event, from, to } = entry
    if (from !== to) this.note(entry.atMillis, "deed", `${from?._tag ?? "-"} + ${event?._tag ?? "-"} = ${to._tag}`)
    this.watch.step(entry)
  }

  private get latency(): Effect.Effect<void> {
    return Effect.suspend(() => {
      const millis = this.options.latencyMillis()
      return millis === 0 ? Effect.void : Effect.sleep(millis)
    })
  }

  private refusing(): Disk["Service"] {
    const { disk, options } = this
    const may = <A>(operation: Operation, path: string, effect: Effect.Effect<A, DiskError>): Effect.Effect<A, DiskError> =>
      Effect.suspend(() => options.isRefused() ? Effect.fail(refusal(operation, path, "EIO")) : effect)
    return {
      ...disk,
      write: (path, bytes, mode) => may("write", path, disk.write(path, bytes, mode)),
      rename: (from, to) => may("rename", to, disk.rename(from, to)),
      link: (text, path) => may("link", path, disk.link(text, path)),
      remove: (path) => may("remove", path, disk.remove(path)),
      changeMode: (path, mode) => may("changeMode", path, disk.changeMode(path, mode)),
      syncDirectory: (path) => may("syncDirectory", path, disk.syncDirectory(path)),
      tellsAll: () => Effect.succeed(options.tellsAll)
    }
  }

  private moved(path: string): Effect.Effect<void> {
    if (path === this.home.stateFile) return Effect.map(Effect.exit(this.journal), (exit) => this.watch.recorded(Exit.isSuccess(exit) ? exit.value : undefined))
    return path === this.home.current ? this.linkMoved() : Effect.void
  }

  private readonly linkMoved = Effect.fnUntraced({ self: this }, function*(this: Stage) {
    const text = yield* this.link
    const status = yield* Effect.option(this.disk.status(this.home.current, true))
    this.watch.linkMoved(text, Option.isSome(status) && status.value.kind === "directory", yield* this.nodes.living)
    yield* this.tell(`current -> ${text}`)
  })
}
