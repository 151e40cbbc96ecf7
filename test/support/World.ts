// Everything that a wemixvisor lives in, in memory and with handles: the disk, the node's programs, the operator, the clock, and the story of it all.
import { type Duration, Effect, Fiber, Layer, type Scope } from "effect"
import { TestClock } from "effect/testing"
import { expect } from "vitest"
import { exitStatus, type Outcome } from "../../src/domain/Outcome.ts"
import { label } from "../../src/domain/Release.ts"
import type { Event } from "../../src/machine/Event.ts"
import type { State } from "../../src/machine/State.ts"
import { Disk } from "../../src/services/Disk.ts"
import type { Launcher } from "../../src/services/Launcher.ts"
import type { BootError } from "../../src/supervisor/Boot.ts"
import * as Life from "./world/Life.ts"
import { obedient, Operator, type Parts, releaseOf } from "./world/Operator.ts"
import * as WorldParts from "./world/Parts.ts"
import * as Story from "./world/Story.ts"
import * as Trail from "./world/Trail.ts"
import * as TroubledDisk from "./world/TroubledDisk.ts"

export interface Options {
  /** In the spelling of the environment; the home is `/node`. */
  readonly settings?: Readonly<Record<string, string>>
  /** In place of the usual one. */
  readonly watcher?: Life.Surroundings["watcher"]
  /** Makes another one of the usual one. */
  readonly launcher?: (usual: Launcher["Service"]) => Launcher["Service"]
  /** In place of an empty one with genesis on it: the disk as everybody else sees it, and as wemixvisor does. */
  readonly disk?: { readonly outside: Disk["Service"]; readonly inside: Disk["Service"] }
}

/** A home with genesis in it, where nothing has run yet. It lasts as long as the scope. */
export const make = Effect.fnUntraced(function*(options: Options) {
  const story = yield* Trail.make<Story.Line>()
  const parts = yield* WorldParts.make({
    story,
    settings: options.settings ?? {},
    disk: options.disk === undefined ? WorldParts.genesisOnly : Layer.succeed(Disk, options.disk.outside),
    observe: (deed) => story.add({ atMillis: deed.atMillis, kind: "deed", text: Story.describeDeed(deed) }),
    observeHook: ({ atMillis, event, part }) => story.add({ atMillis, kind: "deed", text: `hooks of ${part}: ${event.toLowerCase()}` })
  })
  const world = new World(parts, options)
  yield* Effect.orDie(world.disk.makeDirectory(world.home.data))
  yield* world.script("genesis", obedient)
  return world
})

/** Turns of the event loop, in which everything that waits for nothing but its turn goes on. */
const settled = Effect.repeat(Effect.promise(() => new Promise<void>((turn) => void setImmediate(turn))), { times: 40 })

export class World extends Operator {
  private readonly parts: Parts
  private readonly options: Options
  private readonly troubled = TroubledDisk.make()
  private readonly violations: Array<string> = []
  private lives: ReadonlyArray<Life.Life> = []

  constructor(parts: Parts, options: Options) {
    super(parts)
    this.parts = parts
    this.options = options
  }

  get troubles(): TroubledDisk.Troubles {
    return this.troubled.troubles
  }

  // wemixvisor

  /** Starts one, and goes on at once. */
  run(args: ReadonlyArray<string> = []): Effect.Effect<Life.Life, never, Scope.Scope> {
    const pid = 11 + this.lives.length
    return this.tell(`wemixvisor is started, pid ${pid}`).pipe(
      Effect.andThen(Life.begin(pid, args, this.surroundings())),
      Effect.tap((life) => Effect.sync(() => void (this.lives = [...this.lives, life])))
    )
  }

  private surroundings(): Life.Surroundings {
    const { disk: { inside } = { inside: this.disk }, launcher: made = (usual) => usual, watcher } = this.options
    const { config, downloads, hooks, locks, signals, story } = this.parts
    const launcher = made(this.parts.launcher)
    return {
      config,
      downloads,
      hooks,
      locks,
      signals,
      watcher,
      launcher: { ...launcher, start: (program) => Effect.andThen(this.check("a child is started while another lives"), launcher.start(program)) },
      disk: (alive) => this.troubled.wrap(inside, alive, (path) => path === this.home.current ? this.linkMoved : Effect.void),
      logger: (isAlive) => Story.logger(story, isAlive),
      whenKilled: Effect.andThen(WorldParts.abandon(this.parts), this.troubled.releaseAll)
    }
  }

  private check(violation: string): Effect.Effect<void> {
    return Effect.map(this.nodes.living, (living) => living.length === 0 ? undefined : void this.violations.push(violation))
  }

  private get linkMoved(): Effect.Effect<void> {
    return this.check("the link moves under a living child").pipe(
      Effect.andThen(this.link),
      Effect.flatMap((text) => this.tell(`current -> ${text}`))
    )
  }

  /** SIGKILL to wemixvisor: nodes and files stay as they are at this instant. */
  get kill(): Effect.Effect<void> {
    return Effect.andThen(this.tell("wemixvisor is killed"), this.life.kill)
  }

  get life(): Life.Life {
    const life = this.lives.at(-1)
    if (life === undefined) throw new Error("no wemixvisor was started in this world")
    return life
  }

  /** Waits until the run enters this situation. */
  reaches(tag: State["_tag"], life = this.life): Effect.Effect<void> {
    return this.await(`the state ${tag}`, Effect.asVoid(life.entries.next(({ from, to }) => to._tag === tag && from?._tag !== tag)))
  }

  /** Waits until the run takes up this fact. */
  learns(tag: Event["_tag"]): Effect.Effect<void> {
    return this.await(`the fact ${tag}`, Effect.asVoid(this.life.entries.next(({ event }) => event?._tag === tag)))
  }

  /** Waits for a line of the story. */
  hears(text: string): Effect.Effect<void> {
    return this.await(`the line "${text}"`, Effect.asVoid(this.parts.story.next((line) => line.text.includes(text))))
  }

  /** Waits for the end of the run, which must have this exit status. */
  ends(status: number, { fiber } = this.life): Effect.Effect<Outcome> {
    return this.await("the end", Effect.orDie(Fiber.join(fiber))).pipe(
      Effect.tap((outcome) => Effect.sync(() => expect(exitStatus(outcome), this.account()).toBe(status)))
    )
  }

  /** Waits for the run to fail, which it does before anything was started. */
  fails({ fiber } = this.life): Effect.Effect<BootError> {
    return this.await("the failure", Effect.orDie(Effect.flip(Fiber.join(fiber)))).pipe(Effect.tap((error) => this.tell(`wemixvisor fails: ${error.message}`)))
  }

  /** Lets time pass, after everything that can happen now has happened. */
  passes(duration: Duration.Input): Effect.Effect<void> {
    return settled.pipe(Effect.andThen(TestClock.adjust(duration)), Effect.andThen(settled))
  }

  /** The operator stops wemixvisor, and the node obeys. */
  get stops(): Effect.Effect<void> {
    return this.signal("SIGTERM").pipe(Effect.andThen(this.reaches("Stopping")), Effect.andThen(this.passes("200 millis")), Effect.andThen(this.ends(0)))
  }

  /** The node is stopped for an upgrade, and the new release is on trial. */
  get goesOnTrial(): Effect.Effect<void> {
    return this.reaches("Stopping").pipe(Effect.andThen(this.passes("200 millis")), Effect.andThen(this.reaches("Probation")))
  }

  /** The trial is passed. */
  get isUpgraded(): Effect.Effect<void> {
    return this.passes("10 seconds").pipe(Effect.andThen(this.reaches("Running")))
  }

  private await<A>(what: string, wait: Effect.Effect<A>): Effect.Effect<A> {
    return Trail.patiently(what, () => this.account(), wait)
  }

  // The story

  /** The releases that were started, in their order. */
  get starts(): ReadonlyArray<string> {
    return this.nodes.deeds.flatMap((deed) => deed._tag === "Started" ? [label(releaseOf(deed.release.replace("upgrades/", "")))] : [])
  }

  /** The signals that were sent, in their order. */
  get signals(): ReadonlyArray<string> {
    return this.nodes.deeds.flatMap((deed) => deed._tag === "Signalled" ? [Story.describeDeed(deed)] : [])
  }

  /** What was done that must never be: a second child, a link that moves under a living one. */
  get broken(): ReadonlyArray<string> {
    return this.violations
  }

  /** Grows with everything that happens: where it stands still, nothing happens any more until time passes. */
  get happenings(): number {
    return this.parts.story.all.length + this.lives.reduce((sum, { entries }) => sum + entries.all.length, 0)
  }

  /** The log lines that say this. */
  said(text: string): ReadonlyArray<string> {
    return this.parts.story.all.flatMap((line) => line.kind === "log" && line.text.includes(text) ? [line.text] : [])
  }

  account(title = "the story so far"): string {
    return Story.transcript(title, this.parts.story.all)
  }

  /** What must be true of every story, at its end. */
  get isSound(): Effect.Effect<void> {
    return Effect.map(this.nodes.living, (living) => {
      const asked = this.signals.filter((signal) => signal.startsWith("SIGTERM to pid"))
      expect(this.violations, this.account()).toEqual([])
      expect(asked.filter((signal, index) => asked.indexOf(signal) !== index), "a child got SIGTERM twice").toEqual([])
      expect(living, "children that are left").toEqual([])
    })
  }
}
