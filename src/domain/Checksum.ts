// What a download must hash to: the forms that a URL may say it in, and the lists that releases publish. Hashes nothing.
import { Data, Result } from "effect"

export interface Digest {
  readonly algorithm: "sha256" | "sha512"
  /** In hexadecimal, small letters. */
  readonly hex: string
}

export type Checksum = Data.TaggedEnum<{
  /** This one. */
  Given: { readonly digest: Digest }
  /** The one that a file elsewhere, as sha256sum(1) writes it, has for the download's name. */
  Listed: { readonly url: string }
}>
export const Checksum = Data.taggedEnum<Checksum>()

/** As it is written in URLs: `sha256:…`. */
export const textOf = ({ algorithm, hex }: Digest): string => `${algorithm}:${hex}`

/** Lengths in hexadecimal digits. */
const lengths = { md5: 32, sha1: 40, sha256: 64, sha512: 128 } as const

const weak = (kind: string): string =>
  `is ${kind === "md5" ? "an md5" : `a ${kind}`} checksum, and files with the same ${kind} can be made: give a sha256 or sha512 one`

/** `sha256:…`, `sha512:…`, a bare digest whose length says which, or `file:` and the URL of a list. The failure is a phrase. */
export const parse = (text: string): Result.Result<Checksum, string> => {
  if (text.startsWith("file:")) return listed(text.slice("file:".length))
  const [, kind, hex = ""] = /^(?:([A-Za-z0-9-]*):)?(.*)$/.exec(text.trim()) ?? []
  return Result.map(digestOf(kind?.toLowerCase(), hex), (digest) => Checksum.Given({ digest }))
}

const listed = (url: string): Result.Result<Checksum, string> => {
  // Before a path, "file:" is the scheme as well: file:///srv/SHA256SUMS.
  const full = url.startsWith("/") ? `file:${url}` : url
  return /^(?:https?|file):\/\//.test(full) && URL.canParse(full) ? Result.succeed(Checksum.Listed({ url: full })) : Result.fail(`names the list ${JSON.stringify(url)}, which is no URL`)
}

const digestOf = (kind: string | undefined, hex: string): Result.Result<Digest, string> => {
  const implied = kind ?? Object.entries(lengths).find(([, length]) => length === hex.length)?.[0]
  if (implied === "md5" || implied === "sha1") return Result.fail(weak(implied))
  if (implied !== "sha256" && implied !== "sha512") {
    return Result.fail(kind === undefined ? `has ${hex.length} characters: a sha256 has ${lengths.sha256}, a sha512 ${lengths.sha512}` : `is of the kind ${JSON.stringify(kind)}: give a sha256 or sha512 one`)
  }
  if (!/^[0-9a-f]*$/i.test(hex) || hex.length !== lengths[implied]) return Result.fail(`is no ${implied}: that has ${lengths[implied]} hexadecimal digits`)
  return Result.succeed({ algorithm: implied, hex: hex.toLowerCase() })
}

/** `<digest>  name`, with `*` before the name of a binary file, and `SHA256 (name) = <digest>` as BSD's tools write it. */
const lineForms = [/^\\?(?<hex>[0-9a-fA-F]+)[ \t]+[ *]?(?<name>.+)$/, /^SHA\d+ ?\((?<name>.+)\) ?= ?(?<hex>[0-9a-fA-F]+)$/]

const nameIn = (path: string): string => path.replace(/^.*\//, "")

const entryOf = (line: string): { readonly hex: string; readonly name: string } => {
  const groups = lineForms.map((form) => form.exec(line)?.groups).find((found) => found !== undefined)
  return { hex: groups?.["hex"] ?? "", name: groups?.["name"] ?? "" }
}

/** The digest that a list has for a file's name; a list with one bare digest is about whatever it is asked for. */
export const findIn = (list: string, file: string): Result.Result<Digest, string> => {
  const lines = list.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"))
  const [first = ""] = lines
  if (lines.length === 1 && /^[0-9a-fA-F]+$/.test(first)) return digestOf(undefined, first)
  const entries = lines.map(entryOf)
  const found = new Set(entries.filter(({ name }) => nameIn(name) === file).map(({ hex }) => hex.toLowerCase()))
  const [hex] = found
  if (hex === undefined) return Result.fail(`has no line for ${file}`)
  return found.size > 1 ? Result.fail(`has ${found.size} different digests for ${file}`) : digestOf(undefined, hex)
}
