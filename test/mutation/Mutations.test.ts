// The list of mutations keeps step with the sources: each text is still there, once, and what comes of it is a program that differs.
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { minifySync, transformSync } from "rolldown/utils"
import { describe, expect, it } from "vitest"
import { broken, type Mutation, occurrences } from "./Mutation.ts"
import { mutations } from "./Mutations.ts"

const root = join(import.meta.dirname, "../..")
const read = (file: string): string => readFileSync(join(root, file), "utf8")
/** Without its types and comments. */
const programOf = (text: string): string => minifySync("program.js", transformSync("program.ts", text).code, { compress: false, mangle: false }).code
const wholeOf = new Map([...new Set(mutations.map(({ file }) => file))].map((file) => [file, programOf(read(file))]))

describe("every mutation", () => {
  it("replaces a text that occurs exactly once in its file", () => {
    expect(mutations.filter(({ file, from }) => occurrences(read(file), from) !== 1).map(({ breaks }) => breaks)).toEqual([])
  })

  it("leaves a program, and another one", () => {
    const isHarmless = (mutation: Mutation) => programOf(broken(read(mutation.file), mutation)) === wholeOf.get(mutation.file)
    expect(mutations.filter(isHarmless).map(({ breaks }) => breaks)).toEqual([])
  })

  it("is one of many, in every file that decides, and in all that an upgrade is made of", () => {
    // Shapes of data and nothing else.
    const withoutDecisions = ["Action", "Event", "Notice", "State"].map((name) => `src/machine/${name}.ts`)
    const machine = readdirSync(join(root, "src/machine")).map((name) => `src/machine/${name}`).filter((file) => !withoutDecisions.includes(file))
    const supervisor = ["Adopt", "Boot", "Fetching", "Inbox", "Init", "Ledger", "Looking", "Perform", "Ready", "Retry", "Supervisor", "Upgrade", "UpgradeSteps"].map((name) => `src/supervisor/${name}.ts`)
    const services = [
      "Disk", "Durable", "FileWatcher", "HomeLock", "Launcher", "LinkManager", "ProcessTable", "ProgramFile", "Releases", "StateFile", "backup/BackupRestore", "backup/BackupRoom", "backup/BackupStore",
      "backup/Backups", "copy/Cloning", "copy/DataCopy", "copy/DiskCopy", "copy/FileCopy", "copy/TreeCopy", "copy/TreeWalk", "download/Downloading", "download/Fetching", "download/Http",
      "download/Intake", "download/Partial", "download/Unpacking", "hooks/CommandRunner", "hooks/Hooks", "staging/Aside", "staging/Staging"
    ].map((name) => `src/services/${name}.ts`)
    const mutated = new Set(mutations.map(({ file }) => file))
    expect([...machine, ...supervisor, ...services].filter((file) => !mutated.has(file))).toEqual([])
  })

  it("has words of its own", () => {
    const words = mutations.map(({ breaks, file }) => `${file}: ${breaks}`)
    expect(words.filter((word, index) => words.indexOf(word) !== index)).toEqual([])
  })
})
