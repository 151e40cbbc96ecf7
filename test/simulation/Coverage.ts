// What the stories came through: situations entered, facts taken up in each, steps from one to another, ends. Counts only.
import { readFileSync } from "node:fs"
import { exitStatus } from "../../src/domain/Outcome.ts"
import type { Entry } from "../../src/supervisor/Transcript.ts"

const page = new URL("../../docs/MACHINE.md", import.meta.url)

/** The steps that the page about the machine lists: `Running + Looked = Recording`. */
export const listed: ReadonlyArray<string> = (() => {
  const [, ...sections] = readFileSync(page, "utf8").split(/^### /m)
  return sections.flatMap((section) => {
    const from = section.slice(0, section.indexOf("\n"))
    return [...section.matchAll(/^\| (\w+) \| (\w+) \|/gm)].flatMap(([, fact, to]) => fact === "fact" ? [] : [`${from} + ${fact} = ${to}`])
  })
})()

const pairOf = (step: string): string => step.replace(/ = .*/, "")

/** Each situation with a fact that the page lists for it. */
export const listedPairs: ReadonlyArray<string> = [...new Set(listed.map(pairOf))]

export const listedStates: ReadonlyArray<string> = [...new Set(listed.flatMap((step) => [step.replace(/ .*/, ""), step.replace(/.* /, "")]))]

export class Coverage {
  private readonly counts = new Map<string, number>()

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1)
  }

  /** One step of the loop. */
  take({ event, from, to }: Entry): void {
    if (from === undefined || event === undefined) this.count(`begins ${to._tag}`)
    else this.takeStep(`${from._tag} + ${event._tag}`, to._tag)
    if (from?._tag !== to._tag) this.count(`enters ${to._tag}`)
    if (to._tag === "Done") this.count(`ends ${to.outcome._tag} ${exitStatus(to.outcome)}`)
  }

  private takeStep(pair: string, to: string): void {
    this.count(pair)
    this.count(`${pair} = ${to}`)
  }

  add(other: Coverage): void {
    for (const [what, count] of other.counts) this.counts.set(what, (this.counts.get(what) ?? 0) + count)
  }

  of(what: string): number {
    return this.counts.get(what) ?? 0
  }

  missing(names: ReadonlyArray<string>): ReadonlyArray<string> {
    return names.filter((name) => this.of(name) === 0)
  }

  /** All that begins with this word, most frequent first. */
  private listOf(word: string): string {
    return [...this.counts].filter(([what]) => what.startsWith(`${word} `)).toSorted(([, one], [, other]) => other - one)
      .map(([what, count]) => `${what.slice(word.length + 1)} ${count}`).join(", ")
  }

  report(): string {
    const pairs = this.missing(listedPairs)
    const steps = this.missing(listed)
    return [
      `stories: ${this.listOf("story")}`,
      `entered: ${this.listOf("enters")}`,
      `begun with: ${this.listOf("begins")}`,
      `ended with: ${this.listOf("ends")}`,
      `deeds: ${this.listOf("deed")}`,
      `hooks: ${this.listOf("hooks")}`,
      `situations with a fact: ${listedPairs.length - pairs.length} of ${listedPairs.length}; not met: ${pairs.join(", ") || "none"}`,
      `steps: ${listed.length - steps.length} of ${listed.length}; not met: ${steps.join(", ") || "none"}`
    ].join("\n")
  }
}
