// Which backups the journal says are needed.
import { describe, expect, it } from "vitest"
import { empty, type Journal, neededBackups } from "../../src/domain/Journal.ts"
import { upgradeOf } from "../support/world/Operator.ts"

const done = (name: string, backup?: string) => ({ upgrade: upgradeOf(name, 100), at: "today", ...(backup !== undefined && { backup }) })

describe("the backups that are needed", () => {
  it("are those of the upgrade under way, of the last one that was applied, and of the last one that failed", () => {
    const journal: Journal = {
      ...empty,
      inFlight: { upgrade: upgradeOf("v5", 500), step: "switch", backup: "v5-now" },
      applied: [done("v1", "v1-then"), done("v3", "v3-then")],
      failed: [done("v2", "v2-then"), done("v4", "v4-then")]
    }
    expect(neededBackups(journal)).toEqual(["v5-now", "v3-then", "v4-then"])
  })
  it("are none where none was made", () => {
    expect(neededBackups({ ...empty, applied: [done("v1", "v1-then"), done("v2")] })).toEqual([])
    expect(neededBackups(empty)).toEqual([])
  })
})
