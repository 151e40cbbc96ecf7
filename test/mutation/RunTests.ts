// A program: runs the test files it is given, one after another, up to the first failure. Ends with 0 when all passed; with `statusOfCaught`
// when a test failed, and prints which; with anything else when they could not be run. Runs in a copy of the project, never in the project.
import { join, relative } from "node:path"
import { BaseSequencer, type Reporter, startVitest, type TestModule, type TestSpecification } from "vitest/node"
import { statusOfCaught } from "./Suites.ts"

/** No test of a healthy program comes near, also while the machine is busy. */
const patienceMillis = 20_000

const run = async (root: string, files: ReadonlyArray<string>): Promise<void> => {
  // Only a test tells anything about the program: what fails before those of a file, by its time being up or by an import, does not.
  const reporter: Reporter = {
    onTestCaseResult: (test) => {
      if (test.result().state !== "failed") return
      process.stdout.write(`${nameOf(test.module, root)} > ${test.fullName}`)
      // At once: a broken launcher leaves programs behind that hold the worker's pipes, and an orderly end would wait for them.
      process.exit(statusOfCaught)
    }
  }
  class InTheirOrder extends BaseSequencer {
    override async sort(specifications: TestSpecification[]) {
      const place = ({ moduleId }: TestSpecification) => files.indexOf(relative(root, moduleId))
      return specifications.toSorted((one, other) => place(one) - place(other))
    }
  }
  const vitest = await startVitest([], {
    root,
    config: false,
    watch: false,
    include: [...files],
    reporters: [reporter],
    update: "none",
    cache: false,
    // Files that share what they import take a third of the time.
    isolate: false,
    maxWorkers: 1,
    bail: 1,
    testTimeout: patienceMillis,
    hookTimeout: patienceMillis,
    sequence: { sequencer: InTheirOrder }
  })
  const modules = vitest.state.getTestModules()
  const isWhole = modules.length > 0 && modules.every((module) => module.ok())
  await vitest.close()
  process.exit(isWhole ? 0 : 1)
}

const nameOf = ({ moduleId }: TestModule, root: string): string => relative(join(root, "test"), moduleId)

await run(process.cwd(), process.argv.slice(2))
