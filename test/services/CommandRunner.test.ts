// Real programs run to their end: how that is told, what they are given, how they are ended, and that nobody of their group is left.
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { spawn } from "node:child_process"
import { open } from "node:fs/promises"
import { ChildExit } from "../../src/domain/ChildExit.ts"
import * as CommandRunner from "../../src/services/hooks/CommandRunner.ts"
import { Disk } from "../../src/services/Disk.ts"
import * as ProcessTable from "../../src/services/ProcessTable.ts"
import { contentOf, put, quick } from "../contracts/HookParts.ts"
import { Place } from "../contracts/Places.ts"
import { until } from "../contracts/Stages.ts"
import { code, type Given, inPlace, isGone, layer, pidIn, runPath, sh, usual } from "./Commands.ts"

describe("a program's end", () => {
  it.live("is its code, or its signal", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* sh("exit 0")).exit, code(0))
      assert.deepStrictEqual((yield* sh("exit 255")).exit, code(255))
      assert.deepStrictEqual((yield* sh("kill -ABRT $$")).exit, ChildExit.Signal({ signal: "SIGABRT", number: 6 }))
    }).pipe(Effect.provide(layer)))
  it.live("is none where it did not come in time: SIGTERM, and with that it is over", () =>
    Effect.gen(function*() {
      const at = yield* inPlace
      const { exit, lines } = yield* sh(`trap 'sleep 0.5; echo ending; exit 0' TERM; echo $$ > ${at("pid")}; while :; do sleep 0.01; done`, { timeLimit: Duration.millis(300) }, {
        ...quick,
        grace: Duration.minutes(10)
      })
      assert.deepStrictEqual([exit, lines.at(-1)], [undefined, "ending"])
      assert.isTrue(yield* isGone(yield* pidIn("pid")))
    }).pipe(Effect.provide(layer)))
  it.live("comes with SIGKILL, for it and its group, where SIGTERM is ignored", () =>
    Effect.gen(function*() {
      const at = yield* inPlace
      const { exit } = yield* sh(`trap '' TERM; (echo $$ > ${at("pid")}; exec sleep 1000) & echo $! > ${at("other")}; wait`, { timeLimit: Duration.millis(300) })
      assert.isUndefined(exit)
      assert.isTrue(yield* isGone(yield* pidIn("pid")))
      assert.isTrue(yield* isGone(yield* pidIn("other")))
    }).pipe(Effect.provide(layer)))
  it.live("is that of whatever it left in its group, too", () =>
    Effect.gen(function*() {
      const at = yield* inPlace
      const { exit } = yield* sh(`(trap '' TERM HUP; exec sleep 1000) & echo $! > ${at("one")}; (sleep 1000 & echo $! > ${at("two")}; exit 0); exit 5`)
      assert.deepStrictEqual(exit, code(5))
      for (const name of ["one", "two"]) assert.isTrue(yield* isGone(yield* pidIn(name)), name)
    }).pipe(Effect.provide(layer)))
  it.live("is waited for though it closed its streams", () =>
    Effect.gen(function*() {
      const { exit, lines } = yield* sh("echo before; exec < /dev/null > /dev/null 2> /dev/null; sleep 0.2; exit 6", { input: "x" })
      assert.deepStrictEqual([exit, lines], [code(6), ["before"]])
    }).pipe(Effect.provide(layer)))
  it.live("does not wait for a process of another session that holds its output open, and hears what came before", () =>
    Effect.gen(function*() {
      const at = yield* inPlace
      const { exit, lines } = yield* sh(`setsid sh -c 'echo $$ > ${at("pid").replaceAll("'", "")}; exec sleep 1000' & until [ -s ${at("pid")} ]; do sleep 0.01; done; printf 'last words'; exit 4`)
      assert.deepStrictEqual([exit, lines], [code(4), ["last words"]])
      const pid = yield* pidIn("pid")
      assert.isFalse(yield* isGone(pid))
      yield* ProcessTable.send(pid, "SIGKILL")
    }).pipe(Effect.provide(layer)))
  it.live.runIf(process.getuid?.() === 0)("is not waited for without end where it cannot be brought about: who runs as another user is told of", () =>
    Effect.gen(function*() {
      const [path, lines] = [(yield* Place)("program"), new Array<string>()]
      yield* put(path, "#!/bin/sh\nexec setpriv --reuid=1 --clear-groups sh -c 'echo $$; exec sleep 1000'\n")
      const running = yield* Effect.forkScoped(CommandRunner.run({ ...usual, path, timeLimit: Duration.millis(500), tell: (line) => Effect.sync(() => void lines.push(line)) }, { ...quick, patience: Duration.millis(300) }))
      yield* until("it runs", Effect.sync(() => lines.length > 0))
      yield* Effect.acquireUseRelease(Effect.sync(() => process.seteuid?.(65_534)), () => Fiber.join(running), () => Effect.sync(() => process.seteuid?.(0)))
      const pid = Number(lines[0])
      assert.deepStrictEqual(lines.slice(1), [`processes of group ${pid} do not end though they were killed; see to them`])
      assert.isFalse(yield* isGone(pid))
      yield* ProcessTable.send(pid, "SIGKILL")
    }).pipe(Effect.provide(layer)))
  it.live("is brought about by interruption, with its group, and heard of", () =>
    Effect.gen(function*() {
      const at = yield* inPlace
      const lines: Array<string> = []
      const path = (yield* Place)("program")
      yield* put(path, `#!/bin/sh\ntrap 'echo bye; exit 0' TERM; (trap '' TERM; exec sleep 1000) & echo $! > ${at("other")}; echo $$ > ${at("pid")}; while :; do sleep 0.01; done\n`)
      const running = yield* Effect.forkScoped(CommandRunner.run({ ...usual, path, tell: (line) => Effect.sync(() => void lines.push(line)) }, quick))
      yield* until("it runs", Effect.map(contentOf("pid"), (text) => text !== ""))
      yield* Fiber.interrupt(running)
      assert.strictEqual(lines.at(-1), "bye")
      for (const name of ["pid", "other"]) assert.isTrue(yield* isGone(yield* pidIn(name)), name)
    }).pipe(Effect.provide(layer)))
})

describe("a program", () => {
  it.live("leads a session and a group of its own, without a terminal", () =>
    Effect.gen(function*() {
      const { lines } = yield* sh("cut -d ' ' -f 1,5,6,7 /proc/$$/stat; (: < /dev/tty) 2> /dev/null || echo none", { input: "x" })
      const [ids = "", ...rest] = lines
      const [pid, group, session, terminal] = ids.split(" ")
      assert.deepStrictEqual([group, session, terminal, rest], [pid, pid, "0", ["none"]])
    }).pipe(Effect.provide(layer)))
  it.live("has nothing open that this process has, but the streams", () =>
    Effect.gen(function*() {
      const place = yield* Place
      yield* Effect.acquireRelease(Effect.promise(() => open(place("held"), "w")), (file) => Effect.promise(() => file.close()))
      const { lines } = yield* runPath("/bin/ls", { arguments: ["-l", "/proc/self/fd"], input: "x" })
      assert.isTrue(lines.some((line) => / 1 -> /.test(line)), "it lists what it has open")
      assert.isFalse(lines.some((line) => line.includes(place())), "and what this process holds is not among that")
    }).pipe(Effect.provide(layer)))
  it.live("is given all of its input", () =>
    Effect.gen(function*() {
      const { lines } = yield* sh("wc -c", { input: "x".repeat(1024 * 1024) })
      assert.deepStrictEqual(lines.map((line) => line.trim()), ["1048576"])
    }).pipe(Effect.provide(layer)))
  it.live("may leave its input unread, all or in part, or close it", () =>
    Effect.gen(function*() {
      const input = "x".repeat(1024 * 1024)
      assert.deepStrictEqual((yield* sh("exit 3", { input })).exit, code(3))
      assert.deepStrictEqual((yield* sh("head -c 10 > /dev/null; exit 4", { input })).exit, code(4))
      assert.deepStrictEqual((yield* sh("exec < /dev/null; sleep 0.1; exit 5", { input })).exit, code(5))
    }).pipe(Effect.provide(layer)))
  it.live("without input reads an end at once", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* sh("cat; echo end")).lines, ["end"])
    }).pipe(Effect.provide(layer)))
  it.live("is waited for while its file is open for writing", () =>
    Effect.gen(function*() {
      const place = yield* Place
      yield* put(place("program"), "#!/bin/sh\nexit 6\n")
      const file = yield* Effect.promise(() => open(place("program"), "r+"))
      const running = yield* Effect.forkScoped(runPath(place("program")), { startImmediately: true })
      // Whoever begins later and has ended is a sign that the first try is over.
      yield* put(place("other"), "#!/bin/sh\nexit 0\n")
      for (let times = 0; times < 2; times++) yield* runPath(place("other"))
      assert.isUndefined(running.pollUnsafe())
      yield* Effect.promise(() => file.close())
      assert.deepStrictEqual((yield* Fiber.join(running)).exit, code(6))
    }).pipe(Effect.provide(layer)))
  it.effect("whose file stays open for writing is given up with ETXTBSY", () =>
    Effect.gen(function*() {
      const place = yield* Place
      yield* put(place("program"), "#!/bin/sh\nexit 6\n")
      yield* Effect.acquireRelease(Effect.promise(() => open(place("program"), "r+")), (file) => Effect.promise(() => file.close()))
      const running = yield* Effect.forkScoped(Effect.flip(runPath(place("program"))), { startImmediately: true })
      const turn = Effect.andThen(TestClock.adjust("50 millis"), Effect.promise(() => new Promise<void>((done) => void setImmediate(done))))
      yield* Effect.repeat(turn, { until: () => running.pollUnsafe() !== undefined })
      assert.strictEqual((yield* Fiber.join(running)).code, "ETXTBSY")
    }).pipe(Effect.provide(layer)), 20_000)
  it.live("that cannot be started is a failure with the system's code", () =>
    Effect.gen(function*() {
      const [disk, place] = [yield* Disk, yield* Place]
      yield* put(place("plain"), "#!/bin/sh\n", 0o644)
      yield* disk.makeDirectory(place("directory"))
      const codeOf = (path: string, given?: Given) => Effect.map(Effect.flip(runPath(path, given)), ({ code, message }) => [code, message.includes(path)])
      assert.deepStrictEqual(yield* codeOf(place("nothing")), ["ENOENT", true])
      assert.deepStrictEqual(yield* codeOf(place("plain")), ["EACCES", true])
      assert.deepStrictEqual(yield* codeOf(place("directory")), ["EACCES", true])
      assert.deepStrictEqual(yield* codeOf("/bin/true", { arguments: ["x".repeat(200_000)] }), ["E2BIG", true])
    }).pipe(Effect.provide(layer)))
})

describe("whoever runs the very same command already", () => {
  /** As a wemixvisor that was killed leaves it: in a group of its own. */
  const leftBehind = (path: string, ...words: ReadonlyArray<string>) =>
    Effect.acquireRelease(
      Effect.sync(() => spawn(path, words, { detached: true, stdio: "ignore" })),
      (child) => Effect.sync(() => void child.kill("SIGKILL"))
    ).pipe(Effect.map(({ pid }) => pid ?? 0))
  for (const interpreter of ["/bin/sh", "/usr/bin/env sh"]) {
    it.live(`is ended first, with its group (#!${interpreter})`, () =>
      Effect.gen(function*() {
        const [at, place] = [yield* inPlace, yield* Place]
        const text = `#!${interpreter}\ntrap '' TERM; sleep 1000 & echo $! > ${at("other")}; wait\n`
        yield* put(place("program"), text)
        const left = yield* leftBehind(place("program"), "v2", "10")
        yield* until("it runs", Effect.map(contentOf("other"), (text) => text.endsWith("\n")))
        const lines: Array<string> = []
        yield* CommandRunner.endLeftovers({ ...usual, path: place("program"), arguments: ["v2", "10"], tell: (line) => Effect.sync(() => void lines.push(line)) }, quick)
        assert.deepStrictEqual(lines, [`pid ${left} still runs it, left by a wemixvisor that was killed; it is ended first`])
        assert.isTrue(yield* isGone(left))
        assert.isTrue(yield* isGone(yield* pidIn("other")))
      }).pipe(Effect.provide(layer)))
  }
  it.live("with other arguments, or as the word of another program, is left alone", () =>
    Effect.gen(function*() {
      const [at, place] = [yield* inPlace, yield* Place]
      yield* put(place("program"), `#!/bin/sh\necho >> ${at("runs")}; exec sleep 1000\n`)
      const others = [
        yield* leftBehind(place("program"), "v3", "10"),
        yield* leftBehind(place("program"), "v2 ", "10"),
        yield* leftBehind("/bin/sh", "-c", "echo >> \"$1\"; while :; do sleep 0.1; done", "sh", place("runs"), place("program"), "v2", "10")
      ]
      yield* until("they run", Effect.map(contentOf("runs"), (text) => text.length === 3))
      yield* CommandRunner.endLeftovers({ ...usual, path: place("program"), arguments: ["v2", "10"], tell: () => Effect.die("told of one") }, quick)
      for (const pid of others) assert.isFalse(yield* isGone(pid))
    }).pipe(Effect.provide(layer)))
})
