// The suite of random stories, in halves for two workers: every seed keeps every promise, and together they came nearly everywhere.
// WEMIXVISOR_PROOF=full tells ten thousand; WEMIXVISOR_SEED=<seed> tells one again and prints it.
import { beforeAll, describe, expect, it } from "vitest"
import { account, isFull } from "../support/Account.ts"
import { Coverage, listedPairs, listedStates } from "./Coverage.ts"
import { play, type Played } from "./Play.ts"

const wanted = process.env["WEMIXVISOR_SEED"]
const count = isFull ? 10_000 : 400

/** How many situations with a fact a half may miss: few stories meet what is rare less often. */
const mostMissing = isFull ? 4 : 14

const seedsOf = (half: 0 | 1): ReadonlyArray<number> =>
  wanted === undefined ? Array.from({ length: count / 2 }, (_, index) => 2 * index + half) : Number(wanted) % 2 === half ? [Number(wanted)] : []

/** What replays a story, what is wrong with it, and the story itself. */
const complaintOf = ({ account, breaches, seed }: Played): string =>
  [`WEMIXVISOR_SEED=${seed} npx vitest run --project pure test/simulation/Stories`, ...breaches, account()].join("\n")

/** Lets the test runner have its turn between two stories. */
const turn = () => new Promise<void>((resume) => void setImmediate(resume))

export const tellHalf = (half: 0 | 1): void => {
  const seeds = seedsOf(half)
  const [coverage, failed] = [new Coverage(), new Array<Played>()]

  beforeAll(async () => {
    for (const seed of seeds) {
      const played = play(seed)
      coverage.add(played.coverage)
      if (played.breaches.length > 0) failed.push(played)
      if (wanted !== undefined) console.info(played.account())
      await turn()
    }
    if (wanted === undefined) {
      account("random stories", { stories: seeds.length })
      console.info(coverage.report())
    }
  }, 1_200_000)

  describe("random stories", () => {
    it("keep every promise, in whatever order things happen", () => {
      for (const played of failed) console.error(complaintOf(played))
      expect(failed.map(({ breaches, seed }) => `WEMIXVISOR_SEED=${seed}: ${breaches[0]}`)).toEqual([])
    })

    it.runIf(wanted === undefined)("come into every situation", () => {
      expect(coverage.missing(listedStates.map((state) => `enters ${state}`))).toEqual([])
    })

    it.runIf(wanted === undefined)("meet nearly every fact in nearly every situation where it matters", () => {
      expect(coverage.missing(listedPairs).length, coverage.missing(listedPairs).join(", ")).toBeLessThanOrEqual(mostMissing)
    })

    it.runIf(wanted === undefined)("see an upgrade begin more often than not", () => {
      expect(coverage.of("begun")).toBeGreaterThan(seeds.length / 2)
    })
  })
}
