// What only the real launcher can keep: sessions, arguments byte for byte, files that are busy, and programs that are no scripts.
import { assert, describe, it, vi } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Option, Scope } from "effect"
import { TestClock } from "effect/testing"
import { copyFileSync } from "node:fs"
import { type FileHandle, open, readFile } from "node:fs/promises"
import { ChildExit } from "../../src/domain/ChildExit.ts"
import { currentBinary, releaseBinary } from "../../src/domain/Home.ts"
import { genesis } from "../../src/domain/Release.ts"
import { Config } from "../../src/services/Config.ts"
import { Disk } from "../../src/services/Disk.ts"
import { Launcher } from "../../src/services/Launcher.ts"
import { refusal } from "../support/world/Refusal.ts"
import { Place, textOf, write } from "./Places.ts"
import { announced, furnishProgram, realLauncher, start, until } from "./Stages.ts"

const script = (text: string) => furnishProgram(`#!/bin/sh\n${text}\n`)

/** What `/proc` says of a process, from the group on: group, session, terminal. */
const sessionOf = (pid: number) =>
  Effect.map(Effect.promise(() => readFile(`/proc/${pid}/stat`, "utf8")), (text) => text.slice(text.lastIndexOf(")") + 2).split(" ").slice(2, 5).map(Number))

/** The home's binary, open for writing until the scope or the file is closed. */
const heldOpen = Effect.gen(function*() {
  const { home } = yield* Config
  return yield* Effect.acquireRelease(
    Effect.promise(() => open(releaseBinary(home, genesis), "r+")),
    (file) => Effect.promise(() => file.close().catch(() => undefined))
  )
})
const close = (file: FileHandle) => Effect.promise(() => file.close())

/** A program that is no script, in the place of genesis. */
const sleeping = Effect.gen(function*() {
  const { home } = yield* Config
  yield* script("exit 0")
  copyFileSync("/bin/sleep", releaseBinary(home, genesis))
})

describe("the real launcher", () => {
  it.live("gives the child a session and a group of its own, without a terminal", () =>
    Effect.gen(function*() {
      yield* script("exec sleep 1000")
      const { pid } = yield* start()
      assert.deepStrictEqual(yield* sessionOf(pid), [pid, pid, 0])
    }).pipe(Effect.provide(realLauncher)))
  it.live("sends the child's SIGTERM to no other of its group", () =>
    Effect.gen(function*() {
      const [disk, place] = [yield* Disk, yield* Place]
      const other = `(trap ': > ${place("got")}' TERM; : > '${place("ready")}'; while :; do sleep 0.01; done) &`
      yield* script(`${other} trap 'sleep 0.2; exit 0' TERM; while :; do sleep 0.01; done`)
      const child = yield* start()
      yield* until("the other one is ready", Effect.map(disk.glance(place("ready")), (glance) => glance !== undefined))
      yield* child.terminate
      yield* child.exit
      assert.isTrue(yield* child.hasGroup)
      assert.isUndefined(yield* disk.glance(place("got")))
    }).pipe(Effect.provide(realLauncher)))
  it.live("signals a group no more once it was seen to be gone: its number may be another's then", () =>
    Effect.gen(function*() {
      yield* script("exit 3")
      const scope = yield* Scope.make()
      const child = yield* Scope.provide(start(), scope)
      yield* child.exit
      assert.isFalse(yield* child.hasGroup)
      const kill = yield* Effect.acquireRelease(Effect.sync(() => vi.spyOn(process, "kill")), (spy) => Effect.sync(() => spy.mockRestore()))
      yield* child.signalGroup("SIGKILL")
      yield* child.terminate
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(kill.mock.calls, [])
    }).pipe(Effect.provide(realLauncher)))
  it.live("passes arguments byte for byte, and the directory and environment of this process", () =>
    Effect.gen(function*() {
      const place = yield* Place
      yield* script(`for word do printf '%s\\0' "$word"; done > '${place("words")}'; pwd > '${place("pwd")}'; printf %s "$PATH" > '${place("path")}'`)
      const words = ["--help", "", "--", "a b", "ü\n'\"$x", "-"]
      const { exit } = yield* start(...words)
      yield* exit
      assert.strictEqual(yield* textOf(place("words")), words.map((word) => `${word}\0`).join(""))
      assert.deepStrictEqual([yield* textOf(place("pwd")), yield* textOf(place("path"))], [`${process.cwd()}\n`, process.env["PATH"] ?? ""])
    }).pipe(Effect.provide(realLauncher)))
  it.live("waits for a file that is still open for writing", () =>
    Effect.gen(function*() {
      yield* script("exit 6")
      const file = yield* heldOpen
      const starting = yield* Effect.forkScoped(start(), { startImmediately: true })
      assert.isUndefined(starting.pollUnsafe())
      yield* close(file)
      const { exit } = yield* Fiber.join(starting)
      assert.deepStrictEqual(yield* exit, ChildExit.Code({ code: 6 }))
    }).pipe(Effect.provide(realLauncher)))
  it.effect("gives up with ETXTBSY on a file that stays open for writing", () =>
    Effect.gen(function*() {
      yield* script("exit 6")
      yield* heldOpen
      const starting = yield* Effect.forkScoped(Effect.flip(start()), { startImmediately: true })
      yield* TestClock.adjust("1 minute")
      const error = yield* Fiber.join(starting)
      assert.deepStrictEqual([error.code, error.problem._tag], ["ETXTBSY", "SpawnRefused"])
    }).pipe(Effect.provide(realLauncher)))
  it.live("says E2BIG where the arguments are more than the system takes", () =>
    Effect.gen(function*() {
      yield* script("exit 0")
      const error = yield* Effect.flip(start("x".repeat(200_000)))
      assert.strictEqual(error.code, "E2BIG")
    }).pipe(Effect.provide(realLauncher)))
  it.live("finds a program that is no script by its announcement", () =>
    Effect.gen(function*() {
      yield* sleeping
      const { pid } = yield* start("1000")
      const found = yield* Launcher.use((launcher) => Effect.flatMap(announced("1000"), launcher.find))
      assert.deepStrictEqual(Option.map(found, (child) => child.pid), Option.some(pid))
    }).pipe(Effect.provide(realLauncher)))
  it.live("finds a script by its announcement though the disk refuses to read it", () =>
    Effect.gen(function*() {
      yield* script("while :; do sleep 0.1; done")
      const [{ pid }, disk] = [yield* start("1000"), yield* Disk]
      const unreadable = Layer.succeed(Disk, Disk.of({ ...disk, read: (path) => Effect.fail(refusal("read", path, "EMFILE")) }))
      const found = yield* Launcher.use((launcher) => Effect.flatMap(announced("1000"), launcher.find)).pipe(Effect.provide(Layer.fresh(Launcher.layer).pipe(Layer.provide(unreadable))))
      assert.deepStrictEqual(Option.map(found, (child) => child.pid), Option.some(pid))
    }).pipe(Effect.provide(realLauncher)))
  it.live("does not take the same program with other arguments for the one that was announced", () =>
    Effect.gen(function*() {
      yield* sleeping
      yield* start("1000")
      const found = yield* Launcher.use((launcher) => Effect.flatMap(announced("2000"), launcher.find))
      assert.deepStrictEqual(Option.map(found, (child) => child.pid), Option.none())
    }).pipe(Effect.provide(realLauncher)))
  it.live("finds what a child left behind of its group, and never where the machine was booted since", () =>
    Effect.gen(function*() {
      const place = yield* Place
      yield* script(`sleep 1000 & until [ -e '${place("end")}' ]; do sleep 0.01; done; exit 4`)
      const child = yield* start()
      const record = { ...yield* announced(), identity: Option.getOrThrow(child.identity) }
      yield* write(place("end"), "")
      yield* child.exit
      const find = (bootId: string) => Launcher.use((launcher) => launcher.find({ ...record, identity: { ...record.identity, bootId } }))
      assert.deepStrictEqual(yield* find("another"), Option.none())
      const found = Option.getOrThrow(yield* find(record.identity.bootId))
      assert.deepStrictEqual([found.pid, found.identity, yield* found.exit], [child.pid, Option.none(), ChildExit.Unknown()])
      assert.isTrue(yield* found.hasGroup)
    }).pipe(Effect.provide(realLauncher)))
  it.live("does not take a program for the announced one because it was given the node's path", () =>
    Effect.gen(function*() {
      const { home } = yield* Config
      yield* script("exec sleep 1000")
      const onlooker = yield* Launcher.use((launcher) => launcher.start({ path: "/bin/sh", arguments: ["-c", "while :; do sleep 0.1; done", "sh", currentBinary(home)] }))
      const found = yield* Launcher.use((launcher) => Effect.flatMap(announced(), launcher.find))
      assert.deepStrictEqual(Option.map(found, (child) => child.pid), Option.none())
      yield* onlooker.terminate
    }).pipe(Effect.provide(realLauncher)))
})
