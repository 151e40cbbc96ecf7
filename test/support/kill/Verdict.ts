// What must be true of a home after its wemixvisor was killed and another one was started, judged by the fake node's record and the disk alone.
// Gives complaints, an empty list where all is well; throws nothing and starts nothing.
import { Exit, Schema } from "effect"
import * as fs from "node:fs"
import { join } from "node:path"
import { type Journal, JournalJson } from "../../../src/domain/Journal.ts"
import { isAlive, type Line, type TestHome } from "../TestHome.ts"

/** Where a home comes to rest. */
export interface Ending {
  readonly release: string
  readonly applied: ReadonlyArray<string>
  readonly failed: ReadonlyArray<string>
}

export type Complaints = ReadonlyArray<string>

const decode = Schema.decodeExit(JournalJson)

/** The state file: none yet, or what it says. Throws when there is one that cannot be read. */
export const journalOf = (home: TestHome): Journal | undefined => {
  const text = textOf(home.inside("state.json"))
  if (text === undefined) return undefined
  const decoded = decode(text)
  if (Exit.isFailure(decoded)) throw new Error(`state.json does not read: ${text}`)
  return decoded.value
}

const textOf = (path: string): string | undefined => fs.existsSync(path) ? fs.readFileSync(path, "utf8") : undefined

export const livingIn = (home: TestHome): ReadonlyArray<Line> => home.lines("started").filter(({ pid }) => isAlive(pid))

const unless = (holds: boolean, complaint: string): Complaints => holds ? [] : [complaint]

const named = (outcomes: Journal["applied"]): string => outcomes.map(({ upgrade }) => upgrade.name).join()

/** What holds at any instant: the link leads to a program, the state file reads, at most one node lives, nothing half-made has a real name. */
export const soundness = (home: TestHome): Complaints => {
  const link = home.current()
  const state = complaintOf(() => journalOf(home))
  const living = livingIn(home)
  return [
    ...state,
    ...unless(link !== undefined && fs.existsSync(home.inside("current", "bin", home.name)), `current leads nowhere: ${link}`),
    ...unless(living.length <= 1, `${living.length} nodes live`),
    ...unless(home.lines("overlap").length === 0, "two nodes shared the home"),
    ...strangers(home),
    ...halves(home)
  ]
}

const complaintOf = (attempt: () => unknown): Complaints => {
  try {
    attempt()
    return []
  } catch (cause) {
    return [cause instanceof Error ? cause.message : String(cause)]
  }
}

/** A lock that was held by a process that was killed leaves its journal behind, which the next one takes up. */
const ours = new Set(["current", "current.new", "genesis", "hooks", "lock.db", "lock.db-journal", "state.json", "state.json.new", "upgrades"])

/** What lies in the home that nobody knows: releases are what the test put there, all else has a name of its own. */
const strangers = (home: TestHome): Complaints =>
  fs.readdirSync(home.inside()).filter((name) => !ours.has(name)).map((name) => `a stranger in the home: ${name}`)

const backupsOf = (home: TestHome): ReadonlyArray<string> => fs.existsSync(join(home.path, "backups")) ? fs.readdirSync(join(home.path, "backups")) : []

/** What has the name of a finished backup has all that it should: its manifest is written last. */
const halves = (home: TestHome): Complaints =>
  backupsOf(home).filter((name) => !name.startsWith(".")).flatMap((name) => {
    const path = join(home.path, "backups", name)
    const whole = textOf(join(path, "manifest.json"))?.endsWith("}\n") === true && textOf(join(path, "files.txt")) === "6 blocks\n" && textOf(join(path, "data", "blocks")) === "blocks"
    return unless(whole, `the backup ${name} is half`)
  })

/** What is not yet as it will be in the end, under the wemixvisor with this pid. */
export const unrest = (home: TestHome, owner: number, { applied, failed, release }: Ending): Complaints => {
  const living = livingIn(home)
  const [node] = living
  const journal = journalOf(home)
  const link = release === "genesis" ? release : `upgrades/${release}`
  return [
    ...unless(node?.release === release && living.length === 1, `${release} alone should run, not ${living.map((line) => line.release).join() || "nothing"}`),
    ...unless(journal?.owner === owner, `the home should be owned by ${owner}, not ${journal?.owner}`),
    ...unless(home.current() === link, `current should be ${link}, not ${home.current()}`),
    ...unless(journal?.inFlight === undefined, `an upgrade is in flight: ${journal?.inFlight?.step}`),
    ...unless(journal?.child?.identity?.pid === node?.pid, "the node that runs is not the one on record"),
    ...unless(named(journal?.applied ?? []) === applied.join(), `applied should be ${applied.join()}, not ${named(journal?.applied ?? [])}`),
    ...unless(named(journal?.failed ?? []) === failed.join(), `failed should be ${failed.join()}, not ${named(journal?.failed ?? [])}`)
  ]
}

/** What holds once a home was stopped: nothing lives, nothing is under way, and what was prepared was used. */
export const remains = (home: TestHome): Complaints => {
  const journal = journalOf(home)
  return [
    ...unless(home.processes().length === 0, "something lives after the stop"),
    ...unless(journal?.child === undefined && journal?.inFlight === undefined, `state.json is not at rest`),
    ...unless(!fs.existsSync(home.inside("state.json.new")), "state.json.new is left over"),
    ...backupsOf(home).filter((name) => name.startsWith(".")).map((name) => `${name} is left over`),
    ...[...journal?.applied ?? [], ...journal?.failed ?? []].flatMap(({ backup }) => unless(backup === undefined || backupsOf(home).includes(backup), `the backup ${backup} is gone`))
  ]
}

/** One SIGTERM to a node, and no other signal; more only to those, by pid, who may have been asked by one that could not record it any more. */
export const signalling = (home: TestHome, askedAgain: ReadonlyMap<number, number>): Complaints =>
  home.lines("signal").flatMap(({ detail, pid, release }) => {
    const [signal, count] = detail.split(" ")
    return unless(signal === "TERM" && Number(count) <= 1 + (askedAgain.get(pid) ?? 0), `${release}, pid ${pid}, got ${detail}`)
  })
