// Where log lines go: standard error, in one of three forms. Writing never blocks the run loop, not even on a terminal that was stopped.
import { Context, Effect, Layer, Logger, type LogLevel, Queue, References } from "effect"
import { isatty } from "node:tty"
import { styleText } from "node:util"
import type { logFormats, logLevels } from "../domain/Settings.ts"

export interface Options {
  readonly format: (typeof logFormats)[number]
  readonly level: (typeof logLevels)[number]
  /** Colours, in the form for terminals. */
  readonly colours: boolean
}

/** One line, as data: every form carries the same. */
interface Line {
  readonly at: Date
  readonly level: "debug" | "info" | "warning" | "error"
  readonly topic: string
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

const fs = process.getBuiltinModule("node:fs")
const stderr = 2

export const isTerminal = (): boolean => isatty(stderr)

/** How many lines wait for a reader that does not read; then the newest are dropped. */
const backlog = 10_000

/** How long the end of the program, or one who has much to say, waits for such a reader. */
const patience = "1 second"

/** More than this and there is no room for one who has much to say, in characters: so that what waits is little, and all else still finds its place. */
const roomy = 128 * 1024

/**
 * For whoever passes on what others say, who may have no end: waits until the log has written most of what it was given, and tells whether it
 * has. It has not when nobody reads; then it is waited for only once. Without a log of ours there is always room.
 */
export const Room = Context.Reference<Effect.Effect<boolean>>("wemixvisor/services/Log/Room", { defaultValue: () => Effect.succeed(true) })

/** Replaces all loggers. What was logged is written when the scope closes. */
export const layer = (options: Options): Layer.Layer<never> =>
  Layer.unwrap(Effect.map(makeSink, ({ room, take }) => {
    const render = formOf(options)
    return Layer.mergeAll(
      Logger.layer([Logger.make((entry) => take(render(lineOf(entry))))]),
      Layer.succeed(References.MinimumLogLevel, minimum(options.level)),
      Layer.succeed(Room, room)
    )
  }))

const minimum = (level: Options["level"]): LogLevel.LogLevel => {
  switch (level) {
    case "trace":
      return "Trace"
    case "debug":
      return "Debug"
    case "info":
      return "Info"
    case "warn":
      return "Warn"
    case "error":
      return "Error"
    case "none":
      return "None"
  }
}

/** Takes lines at once and writes them one after another; the scope's end waits for the last one, a reader that does not read only so long. */
const makeSink = Effect.gen(function*() {
  const queue = yield* Queue.dropping<string>(backlog)
  const unwritten = { lines: 0, characters: 0 }
  const count = (lines: number, { length }: string) => {
    unwritten.lines += lines
    unwritten.characters += lines * length
  }
  const writeNext = Effect.flatMap(Queue.take(queue), (line) => Effect.andThen(writeLine(line), Effect.sync(() => count(-1, line))))
  const writer = yield* Effect.forkDetach(Effect.forever(writeNext), { startImmediately: true })
  const drained = Effect.repeat(Effect.sleep("1 millis"), { until: () => unwritten.lines === 0 })
  yield* Effect.addFinalizer(() =>
    Effect.ignore(Effect.timeout(drained, patience)).pipe(Effect.andThen(Effect.sync(() => writer.interruptUnsafe())))
  )
  const take = (line: string) => {
    if (Queue.offerUnsafe(queue, line)) count(1, line)
  }
  return { take, room: roomIn(() => unwritten.characters) }
})

const roomIn = (unwritten: () => number): Effect.Effect<boolean> => {
  let isRead = true
  const emptied = Effect.repeat(Effect.sleep("1 millis"), { until: () => unwritten() < roomy / 2 })
  const waited = Effect.map(Effect.timeoutOption(emptied, patience), (ended) => isRead = ended._tag === "Some")
  return Effect.suspend(() => {
    if (unwritten() < roomy) return Effect.sync(() => isRead = true)
    return isRead ? waited : Effect.succeed(false)
  })
}

/** A reader that is gone loses lines, and stops nothing. */
const writeLine = (line: string): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    const bytes = Buffer.from(`${line}\n`)
    const attempt = (offset: number): void =>
      fs.write(stderr, bytes, offset, (error, written) => {
        if (error?.code === "EAGAIN") return void setTimeout(attempt, 10, offset)
        return error === null && offset + written < bytes.byteLength ? attempt(offset + written) : resume(Effect.void)
      })
    attempt(0)
  })

const levelOf = (level: LogLevel.LogLevel): Line["level"] => {
  if (level === "Error" || level === "Fatal") return "error"
  if (level === "Warn") return "warning"
  return level === "Info" ? "info" : "debug"
}

const lineOf = (entry: Logger.Options<unknown>): Line => {
  const { topic, ...fields } = entry.fiber.getRef(References.CurrentLogAnnotations)
  const message = (Array.isArray(entry.message) ? entry.message : [entry.message]).map(String).join(" ")
  const words = Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, typeof value === "bigint" ? String(value) : value]))
  return { at: entry.date, level: levelOf(entry.logLevel), topic: typeof topic === "string" ? topic : "wemixvisor", message, fields: words }
}

const flat = ({ at, fields, level, message, topic }: Line) => ({ time: at.toISOString(), level, topic, message, ...fields })

/** One line stays one, and what was quoted from a file cannot speak to the terminal; JSON leaves some of what terminals obey as it is. */
export const printable = (text: string): string => text.replace(/\p{Cc}/gu, (character) => {
  const escaped = JSON.stringify(character).slice(1, -1)
  return escaped === character ? `\\u00${character.charCodeAt(0).toString(16)}` : escaped
})

const quoted = (value: unknown): string => {
  const text = String(value)
  return text === "" || /[\s"=\p{Cc}]/u.test(text) ? printable(JSON.stringify(text)) : text
}

const two = (value: number): string => String(value).padStart(2, "0")

type Style = (style: Parameters<typeof styleText>[0], text: string) => string

const pretty = (styled: Style) => ({ at, level, message, topic }: Line): string => {
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
  const text = printable(level === "warning" || level === "error" ? `${level}: ${message}` : message)
  const painted = level === "error" ? styled("red", text) : level === "warning" ? styled("yellow", text) : text
  return `${styled("dim", time)}  ${styled("bold", topic.padEnd(8))} ${painted}`
}

const formOf = ({ colours, format }: Options): (line: Line) => string => {
  switch (format) {
    case "pretty":
      return pretty(colours ? (style, text) => styleText(style, text, { validateStream: false }) : (_style, text) => text)
    case "json":
      return (line) => printable(JSON.stringify(flat(line)))
    case "logfmt":
      return (line) => Object.entries(flat(line)).map(([key, value]) => `${key}=${quoted(value)}`).join(" ")
  }
}
