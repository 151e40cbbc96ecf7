// Names of plans and of their directories: escaped as Go's url.PathEscape does, refused where they cannot name one, and read back.
import { assert, describe, it } from "@effect/vitest"
import { Option, Result, Schema } from "effect"
import { directoryOf, fromLinkText, genesis, inUpgrades, label } from "../../src/domain/Release.ts"

const escaped: Readonly<Record<string, string>> = {
  "v2": "v2",
  "v1.2.3-rc1_final~": "v1.2.3-rc1_final~",
  "V2": "V2",
  "some spaces": "some%20spaces",
  "a/b": "a%2Fb",
  "../../etc": "..%2F..%2Fetc",
  "100%": "100%25",
  "%20": "%2520",
  "a+b=c&d:e@f$g": "a+b=c&d:e@f$g",
  "!'()*": "%21%27%28%29%2A",
  ";,?#[]": "%3B%2C%3F%23%5B%5D",
  "\"<>\\^`{|}": "%22%3C%3E%5C%5E%60%7B%7C%7D",
  "ünïcode": "%C3%BCn%C3%AFcode",
  "업그레이드": "%EC%97%85%EA%B7%B8%EB%A0%88%EC%9D%B4%EB%93%9C",
  "🚀": "%F0%9F%9A%80",
  "...": "...",
  ".hidden": ".hidden",
  " ": "%20"
}

const refused: Readonly<Record<string, string>> = {
  "": "is empty",
  ".": "is \".\"",
  "..": "is \"..\"",
  "a\u0000b": "has a control character",
  "a\nb": "has a control character",
  "\u007f": "has a control character",
  "\u0085": "has a control character",
  "\ud800": "is not well-formed Unicode"
}

describe("the directory of a name", () => {
  for (const [name, directory] of Object.entries(escaped)) {
    it(`is ${directory} for ${name}`, () => assert.deepStrictEqual(directoryOf(name), Result.succeed(directory)))
  }
  for (const [name, why] of Object.entries(refused)) {
    it(`is refused for ${JSON.stringify(name)}: it ${why}`, () => assert.deepStrictEqual(directoryOf(name), Result.fail(why)))
  }
  it("is at most 255 bytes long, once escaped", () => {
    const tooLong = Result.fail("is longer than 255 bytes once escaped")
    assert.deepStrictEqual(directoryOf("x".repeat(255)), Result.succeed("x".repeat(255)))
    assert.deepStrictEqual(directoryOf("x".repeat(256)), tooLong)
    assert.deepStrictEqual(directoryOf("/".repeat(85)), Result.succeed("%2F".repeat(85)))
    assert.deepStrictEqual(directoryOf("/".repeat(86)), tooLong)
    assert.deepStrictEqual(directoryOf(`${"é".repeat(42)}xxx`), Result.succeed(`${"%C3%A9".repeat(42)}xxx`))
    assert.deepStrictEqual(directoryOf(`${"é".repeat(42)}xxxx`), tooLong)
  })
  it.prop("holds nothing that a path gives a meaning to, and is read back as the name", { name: Schema.String }, ({ name }) =>
    Result.match(directoryOf(name), {
      onFailure: (why) => assert.notStrictEqual(why, ""),
      onSuccess: (directory) => {
        assert.match(directory, /^(?!\.{1,2}$)[A-Za-z0-9\-_.~%$&+:=@]{1,255}$/)
        assert.strictEqual(label(inUpgrades(directory)), name)
        assert.deepStrictEqual(fromLinkText(`upgrades/${directory}`), Option.some(inUpgrades(directory)))
      }
    }))
})

describe("the release of a link", () => {
  for (const text of ["genesis", "genesis/", "./genesis", "././genesis///"]) {
    it(`is genesis for ${text}`, () => assert.deepStrictEqual(fromLinkText(text), Option.some(genesis)))
  }
  for (const text of ["upgrades/v2", "upgrades/v2/", "./upgrades/v2"]) {
    it(`is v2 for ${text}`, () => assert.deepStrictEqual(fromLinkText(text), Option.some(inUpgrades("v2"))))
  }
  for (const text of ["", "/", ".", "..", "upgrades", "upgrades/", "upgrades/.", "upgrades/..", "upgrades/v2/bin", "upgrades//v2", "Genesis", "genesis2", "/genesis", "../genesis", `upgrades/${"x".repeat(256)}`]) {
    it(`is none for ${JSON.stringify(text.slice(0, 30))}`, () => assert.deepStrictEqual(fromLinkText(text), Option.none()))
  }
})

describe("the label of a release", () => {
  it("is the name people know it by", () => {
    assert.deepStrictEqual([label(genesis), label(inUpgrades("v2")), label(inUpgrades("some%20spaces"))], ["genesis", "v2", "some spaces"])
  })
  it("is the directory where that is no escaped name", () => assert.strictEqual(label(inUpgrades("50%zz")), "50%zz"))
})
