// The one table of exit codes, and the words for how a child ended.
import { assert, describe, it } from "@effect/vitest"
import { ChildExit, describe as inWords, isClean } from "../../src/domain/ChildExit.ts"
import { exitStatus, ExitStatus, Outcome } from "../../src/domain/Outcome.ts"
import { genesis } from "../../src/domain/Release.ts"

describe("the exit status", () => {
  it("is 0 for a run that stopped as asked, or upgraded with restart off", () => {
    assert.strictEqual(exitStatus(Outcome.Stopped()), 0)
    assert.strictEqual(exitStatus(Outcome.Upgraded({ release: genesis })), 0)
  })
  it("is the node's own code", () => {
    for (const code of [0, 1, 2, 66, 127, 255]) assert.strictEqual(exitStatus(Outcome.NodeEnded({ exit: ChildExit.Code({ code }) })), code)
  })
  it("is 128 and the number of the signal that ended the node", () => {
    const of = (signal: NodeJS.Signals, number: number) => exitStatus(Outcome.NodeEnded({ exit: ChildExit.Signal({ signal, number }) }))
    assert.deepStrictEqual([of("SIGKILL", 9), of("SIGTERM", 15), of("SIGSEGV", 11)], [137, 143, 139])
  })
  it("is a failure where the node's own could not be known", () => {
    assert.strictEqual(exitStatus(Outcome.NodeEnded({ exit: ChildExit.Unknown() })), 1)
  })
  it("is 66 where the node could not be started", () => {
    assert.strictEqual(exitStatus(Outcome.NotStarted({ release: genesis })), 66)
  })
  it("is what the contract says, for what wemixvisor itself ends with", () => {
    const { Bug, HomeInUse, Missing, Ok, Usage, WrongSettings } = ExitStatus
    assert.deepStrictEqual({ Bug, HomeInUse, Missing, Ok, Usage, WrongSettings }, { Ok: 0, Usage: 64, Missing: 66, Bug: 70, HomeInUse: 75, WrongSettings: 78 })
  })
})

describe("the end of a child", () => {
  const [zero, two, killed, unknown] = [ChildExit.Code({ code: 0 }), ChildExit.Code({ code: 2 }), ChildExit.Signal({ signal: "SIGKILL", number: 9 }), ChildExit.Unknown()]
  it("is clean with code 0 alone", () => assert.deepStrictEqual([zero, two, killed, unknown].map(isClean), [true, false, false, false]))
  it("has words", () => assert.deepStrictEqual([two, killed, unknown].map((exit) => inWords(exit)), ["code 2", "signal SIGKILL", "unknown status"]))
})
