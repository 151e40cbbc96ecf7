// However the node ends, wemixvisor ends the same way: its code, or 128 + the signal's number.
import * as fs from "node:fs"
import { describe, expect, it } from "vitest"
import { asTold } from "../support/FakeNode.ts"
import { Program } from "../support/Program.ts"
import { TestHome } from "../support/TestHome.ts"

/** CHLD, CONT, URG and WINCH end nothing; TSTP, TTIN and TTOU do not stop a process whose session has no terminal. */
const harmless = new Set([17, 18, 20, 21, 22, 23, 28])
const stop = 19

const isStopped = (pid: number): boolean => / T /.test(fs.readFileSync(`/proc/${pid}/stat`, "latin1"))

/** Waits until the node has stopped itself, and lets it go on. */
const resume = async (home: TestHome): Promise<void> => {
  const { pid } = await home.line("the node that stops itself", (line) => line.detail === `${stop}`)
  await home.becomes("the node is stopped", () => isStopped(pid))
  process.kill(pid, "SIGCONT")
}

/** Runs a node that ends as told, and says how wemixvisor ended. */
const statusOf = async (home: TestHome, args: ReadonlyArray<string>, meanwhile?: () => Promise<void>) => {
  const program = Program.run(home, { args, env: { DAEMON_RESTART_ON_FAILURE: "false" } })
  await meanwhile?.()
  return program.end()
}

/** Goes through the cases with four homes at a time. */
const inFourHomes = async <A>(homes: ReadonlyArray<TestHome>, cases: ReadonlyArray<A>, run: (home: TestHome, one: A) => Promise<number | string>) => {
  const results = new Map<A, number | string>()
  const queue = cases.values()
  await Promise.all(homes.map(async (home) => {
    for (const one of queue) results.set(one, await run(home, one))
  }))
  return results
}

const upTo = (last: number): ReadonlyArray<number> => Array.from({ length: last + 1 }, (_, n) => n)

describe("a node that is not restarted", () => {
  it("passes on every exit code from 0 to 255", { timeout: 180_000 }, async (test) => {
    const homes = upTo(3).map(() => TestHome.make(test, asTold))
    const results = await inFourHomes(homes, upTo(255), (home, code) => statusOf(home, ["code", `${code}`]))
    expect(results).toEqual(new Map([...results.keys()].map((code) => [code, code])))
    expect(results.size).toBe(256)
  })

  it("passes on every signal that ends it as 128 + n, and takes no other signal for an end", { timeout: 60_000 }, async (test) => {
    const homes = upTo(3).map(() => TestHome.make(test, asTold))
    const results = await inFourHomes(homes, upTo(31).slice(1), (home, signal) =>
      statusOf(home, ["signal", `${signal}`], signal === stop ? () => resume(home) : undefined))
    expect(results).toEqual(new Map([...results.keys()].map((n) => [n, harmless.has(n) || n === stop ? 7 : 128 + n])))
    expect(results.size).toBe(31)
  })
})
