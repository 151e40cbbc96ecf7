// What is known of a release since it was put into place: the content of its `release.json`.
import { Schema } from "effect"

export const Staged = Schema.Struct({
  /** SHA-256 of the binary, in hexadecimal. */
  sha256: Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/u, { message: "must be 64 hexadecimal digits" })),
  bytes: Schema.Int,
  /** The URL or the path that it came from. */
  from: Schema.String,
  /** When it was put into place, in UTC. */
  at: Schema.String,
  /** What verified it, `sha256:…` or `sha512:…`, of the archive where it came in one; null when nothing did. */
  checksum: Schema.NullOr(Schema.String)
})
export type Staged = typeof Staged.Type

export const StagedJson = Schema.fromJsonString(Staged, { space: 2 })
