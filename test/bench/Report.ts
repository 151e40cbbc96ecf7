// Turns figures into a table for a person or JSON for a program. Pure.
import { type Aim, type Figure, isMet, type Measured, type Series } from "./Figure.ts"
import type { Machine } from "./Machine.ts"
import type { Options } from "./Options.ts"
import { summary } from "./Statistics.ts"

export interface Report {
  readonly machine: Machine
  readonly options: Options
  readonly figures: readonly Figure[]
}

const columns = [54, 11, 18, 9, 12] as const

const amount = (value: number): string => value.toFixed(value < 10 ? 2 : 1)

const signed = (value: number): string => (value < 0 ? "-" : "+") + amount(Math.abs(value))

const row = (...cells: readonly string[]): string =>
  cells.map((cell, index) => index === 0 ? cell.padEnd(columns[0]) : cell.padStart(columns[index] ?? 0)).join("").trimEnd()

const aimText = (aim: Aim, unit: string): string => {
  switch (aim.kind) {
    case "ratio":
      return `at most ${aim.most} x the floor`
    case "above":
      return `at most ${aim.most} ${unit} above the floor`
    case "absolute":
      return `at most ${aim.most} ${unit}`
  }
}

/** By how much the aim is missed, in the aim's own terms. */
const verdict = (figure: Measured): string => {
  if (figure.aim === undefined) return ""
  const text = aimText(figure.aim, figure.unit)
  if (isMet(figure)) return `ok: ${text}`
  const measured = summary(figure.subject.values).median
  const floor = summary(figure.floor.values).median
  const actual = {
    ratio: `${amount(measured / floor)} x`,
    above: `${signed(measured - floor)} ${figure.unit}`,
    absolute: `${amount(measured)} ${figure.unit}`
  }
  return `missed: ${actual[figure.aim.kind]}, aim ${text}`
}

const seriesRow = ({ name, values }: Series, label: string, unit: string, subject?: number): string => {
  const { median, min, max } = summary(values)
  const beside = subject === undefined ? [] : [median === 0 ? "-" : `${amount(subject / median)} x`, signed(subject - median)]
  return row(`    ${label}${name}`, `${amount(median)} ${unit}`, `${amount(min)} - ${amount(max)}`, ...beside)
}

const figureRows = (figure: Figure): readonly string[] => {
  if ("failure" in figure) return [`${figure.title}: not measured`, ...figure.failure.split("\n").map((line) => `    ${line}`)]
  const { median } = summary(figure.subject.values)
  const heading = [figure.title, verdict(figure)].filter((part) => part !== "").join("  --  ")
  return [
    heading,
    seriesRow(figure.subject, "", figure.unit),
    ...[figure.floor, ...figure.others].map((series) => seriesRow(series, "floor: ", figure.unit, median))
  ]
}

const settingRows = ({ machine, options }: Report): readonly string[] => [
  `${machine.cores} cores (${machine.processor}), ${machine.memoryGibibytes} GiB, ${machine.kernel}, load ${amount(machine.load)} before`,
  `node ${machine.node}, records on ${machine.disk}`
    + (machine.disk === "tmpfs" ? " (where fsync costs nothing: set TMPDIR to a disk)" : ""),
  `${options.runs} runs a figure, taken in turns with its floors`
    + (options.runs < 20 ? " (fewer than 20: not figures to quote)" : "")
    + `; idle: a window of ${options.windowSeconds} s, memory read `
    + (options.memorySeconds > 0 ? `at the age of ${options.memorySeconds} s or more` : "at its end")
]

export const table = (report: Report): string =>
  [
    ...settingRows(report),
    "",
    row("", "median", "min - max", "ratio", "difference"),
    ...report.figures.flatMap((figure) => [...figureRows(figure), ""])
  ].join("\n")

const seriesJson = ({ name, values }: Series) => ({ name, ...summary(values) })

const floorJson = (series: Series, subject: number) => {
  const { median } = summary(series.values)
  return { ...seriesJson(series), ratio: median === 0 ? null : subject / median, difference: subject - median }
}

const figureJson = (figure: Figure) => {
  const { id, title, unit, aim } = figure
  const heading = { id, title: title.trim(), unit }
  if ("failure" in figure) return { ...heading, failure: figure.failure }
  const { median } = summary(figure.subject.values)
  return {
    ...heading,
    subject: seriesJson(figure.subject),
    floor: floorJson(figure.floor, median),
    others: figure.others.map((series) => floorJson(series, median)),
    ...(aim === undefined ? {} : { aim: { ...aim, text: aimText(aim, unit), met: isMet(figure) } })
  }
}

export const json = ({ machine, options, figures }: Report): string => {
  const { runs, windowSeconds, memorySeconds } = options
  return JSON.stringify({ machine, runs, windowSeconds, memorySeconds, figures: figures.map(figureJson) }, undefined, 2)
}
