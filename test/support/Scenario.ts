// A scenario: a story in a world of its own, whose transcript is kept beside the tests as a text that a person can read.
import { it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import { existsSync, readdirSync } from "node:fs"
import { expect } from "vitest"
import * as World from "./World.ts"

const longestName = 70

/** A file name of whole words. */
const slug = (title: string): string =>
  title.toLowerCase().match(/[a-z0-9]+/g)?.reduce((name, word) => name.length + word.length < longestName ? `${name}-${word}` : name.padEnd(longestName, "-")).replace(/-+$/, "") ?? ""

const directory = `${import.meta.dirname}/../supervisor/transcripts`

export type Scenario = (title: string, options: World.Options, story: (world: World.World) => Effect.Effect<unknown, never, Scope.Scope>) => void

/** Scenarios about one thing; their transcripts lie in a directory of its name. */
export const about = (topic: string): Scenario => {
  const names = new Set<string>()
  it("has no transcript without its scenario", () => {
    const files = existsSync(`${directory}/${topic}`) ? readdirSync(`${directory}/${topic}`) : []
    expect(files.filter((file) => !names.has(file.replace(/\.txt$/, "")))).toEqual([])
  })
  return (title, options, story) => {
    const name = slug(title)
    if (names.has(name)) throw new Error(`two transcripts would be named ${name}`)
    names.add(name)
    it.effect(title, () =>
      Effect.gen(function*() {
        const world = yield* World.make(options)
        yield* story(world)
        yield* world.isSound
        yield* Effect.promise(() => expect(world.account(title)).toMatchFileSnapshot(`${directory}/${topic}/${name}.txt`))
      }), 60_000)
  }
}
