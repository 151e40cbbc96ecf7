// Kills wemixvisor at each of its calls in turn: lists the calls of an undisturbed run, then runs the same story once for each moment,
// starts wemixvisor again, leaves it alone, and collects what is not as it should be.
import { Program } from "../Program.ts"
import type { Occasion, TestHome } from "../TestHome.ts"
import { counted, killedAt, type Moment, passed } from "./Hooked.ts"
import { comesToRest, type Story } from "./Stories.ts"
import { type Complaints, livingIn, remains, signalling, soundness, unrest } from "./Verdict.ts"
import { Visit } from "./Visit.ts"

const env = { DAEMON_UPGRADE_PROBATION: "500ms", DAEMON_RESTART_DELAY: "0s", DAEMON_POLL_INTERVAL: "50ms" }

/** The moments of a run that nobody disturbs, from the start of wemixvisor to its end. */
export const momentsOf = async (story: Story, occasion: Occasion): Promise<ReadonlyArray<Moment>> => {
  const home = story.make(occasion)
  const program = counted(home, { env: { ...env, ...story.env } })
  await story.act(home, program)
  await program.stop()
  const moments = passed(home)
  const halves = moments.filter((moment) => /^before \d+ write /.test(moment)).map((moment) => moment.replace("before", "half"))
  return [...moments, ...halves]
}

/** What was called in a run, in its order, but for what writes state.json. */
export const callsOf = (moments: ReadonlyArray<Moment>): ReadonlyArray<string> =>
  moments.flatMap((moment) => /^before \d+ (?!sync wemixvisor$)(?!.*state\.json)(.*)$/.exec(moment)?.[1] ?? [])

/** How often the calls that make up one durable write of state.json were made, in their order. */
export const writesOf = (moments: ReadonlyArray<Moment>): ReadonlyArray<number> =>
  ["open .*json.new", "write .*json.new", "sync .*json.new", "close .*json.new", "rename .*state.json"].map((call) => moments.filter((moment) => RegExp(`^after \\d+ ${call}$`).test(moment)).length)

/**
 * The moments beside the calls that separate one step from the next (names, processes, signals), without those of a story told before.
 * A record that is written and not yet renamed is the same in all of them: the first one has it.
 */
export const atBoundaries = ({ boundaries = /^(?:before|after) \d+ (?:rename|link|spawn|SIG)/, ownFrom }: Story, moments: ReadonlyArray<Moment>): ReadonlyArray<Moment> => {
  if (ownFrom === undefined) return moments.filter((moment) => boundaries.test(moment))
  const own = moments.slice(moments.findIndex((moment) => moment.includes(ownFrom)))
  return own.filter((moment) => boundaries.test(moment) && !/^before \d+ rename .*state\.json$/.test(moment))
}

/** The node that was asked to stop by a wemixvisor which was killed before it could record that: the next one cannot know, and asks again. */
const unrecorded = (home: TestHome): ReadonlyMap<number, number> => {
  const last = passed(home).findLast((moment) => /^after \d+ (?:SIGTERM to the node|rename .*state\.json)$/.test(moment))
  return new Map(last?.includes("SIGTERM") ? livingIn(home).map(({ pid }) => [pid, 1]) : [])
}

/** One story, with wemixvisor killed at one moment. Gives what is wrong in the end. */
const brokenAt = async (story: Story, at: Moment, home: TestHome): Promise<Complaints> => {
  const first = killedAt(home, at, { env: { ...env, ...story.env } })
  await story.act(home, first)
  if (first.isRunning) first.signal("SIGTERM")
  const end = await first.end()
  if (end !== "SIGKILL") return [`the moment did not come, wemixvisor ended with ${end}`]
  const askedAgain = unrecorded(home)
  const sound = soundness(home)
  story.complete(home)
  return [...sound, ...await goesOn(home, story, askedAgain)]
}

/** The next wemixvisor is left alone until the home is at rest; then it is asked to stop. */
const goesOn = async (home: TestHome, { ending, env: own }: Story, askedAgain: ReadonlyMap<number, number>): Promise<Complaints> => {
  const next = Program.run(home, { env: { ...env, ...own } })
  const rests = await comesToRest(home, next, ending)
  if (!rests) return [`the next wemixvisor is gone: ${await next.end()}`, ...unrest(home, next.pid, ending)]
  next.signal("SIGTERM")
  const end = await next.end()
  const bugs = next.stderr.includes("a bug in wemixvisor") ? ["the log tells of a bug"] : []
  return [...end === 0 ? [] : [`the stop gave ${end}`], ...bugs, ...soundness(home), ...remains(home), ...signalling(home, askedAgain)]
}

/** Several homes at a time: a case is mostly waiting. */
const atATime = 4

/** Every moment in a home of its own; gives the ones after which something is wrong, with the evidence. */
export const violations = async (story: Story, moments: ReadonlyArray<Moment>): Promise<ReadonlyArray<string>> => {
  const left = [...moments]
  const found: Array<string> = []
  const worker = async (): Promise<void> => {
    for (let moment = left.shift(); moment !== undefined; moment = left.shift()) found.push(...await inItsOwnHome(story, moment))
  }
  await Promise.all(Array.from({ length: atATime }, worker))
  return found
}

const inItsOwnHome = async (story: Story, moment: Moment): Promise<ReadonlyArray<string>> => {
  const visit = new Visit()
  const home = story.make(visit)
  const found = await brokenAt(story, moment, home).catch(messageOf)
  const evidence = home.evidence()
  const complaints = [...found, ...await visit.over().then(() => [], messageOf)]
  return complaints.length === 0 ? [] : [...complaints.map((complaint) => `killed ${moment}: ${complaint}`), evidence]
}

const messageOf = (cause: unknown): Complaints => [cause instanceof Error ? cause.message : String(cause)]
