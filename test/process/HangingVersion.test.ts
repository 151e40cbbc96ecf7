// A release that runs on when it is asked for its version: `doctor` says so and ends it with its whole group, `upgrade verify` does not ask it.
import { describe, expect, it } from "vitest"
import { type Behaviour, quote } from "../support/FakeNode.ts"
import { ask, Program } from "../support/Program.ts"
import { TestHome } from "../support/TestHome.ts"

/** Runs on with a child in its group, which is deaf to SIGTERM, when it is asked with the last of these words; with those before it fails. */
const hangsOn = (words: ReadonlyArray<string>, leader: "obedient" | "deaf"): Behaviour => (desk, release) => `#!/bin/bash
note() { printf '%s %s %s %s\\n' "$1" "$BASHPID" ${release} "$2" >> ${quote(desk.record)}; }
runOn() { while :; do read -r -t 0.2 -u "$silence"; done; }
deaf() { trap 'note signal TERM' TERM; }
note asked "$1"
[[ $1 == ${words.at(-1)} ]] || exit 1
exec {silence}<>${quote(desk.silence)}
(deaf; note grandchild; runOn) &
${leader === "deaf" ? "deaf" : "trap 'note signal TERM; exit 0' TERM"}
echo fake-1.0.0
runOn
`

const askedOf = (home: TestHome): ReadonlyArray<string> => home.lines("asked").map(({ detail, release }) => `${release} ${detail}`)

describe.concurrent("a release that runs on when it is asked for its version", () => {
  const programs = [
    { leader: "deaf", words: ["version"] },
    { leader: "obedient", words: ["version", "--version"] }
  ] as const
  it.for(programs)("$words, $leader to SIGTERM, is ended by doctor with its group, and told of", async ({ leader, words }, test) => {
    const home = TestHome.make(test)
    home.stage("v2", hangsOn(words, leader))
    const { code, stderr, stdout } = await ask(home, ["doctor"])
    expect(home.processes()).toEqual([])
    expect([code, stderr]).toEqual([0, ""])
    expect(stdout).toMatch(/^ok {7}release {3}genesis: fake-1.0.0$/m)
    expect(stdout).toContain(`warning  release   v2 gives no version, or not within 10s: see that ${home.binary("v2")} runs on this machine\n`)
    expect(askedOf(home)).toEqual(words.map((word) => `v2 ${word}`))
    expect(home.lines("grandchild").length).toBe(1)
    expect(home.lines("signal").map(({ detail }) => detail)).toEqual(["TERM", "TERM"])
  })

  const stops = (["SIGINT", "SIGTERM"] as const).flatMap((signal) => [["doctor"], ["version"], ["upgrade", "list"]].map((words) => ({ signal, words })))
  it.for(stops)("is ended with its group when $words gets $signal meanwhile", async ({ signal, words }, test) => {
    const home = TestHome.make(test, hangsOn(["version"], "obedient"))
    const program = new Program(home, words)
    await home.line("it runs on", ({ event }) => event === "grandchild")
    program.signal(signal)
    await program.end()
    await home.becomes("nothing is left of it", () => home.processes().length === 0)
  })

  it("is as it should be to upgrade verify, which starts no program", async (test) => {
    const home = TestHome.make(test)
    home.stage("v2", hangsOn(["version"], "deaf"))
    const { code, stderr, stdout } = await ask(home, ["upgrade", "verify"])
    expect([code, stderr]).toEqual([0, ""])
    expect(stdout.split("\n").map((line) => line.split(",")[0])).toEqual(["genesis: as it should be", "v2: as it should be", ""])
    expect(askedOf(home)).toEqual([])
  })
})
