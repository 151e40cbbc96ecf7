// A watched plan file on either disk: readings as they come, ways to change the file, and the log lines that were written meanwhile.
import { Effect, Layer, Logger, Queue, Stream } from "effect"
import type { PlanReading } from "../../src/domain/Readiness.ts"
import { Config } from "../../src/services/Config.ts"
import { Disk } from "../../src/services/Disk.ts"
import { FileWatcher } from "../../src/services/FileWatcher.ts"
import { bytes } from "./Places.ts"

/** Makes the directory of the plan, and puts plans there whole or in place. */
export const planFile = Effect.gen(function*() {
  const [disk, { home }] = [yield* Disk, yield* Config]
  yield* disk.makeDirectory(home.data)
  const inPlace = (text: string | Uint8Array) => disk.write(home.planFile, typeof text === "string" ? bytes(text) : text, 0o644)
  const put = Effect.fnUntraced(function*(text: string) {
    yield* disk.write(`${home.data}/aside`, bytes(text), 0o644)
    yield* disk.rename(`${home.data}/aside`, home.planFile)
  })
  return { disk, home, inPlace, put, remove: disk.remove(home.planFile) }
})

/** Readings from now on, one at a time; what never comes fails after a while. */
export const watching = Effect.gen(function*() {
  const [watcher, queue] = [yield* FileWatcher, yield* Queue.unbounded<PlanReading>()]
  yield* watcher.readings.pipe(Stream.runForEach((reading) => Queue.offer(queue, reading)), Effect.forkScoped({ startImmediately: true }))
  return { waiting: Queue.size(queue), next: Effect.timeout(Queue.take(queue), "4 seconds") }
})

/** A reading in one phrase: `absent`, `v2 at 100`, or why it is unusable, without the path. */
export const phrase = (reading: PlanReading): string => {
  switch (reading._tag) {
    case "Absent":
      return "absent"
    case "Read":
      return `${reading.plan.name} at ${reading.plan.height}`
    case "Unusable":
      return reading.why.replace(/^\S+ /, "")
  }
}

export const plan = (name: string, height: number | string): string => `{"name":"${name}","height":${height}}`

/** Keeps log lines instead of writing them. */
export const keepingLogs = (lines: Array<string>): Layer.Layer<never> =>
  Logger.layer([Logger.make(({ logLevel, message }) => void lines.push(`${logLevel} ${String(message)}`))])
