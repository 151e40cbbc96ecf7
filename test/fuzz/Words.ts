// What every message for a person promises: it says something, stays on its line, cannot speak to the terminal, and names what it is about.
import { Exit } from "effect"
import { expect } from "vitest"
import { ending, type Ending } from "../../src/cli/Failure.ts"

/** A line as it is printed. */
export const isLine = (line: string, ...names: ReadonlyArray<string>): void => {
  expect(line.trim(), "a message that says nothing").not.toBe("")
  expect(line, "a message with a control character").not.toMatch(/\p{Cc}/u)
  expect(line.length, `a message nobody reads to its end: ${line.slice(0, 300)}`).toBeLessThan(20_000)
  expect(names.length === 0 || names.some((name) => line.includes(name)), `${line} names none of ${names.join(", ")}`).toBe(true)
}

/** How a command that ended so ends the program; every line it prints is one. */
export const ends = (exit: Exit.Exit<unknown, unknown>, statuses: ReadonlyArray<number>): Ending => {
  const end = ending(exit, true)
  expect(statuses, end.lines.join("\n")).toContain(end.status)
  for (const line of end.lines) isLine(line)
  return end
}

/** The failure of a command, which prints at least one line. */
export const fails = (exit: Exit.Exit<unknown, unknown>, status: number): Ending => {
  expect(Exit.isFailure(exit)).toBe(true)
  const end = ends(exit, [status])
  expect(end.lines.length, "a failure without a word").toBeGreaterThan(0)
  return end
}
