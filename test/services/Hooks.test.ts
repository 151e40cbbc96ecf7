// Hooks as an operator writes them, real programs in real directories: which are run and in which order, what they are given, what their end leads to.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawn } from "node:child_process"
import { readFileSync, symlinkSync } from "node:fs"
import { Config } from "../../src/services/Config.ts"
import { Disk } from "../../src/services/Disk.ts"
import { argumentsOf, hookDirectory, stages } from "../../src/domain/Hook.ts"
import { contentOf, Heard, occasion, put, putHook, realHooks, runPart } from "../contracts/HookParts.ts"
import { Place, write } from "../contracts/Places.ts"
import { until } from "../contracts/Stages.ts"

/** Appends its own name to a file of the test's. */
const naming = Effect.map(Place, (place) => `echo "\${0##*/}" >> '${place("ran")}'`)
const ran = Effect.map(contentOf("ran"), (text) => text.split("\n").slice(0, -1))
const warnings = Effect.map(Heard, (heard) => heard.filter(({ level }) => level === "Warn").map(({ text }) => text))

describe("a directory of hooks", () => {
  it.live("is run in the order of its names' bytes, without hidden files, backups of editors, and directories", () =>
    Effect.gen(function*() {
      const [text, disk, { home }] = [yield* naming, yield* Disk, yield* Config]
      const order = ["10-a", "9-b", "A", "a b", "a%20", "b.sh", "z", "ä", "\uffee", "𝄞"]
      for (const name of [...order.toReversed(), ".hidden", "z~", "~"]) yield* putHook("pre-stop", name, text)
      yield* disk.makeDirectory(`${hookDirectory(home, "pre-stop")}/library`)
      yield* runPart("pre-stop")
      assert.deepStrictEqual(yield* ran, order)
      assert.deepStrictEqual(yield* warnings, [])
    }).pipe(Effect.provide(realHooks())))
  it.live("warns by name of what it cannot run, and goes on with the next", () =>
    Effect.gen(function*() {
      const [text, disk, { home }] = [yield* naming, yield* Disk, yield* Config]
      const plain = yield* putHook("pre-upgrade", "1-plain", text, 0o644)
      const directory = hookDirectory(home, "pre-upgrade")
      yield* disk.link("nowhere", `${directory}/2-dangling`)
      yield* putHook("pre-upgrade", "3-good", text)
      yield* runPart("pre-upgrade")
      assert.deepStrictEqual(yield* ran, ["3-good"])
      assert.deepStrictEqual(yield* warnings, [
        `${plain} is not executable: chmod +x ${plain}; passed over`,
        `${directory}/2-dangling cannot be looked at: ENOENT; passed over`
      ])
    }).pipe(Effect.provide(realHooks())))
  it.live("runs what a link leads to", () =>
    Effect.gen(function*() {
      const place = yield* Place
      yield* put(place("elsewhere", "drain"), `#!/bin/sh\n${yield* naming}\n`)
      const hook = yield* putHook("pre-stop", "linked", "exit 0")
      yield* Disk.use((disk) => disk.remove(hook))
      symlinkSync(place("elsewhere", "drain"), hook)
      yield* runPart("pre-stop")
      assert.deepStrictEqual(yield* ran, ["linked"])
    }).pipe(Effect.provide(realHooks())))
  it.live("that is a file, or cannot be read, fails pre-upgrade alone", () =>
    Effect.gen(function*() {
      const [disk, { home }] = [yield* Disk, yield* Config]
      yield* disk.makeDirectory(`${home.root}/hooks`)
      for (const stage of stages) yield* write(hookDirectory(home, stage), "")
      const error = yield* Effect.flip(runPart("pre-upgrade"))
      assert.deepStrictEqual([error.reason, error.path], ["Refused", hookDirectory(home, "pre-upgrade")])
      for (const stage of stages.filter((stage) => stage !== "pre-upgrade")) yield* runPart(stage)
      assert.lengthOf(yield* warnings, 3)
    }).pipe(Effect.provide(realHooks())))
  it.live("of pre-upgrade ends with the first that fails; those of the other stages are all run", () =>
    Effect.gen(function*() {
      const text = yield* naming
      for (const stage of stages) {
        yield* putHook(stage, `${stage}-1`, text)
        yield* putHook(stage, `${stage}-2`, `${text}; exit 7`)
        yield* putHook(stage, `${stage}-3`, text)
      }
      const error = yield* Effect.flip(runPart("pre-upgrade"))
      assert.deepStrictEqual([error.reason, error.path.endsWith("/pre-upgrade-2")], ["Failed", true])
      for (const stage of stages.filter((stage) => stage !== "pre-upgrade")) yield* runPart(stage)
      assert.deepStrictEqual(yield* ran, [
        "pre-upgrade-1",
        "pre-upgrade-2",
        ...stages.filter((stage) => stage !== "pre-upgrade").flatMap((stage) => [1, 2, 3].map((number) => `${stage}-${number}`))
      ])
      assert.lengthOf(yield* warnings, 3)
      assert.isTrue((yield* warnings).every((text) => text.includes("ended with code 7")))
    }).pipe(Effect.provide(realHooks())))
  const unfit: Readonly<Record<string, readonly [content: string | Buffer, why: string]>> = {
    "is empty": ["", "is not a program: it is empty"],
    "has no #!": ["exit 0\n", "is not a program: it begins with neither"],
    "needs an interpreter that is not there": ["#!/no/such/shell\n", "needs /no/such/shell, which is not on this machine"],
    "is cut off": [readFileSync("/bin/sh").subarray(0, 5000), "is cut off"],
    "is built for another machine": [Buffer.concat([readFileSync("/bin/sh").subarray(0, 18), Buffer.of(process.arch === "s390x" ? 62 : 22, 0), readFileSync("/bin/sh").subarray(20)]), "is built for ELF"]
  }
  for (const [what, [content, why]] of Object.entries(unfit)) {
    it.live(`refuses a hook that ${what}, and starts nothing`, () =>
      Effect.gen(function*() {
        const disk = yield* Disk
        const path = yield* putHook("pre-upgrade", "hook", "")
        yield* disk.write(path, Buffer.from(content), 0o755)
        const error = yield* Effect.flip(runPart("pre-upgrade"))
        assert.deepStrictEqual([error.reason, error.path], ["Refused", path])
        assert.include(error.message, `${path} ${why}`)
        assert.deepStrictEqual((yield* Heard).map(({ text }) => text), [])
      }).pipe(Effect.provide(realHooks())))
  }
})

describe("a hook", () => {
  it.live("is given name and height, the plan on its input, its directory, and variables beside wemixvisor's own", () =>
    Effect.gen(function*() {
      const [place, { home }] = [yield* Place, yield* Config]
      const script = `#!${process.execPath}
const fs = require("node:fs")
const input = fs.readFileSync(0, "utf8")
const { PATH, ...rest } = process.env
const ours = Object.fromEntries(Object.entries(rest).filter(([name]) => name.startsWith("WEMIXVISOR_")))
fs.writeFileSync(${JSON.stringify(place("said"))}, JSON.stringify({ words: process.argv.slice(2), input, cwd: process.cwd(), PATH, ours }))
`
      yield* put(`${hookDirectory(home, "on-failure")}/hook`, script)
      const why = "v2 ended with code 2 after 3s; % \"quoted\" \n\u0000 ünï"
      yield* runPart("on-failure", { ...occasion, backup: "/back ups/1", attempt: 3, why })
      assert.deepStrictEqual(JSON.parse(yield* contentOf("said")), {
        words: ["v 2 ü%", "1500"],
        input: occasion.plan,
        cwd: home.directory,
        PATH: process.env["PATH"],
        ours: {
          WEMIXVISOR_HOOK: "on-failure",
          WEMIXVISOR_PLAN: "v 2 ü%",
          WEMIXVISOR_HEIGHT: "1500",
          WEMIXVISOR_FROM: "genesis",
          WEMIXVISOR_TO: "v 2 ü%",
          WEMIXVISOR_FROM_BINARY: `${home.genesis}/bin/node`,
          WEMIXVISOR_TO_BINARY: `${home.upgrades}/v%202%20%C3%BC%25/bin/node`,
          WEMIXVISOR_HOME: home.directory,
          WEMIXVISOR_BACKUP: "/back ups/1",
          WEMIXVISOR_ATTEMPT: "3",
          WEMIXVISOR_KEY: "key-1",
          WEMIXVISOR_WHY: why.replace("\u0000", "")
        }
      })
    }).pipe(Effect.provide(realHooks())))
  it.live("finds what does not apply empty, and a reason without end cut", () =>
    Effect.gen(function*() {
      const place = yield* Place
      yield* putHook("on-failure", "hook", `set -u; printf '%s,%s,%s' "$WEMIXVISOR_BACKUP" "\${#WEMIXVISOR_WHY}" "$WEMIXVISOR_HOOK" > '${place("said")}'`)
      yield* runPart("on-failure")
      assert.strictEqual(yield* contentOf("said"), ",0,on-failure")
      yield* runPart("on-failure", { ...occasion, why: "x".repeat(1_000_000) })
      assert.strictEqual(yield* contentOf("said"), ",8192,on-failure")
    }).pipe(Effect.provide(realHooks())))
  it.live("speaks to the log, each line under its name", () =>
    Effect.gen(function*() {
      yield* putHook("post-upgrade", "10-tell", "echo one; echo two >&2; printf '\\033[31mred\\377'")
      yield* runPart("post-upgrade")
      const heard = (yield* Heard).filter(({ text }) => text.startsWith("10-tell: "))
      assert.deepStrictEqual(heard.map(({ text }) => text).toSorted(), ["10-tell: \u001b[31mred\ufffd", "10-tell: one", "10-tell: two"].toSorted())
      assert.isTrue(heard.every(({ fields, level }) => level === "Info" && fields["topic"] === "hook" && fields["hook"] === "10-tell"))
    }).pipe(Effect.provide(realHooks())))
  it.live("that takes longer than it may is ended, and the error says so", () =>
    Effect.gen(function*() {
      const path = yield* putHook("pre-upgrade", "slow", "trap '' TERM; while :; do sleep 0.01; done")
      const error = yield* Effect.flip(runPart("pre-upgrade"))
      assert.deepStrictEqual([error.reason, error.path], ["TimedOut", path])
      assert.include(error.message, "did not end within 200ms")
    }).pipe(Effect.provide(realHooks({ DAEMON_HOOK_TIMEOUT: "200ms" }))))
  it.live("that a wemixvisor left running which was killed is ended before it is run again", () =>
    Effect.gen(function*() {
      const place = yield* Place
      const path = yield* putHook("pre-upgrade", "migrate", `echo > '${place("runs")}'; while :; do sleep 0.1; done`)
      const left = yield* Effect.acquireRelease(
        Effect.sync(() => spawn(path, argumentsOf(occasion), { detached: true, stdio: "ignore" })),
        (child) => Effect.sync(() => void child.kill("SIGKILL"))
      )
      yield* until("it runs", Effect.map(contentOf("runs"), (text) => text !== ""))
      yield* put(path, "#!/bin/sh\nexit 0\n")
      yield* runPart("pre-upgrade")
      assert.isTrue((yield* Heard).some(({ text }) => text.includes(`pid ${left.pid} still runs it`)))
    }).pipe(Effect.provide(realHooks())))
  it.live("may take as long as it likes where that is infinite", () =>
    Effect.gen(function*() {
      yield* putHook("pre-upgrade", "hook", "sleep 0.05")
      yield* runPart("pre-upgrade")
    }).pipe(Effect.provide(realHooks({ DAEMON_HOOK_TIMEOUT: "infinity" }))))
})
