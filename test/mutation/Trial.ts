// Tries one mutation: breaks a tree with it and runs the tests that could notice, until one does. Judges nothing.
import type { Mutation } from "./Mutation.ts"
import { statusOfCaught, type Suite, suitesFor, suitesForAll } from "./Suites.ts"
import type { Tree } from "./Tree.ts"

/** `caught`: `by` says by which test. `untried`: the tests that could notice are not there. `failed`: they could not be run, so nothing is known. */
export interface Verdict {
  readonly kind: "caught" | "survived" | "untried" | "failed"
  readonly by: string
  readonly seconds: number
}

/** Many times what all of the tests take, also on a busy machine. Tests that do not end in this time have told nothing. */
const patienceMillis = 1_200_000

const runSuite = async (tree: Tree, { files, needsProgram }: Suite): Promise<Omit<Verdict, "seconds">> => {
  if (needsProgram && (await tree.run("npm", ["run", "--silent", "build:program"], patienceMillis)).status !== 0) {
    return { kind: "failed", by: "the program cannot be built" }
  }
  const { output, status } = await tree.run(process.execPath, ["test/mutation/RunTests.ts", ...files], patienceMillis)
  if (status === 0) return { kind: "survived", by: "" }
  if (status === undefined) return { kind: "failed", by: `the tests did not end within ${patienceMillis / 1000} s` }
  return status === statusOfCaught ? { kind: "caught", by: output } : { kind: "failed", by: "the tests cannot be run" }
}

const runAll = async (tree: Tree, suites: ReadonlyArray<Suite>): Promise<Verdict> => {
  if (suites.length === 0) return { kind: "untried", by: "", seconds: 0 }
  const startedAt = performance.now()
  const secondsSince = () => (performance.now() - startedAt) / 1000
  for (const suite of suites) {
    const verdict = await runSuite(tree, suite)
    if (verdict.kind !== "survived") return { ...verdict, seconds: secondsSince() }
  }
  return { kind: "survived", by: "", seconds: secondsSince() }
}

export const tryOut = (tree: Tree, mutation: Mutation): Promise<Verdict> =>
  tree.withMutation(mutation, () => runAll(tree, suitesFor(tree.root, mutation)))

/** All the tests that these mutations are tried with, while nothing is broken. */
export const tryWhole = (tree: Tree, mutations: ReadonlyArray<Mutation>): Promise<Verdict> => runAll(tree, suitesForAll(tree.root, mutations))
