// Every fact that the world can bring about next, in any situation. The machine's view is not asked, but for what it waits for.
import { ChildExit } from "../../src/domain/ChildExit.ts"
import type { Timer, Verdict } from "../../src/machine/Action.ts"
import { Event } from "../../src/machine/Event.ts"
import type { State } from "../../src/machine/State.ts"
import type { Setting } from "./Settings.ts"
import { refused, succeeded, type World } from "./World.ts"

/** A fact and the world after it. `calm`: it is what follows by itself when nothing goes wrong and nobody asks for anything. */
export interface Fact {
  readonly event: Event
  readonly world: World
  readonly calm: boolean
}

const timers = ["Grace", "Progress", "Probation", "Backoff", "Delay", "Retry"] as const satisfies ReadonlyArray<Timer>
const exits = [ChildExit.Code({ code: 0 }), ChildExit.Code({ code: 1 }), ChildExit.Signal({ signal: "SIGSEGV", number: 11 })]
/** A generation that nobody waits for any more. */
export const stale = -1

export const facts = (setting: Setting, state: State, world: World): ReadonlyArray<Fact> =>
  state._tag === "Done" ? [] : [
    ...ofSpawn(setting, state, world),
    ...ofChild(state, world),
    ...ofDisk(setting, world),
    ...ofLooks(setting, state, world),
    ...ofTimers(state, world),
    ...ofPeople(setting, world)
  ]

const ofSpawn = ({ policy }: Setting, state: State, before: World): ReadonlyArray<Fact> => {
  if (!before.spawning) return []
  const world: World = { ...before, spawning: false }
  const passed = state._tag === "Starting" && policy.probationMillis === 0 ? state.trial ?? world.passed : world.passed
  return [
    { event: Event.ChildStarted({ pid: 1 }), world: { ...world, child: "alive", terms: 0, passed }, calm: true },
    ...[true, false].map((isPassing) => ({
      event: Event.ChildNotStarted({ why: { _tag: "SpawnRefused", path: world.link, code: "EAGAIN" }, isPassing }),
      world: { ...world, requests: 0 },
      calm: false
    }))
  ]
}

const ofChild = (state: State, world: World): ReadonlyArray<Fact> => {
  const gone: World = { ...world, child: "none", adopted: false, terms: 0, requests: 0 }
  if (world.child === "swept") return [{ event: Event.GroupGone(), world: gone, calm: true }]
  if (world.child !== "alive") return []
  const calm = world.terms > 0
  const isJudged = !world.adopted && state._tag === "Probation" && world.passed?.digest !== state.upgrade.digest
  const endedOnTrial = isJudged ? state.upgrade.digest : world.endedOnTrial
  return (world.adopted ? [ChildExit.Unknown()] : exits).flatMap((exit) => [
    { event: Event.ChildExited({ exit, leftovers: false }), world: { ...gone, endedOnTrial }, calm },
    { event: Event.ChildExited({ exit, leftovers: true }), world: { ...world, child: "leftovers", terms: 0, endedOnTrial }, calm }
  ])
}

const verdicts = ["held", "failed", "abandoned"] as const satisfies ReadonlyArray<Verdict>

const answers = {
  Record: { yes: Event.Recorded(), no: [Event.NotRecorded({ why: "refused" })] },
  Switch: { yes: Event.Switched(), no: verdicts.map((verdict) => Event.NotSwitched({ why: "refused", verdict })) },
  Commit: { yes: Event.Committed(), no: [Event.NotCommitted({ why: "refused" })] },
  Undo: { yes: Event.Undone(), no: [Event.NotUndone({ why: "refused" })] }
} as const

const ofDisk = ({ diskRefuses }: Setting, world: World): ReadonlyArray<Fact> => {
  const [order, ...disk] = world.disk
  if (order === undefined) return []
  const { no, yes } = answers[order._tag]
  const refusals = diskRefuses ? refused(world, order) : []
  return [
    { event: yes, world: { ...succeeded(world, order), disk }, calm: true },
    ...refusals.flatMap((after) => no.map((event) => ({ event, world: { ...after, disk }, calm: false })))
  ]
}

/** Ordered looks answer with anything; calmly, with what is known already. The watcher looks whenever it likes. */
const ofLooks = ({ looks }: Setting, state: State, world: World): ReadonlyArray<Fact> => [
  ...world.looks.flatMap((generation) => {
    const after = { ...world, looks: world.looks.filter((one) => one !== generation) }
    const calm = { event: Event.Looked({ look: state.memory.look, answers: generation }), world: after, calm: true }
    return [calm, ...looks.map((look) => ({ event: Event.Looked({ look, answers: generation }), world: after, calm: false }))]
  }),
  ...looks.map((look) => ({ event: Event.Looked({ look, answers: 0 }), world, calm: false })),
  ...looks.map((look) => ({ event: Event.Looked({ look, answers: stale }), world, calm: false }))
]

const ofTimers = (state: State, world: World): ReadonlyArray<Fact> => [
  ...[...world.timers].map(([timer, generation]) => {
    const rest = new Map([...world.timers].filter(([other]) => other !== timer))
    const passed = timer === "Probation" && state._tag === "Probation" ? state.upgrade : world.passed
    return { event: Event.Rang({ timer, generation }), world: { ...world, timers: rest, passed }, calm: timer !== "Progress" }
  }),
  ...timers.map((timer) => ({ event: Event.Rang({ timer, generation: stale }), world, calm: false }))
]

const ofPeople = ({ mostRequests }: Setting, world: World): ReadonlyArray<Fact> => {
  const hasChild = world.spawning || world.child !== "none"
  const asked: World = { ...world, stopAsked: true }
  const byPerson = { event: Event.StopRequested({ by: "SIGTERM", counts: true }), world: hasChild ? { ...asked, requests: world.requests + 1 } : asked, calm: false }
  return [
    { event: Event.LookRequested(), world, calm: false },
    { event: Event.StopRequested({ by: "the program around it", counts: false }), world: asked, calm: false },
    ...(world.requests < mostRequests ? [byPerson] : [])
  ]
}
