// Lines of the log as another process writes them: one line each on standard error, the same in every form, all of them written before the end.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { text } from "node:stream/consumers"
import type { Options } from "../../src/services/Log.ts"

/** What the program writes with these options. */
const logged = (options: Partial<Options>, what = "words") =>
  Effect.promise(async () => {
    const given: Options = { format: "json", level: "debug", colours: false, ...options }
    const child = spawn(process.execPath, [`${import.meta.dirname}/LogProgram.ts`, JSON.stringify(given), what], { stdio: ["ignore", "pipe", "pipe"] })
    const [stdout, stderr, exit] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")])
    assert.deepStrictEqual([stdout, exit], ["", [0, null]], stderr)
    assert.isTrue(stderr === "" || stderr.endsWith("\n"))
    return stderr.split("\n").slice(0, -1)
  })

type Fields = Readonly<Record<string, unknown>>
const parse = (line: string): Fields => JSON.parse(line)

/** A line of logfmt as texts by key. */
const parseLogfmt = (line: string): Fields =>
  Object.fromEntries([...line.matchAll(/([^\s=]+)=("(?:[^"\\]|\\.)*"|\S*)/g)].map(([, key = "", value = ""]) => [key, value.startsWith("\"") ? JSON.parse(value) : value]))

const withoutTime = ({ time, ...rest }: Fields): Fields => {
  assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  return rest
}

const expected: ReadonlyArray<Fields> = [
  { level: "debug", topic: "plan", message: "looked" },
  { level: "info", topic: "node", message: "started", pid: 4711, path: "/srv/a b/node", empty: "", quoted: "say \"hi\"", sum: "a=b", is: true },
  { level: "warning", topic: "upgrade", message: "not ready", release: "upgrades/ünï" },
  { level: "error", topic: "wemixvisor", message: "ended badly" }
]

describe("the log", { timeout: 20_000 }, () => {
  it.live("is a JSON object a line, with time, level, topic, message and every field", () =>
    Effect.map(logged({ format: "json" }), (lines) => assert.deepStrictEqual(lines.map(parse).map(withoutTime), expected)))
  it.live("has the same fields in logfmt, as texts, quoted where they must be", () =>
    Effect.map(logged({ format: "logfmt" }), (lines) => {
      const texts = expected.map((fields) => Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, String(value)])))
      assert.deepStrictEqual(lines.map(parseLogfmt).map(withoutTime), texts)
    }))
  it.live("has the same topics and messages for people, in columns, without colours", () =>
    Effect.map(logged({ format: "pretty" }), (lines) => {
      assert.deepStrictEqual(lines.map((line) => line.replace(/^\d\d:\d\d:\d\d {2}/, "")), [
        "plan     looked",
        "node     started",
        "upgrade  warning: not ready",
        "wemixvisor error: ended badly"
      ])
    }))
  it.live("has colours for people where they are wanted, and nowhere else", () =>
    Effect.gen(function*() {
      const coloured = yield* logged({ format: "pretty", colours: true })
      for (const line of coloured) assert.include(line, "\u001b[")
      for (const format of ["json", "logfmt"] as const) {
        for (const line of yield* logged({ format, colours: true })) assert.notInclude(line, "\u001b")
      }
    }))
  it.live("leaves out what is below its level", () =>
    Effect.gen(function*() {
      for (const [level, count] of [["debug", 4], ["info", 3], ["warn", 2], ["error", 1], ["none", 0]] as const) {
        assert.strictEqual((yield* logged({ level })).length, count)
      }
    }))
  it.live("is written whole and in order before the program ends", () =>
    Effect.map(logged({}, "many"), (lines) => {
      assert.strictEqual(lines.length, 5000)
      lines.forEach((line, index) => assert.include(String(parse(line)["message"]), `line ${index} `))
    }))
  it.live("escapes in every form what JSON would leave to the terminal: DEL, and the controls of eight bits", () =>
    Effect.gen(function*() {
      for (const format of ["json", "logfmt", "pretty"] as const) {
        const [line = "", ...more] = yield* logged({ format }, "eighth")
        assert.deepStrictEqual(more, [])
        assert.notMatch(line, /\p{Cc}/u)
        assert.include(line, "del\\u007f csi\\u009b31m")
      }
      const [json = ""] = yield* logged({ format: "json" }, "eighth")
      assert.strictEqual(parse(json)["why"], "nel\u0085")
    }))
  for (const format of ["json", "logfmt", "pretty"] as const) {
    it.live(`is one line for one entry, with no control character in it, in ${format}`, () =>
      Effect.map(logged({ format }, "broken"), (lines) => {
        assert.strictEqual(lines.length, 1)
        assert.notMatch(lines.join(), /\p{Cc}/u)
      }))
    it.live(`goes on after a field that JSON has no word for, in ${format}`, () =>
      Effect.map(logged({ format }, "odd"), (lines) => {
        assert.strictEqual(lines.length, 2)
        assert.include(lines[1], "after")
      }))
  }
})
