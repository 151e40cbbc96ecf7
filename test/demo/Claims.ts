// What the demo promises, each promise beside what was seen of it. The story gives the facts; only here are they judged.
import { anvil170, anvil171 } from "./Anvil.ts"
import { type Chain, type Change, type Facts, paceMillis, type RolledBack, type Started, type Stopped } from "./Scenario.ts"

export interface Claim {
  readonly part: "start" | "upgrade" | "roll-back" | "stop"
  readonly about: string
  readonly holds: boolean
  readonly saw: string
  /** What would have been right, for when it does not hold. */
  readonly promised: string
}

type Judged = Omit<Claim, "part">

const ether = (wei: bigint): string => {
  const whole = (wei / 10n ** 18n).toLocaleString("en")
  const parts = (wei % 10n ** 18n).toString().padStart(18, "0").slice(0, 8).replace(/0+$/, "")
  return `${whole}${parts === "" ? "" : `.${parts}`} ETH`
}

const millis = (duration: number): string => `${Math.round(duration)} ms`

const ofStart = ({ balanceBefore, chain, sent }: Started): ReadonlyArray<Judged> => [{
  about: "chain",
  holds: chain.version === anvil170.answers && chain.release === "genesis" && chain.height > 0 && chain.balance < balanceBefore - sent,
  saw: `${chain.version} (so 1.7.0 calls itself), block ${chain.height}; balance ${ether(balanceBefore)} -> ${ether(chain.balance)}`,
  promised: `${anvil170.answers} as genesis, with blocks, and with ${ether(sent)} and the gas gone`
}]

const goesOn = ({ after, before, downMillis, wentOnTo }: Change): ReadonlyArray<Judged> => [{
  about: "chain",
  holds: before.height > 0 && after.height >= before.height && wentOnTo > after.height && after.balance === before.balance,
  saw: `block ${before.height} -> ${after.height}, then ${wentOnTo}; balance ${ether(before.balance)} -> ${ether(after.balance)}`,
  promised: "no block lost and new ones after, the balance the same to the last wei"
}, {
  about: "downtime",
  holds: downMillis < 5_000,
  saw: `${millis(downMillis)}, from the old node's last answer to the new one's first (asked every ${paceMillis} ms)`,
  promised: "less than 5 s"
}]

const version = (before: Chain, after: Chain, release: string): Judged => ({
  about: "version",
  holds: after.version === anvil171.answers && after.release === release,
  saw: `${before.version} -> ${after.version}; current -> ${after.release}`,
  promised: `${anvil171.answers}, current -> ${release}`
})

const ofUpgrade = (change: Change): ReadonlyArray<Judged> => [version(change.before, change.after, "v1.7.1"), ...goesOn(change)]

const ofRollBack = (change: RolledBack): ReadonlyArray<Judged> => {
  const refused = change.said.some((line) => line.includes("failed to parse json file"))
  const status = change.said.map((line) => /ended .*\bcode (\d+)\b.* going back/.exec(line)?.[1]).find((code) => code !== undefined)
  return [{
    about: "refusal",
    holds: refused && status === "2",
    saw: `1.5.1 ${refused ? "refused" : "did not refuse"} the state; wemixvisor went back on exit status ${status ?? "(none)"}`,
    promised: "1.5.1 says why on stderr and ends with 2"
  }, version(change.before, change.after, "v1.7.1"), ...goesOn(change)]
}

const ofStop = ({ ended, lastHeight, leftBehind, stateHeight, stateWritten, tookMillis }: Stopped): ReadonlyArray<Judged> => [{
  about: "exit",
  holds: ended.code === 0 && leftBehind === 0,
  saw: `status ${ended.code ?? ended.signal} after ${millis(tookMillis)}, processes left behind: ${leftBehind}`,
  promised: "status 0, no process left behind"
}, {
  about: "state",
  holds: stateWritten && stateHeight !== undefined && stateHeight >= lastHeight,
  saw: `${stateWritten ? "written" : "not written"}, goes on from block ${stateHeight ?? "(unreadable)"}; the last one seen was ${lastHeight}`,
  promised: "written during the stop, with no block lost"
}]

const under = <A>(
  part: Claim["part"],
  facts: A | undefined,
  judge: (facts: A) => ReadonlyArray<Judged>
): ReadonlyArray<Claim> =>
  facts === undefined ? [] : judge(facts).map((judged) => ({ part, ...judged }))

/** The promises that the given facts speak of. */
export const claimsOf = ({ rolledBack, started, stopped, upgraded }: Partial<Facts>): ReadonlyArray<Claim> => [
  ...under("start", started, ofStart),
  ...under("upgrade", upgraded, ofUpgrade),
  ...under("roll-back", rolledBack, ofRollBack),
  ...under("stop", stopped, ofStop)
]
