// Settings from everywhere, right and wrong: they are taken, or every mistake is told with its name, and none is passed over.
import { describe } from "@effect/vitest"
import { Effect, Exit, Option } from "effect"
import { expect } from "vitest"
import { settings as table } from "../../src/domain/Settings.ts"
import { Config, type Sources } from "../../src/services/Config.ts"
import { layerMemory } from "../../src/services/MemoryDisk.ts"
import { Disk } from "../../src/services/Disk.ts"
import type { Dice } from "../support/Dice.ts"
import { fuzzing } from "./Fuzz.ts"
import { fileKeys, isLegal, variables } from "./Rules.ts"
import { configLines, settingText, spoiltConfig } from "./SettingsTexts.ts"
import * as Words from "./Words.ts"

const { holds } = fuzzing(import.meta.filename)

const path = "/srv/node/wemixvisor/config.toml"
const wrongSettings = 78

const resolved = (sources: Partial<Sources>, file: Uint8Array) =>
  Effect.gen(function*() {
    yield* Disk.use((disk) => disk.write(path, file, 0o644))
    const layer = Config.layer({ flags: {}, isTerminal: false, environment: { DAEMON_HOME: "/srv/node" }, ...sources })
    return yield* Effect.exit(Effect.provide(Config.useSync((config) => config), layer))
  }).pipe(Effect.provide(layerMemory({ [path]: "" })))

/** The mistakes as they are printed; none when the settings were taken. */
const told = (exit: Exit.Exit<unknown, unknown>): ReadonlyArray<string> => {
  if (Exit.isSuccess(exit)) return []
  const { lines } = Words.fails(exit, wrongSettings)
  for (const line of lines) Words.isLine(line, path, ...variables)
  return lines
}

/** What TOML leaves out of an unharmed file: a comment, nothing, or a setting. */
const isSetting = (line: string): boolean => {
  const [, key = ""] = /^[ \t]*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+))[ \t]*=/.exec(line)?.filter((part) => part !== undefined) ?? []
  return /^[ \t]*(?:#.*)?\r?$/.test(line) || fileKeys.includes(key) || /^[ \t]*["']\\u/.test(line)
}

const passesOverNothing = (file: Uint8Array): void => {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(file).replace(/^\uFEFF/, "")
  if (text.includes("\"\"\"") || text.includes("'''")) return
  expect(text.split("\n").filter((line) => !isSetting(line))).toEqual([])
}

describe("config.toml", () => {
  holds("is taken, or refused with the name of the file or setting in every line, however it was spoilt", 1000, (dice) =>
    Effect.gen(function*() {
      const file = spoiltConfig(dice)
      const exit = yield* resolved({}, file)
      if (told(exit).length === 0) passesOverNothing(file)
    }))

  holds("has each of its mistakes told, and of what is right none", 600, (dice) =>
    Effect.gen(function*() {
      const lines = configLines(dice)
      const exit = yield* resolved({}, new TextEncoder().encode(lines.map(({ text }) => text).join(dice.pick(["\n", "\r\n"]))))
      const mistakes = told(exit)
      for (const { isMistake, key, text } of lines) {
        const bare = key.replaceAll("\"", "").replace(/\..*/, "")
        const names = mistakes.filter((mistake) => mistake.includes(`: ${bare} `) || mistake.startsWith(`${bare.toUpperCase()} `))
        expect(names.length > 0, `${text}\n${mistakes.join("\n")}`).toBe(isMistake)
      }
    }))
})

const sourcesFrom = (dice: Dice) => {
  const texts = Object.entries(table).filter(() => dice.oneIn(4)).map(([key, { variable }]) => ({ key, variable, text: settingText(dice), isFlag: dice.oneIn(2) }))
  const home = dice.oneIn(3) ? {} : { DAEMON_HOME: "/srv/node" }
  const environment = { ...dice.oneIn(3) ? {} : { HOME: dice.pick(["/home/me", "home/me", "", "~"]) }, ...home }
  const ofEnvironment = Object.fromEntries(texts.filter(({ isFlag }) => !isFlag).map(({ text, variable }) => [variable, text]))
  return {
    texts,
    environment: { ...environment, ...ofEnvironment },
    flags: Object.fromEntries(texts.filter(({ isFlag }) => isFlag).map(({ key, text }) => [key, text]))
  }
}

describe("environment and flags", () => {
  holds("are taken exactly when each value that counts is legal, and each that is not is told", 800, (dice) =>
    Effect.gen(function*() {
      const { environment, flags, texts } = sourcesFrom(dice)
      const exit = yield* resolved({ environment, flags }, new Uint8Array())
      const mistakes = told(exit)
      for (const { text, variable } of texts) {
        expect(mistakes.some((line) => line.startsWith(`${variable} `) || line.includes(`(${variable})`)) && text !== "", `${variable} ${JSON.stringify(text)}\n${mistakes.join("\n")}`)
          .toBe(!isLegal(variable, text))
      }
      const found = Exit.getSuccess(exit)
      if (Option.isSome(found)) expect(found.value.rows.filter(({ text, variable }) => text !== undefined && !isLegal(variable, text))).toEqual([])
    }))

  holds("that are no settings are told as warnings that name a setting", 150, (dice) =>
    Effect.gen(function*() {
      const name = `DAEMON_${dice.text(0, 5).replaceAll(/[=\0]/g, "")}`
      const exit = yield* resolved({ environment: { DAEMON_HOME: "/srv/node", [name]: "x" } }, new Uint8Array())
      const warnings = Option.match(Exit.getSuccess(exit), { onNone: () => [], onSome: (config) => config.warnings })
      if (variables.includes(name)) return
      expect(warnings.length).toBe(1)
      expect(variables.some((variable) => warnings[0]?.endsWith(`the nearest one is ${variable}`))).toBe(true)
    }))
})

describe("the default of the home", () => {
  holds("is told when it is none, and then the program does not end without a word", 100, (dice) =>
    Effect.gen(function*() {
      const exit = yield* resolved({ environment: { HOME: settingText(dice), DAEMON_NAME: settingText(dice) } }, new Uint8Array())
      told(exit)
    }))
})
