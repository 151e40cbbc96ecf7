// The life of one home: plans come one after another, good ones and bad ones, and wemixvisor is killed while it carries them out.
// Each plan is in the end left alone and must come to its end before the next one comes. Throws what is wrong.
import { setTimeout as delay } from "node:timers/promises"
import { shortLived, steady, unhurried } from "../support/FakeNode.ts"
import { comesToRest } from "../support/kill/Stories.ts"
import { type Complaints, type Ending, journalOf, livingIn, remains, signalling, soundness, unrest } from "../support/kill/Verdict.ts"
import { Program } from "../support/Program.ts"
import { type Occasion, TestHome } from "../support/TestHome.ts"
import type { Dice } from "../support/Dice.ts"
import type { Tally } from "./Tally.ts"

/** A bad release lives for a tenth of a second: it ends within its probation, however busy the machine is. */
const env = { DAEMON_UPGRADE_PROBATION: "700ms", DAEMON_POLL_INTERVAL: "50ms" }

/** A little longer than a start of wemixvisor and a whole upgrade together, in milliseconds. */
const longest = 2000

export class Life {
  readonly home: TestHome
  private readonly dice: Dice
  private readonly tally: Tally
  private program: Program
  private ending: Ending = { release: "genesis", applied: [], failed: [] }
  private plans = 0
  /** How often a node may be asked to stop once more, by pid. */
  private readonly askedAgain = new Map<number, number>()

  constructor(occasion: Occasion, dice: Dice, tally: Tally) {
    this.home = TestHome.make(occasion, dice.oneIn(2) ? unhurried : steady)
    this.dice = dice
    this.tally = tally
    this.program = this.run()
  }

  /** So many kills, a few for each plan; then it is stopped as an operator would. */
  async live(kills: number): Promise<void> {
    await this.rest()
    for (let left = kills; left > 0;) left -= await this.nextPlan(left)
    this.program.signal("SIGTERM")
    const end = await this.program.end()
    this.demand([...end === 0 ? [] : [`the stop gave ${end}`], ...soundness(this.home), ...remains(this.home), ...signalling(this.home, this.askedAgain)])
  }

  /** Gives how often wemixvisor was killed for it. */
  private async nextPlan(most: number): Promise<number> {
    const isBad = this.dice.oneIn(3)
    const whileDown = this.dice.oneIn(3)
    const name = this.stage(isBad)
    let kills = 0
    if (whileDown) await this.killAfter(0, () => kills++)
    this.home.plan(name, this.plans)
    if (whileDown) this.program = this.run()
    while (kills < most && (kills === 0 || this.dice.oneIn(2))) {
      await this.killAfter(this.dice.next() * longest, () => kills++)
      this.program = this.run()
    }
    await this.rest()
    if (isBad) this.tally.rolledBack++
    else this.tally.upgraded++
    return kills
  }

  /** A release for the next plan; from then on the home must come to rest on it, or where it was. */
  private stage(isBad: boolean): string {
    const name = `${isBad ? "bad" : "v"}${++this.plans}`
    this.home.stage(name, isBad ? shortLived : this.dice.oneIn(2) ? unhurried : steady)
    const { applied, failed } = this.ending
    this.ending = isBad ? { ...this.ending, failed: [...failed, name] } : { release: name, applied: [...applied, name], failed }
    return name
  }

  private async killAfter(millis: number, count: () => void): Promise<void> {
    await delay(millis)
    if (!this.program.isRunning) this.demand([`wemixvisor ended by itself: ${await this.program.end()}`])
    this.program.signal("SIGKILL")
    await this.program.end()
    count()
    this.tally.kills++
    this.excuse()
    this.demand(soundness(this.home))
  }

  /** A node that was being stopped, or about to be, and is not on record as asked may be asked again by the next wemixvisor. */
  private excuse(): void {
    const journal = journalOf(this.home)
    if (journal?.inFlight === undefined || journal.child?.stopSent === true) return
    for (const { pid } of livingIn(this.home)) this.askedAgain.set(pid, 1 + (this.askedAgain.get(pid) ?? 0))
  }

  private async rest(): Promise<void> {
    const before = livingIn(this.home).map(({ pid }) => pid)
    const rests = await comesToRest(this.home, this.program, this.ending)
    if (!rests) this.demand([`wemixvisor ended by itself: ${await this.program.end()}`, ...unrest(this.home, this.program.pid, this.ending)])
    this.demand([...soundness(this.home), ...signalling(this.home, this.askedAgain)])
    if (livingIn(this.home).some(({ pid }) => before.includes(pid))) this.tally.takeOvers++
  }

  private run(): Program {
    return Program.run(this.home, { env })
  }

  private demand(complaints: Complaints): void {
    if (complaints.length > 0) throw new Error(complaints.join("; "))
  }
}
