// What a person is told when a command fails: lines that stay lines and cannot speak to the terminal, whatever was quoted from outside.
import { Exit } from "effect"
import { describe, expect, it } from "vitest"
import { ending } from "../../src/cli/Failure.ts"
import { versions } from "../../src/cli/Answers.ts"
import { inUpgrades } from "../../src/domain/Release.ts"
import { ConfigError } from "../../src/services/Config.ts"
import { LinkError } from "../../src/services/LinkManager.ts"
import { StateError } from "../../src/services/StateFile.ts"

const path = "/srv/node/wemixvisor/current"

describe("the end of a command that failed", () => {
  it("says a foreign link's text escaped, in one line", () => {
    const error = new LinkError({ path, reason: "Foreign", why: `${path} points to a\nb\u001b[31m\u009bc, which is neither` })
    expect(ending(Exit.fail(error), false)).toEqual({ status: 66, lines: [`${path} points to a\\nb\\u001b[31m\\u009bc, which is neither`] })
  })
  it("says each mistake in a line of its own, with odd keys escaped", () => {
    const error = new ConfigError({ mistakes: ["config.toml: a\rb is not a setting", "config.toml: \u007f is not a setting"] })
    expect(ending(Exit.fail(error), false).lines).toEqual(["config.toml: a\\rb is not a setting", "config.toml: \\u007f is not a setting"])
  })
  it("says of a damaged state file the way out, for a home of an odd name too", () => {
    const error = new StateError({ path: "/srv/a\nb/wemixvisor/state.json", reason: "Damaged", why: "no" })
    for (const line of ending(Exit.fail(error), false).lines) expect(line).not.toMatch(/\p{Cc}/u)
  })
  it("leaves out the middle of a line that nobody reads to its end, and keeps what was expected", () => {
    const [line = ""] = ending(Exit.fail(new ConfigError({ mistakes: [`DAEMON_NAME is "${"x".repeat(1_000_000)}": expected a file name`] })), false).lines
    expect(line.length).toBeLessThan(10_000)
    expect(line).toMatch(/^DAEMON_NAME is "x+ \.\.\. x+": expected a file name$/)
  })
  it("says a bug in lines, with the trace that was asked for", () => {
    const { lines, status } = ending(Exit.die(new Error("one\ntwo")), true)
    expect(status).toBe(70)
    expect(lines[0]).toBe("this is a bug in wemixvisor: one\\ntwo")
    expect(lines.length).toBeGreaterThan(2)
    for (const line of lines) expect(line).not.toMatch(/\p{Cc}/u)
  })
})

describe("the answer of version", () => {
  it("has the release's name and its problem escaped, also where the directory is spelt as a URL would", () => {
    const answer = versions("text", { wemixvisor: "1", release: inUpgrades("%1B[31m"), program: undefined, problem: "a\nb" })
    expect(answer).toBe("wemixvisor 1\n\\u001b[31m: a\\nb")
  })
})
