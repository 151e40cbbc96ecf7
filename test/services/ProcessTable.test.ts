// What the system says of processes, by /proc and by ps: the same of this process, of a child, and of one that has ended and was not reaped.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { readFile } from "node:fs/promises"
import { ChildExit } from "../../src/domain/ChildExit.ts"
import * as ProcessTable from "../../src/services/ProcessTable.ts"
import { until } from "../contracts/Stages.ts"

/** A child with a group of its own, and the first line it writes. */
const child = Effect.fnUntraced(function*(text: string) {
  const started = yield* Effect.acquireRelease(
    Effect.sync(() => spawn("/bin/sh", ["-c", text], { detached: true, stdio: ["ignore", "pipe", "inherit"] })),
    killed
  )
  const line = yield* Effect.promise(() => once(started.stdout, "data"))
  return { pid: started.pid ?? 0, line: String(line[0]).trim(), end: killed(started) }
})

const killed = (started: ChildProcess) =>
  Effect.promise(async () => {
    const exit = started.exitCode === null && started.signalCode === null ? once(started, "exit") : undefined
    process.kill(-(started.pid ?? 0), "SIGKILL")
    await exit
  }).pipe(Effect.catchDefect(() => Effect.void))

const byPs = (pid: number) => Effect.map(ProcessTable.listByPs, (entries) => entries.find((entry) => entry.pid === pid))

describe("a process", () => {
  it.live("is known while it runs, by one identity", () =>
    Effect.gen(function*() {
      const { pid } = yield* child("echo ready; exec sleep 1000")
      const identity = Option.getOrThrow(yield* ProcessTable.identify(pid))
      assert.strictEqual(identity.pid, pid)
      assert.deepStrictEqual(yield* ProcessTable.identify(pid), Option.some(identity))
      assert.isTrue(yield* ProcessTable.isAlive(identity))
      assert.isFalse(yield* ProcessTable.isAlive({ ...identity, startTicks: "1" }))
      assert.isFalse(yield* ProcessTable.isAlive({ ...identity, bootId: "another" }))
    }))
  it.live("is not known once it has ended", () =>
    Effect.gen(function*() {
      const { end, pid } = yield* child("echo ready; exec sleep 1000")
      const identity = Option.getOrThrow(yield* ProcessTable.identify(pid))
      yield* end
      assert.deepStrictEqual(yield* ProcessTable.identify(pid), Option.none())
      assert.isFalse(yield* ProcessTable.isAlive(identity))
      assert.isFalse(yield* ProcessTable.hasMembers(pid))
      assert.isFalse(yield* ProcessTable.send(pid, "SIGTERM"))
    }))
  it.live("has members of its group as long as one of them runs", () =>
    Effect.gen(function*() {
      const { line, pid } = yield* child("sleep 1000 & echo $!; exec sleep 1000")
      assert.isTrue(yield* ProcessTable.send(pid, "SIGKILL"))
      yield* until("the leader is gone", Effect.map(ProcessTable.identify(pid), Option.isNone))
      assert.isTrue(yield* ProcessTable.hasMembers(pid))
      assert.isTrue(yield* ProcessTable.send(Number(line), "SIGKILL"))
      yield* until("the group is gone", Effect.map(ProcessTable.hasMembers(pid), (has) => !has))
    }))
})

describe.runIf(process.platform === "linux")("by ps", () => {
  it.live("a process that has ended and was not reaped is a zombie, and by /proc it is not known", () =>
    Effect.gen(function*() {
      // The shell becomes a program that never asks for its child's end.
      const { line, pid } = yield* child("sleep 1000 & echo $!; exec sleep 999")
      const zombie = Number(line)
      yield* until("the shell is another program", Effect.map(Effect.promise(() => readFile(`/proc/${pid}/comm`, "utf8")), (name) => name === "sleep\n"))
      yield* ProcessTable.send(zombie, "SIGKILL")
      yield* until("it is a zombie", Effect.map(byPs(zombie), (entry) => entry?.isZombie === true))
      assert.deepStrictEqual(yield* ProcessTable.identify(zombie), Option.none())
      assert.strictEqual((yield* byPs(zombie))?.group, pid)
    }))
  it.live("this process and a child are what /proc says they are", () =>
    Effect.gen(function*() {
      const { pid } = yield* child("echo ready; exec sleep 1000")
      const entry = yield* byPs(pid)
      assert.deepInclude(entry, { pid, group: pid, isZombie: false })
      assert.deepInclude(yield* byPs(process.pid), { pid: process.pid, isZombie: false })
    }))
  it.live("a start is told as the time it was at", () =>
    Effect.gen(function*() {
      const entry = yield* byPs(process.pid)
      const started = Date.parse(entry?.startTicks ?? "")
      assert.isAtMost(Math.abs(Date.now() - process.uptime() * 1000 - started), 60_000)
    }))
})

describe("how a child ended", () => {
  it("is its code, or the signal that ended it", () => {
    assert.deepStrictEqual(ProcessTable.exitOf(3, null), ChildExit.Code({ code: 3 }))
    assert.deepStrictEqual(ProcessTable.exitOf(null, "SIGKILL"), ChildExit.Signal({ signal: "SIGKILL", number: 9 }))
  })
})
