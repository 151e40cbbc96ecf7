// Archives that would write where they must not, plans whose info is none, servers that lead from https to http: each refused for what it is.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Result } from "effect"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as https from "node:https"
import { getCACertificates, setDefaultCACertificates } from "node:tls"
import { expect } from "vitest"
import * as UpgradePlan from "../../src/domain/UpgradePlan.ts"
import { before, type Entries, packed, tar, tarEntry, zip } from "../support/Archives.ts"
import { programOf, scene, sha256, withSum } from "../support/Fetching.ts"
import { give, serve } from "../support/FileServer.ts"

const program = programOf(100_000)
const good: Entries = [["bin/node", program]]
const key = `${process.platform}/${process.arch === "x64" ? "amd64" : process.arch}`

describe("an archive", () => {
  const hostile: Readonly<Record<string, readonly [Effect.Effect<Buffer>, string]>> = {
    "that leads out": [tar([["../evil", "x"], ...good]), "leads out of the archive"],
    "that leads out further down": [tar([...good, ["bin/../../evil", "x"]]), "leads out of the archive"],
    "with an absolute path": [tar([["/tmp/evil", "x"], ...good]), "absolute path"],
    "with a link out of it": [tar([["lib", "-> ../../../etc"], ...good]), "a link to"],
    "with an absolute link": [tar([["lib", "-> /etc"], ...good]), "a link to"],
    "whose program is a link": [tar([["other", program], ["bin/node", "-> ../other"]]), "not the program"],
    "with a hard link": [before(tarEntry("bin/passwd", "1", "/etc/passwd"), good), "a hard link"],
    "whose program is a hard link": [before(tarEntry("bin/node", "1", "/bin/sh"), []), "a hard link"],
    "with a character device": [before(tarEntry("dev", "3"), good), "a device"],
    "with a block device": [before(tarEntry("dev", "4"), good), "a device"],
    "with a FIFO": [before(tarEntry("pipe", "6"), good), "a FIFO"],
    "with the program twice": [tar([...good, ["./bin/node", "another"]]), "twice"],
    "without the program": [tar([["README", "x"], ["bin/other", program]]), "neither bin/node nor node"],
    "with a directory for the program": [tar([["bin/node/", ""]]), "a directory and not the program"],
    "with an empty program": [tar([["bin/node", ""]]), "empty file"],
    "that is cut off": [Effect.map(tar(good), (bytes) => bytes.subarray(0, 60_000)), "cannot be unpacked"],
    "that is none": [Effect.succeed(program), "cannot be unpacked"]
  }
  for (const [what, [making, why]] of Object.entries(hostile)) {
    it.live(`${what} is refused whole`, () =>
      Effect.gen(function*() {
        const archive = yield* making
        const server = yield* serve((request, response) => give(request, response, archive))
        const { place, refusal } = yield* scene()
        expect(yield* refusal(withSum(`${server.url}/node.tar`, archive))).toEqual({ reason: "Archive", why: expect.stringContaining(why), left: [] })
        assert.deepStrictEqual(fs.readdirSync(place()), ["home"])
      }))
  }

  it.live("in a zip is held to the same", () =>
    Effect.gen(function*() {
      const archives = { "../evil": "leads out of the archive", "/evil": "absolute path", "bin\\node": "backslash" }
      for (const [name, why] of Object.entries(archives)) {
        // No encoder writes such a name: another one of its length is put in its place.
        const honest = yield* zip([["z".repeat(name.length), "x"], ...good])
        const archive = Buffer.from(honest.toString("latin1").replaceAll("z".repeat(name.length), name), "latin1")
        const server = yield* serve((request, response) => give(request, response, archive))
        expect(yield* (yield* scene()).refusal(withSum(`${server.url}/node.zip`, archive))).toMatchObject({ reason: "Archive", why: expect.stringContaining(why), left: [] })
      }
    }))

  it.live("that would fill the disk is stopped, however it is packed", () =>
    Effect.gen(function*() {
      const bomb = yield* tar([["bin/README", Buffer.alloc(40_000_000)], ...good])
      const alone = Buffer.concat([program, Buffer.alloc(40_000_000)])
      const archives: Readonly<Record<string, Buffer>> = {
        "tar.gz": packed.gzip(bomb), "tar.zst": packed.zstd(bomb), "tar.xz": packed.xz(bomb), "tar.bz2": packed.bzip2(bomb), gz: packed.gzip(alone),
        zip: yield* zip([["README", Buffer.alloc(40_000_000)], ...good])
      }
      for (const [ending, archive] of Object.entries(archives)) {
        const server = yield* serve((request, response) => give(request, response, archive))
        assert.isBelow(archive.byteLength, 1_000_000)
        const { refusal } = yield* scene({ unpackedBytes: 10_000_000 })
        expect(yield* refusal(withSum(`${server.url}/node.${ending}`, archive))).toMatchObject({ reason: "TooLarge", why: expect.stringContaining("unpacks to more than 10000000 bytes"), left: [] })
      }
    }))

  it.live("packed otherwise than its name says, or damaged, is refused", () =>
    Effect.gen(function*() {
      const bytes = yield* tar(good)
      for (const [ending, archive] of Object.entries({ "tar.gz": bytes, "tar.zst": bytes, "tar.xz": bytes, "tar.bz2": bytes, tgz: packed.gzip(bytes).subarray(0, 50_000), zip: bytes })) {
        const server = yield* serve((request, response) => give(request, response, archive))
        expect(yield* (yield* scene()).refusal(withSum(`${server.url}/node.${ending}`, archive))).toMatchObject({ reason: "Archive", why: expect.stringContaining("cannot be unpacked"), left: [] })
      }
    }))

  it.live("that nothing here unpacks names the package that would", () =>
    Effect.gen(function*() {
      const archive = packed.xz(yield* tar(good))
      const server = yield* serve((request, response) => give(request, response, archive))
      const { fetch, refusal, upgrades } = yield* scene()
      const path = process.env["PATH"]
      process.env["PATH"] = "/no/where"
      const refused = yield* refusal(withSum(`${server.url}/node.tar.xz`, archive)).pipe(Effect.ensuring(Effect.sync(() => void (process.env["PATH"] = path))))
      expect(refused).toMatchObject({ reason: "NoTool", why: expect.stringContaining("xz-utils"), left: [] })
      yield* fetch(withSum(`${server.url}/node.tar.xz`, archive))
      assert.deepStrictEqual([server.asked.length, yield* upgrades], [1, ["v2"]])
    }))
})

describe("a plan's info", () => {
  const plan = (info: unknown) => ({ ...UpgradePlan.make("v2", 10n), info })

  it.live("names the source for this machine, here or elsewhere", () =>
    Effect.gen(function*() {
      const url = `https://example.test/node?checksum=sha256:${sha256(program)}`
      const json = JSON.stringify({ binaries: { [key]: url, "plan9/mips": "x" } })
      const server = yield* serve((_request, response) => void response.end(json))
      const { disk, downloads, place } = yield* scene()
      yield* disk.write(place("info.json"), Buffer.from(json), 0o644)
      for (const info of [JSON.parse(json), json, withSum(`${server.url}/info.json`, Buffer.from(json)), withSum(`file://${place("info.json")}`, Buffer.from(json))]) {
        const source = yield* downloads.sourceOf(plan(info))
        assert.strictEqual(Option.getOrThrow(source).url, "https://example.test/node")
      }
      assert.deepStrictEqual([yield* downloads.sourceOf(plan("a release")), yield* downloads.sourceOf(UpgradePlan.make("v2", 10n))].map(Option.isNone), [true, true])
    }))

  it.live("that cannot be used is told of", () =>
    Effect.gen(function*() {
      const files: Readonly<Record<string, string>> = { "/large": `{"binaries":{},"x":"${"x".repeat(1_100_000)}"}`, "/page": "<html></html>", "/list": "[]", "/other": "{}", "/none": "{\"binaries\":{\"plan9/mips\":\"x\"}}", "/again": "{\"binaries\":{\"any\":\"ftp://x/y\"}}" }
      const server = yield* serve((request, response) => void response.writeHead(files[request.url ?? ""] === undefined ? 404 : 200).end(files[request.url ?? ""]))
      const { downloads } = yield* scene()
      const at = (path: string) => withSum(`${server.url}${path}`, Buffer.from(files[path] ?? ""))
      const infos: ReadonlyArray<readonly [unknown, string, string]> = [
        [{ binaries: { "plan9/mips": "x" } }, "NoSource", `no binary for ${key}: there is plan9/mips`],
        [{ binaries: {} }, "NoSource", "there is none at all"],
        ["{\"binaries\"", "NoSource", "not JSON"],
        [{ binaries: { any: "ftp://x/y" } }, "NoSource", "scheme is ftp"],
        [at("/large"), "TooLarge", "larger than 1048576 bytes"],
        [at("/page"), "NoSource", "not JSON"],
        [at("/list"), "NoSource", "not a JSON object"],
        [at("/other"), "NoSource", "no binaries"],
        [at("/none"), "NoSource", "there is plan9/mips"],
        [at("/again"), "NoSource", "scheme is ftp"],
        [at("/nothing"), "Refused", "status 404"],
        [`${server.url}/none`, "NoChecksum", "checksum"],
        [`${server.url}/none?checksum=sha256:${"0".repeat(64)}`, "Mismatch", "0".repeat(64)]
      ]
      for (const [info, reason, why] of infos) {
        const error = yield* Effect.flip(downloads.sourceOf(plan(info)))
        expect([error.reason, error.message]).toEqual([reason, expect.stringContaining(why)])
      }
    }))
})

describe("a server that never comes to an end", () => {
  it.live("with a list of binaries is left once that is too large", () =>
    Effect.gen(function*() {
      const server = yield* serve((_request, response) => {
        const more = (): void => void (!response.destroyed && response.write(Buffer.alloc(65_536, 32)) && setImmediate(more))
        response.on("drain", more)
        more()
      })
      const { downloads } = yield* scene()
      const error = yield* Effect.flip(downloads.sourceOf({ ...UpgradePlan.make("v2", 10n), info: withSum(`${server.url}/info.json`, program) }))
      expect([error.reason, error.message]).toEqual(["TooLarge", expect.stringContaining("larger than 1048576 bytes")])
    }))
})

describe("a server with a certificate", () => {
  /** Made for this run; what it was made with is removed. */
  const certificate = Effect.fnUntraced(function*() {
    const { place } = yield* scene()
    const [keyFile, certFile] = [place("key.pem"), place("cert.pem")]
    execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", keyFile, "-out", certFile], { stdio: "ignore" })
    return { key: fs.readFileSync(keyFile, "utf8"), cert: fs.readFileSync(certFile, "utf8") }
  })

  it.live("is not believed when nobody vouches for it, and never leads from https to http", () =>
    Effect.gen(function*() {
      const keys = yield* certificate()
      const plain = yield* serve((request, response) => give(request, response, program))
      const secure = yield* serve((request, response) =>
        request.url === "/away" ? void response.writeHead(302, { location: `${plain.url}/node` }).end() : give(request, response, program), (listener) => https.createServer(keys, listener), "https")
      const unknown = yield* (yield* scene()).refusal(withSum(`${secure.url}/node`, program))
      expect(unknown).toMatchObject({ reason: "Unreachable", why: expect.stringContaining("certificate"), left: [] })
      assert.notInclude(unknown.why, "tried")
      assert.strictEqual(secure.asked.length, 0)
      const trusted = getCACertificates("default")
      setDefaultCACertificates([...trusted, keys.cert])
      yield* Effect.addFinalizer(() => Effect.sync(() => setDefaultCACertificates(trusted)))
      const { content, fetch } = yield* scene()
      yield* fetch(withSum(`${secure.url}/node`, program))
      assert.deepStrictEqual(yield* content, program)
      expect(yield* (yield* scene()).refusal(withSum(`${secure.url}/away`, program))).toMatchObject({ reason: "Redirected", why: expect.stringContaining("only https is followed"), left: [] })
      expect(yield* (yield* scene()).refusal(`${secure.url}/node?checksum=file:${plain.url}/sums`)).toMatchObject({ reason: "NoChecksum", why: expect.stringContaining("http list"), left: [] })
      assert.strictEqual(plain.asked.length, 0)
      const away = yield* serve((_request, response) => void response.writeHead(302, { location: `${secure.url}/node` }).end())
      assert.isTrue(Result.isSuccess(yield* Effect.result((yield* scene()).fetch(withSum(`${away.url}/node`, program)))))
    }))
})
