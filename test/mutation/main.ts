// `node test/mutation/main.ts`: breaks the program in one place after another, each in a copy, and tells which test notices.
// Ends with 0 when all were caught, 1 when one was not or could not be tried, 64 for a wrong option, 128 + n when signal n ended it.
import { constants } from "node:os"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { account } from "../support/Account.ts"
import { isMeant, type Mutation } from "./Mutation.ts"
import { mutations } from "./Mutations.ts"
import { line, table, type Tried } from "./Report.ts"
import { leaveNothing, Tree } from "./Tree.ts"
import { tryOut, tryWhole } from "./Trial.ts"

const project = fileURLToPath(new URL("../..", import.meta.url))

const usage = `node test/mutation/main.ts [options]

  --only <word>  mutations whose file or words contain this; may be given again
  --jobs <n>     how many are tried at a time (2)
  --list         prints the mutations, and tries none
`

interface Options {
  readonly wanted: ReadonlyArray<Mutation>
  readonly jobs: number
  readonly isList: boolean
}

/** Throws a TypeError for anything that is not understood. */
const readOptions = (args: ReadonlyArray<string>): Options => {
  const { values } = parseArgs({
    args: [...args],
    options: { only: { type: "string", multiple: true, default: [] }, jobs: { type: "string", default: "2" }, list: { type: "boolean", default: false } }
  })
  const jobs = Number(values.jobs)
  if (!Number.isInteger(jobs) || jobs < 1) throw new TypeError(`--jobs wants a whole number of at least 1, not '${values.jobs}'`)
  const wanted = mutations.filter((mutation) => values.only.length === 0 || values.only.some((word) => isMeant(mutation, word)))
  if (wanted.length === 0) throw new TypeError(`no mutation has any of these words: ${values.only.join(", ")}`)
  return { wanted, jobs, isList: values.list }
}

const optionsOrUsage = (): Options | undefined => {
  try {
    return readOptions(process.argv.slice(2))
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    process.stderr.write(`${cause.message}\n\n${usage}`)
    process.exitCode = 64
    return undefined
  }
}

/** Tries them all, each tree one after another, and tells of each as soon as it is known. */
const tryAll = async (trees: ReadonlyArray<Tree>, wanted: ReadonlyArray<Mutation>): Promise<ReadonlyArray<Tried>> => {
  const waiting = [...wanted]
  const tried = new Map<Mutation, Tried>()
  await Promise.all(trees.map(async (tree) => {
    for (let mutation = waiting.shift(); mutation !== undefined; mutation = waiting.shift()) {
      const one = { mutation, verdict: await tryOut(tree, mutation) }
      tried.set(mutation, one)
      process.stdout.write(`${String(tried.size).padStart(4)}/${wanted.length} ${line(one)}\n`)
    }
  }))
  return wanted.flatMap((mutation) => tried.get(mutation) ?? [])
}

/** A test that fails while nothing is broken would catch everything. */
const isSound = async (tree: Tree, wanted: ReadonlyArray<Mutation>): Promise<boolean> => {
  const { by, kind, seconds } = await tryWhole(tree, wanted)
  const isHealthy = kind === "survived"
  process.stdout.write(isHealthy ? `nothing broken: all tests pass, in ${seconds.toFixed(0)} s\n` : `nothing broken, and ${by} fails: no mutation can be tried\n`)
  return isHealthy
}

const run = async ({ jobs, wanted }: Options): Promise<void> => {
  const startedAt = performance.now()
  const trees = Array.from({ length: Math.min(jobs, wanted.length) }, () => new Tree(project))
  const [first] = trees
  if (first === undefined || !(await isSound(first, wanted))) return void (process.exitCode = 1)
  const tried = await tryAll(trees, wanted)
  process.stdout.write(`${table(tried, (performance.now() - startedAt) / 1000)}\n`)
  account("mutation", { mutations: tried.length, caught: tried.filter(({ verdict }) => verdict.kind === "caught").length })
  process.exitCode = tried.every(({ verdict }) => verdict.kind === "caught") ? 0 : 1
}

process.on("exit", leaveNothing)
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(128 + constants.signals[signal]))

const options = optionsOrUsage()
if (options?.isList) process.stdout.write(options.wanted.map(({ breaks, file }) => `${file}: ${breaks}\n`).join(""))
else if (options !== undefined) await run(options)
