// What is said of a backup: its name, its manifest, the list of its files. Reads nothing.
import { Option, Schema } from "effect"
import { Release } from "./Release.ts"
import type { Entry } from "./Tree.ts"

/** Why a backup is made. */
export interface About {
  /** The plan's name; for one that is made by hand, that of the current release. */
  readonly plan: string
  readonly from: Release
  /** Its directory names the backup. */
  readonly to: Release
  /** 0 where no plan says one. */
  readonly height: bigint
}

/** How the data is copied: sharing its blocks with the original, or by content. */
export const copyMethods = ["reflink", "copy"] as const
export type CopyMethod = (typeof copyMethods)[number]

export const Manifest = Schema.Struct({
  version: Schema.Literal(1),
  plan: Schema.String,
  from: Release,
  to: Release,
  height: Schema.BigIntFromString,
  /** When it was begun, as ISO 8601 in UTC. */
  at: Schema.String,
  durationMillis: Schema.Finite,
  method: Schema.Literals(copyMethods),
  files: Schema.Finite,
  directories: Schema.Finite,
  links: Schema.Finite,
  /** The files' lengths together. */
  bytes: Schema.Finite,
  /** Sockets, pipes and devices. */
  skipped: Schema.Array(Schema.String),
  /** The globs, and what they left out. */
  exclude: Schema.Array(Schema.String),
  excluded: Schema.Array(Schema.String),
  /** What went away while it was being copied. */
  vanished: Schema.Array(Schema.String)
})
export type Manifest = typeof Manifest.Type

export const ManifestJson = Schema.fromJsonString(Manifest, { space: 2 })

/** What a backup's directory holds. The list of files is one of its own: there may be a million, and a manifest is read often. */
export const contents = { data: "data", manifest: "manifest.json", files: "files.txt" } as const

const two = (value: number, length = 2): string => String(value).padStart(length, "0")

/** `20261126T130501Z` */
export const stamp = (millis: number): string => {
  const at = new Date(millis)
  const day = `${two(at.getUTCFullYear(), 4)}${two(at.getUTCMonth() + 1)}${two(at.getUTCDate())}`
  return `${day}T${two(at.getUTCHours())}${two(at.getUTCMinutes())}${two(at.getUTCSeconds())}Z`
}

/** A file name has 255 bytes at most; this much of it is the release's, whose characters have four at most. */
const longestDirectory = 55

/** The name of a backup for this release: the nth one of that second. A dot at its beginning would make it a leftover. */
export const nameOf = (release: Release, millis: number, nth: number): string => {
  const directory = release.replace(/^upgrades\//, "").replace(/^\./, "%2E")
  const short = [...directory].slice(0, new TextEncoder().encode(directory).length <= 220 ? undefined : longestDirectory).join("")
  return `${short}-${stamp(millis)}${nth === 1 ? "" : `-${nth}`}`
}

const pattern = /^(?!\.)[^/]*-(\d{8}T\d{6}Z)(?:-(\d+))?$/

export const isName = (name: string): boolean => pattern.test(name)

/** Orders names by when they were begun, the newest first. */
export const newestFirst = (one: string, other: string): number => {
  const [first, second] = [pattern.exec(one), pattern.exec(other)]
  const [earlier, later] = [first?.[1] ?? "", second?.[1] ?? ""]
  if (earlier !== later) return earlier < later ? 1 : -1
  return Number(second?.[2] ?? 1) - Number(first?.[2] ?? 1) || (one < other ? 1 : -1)
}

/** Where a backup is made, or taken apart: beside its place, under a name that no finished one has. */
export const asideOf = (name: string): string => `.${name}.new`

/** Whether it was made by an attempt that was broken off. */
export const isLeftover = (name: string): boolean => name.endsWith(".new") && name.startsWith(".") && isName(name.slice(1, -".new".length))

/** The list of files: a line for each, its length and its name. */
export const listing = (entries: ReadonlyArray<Entry>, spelt: (path: string) => string): string =>
  entries.flatMap(({ bytes, kind, path }) => kind === "file" ? [`${bytes} ${spelt(path)}\n`] : []).join("")

/** The lengths by name, as they were listed; None when a line is no such one. */
export const parseListing = (text: string): Option.Option<ReadonlyMap<string, number>> => {
  if (text !== "" && !text.endsWith("\n")) return Option.none()
  const lines = text.split("\n").slice(0, -1).map((line) => /^(\d{1,16}) (.+)$/.exec(line))
  const found = lines.flatMap((match) => match === null ? [] : [[match[2] ?? "", Number(match[1])] as const])
  return found.length === lines.length ? Option.some(new Map(found)) : Option.none()
}

const units = ["B", "kB", "MB", "GB", "TB", "PB"]

/** `1.5 GB`, in powers of a thousand as disks are sold. */
export const amount = (bytes: number): string => {
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** power
  return `${power === 0 ? value : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${units[power]}`
}

/** How far a copy is. */
export interface Progress {
  readonly files: number
  readonly totalFiles: number
  readonly bytes: number
  readonly totalBytes: number
}

const clockTime = (seconds: number): string =>
  seconds < 60 ? `${Math.ceil(seconds)} s` : seconds < 3600 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`

/** One line: how much, how fast, how long it will still take. */
export const progressLine = ({ bytes, files, totalBytes, totalFiles }: Progress, elapsedMillis: number): string => {
  const share = totalBytes === 0 ? 100 : Math.min(100, Math.floor(bytes / totalBytes * 100))
  const rate = elapsedMillis === 0 ? 0 : bytes / elapsedMillis * 1000
  const left = rate === 0 ? "" : `, ${amount(Math.round(rate))}/s, ${clockTime(Math.max(0, totalBytes - bytes) / rate)} left`
  return `${share} %, ${amount(bytes)} of ${amount(totalBytes)}, ${files} of ${totalFiles} files${left}`
}

