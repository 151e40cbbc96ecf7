// Prints the page about the machine from what was seen on the walks.
import { promises, type Survey } from "./Survey.ts"
import { records, type Sighting, survivors } from "./Sightings.ts"

/** What each state is, in one line. A state that is missing here, or is not reached, fails the test of the page. */
export const meanings = {
  Starting: "A child is being started; whether it was is not known yet.",
  Running: "The node runs and nothing else is due, or an upgrade is held back for a while because the disk refused it.",
  Recording: "The node runs; an upgrade is due and is being written down before anything is stopped.",
  Stopping: "A child, or what is left of its group, is being stopped: SIGTERM, the grace, SIGKILL. Why it is stopped decides what follows.",
  Settling: "The node is down; the plan is read once more before its end is judged or the upgrade goes on.",
  Delaying: "The node is down for an upgrade, for as long as `DAEMON_RESTART_DELAY` says.",
  Switching: "The node is down; the link is being moved to the new release.",
  Probation: "The new release runs and has to live for a while; or it has, and the record of it is tried again.",
  Committing: "The upgrade is being written down as applied.",
  RollingBack: "The node is down; the link is being moved back and the upgrade taken off the record, again and again if the disk refuses.",
  BackingOff: "The node ended by itself and waits for its restart.",
  Waiting: "The node ended for a plan whose release is not ready; it stays down until it is.",
  Done: "The run is over: nothing of the node is left."
} as const

const facts = [
  "StopRequested", "LookRequested", "Looked", "ChildStarted", "ChildNotStarted", "ChildExited", "GroupGone", "Recorded", "NotRecorded",
  "Switched", "NotSwitched", "Committed", "NotCommitted", "Undone", "NotUndone", "Rang"
]

const states = Object.keys(meanings)

export const print = ({ sightings }: Survey): string => {
  const steps = [...sightings.steps.values()]
  return [
    "# The machine",
    "Every decision of a run is made by one pure function: a situation and a fact give the next situation and the orders that bring it about.",
    "This page is generated from a walk over everything that can happen (`npx vitest run --update test/machine`); what is written into it by hand is lost.",
    "## The situations",
    table(["situation", "what is going on"], Object.entries(meanings)),
    "## How a run begins",
    "By what the state file has in flight and by the node that outlived the last wemixvisor. Where more than one thing can follow, the link and the plan decide.",
    table(["in flight", "a node that still runs", "begins with", "orders"], beginningsOf([...sightings.beginnings.values()])),
    "## What follows from what",
    "Facts that change nothing in a situation are left out. A fact that only changes what is remembered leads to the situation it came from, without orders. " +
    "Where more than one thing can follow, what is remembered decides; lists of orders that differ are parted by a semicolon. " +
    "`StartTimer Grace` is not given when the grace has no limit.",
    ...states.filter((state) => state !== "Done").flatMap((state) => [
      `### ${state}`,
      table(["fact", "leads to", "orders"], rowsOf(steps.filter(({ from }) => from === state)))
    ]),
    "## The same as a picture",
    diagram(steps),
    "## What holds on every way",
    `The machine\n\n${promises.map((promise) => `- ${promise}`).join("\n")}`
  ].join("\n\n") + "\n"
}

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")

const rowsOf = (sightings: ReadonlyArray<Sighting>): ReadonlyArray<ReadonlyArray<string>> =>
  sightings
    .toSorted((one, other) => place(facts, one.event, other.event) || place(states, one.to, other.to))
    .map(({ event, orders, to }) => [event, to, listed(orders)])

const place = (order: ReadonlyArray<string>, one: string, other: string): number => order.indexOf(one) - order.indexOf(other)

/** The grace may be without limit: lists that lack only its timer are not told apart. */
const listed = (orders: ReadonlySet<string>): string => {
  const grace = ", StartTimer Grace"
  const told = [...orders].filter((list) => ![...orders].some((other) => other !== list && other.replace(grace, "") === list))
  return told.toSorted().map((list) => list || "–").join("; ")
}

const beginningsOf = (sightings: ReadonlyArray<Sighting>): ReadonlyArray<ReadonlyArray<string>> =>
  sightings
    .toSorted((one, other) => place(records, one.from, other.from) || place(survivors, one.event, other.event) || place(states, one.to, other.to))
    .map(({ event, from, orders, to }) => [from, event, to, listed(orders)])

const diagram = (steps: ReadonlyArray<Sighting>): string => {
  const arrows = states.flatMap((from) =>
    states.flatMap((to) => {
      const names = facts.filter((event) => steps.some((step) => step.from === from && step.to === to && step.event === event))
      return from === to || names.length === 0 ? [] : [`  ${from} --> ${to}: ${names.join(", ")}`]
    })
  )
  return ["```mermaid", "stateDiagram-v2", "  [*] --> Starting", ...arrows, "  Done --> [*]", "```"].join("\n")
}
