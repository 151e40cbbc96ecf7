// The custom pre-upgrade script and the new binary's own command, with real programs: every exit code, signals, retries, and files that are none.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { chmodSync } from "node:fs"
import { homedir } from "node:os"
import { Config } from "../../src/services/Config.ts"
import { Disk } from "../../src/services/Disk.ts"
import { contentOf, Heard, put, putBinary, realHooks, runPart } from "../contracts/HookParts.ts"
import { Place } from "../contracts/Places.ts"

const own = { DAEMON_PREUPGRADE: "true" }
const custom = { COSMOVISOR_CUSTOM_PREUPGRADE: "scripts/pre up.sh" }

/** The outcome in a word: `ok`, or the reason of the failure. */
const outcome = Effect.map(Effect.result(runPart("command")), (result) => Result.isSuccess(result) ? "ok" : result.failure.reason)

const scriptPath = Config.useSync(({ home }) => `${home.root}/scripts/pre up.sh`)
const putScript = Effect.fnUntraced(function*(text: string, mode = 0o755) {
  const path = yield* scriptPath
  yield* put(path, `#!/bin/sh\n${text}\n`, mode)
  return path
})
const runs = Effect.map(contentOf("ran"), (text) => text.length)
const counting = (text: string) => Effect.map(Place, (place) => `printf x >> '${place("ran")}'; ${text}`)

describe("without settings", () => {
  it.live("nothing is run", () =>
    Effect.gen(function*() {
      yield* putBinary(yield* counting("exit 3"))
      yield* putScript(yield* counting("exit 3"))
      assert.deepStrictEqual([yield* outcome, yield* runs], ["ok", 0])
    }).pipe(Effect.provide(realHooks())))
})

describe("the new binary's own command", () => {
  it.live("goes on with 0 and with 1 alone, of all exit codes", () =>
    Effect.gen(function*() {
      const place = yield* Place
      yield* putBinary(`read code < '${place("code")}'; exit "$code"`)
      const found = yield* Effect.forEach(Array.from({ length: 256 }, (_, code) => code), (code) =>
        Effect.andThen(put(place("code"), `${code}\n`), outcome))
      assert.deepStrictEqual(found, Array.from({ length: 256 }, (_, code) => code === 0 || code === 1 ? "ok" : "Failed"))
    }).pipe(Effect.provide(realHooks(own))), 60_000)
  it.live("says in the log that there is none, and why it failed in the error", () =>
    Effect.gen(function*() {
      const path = yield* putBinary("exit 1")
      yield* runPart("command")
      assert.include((yield* Heard).map(({ text }) => text), `${path} has no pre-upgrade command: it ended with code 1`)
      yield* putBinary("exit 30")
      assert.include((yield* Effect.flip(runPart("command"))).message, `${path} pre-upgrade ended with code 30, which says that the upgrade must not be done`)
      yield* putBinary("exit 2")
      assert.include((yield* Effect.flip(runPart("command"))).message, "unset DAEMON_PREUPGRADE if it has no such command")
    }).pipe(Effect.provide(realHooks(own))))
  for (const signal of ["TERM", "KILL", "SEGV", "INT"]) {
    it.live(`fails with SIG${signal}`, () =>
      Effect.gen(function*() {
        yield* putBinary(`kill -${signal} $$; sleep 1000`)
        const error = yield* Effect.flip(runPart("command"))
        assert.deepStrictEqual([error.reason, error.message.includes(`ended with signal SIG${signal}`)], ["Failed", true])
      }).pipe(Effect.provide(realHooks(own))))
  }
  for (const retries of [0, 2, 3]) {
    it.live(`is run again after 31, ${retries} times and no more`, () =>
      Effect.gen(function*() {
        yield* putBinary(yield* counting("exit 31"))
        assert.deepStrictEqual([yield* outcome, yield* runs], ["Failed", retries + 1])
      }).pipe(Effect.provide(realHooks({ ...own, DAEMON_PREUPGRADE_MAX_RETRIES: `${retries}` }))))
  }
  it.live("goes on when a retry ends well, and stops when one fails otherwise", () =>
    Effect.gen(function*() {
      const place = yield* Place
      yield* putBinary(yield* counting(`[ "$(wc -c < '${place("ran")}')" -lt 3 ] && exit 31; exit 0`))
      assert.deepStrictEqual([yield* outcome, yield* runs], ["ok", 3])
      yield* putBinary(yield* counting(`[ "$(wc -c < '${place("ran")}')" -lt 5 ] && exit 31; exit 30`))
      assert.deepStrictEqual([yield* outcome, yield* runs], ["Failed", 5])
    }).pipe(Effect.provide(realHooks({ ...own, DAEMON_PREUPGRADE_MAX_RETRIES: "5" }))))
  it.live("gets the word alone, nothing to read, and wemixvisor's own directory and environment", () =>
    Effect.gen(function*() {
      const place = yield* Place
      yield* putBinary(`{ printf '%s,' "$#" "$1"; cat; pwd; env | grep -c ^WEMIXVISOR_; echo "$HOME"; } > '${place("said")}'`)
      yield* runPart("command")
      assert.strictEqual(yield* contentOf("said"), `1,pre-upgrade,${process.cwd()}\n0\n${process.env["HOME"] ?? homedir()}\n`)
    }).pipe(Effect.provide(realHooks(own))))
  it.live("fails where the binary is not there", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* outcome, "Refused")
    }).pipe(Effect.provide(realHooks(own))))
  it.live("is ended when it takes too long, as a binary does that starts a node", () =>
    Effect.gen(function*() {
      yield* putBinary("exec sleep 1000")
      assert.strictEqual(yield* outcome, "TimedOut")
    }).pipe(Effect.provide(realHooks({ ...own, DAEMON_HOOK_TIMEOUT: "100ms" }))))
})

describe("the custom script", () => {
  it.live("is run with name and height in the home, before the binary's own command", () =>
    Effect.gen(function*() {
      const [place, { home }] = [yield* Place, yield* Config]
      yield* putScript(`printf '%s,' "$@" >> '${place("said")}'; pwd >> '${place("said")}'`)
      yield* putBinary(`echo own >> '${place("said")}'`)
      yield* runPart("command")
      assert.strictEqual(yield* contentOf("said"), `v 2 ü%,1500,${home.directory}\nown\n`)
    }).pipe(Effect.provide(realHooks({ ...own, ...custom }))))
  it.live("gets the plan to read and the variables that hooks get", () =>
    Effect.gen(function*() {
      const [place, { home }] = [yield* Place, yield* Config]
      yield* putScript(`{ cat; echo; echo "$WEMIXVISOR_HOOK,$WEMIXVISOR_PLAN,$WEMIXVISOR_HEIGHT,$WEMIXVISOR_HOME,$WEMIXVISOR_ATTEMPT"; } > '${place("said")}'`)
      yield* runPart("command")
      const [plan = "", variables] = (yield* contentOf("said")).split("\n")
      assert.deepInclude(JSON.parse(plan), { name: "v 2 ü%", height: 1500 })
      assert.strictEqual(variables, `pre-upgrade,v 2 ü%,1500,${home.directory},1`)
    }).pipe(Effect.provide(realHooks(custom))))
  it.live("is made executable by its owner, and by nobody else", () =>
    Effect.gen(function*() {
      const disk = yield* Disk
      const path = yield* putScript(yield* counting("exit 0"), 0o600)
      yield* runPart("command")
      assert.deepStrictEqual([(yield* disk.status(path, false)).mode, yield* runs], [0o700, 1])
      chmodSync(path, 0o654)
      yield* runPart("command")
      assert.deepStrictEqual([(yield* disk.status(path, false)).mode, yield* runs], [0o754, 2])
    }).pipe(Effect.provide(realHooks(custom))))
  for (const [what, text] of [["another code than 0", "exit 1"], ["31, which only the binary's own may say", "exit 31"], ["a signal", "kill -9 $$"]] as const) {
    it.live(`fails with ${what}, and the binary's own command is not run`, () =>
      Effect.gen(function*() {
        const path = yield* putScript(text)
        yield* putBinary(yield* counting("exit 0"))
        const error = yield* Effect.flip(runPart("command"))
        assert.deepStrictEqual([error.reason, error.path, yield* runs], ["Failed", path, 0])
        assert.include(error.message, "unset COSMOVISOR_CUSTOM_PREUPGRADE")
      }).pipe(Effect.provide(realHooks({ ...own, ...custom, DAEMON_PREUPGRADE_MAX_RETRIES: "3" }))))
  }
  it.live("fails where it is not there, is a directory, or has no #!", () =>
    Effect.gen(function*() {
      const [disk, path] = [yield* Disk, yield* scriptPath]
      assert.strictEqual(yield* outcome, "Refused")
      yield* disk.makeDirectory(path)
      assert.strictEqual(yield* outcome, "Refused")
      assert.include((yield* Effect.flip(runPart("command"))).message, `${path} is not a file`)
    }).pipe(Effect.provide(realHooks(custom))))
  it.live("fails where it has no #!, though a shell would run it", () =>
    Effect.gen(function*() {
      yield* put(yield* scriptPath, yield* counting("exit 0\n"))
      assert.deepStrictEqual([yield* outcome, yield* runs], ["Refused", 0])
    }).pipe(Effect.provide(realHooks(custom))))
  it.live("is ended when it takes too long", () =>
    Effect.gen(function*() {
      yield* putScript("exec sleep 1000")
      assert.strictEqual(yield* outcome, "TimedOut")
    }).pipe(Effect.provide(realHooks({ ...custom, DAEMON_HOOK_TIMEOUT: "100ms" }))))
})
