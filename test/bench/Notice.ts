// How soon a plan that appears reaches the node as SIGTERM: the notice, the check and the record that comes before the stop.
import { renameSync, watch, writeFileSync } from "node:fs"
import { join } from "node:path"
import { writeDurably } from "./DurableWrites.ts"
import type { Heading, Measured } from "./Figure.ts"
import { freshHome, preparePlan, stage, supervise } from "./Homes.ts"
import { during, now } from "./Programs.ts"
import { interleave, settle } from "./Sampling.ts"
import { scratchDirectory } from "./Scratch.ts"

export const noticeHeading: Heading = {
  id: "plan",
  title: "plan renamed into place to SIGTERM at the node",
  unit: "ms",
  aim: { kind: "absolute", most: 10 }
}

const noticePlan = async (phase: number): Promise<number> => {
  const home = await freshHome()
  stage(home, "v1")
  const placePlan = preparePlan(home, "v1")
  return during(supervise(home), async (wemixvisor) => {
    await wemixvisor.line("up genesis")
    await settle(phase)
    const placedAt = placePlan()
    const terminatedAt = await wemixvisor.line("down genesis")
    await wemixvisor.line("up v1")
    return terminatedAt - placedAt
  })
}

/** From a rename to the callback of a watcher of the directory, in this process. */
const inotifyRoundTrip = async (): Promise<number> => {
  const directory = scratchDirectory("watched")
  const aside = join(scratchDirectory("aside"), "file")
  writeFileSync(aside, "{}")
  const seen = Promise.withResolvers<number>()
  const watcher = watch(directory, () => seen.resolve(now()))
  try {
    const renamedAt = now()
    renameSync(aside, join(directory, "file"))
    return (await seen.promise) - renamedAt
  } finally {
    watcher.close()
  }
}

const durableWrite = async (): Promise<number> => {
  const directory = scratchDirectory("record")
  const before = now()
  writeDurably(directory)
  return now() - before
}

export const measureNotice = async (runs: number): Promise<Measured> => ({
  ...noticeHeading,
  ...await interleave({
    runs,
    subject: { name: "wemixvisor", take: noticePlan },
    floor: { name: "one inotify round trip in Node", take: inotifyRoundTrip },
    others: [{ name: "one durable write, as of the record", take: durableWrite }]
  })
})
