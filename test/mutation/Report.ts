// What is printed about mutations and what became of them. Pure.
import type { Mutation } from "./Mutation.ts"
import type { Verdict } from "./Trial.ts"

export interface Tried {
  readonly mutation: Mutation
  readonly verdict: Verdict
}

const words = { caught: "caught", survived: "SURVIVED", untried: "untried", failed: "FAILED" } as const

/** One line about one mutation. */
export const line = ({ mutation, verdict }: Tried): string => {
  const by = verdict.by === "" ? "" : `  ${verdict.by}`
  return `${words[verdict.kind].padEnd(8)} ${verdict.seconds.toFixed(1).padStart(6)} s  ${mutation.file}: ${mutation.breaks}${by === "" ? "" : `\n${" ".repeat(19)}${by.trim()}`}`
}

/** Each test file with how many mutations it was the first to notice. */
const countsByTest = (tried: ReadonlyArray<Tried>): ReadonlyArray<string> => {
  const counts = new Map<string, number>()
  for (const { verdict } of tried.filter(({ verdict: { kind } }) => kind === "caught")) {
    const [file = ""] = verdict.by.split(" > ")
    counts.set(file, (counts.get(file) ?? 0) + 1)
  }
  return [...counts].toSorted(([, one], [, other]) => other - one).map(([file, count]) => `${String(count).padStart(5)}  ${file}`)
}

/** The table, and the one line that counts. In the order of the list, whatever came first. */
export const table = (tried: ReadonlyArray<Tried>, seconds: number): string => {
  const caught = tried.filter(({ verdict }) => verdict.kind === "caught")
  const others = tried.filter(({ verdict }) => verdict.kind !== "caught")
  return [
    "",
    ...tried.map(line),
    "",
    "first noticed by:",
    ...countsByTest(tried),
    ...(others.length === 0 ? [] : ["", "not caught:", ...others.map(line)]),
    "",
    `${caught.length} of ${tried.length} caught, in ${seconds.toFixed(0)} s`
  ].join("\n")
}
