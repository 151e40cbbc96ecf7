// A release: a directory with a binary. Its identity is the text of the link that would point to it.
import { Option, Result, Schema } from "effect"

/** `genesis` or `upgrades/<dir>`, relative to the `wemixvisor` directory; equal releases are equal strings. */
export const Release = Schema.String.check(
  Schema.isPattern(/^(?:genesis|upgrades\/(?!\.{1,2}$)[^/\0]{1,255})$/u, { message: "genesis or upgrades/<directory>" })
).pipe(Schema.brand("Release"))
export type Release = typeof Release.Type

const decode = Schema.decodeUnknownOption(Release)

/** The release that a home begins with. */
export const genesis: Release = Release.make("genesis")

/** The release in `upgrades/<directory>`; the directory's name is one that {@link directoryOf} made or that was read from the disk. */
export const inUpgrades = (directory: string): Release => Release.make(`upgrades/${directory}`)

/** The release a link's text names: as written (`upgrades/v2`), with a slash at the end, or after `./`. */
export const fromLinkText = (text: string): Option.Option<Release> => decode(text.replace(/^(?:\.\/)+/, "").replace(/\/+$/, ""))

/** The name people know it by: `genesis`, or the plan's name. */
export const label = (release: Release): string => {
  const directory = release.replace(/^upgrades\//, "")
  return Result.getOrElse(Result.try(() => decodeURIComponent(directory)), () => directory)
}

const asGoEscapes = new Map([["%24", "$"], ["%26", "&"], ["%2B", "+"], ["%3A", ":"], ["%3D", "="], ["%40", "@"]])

/** Go's `url.PathEscape`, which cosmovisor names directories by: it differs from `encodeURIComponent` in eleven characters. */
const pathEscape = (name: string): string =>
  encodeURIComponent(name)
    .replace(/%(?:24|26|2B|3A|3D|40)/g, (escaped) => asGoEscapes.get(escaped) ?? escaped)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)

/** Why a plan's name cannot name a directory, or the name of the directory. */
export const directoryOf = (name: string): Result.Result<string, string> => {
  if (name === "") return Result.fail("is empty")
  if (name === "." || name === "..") return Result.fail(`is ${JSON.stringify(name)}`)
  if (/[\p{Cc}]/u.test(name)) return Result.fail("has a control character")
  if (!name.isWellFormed()) return Result.fail("is not well-formed Unicode")
  const directory = pathEscape(name)
  return directory.length > 255 ? Result.fail("is longer than 255 bytes once escaped") : Result.succeed(directory)
}
