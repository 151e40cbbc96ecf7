// From what a plan says of its binaries to what is to be fetched for one machine. Fetches nothing.
import { Data, Result } from "effect"
import { type Checksum, parse as parseChecksum } from "./Checksum.ts"

/** How a file is packed: a container, and what it was compressed with. `none` and `none` is a program as it is. */
export interface Packing {
  readonly container: "tar" | "zip" | "none"
  readonly compression: "gzip" | "zstd" | "xz" | "bzip2" | "none"
}

/** Something to fetch. The URL is what is asked for: `checksum` and `archive` are not in it any more. */
export interface Source {
  readonly url: string
  readonly packing: Packing
  readonly checksum: Checksum | undefined
}

/** What a plan's `info` says: nothing of binaries, where it is said, or the URLs by machine. */
export type Info = Data.TaggedEnum<{
  Nothing: {}
  Elsewhere: { readonly source: Source }
  Here: { readonly binaries: Readonly<Record<string, string>> }
}>
export const Info = Data.taggedEnum<Info>()

const raw: Packing = { container: "none", compression: "none" }
const tar = (compression: Packing["compression"]): Packing => ({ container: "tar", compression })
const alone = (compression: Packing["compression"]): Packing => ({ container: "none", compression })

/** By the ends of names, the longer ones first; they are go-getter's words too. */
const packings: ReadonlyArray<readonly [string, Packing]> = [
  ["tar.gz", tar("gzip")], ["tgz", tar("gzip")], ["tar.zst", tar("zstd")], ["tzst", tar("zstd")], ["tar.xz", tar("xz")], ["txz", tar("xz")],
  ["tar.bz2", tar("bzip2")], ["tbz2", tar("bzip2")], ["tar", tar("none")], ["zip", { container: "zip", compression: "none" }],
  ["gz", alone("gzip")], ["zst", alone("zstd")], ["xz", alone("xz")], ["bz2", alone("bzip2")]
]

/** What Go's `strconv.ParseBool` takes for false: go-getter then leaves the file as it is. */
const falsehoods = new Set(["0", "f", "F", "false", "FALSE", "False"])
const truths = new Set(["1", "t", "T", "true", "TRUE", "True"])

const packingOf = (archive: string | undefined, path: string): Result.Result<Packing, string> => {
  if (archive !== undefined && falsehoods.has(archive)) return Result.succeed(raw)
  if (archive === undefined || archive === "" || truths.has(archive)) {
    return Result.succeed(packings.find(([end]) => path.toLowerCase().endsWith(`.${end}`))?.[1] ?? raw)
  }
  const named = packings.find(([name]) => name === archive)
  return named === undefined ? Result.fail(`asks for archive=${archive}, which is none of ${packings.map(([name]) => name).join(", ")}, false`) : Result.succeed(named[1])
}

const decoded = (text: string): string => Result.getOrElse(Result.try(() => decodeURIComponent(text.replaceAll("+", " "))), () => text)

/** For people: what stands in a query may be a secret. */
export const withoutQuery = (url: string): string => url.replace(/[?#].*$/, "")

/** The name of what a URL leads to. */
export const fileNameOf = (url: string): string => {
  const name = new URL(url).pathname.replace(/^.*\//, "")
  return Result.getOrElse(Result.try(() => decodeURIComponent(name)), () => name)
}

/** The query without these, the others byte for byte as they were: a signature may depend on them. */
const separate = (text: string): { readonly url: string; readonly ours: ReadonlyMap<string, string> } => {
  const [address = "", ...fragment] = text.split("#")
  const [base = "", ...query] = address.split("?")
  const pairs = query.join("?").split("&").filter((pair) => pair !== "")
  const isOurs = (pair: string) => /^(?:checksum|archive)$/.test(decoded(pair.split("=")[0] ?? ""))
  const rest = pairs.filter((pair) => !isOurs(pair)).join("&")
  const ours = new Map(pairs.filter(isOurs).map((pair) => {
    const [name = "", ...value] = pair.split("=")
    return [decoded(name), decoded(value.join("="))] as const
  }))
  return { url: `${base}${rest === "" ? "" : `?${rest}`}${fragment.length > 0 ? `#${fragment.join("#")}` : ""}`, ours }
}

/** Reads a URL with its `checksum` and `archive`. The failure is a phrase that begins with the URL. */
export const parseSource = (text: string): Result.Result<Source, string> =>
  Result.gen(function*() {
    const whole = yield* Result.try({ try: () => new URL(text.trim()), catch: () => `${JSON.stringify(text.slice(0, 200))} is no URL` })
    // As it will be sent: what is odd in it was mended, and hides none of our parameters.
    const { ours, url } = separate(whole.href)
    const { password, pathname, protocol, username } = whole
    const told = <A>(result: Result.Result<A, string>, what: string) => Result.mapError(result, (why) => `${withoutQuery(url)} ${what}${why}`)
    if (username !== "" || password !== "") return yield* Result.fail(`${protocol}//${whole.host} comes with a password in its URL, which would be logged: leave it out`)
    if (!["http:", "https:", "file:"].includes(protocol)) return yield* told(Result.fail(protocol.slice(0, -1)), "cannot be fetched, only http, https and file are: its scheme is ")
    const packing = yield* told(packingOf(ours.get("archive"), pathname), "")
    const checksum = ours.get("checksum")
    return { url, packing, checksum: checksum === undefined ? undefined : yield* told(parseChecksum(checksum), "has a checksum that ") }
  })

/** What a plan's `info` says; the failure is a phrase about it. */
export const readInfo = (info: unknown): Result.Result<Info, string> => {
  if (typeof info === "object" && info !== null && !Array.isArray(info)) return readObject(info)
  if (typeof info !== "string") return Result.succeed(Info.Nothing())
  const text = info.trim()
  if (text.startsWith("{")) return Result.flatMap(readJson(text), readInfo)
  return /^(?:https?|file):\S+$/i.test(text) ? Result.mapBoth(parseSource(text), {
    onSuccess: (source) => Info.Elsewhere({ source }),
    onFailure: (why) => `names a URL that cannot be fetched: ${why}`
  }) : Result.succeed(Info.Nothing())
}

/** Reads the JSON of an `info`, one that lay elsewhere too; it is an object. */
export const readJson = (text: string): Result.Result<object, string> =>
  Result.try({
    try: (): unknown => JSON.parse(text),
    catch: (cause) => `is not JSON (${cause instanceof Error ? cause.message : String(cause)})`
  }).pipe(Result.flatMap((value) => typeof value === "object" && value !== null && !Array.isArray(value) ? Result.succeed(value) : Result.fail("is not a JSON object")))

const readObject = (info: object): Result.Result<Info, string> => {
  if (!("binaries" in info)) return Result.succeed(Info.Nothing())
  const { binaries } = info
  if (typeof binaries !== "object" || binaries === null || Array.isArray(binaries)) return Result.fail("has binaries that are no object of URLs by os/arch")
  const entries = Object.entries(binaries).flatMap(([key, url]) => typeof url === "string" ? [[key, url] as const] : [])
  const odd = Object.keys(binaries).find((key) => !entries.some(([name]) => name === key))
  if (odd !== undefined) return Result.fail(`has a binary for ${odd} that is no URL`)
  return Result.succeed(Info.Here({ binaries: Object.fromEntries(entries) }))
}

/** Go's names where they differ from Node's. */
const goNames: ReadonlyMap<string, string> = new Map([["win32", "windows"], ["sunos", "solaris"], ["x64", "amd64"], ["ia32", "386"], ["ppc64", "ppc64le"]])
const goName = (name: string): string => goNames.get(name) ?? name

/** Node's words for a machine: `linux` and `x64`. */
export interface MachineNames {
  readonly platform: string
  readonly architecture: string
}

/** The key of this machine: `linux/amd64`. */
export const machineKey = ({ architecture, platform }: MachineNames): string => `${goName(platform)}/${goName(architecture)}`

/** The URL for a machine, or that for `any`; the failure says which there are. */
export const sourceFor = (binaries: Readonly<Record<string, string>>, machine: MachineNames): Result.Result<Source, string> => {
  const key = machineKey(machine)
  const [name] = [key, "any"].filter((candidate) => Object.hasOwn(binaries, candidate))
  const url = name === undefined ? undefined : binaries[name]
  const names = Object.keys(binaries)
  if (url !== undefined) return Result.mapError(parseSource(url), (why) => `has a binary for ${name} that cannot be fetched: ${why}`)
  return Result.fail(`has no binary for ${key}: there ${names.length === 0 ? "is none at all" : `${names.length === 1 ? "is" : "are"} ${names.join(", ")}`}`)
}
