// Which test files could notice a mutation, the cheapest first: those about its file, then those about all of it, real programs last.
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import type { Mutation } from "./Mutation.ts"

/** One run of the tests. Files of one run share what they import, and follow one another in this order. */
export interface Suite {
  readonly files: ReadonlyArray<string>
  /** They start the program, which is built from the broken sources first. */
  readonly needsProgram: boolean
}

/** How `RunTests.ts` ends when a test failed. */
export const statusOfCaught = 10

const testsBelow = (root: string, directory: string): ReadonlyArray<string> => {
  const path = join(root, "test", directory)
  if (!existsSync(path)) return []
  return readdirSync(path).filter((name) => name.endsWith(".test.ts")).toSorted().map((name) => join("test", directory, name))
}

/** The packed library, which is built from sources that nobody broke. */
const packed = "test/supervisor/Embedding.test.ts"
/** It goes through everything before it says anything. */
const walk = "test/machine/Walk.test.ts"

/** Where the power is cut, the shorter one first. */
const powerCuts = (tests: ReadonlyArray<string> = []) => ["Inits", "PowerCuts"].flatMap((name) => tests.filter((test) => test.includes(`/${name}.`)))

/** These notice the most in the least time. */
const telling = ["Saga", "Ledger", "Safety", "Aftermath", "Fetching", "Upgrade", "Refusals", "TakeOver", "Recovery", "Probation", "StopBeats", "Stopping", "Start"].map((name) => `test/supervisor/${name}.test.ts`)
const tellingFirst = (tests: ReadonlyArray<string> = []) => [...telling.filter((test) => tests.includes(test)), ...tests]

/** The tests about a service of several files, which has a folder, or about one by way of another, the cheapest first. */
const matters: Readonly<Record<string, ReadonlyArray<string>>> = {
  backup: ["Backup"],
  copy: ["DataCopy", "Backups"],
  download: ["Downloads"],
  hooks: ["Hooks", "PreUpgrade", "Command"],
  staging: ["Staging", "Downloads"],
  ProgramFile: ["Releases"]
}

/** The suites in their order. The file that is about the mutated one comes first, unless the mutation says what will notice. */
export const suitesFor = (root: string, { catches, file }: Pick<Mutation, "file" | "catches">): ReadonlyArray<Suite> => {
  const [machine, supervisor, contracts, simulation] = ["machine", "supervisor", "contracts", "simulation"].map((directory) => testsBelow(root, directory))
  const [ring, name = ""] = file.replace(/^src\//, "").replace(/\.ts$/, "").split("/")
  const own = (tests: ReadonlyArray<string> = []) => (matters[name] ?? [name]).flatMap((start) => tests.filter((test) => test.includes(`/${start}`)))
  const strange = testsBelow(root, "fuzz").filter((test) => /\/(?:Survivor|State)/.test(test))
  const inOrder = {
    machine: [own(machine), machine, tellingFirst(supervisor)],
    services: [[...own(contracts), ...own(testsBelow(root, "services"))], own(simulation), tellingFirst(supervisor), contracts, strange],
    domain: [own(testsBelow(root, "domain")), own(testsBelow(root, "services")), tellingFirst(supervisor), strange],
    supervisor: [own(supervisor), tellingFirst(supervisor), contracts, strange]
  }[ring ?? ""] ?? []
  const quick = [...new Set(inOrder.flatMap((tests) => tests ?? []))].filter((test) => test !== packed && test !== walk)
  const slow = [...(ring === "machine" ? [walk] : []), ...(simulation ?? [])]
  if (Array.isArray(catches)) return [{ files: catches.map((test) => `test/process/${test}.test.ts`), needsProgram: true }]
  if (catches === undefined) return [{ files: [...quick, ...slow], needsProgram: false }]
  const first = catches === "disk" ? powerCuts(simulation) : slow
  return [{ files: [...new Set([...first, ...quick, ...slow])], needsProgram: false }]
}

/** Everything that is run for any of the mutations: it must pass while nothing is broken. */
export const suitesForAll = (root: string, mutations: ReadonlyArray<Mutation>): ReadonlyArray<Suite> =>
  [false, true].flatMap((needsProgram) => {
    const suites = mutations.flatMap((mutation) => suitesFor(root, mutation)).filter((suite) => suite.needsProgram === needsProgram)
    const files = [...new Set(suites.flatMap((suite) => suite.files))]
    return files.length === 0 ? [] : [{ files, needsProgram }]
  })
