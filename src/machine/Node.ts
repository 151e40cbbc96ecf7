// What every situation in which a node runs has in common: its end, the request to stop it, a look at the plan.
import type { Upgrade } from "../domain/Upgrade.ts"
import { Action } from "./Action.ts"
import type { Event, Now } from "./Event.ts"
import { Notice } from "./Notice.ts"
import * as Orders from "./Orders.ts"
import * as Plans from "./Plans.ts"
import { CommitThen, type Memory, type Policy, State, type Step, type StopReason, to } from "./State.ts"

export type In<Tag extends State["_tag"]> = Extract<State, { readonly _tag: Tag }>
export type Fact<Tag extends Event["_tag"]> = Extract<Event, { readonly _tag: Tag }>
export type SettlingReason = In<"Settling">["reason"]
export interface Node {
  readonly memory: Memory
  readonly pid: number
  readonly sinceMillis: number
}

/**
 * A child ended that nobody asked to: what is left of its group goes first, then the plan is read once more.
 * `reason` says what the end means; by itself it is an end to be judged.
 */
export const ended = (policy: Policy, node: Node, { exit, leftovers }: Fact<"ChildExited">, now: Now, reason?: SettlingReason): Step => {
  const livedMillis = now.atMillis - node.sinceMillis
  const meaning = reason ?? Orders.ended(exit, livedMillis)
  const { state, actions } = leftovers
    ? Orders.sweep(node.memory, now, node.pid, policy, meaning, exit)
    : Orders.settle(node.memory, now.atMillis, meaning)
  return to(state, Orders.say(Notice.NodeEnded({ release: node.memory.current, exit, livedMillis })), ...actions)
}

export const stop = (policy: Policy, node: Node, { by, counts }: Fact<"StopRequested">, now: Now, reason: StopReason): Step => {
  const { state, actions } = Orders.stop(node.memory, now, { pid: node.pid, requests: counts ? 1 : 0, stopSent: false }, policy, reason)
  const [terminate, ...rest] = actions
  return to(state, ...(terminate === undefined ? [] : [terminate]), Orders.say(Notice.StopRequested({ by })), ...rest)
}

export const look = (state: State): Step => to(state, Action.LookAtPlan({ generation: 0 }))

export const looked = (state: State, event: Fact<"Looked">): Step => {
  const { memory, says } = Plans.remember(state.memory, event.look)
  return to({ ...state, memory }, ...says)
}

/** A new release runs, whether this wemixvisor started it or the one before: its probation begins, or where there is none its record. */
export const onTrial = (policy: Policy, node: Node, upgrade: Upgrade): Step =>
  policy.probationMillis === 0
    ? Orders.commit(node.memory, upgrade, CommitThen.Run({ pid: node.pid, sinceMillis: node.sinceMillis }))
    : probationBegins(node, upgrade, policy.probationMillis)

export const probationBegins = (node: Node, upgrade: Upgrade, afterMillis: number, trial: In<"Probation">["trial"] = "running"): Step => {
  const { generation, memory, order } = Orders.timer(node.memory, "Probation", afterMillis)
  return to(State.Probation({ memory, upgrade, pid: node.pid, sinceMillis: node.sinceMillis, probationGeneration: generation, trial }), order)
}

