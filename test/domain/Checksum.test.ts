// The forms in which a checksum is said, and those that are refused with the reason why.
import { Result } from "effect"
import { describe, expect, it } from "vitest"
import { Checksum, findIn, parse } from "../../src/domain/Checksum.ts"

const sha256 = "ab".repeat(32)
const sha512 = "cd".repeat(64)
const given = (algorithm: "sha256" | "sha512", hex: string) => Result.succeed(Checksum.Given({ digest: { algorithm, hex } }))

describe("a checksum", () => {
  it.each([
    [`sha256:${sha256}`, given("sha256", sha256)],
    [`SHA256:${sha256.toUpperCase()}`, given("sha256", sha256)],
    [sha256, given("sha256", sha256)],
    [`sha512:${sha512}`, given("sha512", sha512)],
    [sha512, given("sha512", sha512)],
    ["file:https://example.test/SHA256SUMS", Result.succeed(Checksum.Listed({ url: "https://example.test/SHA256SUMS" }))],
    ["file:///srv/SHA256SUMS", Result.succeed(Checksum.Listed({ url: "file:///srv/SHA256SUMS" }))]
  ])("is read from %s", (text, expected) => expect(parse(text)).toEqual(expected))

  it.each([
    [`md5:${"a".repeat(32)}`, "md5"], ["a".repeat(32), "md5"], [`sha1:${"a".repeat(40)}`, "sha1"], ["a".repeat(40), "sha1"],
    [`sha256:${"a".repeat(63)}`, "64 hexadecimal digits"], [`sha256:${"g".repeat(64)}`, "64 hexadecimal digits"], ["g".repeat(64), "64 hexadecimal digits"],
    [`crc32:${"a".repeat(8)}`, "crc32"], ["", "0 characters"], ["abc", "3 characters"], ["file:SHA256SUMS", "no URL"], ["file:ftp://x/y", "no URL"], ["file:http://", "no URL"]
  ])("is not read from %j: %s", (text, why) => expect(Result.isFailure(parse(text)) ? parse(text) : "read").toMatchObject({ failure: expect.stringContaining(why) }))
})

describe("a list of checksums", () => {
  const other = "12".repeat(32)
  it.each([
    ["two spaces", `${other}  else\n${sha256}  node\n`],
    ["a binary file", `${other} *else\n${sha256} *node\n`],
    ["paths", `${other}  dist/else\r\n${sha256}  ./dist/node\r\n`],
    ["BSD's form", `SHA256 (else) = ${other}\nSHA256 (node) = ${sha256}\n`],
    ["one bare digest", `${sha256}\n`],
    ["comments and empty lines", `# hashes\n\n${sha256}  node\n`],
    ["the same line twice", `${sha256}  node\n${sha256}  node\n`]
  ])("has the file's line: %s", (_what, list) => expect(findIn(list, "node")).toEqual(Result.succeed({ algorithm: "sha256", hex: sha256 })))

  it.each([
    ["no line for it", `${sha256}  node-arm64\n`, "no line for node"],
    ["two that differ", `${sha256}  node\n${other}  node\n`, "2 different digests"],
    ["an md5", `${"a".repeat(32)}  node\n`, "md5"],
    ["a page", "<html><body>node</body></html>", "no line for node"]
  ])("is refused with %s", (_what, list, why) => expect(findIn(list, "node")).toMatchObject({ failure: expect.stringContaining(why) }))
})
