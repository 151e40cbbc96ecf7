// What happens to a home while wemixvisor is killed: what it is made of, what is done to it, where it must be in the end.
// Each wait ends as well when wemixvisor is gone: what follows is then left to the next one.
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { setTimeout as delay } from "node:timers/promises"
import { quote, shortLived, steady, unhurried } from "../FakeNode.ts"
import type { Program } from "../Program.ts"
import { type Occasion, TestHome } from "../TestHome.ts"
import { type Ending, journalOf, livingIn, unrest } from "./Verdict.ts"

export interface Story {
  readonly name: string
  readonly make: (occasion: Occasion) => TestHome
  readonly env?: Readonly<Record<string, string>>
  /** What is done while the first wemixvisor runs. */
  readonly act: (home: TestHome, program: Program) => Promise<unknown>
  /** What of it must have been done, also when wemixvisor was gone too early for it. */
  readonly complete: (home: TestHome) => void
  readonly ending: Ending
  /** Up to this call, as `2 spawn`, it is the same as the first of the stories; the first has none. */
  readonly ownFrom: string | undefined
  /** Of its moments those that are taken where not all are; without this, those beside names, processes and signals. */
  readonly boundaries?: RegExp
  /** Its calls, but for those that write state.json. */
  readonly calls: ReadonlyArray<string>
  /** How often it writes state.json: one that were left out would not be missed by those that come to their end well. */
  readonly records: number
}

const prepare = ["remove wemixvisor/current.new", "link wemixvisor/current.new"]
const swap = "rename wemixvisor/current"
const start = "spawn wemixvisor/current/bin/node"
const stop = "SIGTERM to the node"

/** A deadline that no healthy run comes near, in milliseconds. */
const patience = 60_000

/** Waits until it is so; false when wemixvisor is gone before. */
const whileRunning = async (program: Program, what: () => string, holds: () => boolean): Promise<boolean> => {
  const deadline = performance.now() + patience
  while (program.isRunning) {
    if (holds()) return true
    if (performance.now() > deadline) throw new Error(`never came true: ${what()}`)
    await delay(10)
  }
  return false
}

/** The node runs and is on record: nothing else is under way. */
const isConfirmed = (home: TestHome): boolean => {
  const [node] = livingIn(home)
  return node !== undefined && journalOf(home)?.child?.identity?.pid === node.pid
}

/** False when wemixvisor is gone before. */
export const comesToRest = (home: TestHome, program: Program, ending: Ending): Promise<boolean> =>
  whileRunning(program, () => unrest(home, program.pid, ending).join("; "), () => unrest(home, program.pid, ending).length === 0)

const planOnce = (home: TestHome, name: string, info?: string): void => {
  if (!fs.existsSync(home.planPath)) home.plan(name, 10, info === undefined ? {} : { info })
}

const upgrading = (
  release: string,
  story: Pick<Story, "name" | "make" | "ending" | "ownFrom" | "calls" | "records">,
  infoIn: (home: TestHome) => string | undefined = () => undefined
): Story => ({
  ...story,
  complete: (home) => planOnce(home, release, infoIn(home)),
  act: async (home, program) => {
    if (!await whileRunning(program, () => "the first node is on record", () => isConfirmed(home))) return
    planOnce(home, release, infoIn(home))
    await comesToRest(home, program, story.ending)
  }
})

const succeeds = upgrading("v2", {
  name: "an upgrade that succeeds",
  ownFrom: undefined,
  calls: [start, ...prepare, stop, swap, start, stop],
  records: 10,
  ending: { release: "v2", applied: ["v2"], failed: [] },
  make: (occasion) => {
    const home = TestHome.make(occasion, unhurried)
    home.stage("v2")
    return home
  }
})

const rolledBack = upgrading("bad", {
  name: "an upgrade that is rolled back",
  ownFrom: "2 spawn",
  calls: [start, ...prepare, stop, swap, start, ...prepare, swap, start, stop],
  records: 13,
  ending: { release: "genesis", applied: [], failed: ["bad"] },
  make: (occasion) => {
    const home = TestHome.make(occasion)
    home.stage("bad", shortLived)
    return home
  }
})

const hookOf = (stage: string): string => `spawn wemixvisor/hooks/${stage}/hook`

const written = (path: string): ReadonlyArray<string> => ["open", "write", "sync", "close"].map((call) => `${call} ${path}`)

const backUp = (release: string): ReadonlyArray<string> => [
  `make backups/.${release}-T.new`,
  `make backups/.${release}-T.new/data`,
  `copy backups/.${release}-T.new/data/blocks`,
  ...written(`backups/.${release}-T.new/files.txt`),
  ...written(`backups/.${release}-T.new/manifest.json`),
  `sync backups/.${release}-T.new`,
  `rename backups/${release}-T`,
  "sync backups"
]

const upToTheSwitch = (release: string): ReadonlyArray<string> =>
  [start, "make backups", hookOf("pre-stop"), ...prepare, stop, ...backUp(release), hookOf("pre-upgrade"), swap, start]

/** Every stage has a hook that takes no time. */
const hooksIn = (home: TestHome): void =>
  ["pre-stop", "pre-upgrade", "post-upgrade", "on-failure"].forEach((stage) =>
    home.put(home.inside("hooks", stage, "hook"), `#!/bin/sh\nprintf 'hook %s %s %s\\n' "$$" ${stage} "$WEMIXVISOR_KEY" >> ${quote(home.record)}\n`, 0o755))

const plain = upgrading("v2", {
  name: "an upgrade with a backup and hooks",
  ownFrom: hookOf("pre-stop"),
  calls: [...upToTheSwitch("v2"), hookOf("post-upgrade"), stop],
  records: 11,
  ending: { release: "v2", applied: ["v2"], failed: [] },
  make: (occasion) => {
    const home = TestHome.make(occasion)
    home.stage("v2")
    home.put(join(home.path, "data", "blocks"), "blocks")
    hooksIn(home)
    return home
  }
})

const furnished: Story = {
  ...plain,
  boundaries: /^(?:before|after) \d+ (?:spawn wemixvisor\/hooks|rename backups|copy backups)|^half \d+ write backups/,
  env: { UNSAFE_SKIP_BACKUP: "false", DAEMON_BACKUP: "copy", DAEMON_BACKUP_EXCLUDE: "upgrade-info.json" },
  act: async (home, program) => {
    await plain.act(home, program)
    await whileRunning(program, () => "the last hook", () => home.lines("hook").some(({ release }) => release === "post-upgrade"))
  }
}

const plainBack = upgrading("bad", {
  name: "a furnished upgrade that is rolled back",
  ownFrom: hookOf("on-failure"),
  calls: [...upToTheSwitch("bad"), ...prepare, swap, start, hookOf("on-failure"), stop],
  records: 14,
  ending: { release: "genesis", applied: [], failed: ["bad"] },
  make: (occasion) => {
    const home = TestHome.make(occasion)
    home.stage("bad", shortLived)
    home.put(join(home.path, "data", "blocks"), "blocks")
    hooksIn(home)
    return home
  }
})

const furnishedBack: Story = {
  ...plainBack,
  boundaries: /^(?:before|after) \d+ spawn wemixvisor\/hooks/,
  env: { UNSAFE_SKIP_BACKUP: "false", DAEMON_BACKUP: "copy", DAEMON_BACKUP_EXCLUDE: "upgrade-info.json" },
  act: async (home, program) => {
    await plainBack.act(home, program)
    await whileRunning(program, () => "the last hook", () => home.lines("hook").some(({ release }) => release === "on-failure"))
  }
}

const aside = "wemixvisor/upgrades/.staging,"

const staging = [
  "make wemixvisor/upgrades",
  `make ${aside}/new/v2/ID/bin`,
  ...["open", "sync", "close"].map((call) => `${call} ${aside}/new/v2/ID/bin/node`),
  ...written(`${aside}/new/v2/ID/release.json`),
  `sync ${aside}/new/v2/ID/bin`,
  `sync ${aside}/new/v2/ID`,
  "remove wemixvisor/upgrades/v2/bin",
  "rename wemixvisor/upgrades/v2",
  "sync wemixvisor/upgrades",
  ...["/new/v2", "/old/v2", "/new", "/old", "/part", ""].map((below) => `remove ${aside}${below}`)
]

const built = (home: TestHome): string => join(home.root, "built")

const fetched: Story = {
  ...upgrading("v2", {
    name: "an upgrade whose release is fetched",
    ownFrom: "1 make",
    calls: [start, ...staging, ...prepare, stop, swap, start, stop],
    records: 10,
    ending: { release: "v2", applied: ["v2"], failed: [] },
    make: (occasion) => {
      const home = TestHome.make(occasion, unhurried)
      home.put(built(home), unhurried(home, "v2"), 0o644)
      return home
    }
  }, (home) => {
    const sha256 = createHash("sha256").update(fs.readFileSync(built(home))).digest("hex")
    return JSON.stringify({ binaries: { any: `${pathToFileURL(built(home)).href}?checksum=sha256:${sha256}` } })
  }),
  env: { DAEMON_ALLOW_DOWNLOAD_BINARIES: "true" }
}

const restEnding: Ending = { release: "genesis", applied: [], failed: [] }

const restarted: Story = {
  name: "a node that fails and is started again",
  make: (occasion) => TestHome.make(occasion, steady),
  ownFrom: "3 rename",
  calls: [start, start, stop],
  records: 6,
  ending: restEnding,
  complete: () => {},
  act: async (home, program) => {
    if (!await whileRunning(program, () => "the first node is on record", () => isConfirmed(home))) return
    home.tell("finish 1")
    await whileRunning(program, () => "a second start", () => home.starts().length === 2)
    await comesToRest(home, program, restEnding)
  }
}

export const stories: ReadonlyArray<Story> = [succeeds, rolledBack, restarted, furnished, furnishedBack, fetched]
