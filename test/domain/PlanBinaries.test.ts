// What a plan says of its binaries: for which machine, from where, how packed.
import { Result } from "effect"
import { describe, expect, it } from "vitest"
import { Checksum } from "../../src/domain/Checksum.ts"
import { Info, machineKey, parseSource, readInfo, sourceFor } from "../../src/domain/PlanBinaries.ts"

const linux = { platform: "linux", architecture: "x64" }
const hex = "ab".repeat(32)
const checksum = Checksum.Given({ digest: { algorithm: "sha256", hex } })
const raw = { container: "none", compression: "none" } as const
const binaries = { "linux/amd64": "https://example.test/node" }

describe("what a plan says", () => {
  it("is read from an object and from the JSON of one", () => {
    expect(readInfo({ binaries })).toEqual(Result.succeed(Info.Here({ binaries })))
    expect(readInfo(` ${JSON.stringify({ binaries, more: 1 })}`)).toEqual(Result.succeed(Info.Here({ binaries })))
  })

  it("may lie elsewhere", () => {
    const info = readInfo(`https://example.test/info.json?checksum=sha256:${hex}`)
    expect(info).toEqual(Result.succeed(Info.Elsewhere({ source: { url: "https://example.test/info.json", packing: raw, checksum } })))
  })

  it.each([[undefined], [null], [""], ["a new release"], [12n], [{}], [{ other: 1 }], [[]], ["see https://example.test/"]])("may be nothing: %s", (info) =>
    expect(readInfo(info)).toEqual(Result.succeed(Info.Nothing())))

  it.each([
    ["{\"binaries\":", "is not JSON"],
    [{ binaries: "x" }, "no object"], [{ binaries: ["x"] }, "no object"], [{ binaries: { "linux/amd64": 1 } }, "linux/amd64"],
    [`https://example.test/?checksum=md5:${"a".repeat(32)}`, "md5"]
  ])("is refused: %j", (info, why) => expect(readInfo(info)).toMatchObject({ failure: expect.stringContaining(why) }))
})

describe("the source for a machine", () => {
  it.each([["linux", "x64", "linux/amd64"], ["linux", "arm64", "linux/arm64"], ["darwin", "arm64", "darwin/arm64"], ["win32", "ia32", "windows/386"]])("%s %s is %s", (platform, architecture, key) =>
    expect(machineKey({ platform, architecture })).toBe(key))

  it("is its own entry before `any`", () => {
    const url = (found: Readonly<Record<string, string>>) => Result.map(sourceFor(found, linux), (source) => source.url)
    expect(url({ any: "https://example.test/any", "linux/amd64": "https://example.test/one" })).toEqual(Result.succeed("https://example.test/one"))
    expect(url({ any: "https://example.test/any", "linux/arm64": "https://example.test/one" })).toEqual(Result.succeed("https://example.test/any"))
  })

  it("is missing with the names of those that are there", () => {
    expect(sourceFor({ "linux/arm64": "x", "darwin/arm64": "y" }, linux)).toMatchObject({ failure: "has no binary for linux/amd64: there are linux/arm64, darwin/arm64" })
    expect(sourceFor({}, linux)).toMatchObject({ failure: "has no binary for linux/amd64: there is none at all" })
    expect(Result.isFailure(sourceFor(Object.create({ "linux/amd64": "https://example.test/inherited" }), linux))).toBe(true)
  })
})

describe("a URL", () => {
  const read = (text: string) => Result.getOrThrow(parseSource(text))

  it("is asked for without our parameters, the others byte for byte", () => {
    expect(read(`https://example.test/node?X-Sig=a%2Bb%20+c&checksum=sha256:${hex}&archive=tar.gz&y`)).toEqual(
      { url: "https://example.test/node?X-Sig=a%2Bb%20+c&y", packing: { container: "tar", compression: "gzip" }, checksum })
    expect(read(`https://example.test/node?checksum=sha256%3A${hex}`).url).toBe("https://example.test/node")
    expect(read(`https://example.test/node?check%73um=sha256:${hex}&arch\nive=zip`)).toEqual({ url: "https://example.test/node", packing: { container: "zip", compression: "none" }, checksum })
    expect(read("https://example.test/node?mychecksum=1#part").url).toBe("https://example.test/node?mychecksum=1#part")
  })

  it.each([
    ["node", "none", "none"], ["node-v1.2", "none", "none"], ["node.tar.gz", "tar", "gzip"], ["node.TGZ", "tar", "gzip"], ["node.tar.zst", "tar", "zstd"], ["node.tzst", "tar", "zstd"],
    ["node.tar.xz", "tar", "xz"], ["node.txz", "tar", "xz"], ["node.tar.bz2", "tar", "bzip2"], ["node.tbz2", "tar", "bzip2"], ["node.tar", "tar", "none"], ["node.zip", "zip", "none"],
    ["node.gz", "none", "gzip"], ["node.tar.gz?archive=false", "none", "none"], ["node.tar.gz?archive=0", "none", "none"], ["node?archive=zip", "zip", "none"],
    ["node.zip?archive=", "zip", "none"], ["node.zip?archive=true", "zip", "none"], ["node.tar.gz?token=x.zip", "tar", "gzip"]
  ])("%s is a %s of %s", (name, container, compression) => expect(read(`https://example.test/${name}`).packing).toEqual({ container, compression }))

  it.each([
    ["ftp://example.test/node", "scheme is ftp"], ["node", "no URL"], ["https://example.test/x?archive=rar", "archive=rar"], ["git::https://example.test/x", "scheme"],
    ["https://example.test/x?checksum=sha256:12", "64 hexadecimal digits"], ["https://user:secret@example.test/x", "password"], ["ftp://user:secret@example.test/x", "password"], ["ftp://example.test/x?token=secret", "scheme is ftp"]
  ])("%s is refused: %s", (text, why) => {
    expect(parseSource(text)).toMatchObject({ failure: expect.stringContaining(why) })
    expect(parseSource(text)).not.toMatchObject({ failure: expect.stringContaining("secret") })
  })
})
