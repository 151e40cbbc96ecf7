// `node test/soak/main.ts`: wemixvisor is killed at random instants, in several homes at a time, and started again; the homes are judged after each kill.
// Exit status 1 at the first violation, with the seed and the evidence; 64 for a wrong option; 130 when it is broken off. Needs the built bundle.
import { account } from "../support/Account.ts"
import { Visit } from "../support/kill/Visit.ts"
import { Dice } from "../support/Dice.ts"
import { Life } from "./Life.ts"
import { type Options, readOptions, usage } from "./Options.ts"
import { Tally } from "./Tally.ts"

/** At most so many kills in one home: a record that names many ended processes takes long to look through, and their numbers come round again. */
const mostInAHome = 20

/** In milliseconds. */
const progressEvery = 10_000

const visits = new Set<Visit>()

/** One home, from its first start to its stop. */
const life = async ({ seed }: Options, number: number, kills: number, tally: Tally): Promise<void> => {
  const visit = new Visit()
  visits.add(visit)
  const one = new Life(visit, new Dice(seed * 1_000_003 + number), tally)
  try {
    await one.live(kills)
    await visit.over()
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    tally.violations.push(`seed ${seed}, home ${number}: ${why}\n${one.home.evidence()}`)
    await visit.over().catch(() => undefined)
  }
  visits.delete(visit)
}

const soak = async (options: Options, tally: Tally): Promise<void> => {
  const each = Math.min(mostInAHome, Math.ceil(options.kills / options.homes))
  const lives = Array.from({ length: Math.ceil(options.kills / each) }, (_, number) => ({ number, kills: Math.min(each, options.kills - number * each) }))
  const lane = async (): Promise<void> => {
    for (let next = lives.shift(); next !== undefined && tally.violations.length === 0; next = lives.shift()) {
      await life(options, next.number, next.kills, tally)
    }
  }
  await Promise.all(Array.from({ length: options.homes }, lane))
}

/** Says so first: one that only ended would look like one that was killed. */
const breakOff = async (signal: string, tally: Tally): Promise<never> => {
  console.log(`broken off by ${signal} after ${tally.line}`)
  await Promise.allSettled([...visits].map((visit) => visit.over()))
  process.exit(130)
}

const run = async (options: Options): Promise<void> => {
  const tally = new Tally()
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => void breakOff(signal, tally))
  const progress = setInterval(() => console.log(tally.line), progressEvery)
  console.log(`seed ${options.seed}: ${options.kills} kills, ${options.homes} homes at a time`)
  await soak(options, tally)
  clearInterval(progress)
  for (const violation of tally.violations) console.log(violation)
  console.log(tally.line)
  account("the soak", { kills: tally.kills, upgrades: tally.upgraded, "rolled back": tally.rolledBack, "take-overs": tally.takeOvers })
  process.exitCode = tally.violations.length === 0 ? 0 : 1
}

const main = async (): Promise<void> => {
  try {
    const options = readOptions(process.argv.slice(2))
    if (options.help) return void process.stdout.write(usage)
    await run(options)
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    process.stderr.write(`${cause.message}\n\n${usage}`)
    process.exitCode = 64
  }
}

await main()
