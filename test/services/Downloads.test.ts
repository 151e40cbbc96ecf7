// Fetching from servers that are as they should be, and from those that are not: whole, verified and in place, or refused with the reason and absent.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { createHash } from "node:crypto"
import { pathToFileURL } from "node:url"
import { gzipSync } from "node:zlib"
import { expect } from "vitest"
import { packed, tar, zip } from "../support/Archives.ts"
import { programOf, scene, sha256, v2, withSum } from "../support/Fetching.ts"
import { type Answer, give, serve } from "../support/FileServer.ts"
import { text } from "../support/world/Binaries.ts"

const program = programOf(300_000)

describe("a release that is fetched", () => {
  it.live("is in place, verified, with where it came from; our parameters are not sent", () =>
    Effect.gen(function*() {
      const [server, { binary, content, disk, fetch, staging, upgrades }] = [yield* serve((request, response) => give(request, response, program)), yield* scene()]
      const staged = yield* fetch(withSum(`${server.url}/node?token=1%2B`, program))
      assert.deepStrictEqual({ ...staged, at: "" }, { sha256: sha256(program), bytes: program.byteLength, from: `${server.url}/node`, at: "", checksum: `sha256:${sha256(program)}` })
      assert.deepStrictEqual([yield* content, (yield* disk.status(binary, false)).mode], [program, 0o755])
      assert.deepStrictEqual(server.asked.map(({ url }) => url), ["/node?token=1%2B"])
      assert.deepStrictEqual([yield* upgrades, yield* staging.check(v2)], [["v2"], Option.some({ staged, change: Option.none() })])
    }))

  it.live("comes as it is, from a server that would pack it for the way", () =>
    Effect.gen(function*() {
      const server = yield* serve(({ headers }, response) => {
        if (!/gzip/.test(String(headers["accept-encoding"]))) return void response.end(program)
        response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(program))
      })
      const { content, fetch } = yield* scene()
      yield* fetch(withSum(`${server.url}/node`, program))
      assert.strictEqual(sha256(yield* content), sha256(program))
    }))

  it.live("is not fetched again when it is there, and another one is not replaced unless forced", () =>
    Effect.gen(function*() {
      const other = programOf(200_000)
      const [server, { content, fetch, refusal }] = [yield* serve((request, response) => give(request, response, request.url === "/other" ? other : program)), yield* scene()]
      const first = yield* fetch(withSum(`${server.url}/node`, program))
      assert.deepStrictEqual(yield* fetch(withSum(`${server.url}/node`, program)), first)
      expect(yield* refusal(withSum(`${server.url}/other`, other))).toMatchObject({ reason: "Exists", why: expect.stringContaining("--force"), left: ["v2"] })
      assert.strictEqual(server.asked.length, 1)
      yield* fetch(withSum(`${server.url}/other`, other), true)
      assert.deepStrictEqual(yield* content, other)
    }))

  it.live("may have a sha512, a bare digest, or a line in a list", () =>
    Effect.gen(function*() {
      const server = yield* serve((request, response) =>
        request.url === "/SHA256SUMS" ? void response.end(`${"0".repeat(64)}  other\n${sha256(program)}  *node\n`.replace("  *", " *")) : give(request, response, program))
      const sha512 = createHash("sha512").update(program).digest("hex")
      for (const checksum of [`sha512:${sha512}`, sha512, sha256(program), `file:${server.url}/SHA256SUMS`]) {
        const { content, fetch } = yield* scene()
        yield* fetch(`${server.url}/node?checksum=${checksum}`)
        assert.deepStrictEqual(yield* content, program)
      }
    }))

  it.live("is a copy of a file of this machine", () =>
    Effect.gen(function*() {
      const { content, disk, fetch, place } = yield* scene()
      yield* disk.write(place("a file"), program, 0o600)
      yield* disk.link("a file", place("link"))
      yield* fetch(withSum(pathToFileURL(place("link")).href, program))
      yield* disk.write(place("a file"), text("changed"), 0o600)
      assert.deepStrictEqual(yield* content, program)
    }))

  const archives = { "tar": "none", "tar.gz": "gzip", "tgz": "gzip", "tar.zst": "zstd", "tzst": "zstd", "tar.xz": "xz", "txz": "xz", "tar.bz2": "bzip2", "tbz2": "bzip2" } as const
  for (const [ending, compression] of Object.entries(archives)) {
    it.live(`may come in a ${ending}, over HTTP and from a file`, () =>
      Effect.gen(function*() {
        const plain = yield* tar([["./", ""], ["./README", "read me"], ["./node", "the wrong one"], ["./bin/", ""], ["./bin/node", program, 0o4755], ["./lib/", ""], ["./lib/a", "-> ../bin/node"]])
        const archive = compression === "none" ? plain : packed[compression](plain)
        const server = yield* serve((request, response) => give(request, response, archive))
        const first = yield* scene()
        const staged = yield* first.fetch(withSum(`${server.url}/node-v2.${ending}`, archive))
        assert.deepStrictEqual([staged.sha256, staged.checksum, yield* first.content], [sha256(program), `sha256:${sha256(archive)}`, program])
        assert.strictEqual((yield* first.disk.status(first.binary, false)).mode, 0o755)
        assert.deepStrictEqual([yield* first.upgrades, yield* first.disk.list(`${first.home.upgrades}/v2`)].flat().toSorted(), ["bin", "release.json", "v2"])
        const second = yield* scene()
        yield* second.disk.write(second.place(`archive.${ending}`), archive, 0o644)
        yield* second.fetch(withSum(pathToFileURL(second.place(`archive.${ending}`)).href, archive))
        assert.deepStrictEqual([yield* second.content, yield* second.upgrades], [program, ["v2"]])
      }))
  }

  it.live("may come in a zip, at the top of an archive, or packed by itself", () =>
    Effect.gen(function*() {
      const files: Readonly<Record<string, Buffer>> = {
        "a.zip": yield* zip([["README", "read me"], ["node", program]]),
        "b.zip": yield* zip([["node", "the wrong one"], ["bin/", ""], ["./bin/node", program]]),
        "c.tar": yield* tar([["node", program]]),
        "d.gz": packed.gzip(program),
        "e?archive=zip": yield* zip([["bin/node", program]])
      }
      const server = yield* serve((request, response) => give(request, response, files[(request.url ?? "").slice(1)] ?? files["e?archive=zip"] ?? program))
      for (const [name, archive] of Object.entries(files)) {
        const { content, fetch, upgrades } = yield* scene()
        yield* fetch(withSum(`${server.url}/${name}`, archive))
        assert.deepStrictEqual([yield* content, yield* upgrades], [program, ["v2"]])
      }
    }))
})

describe("a checksum", () => {
  it.live("is needed, unless the setting says otherwise", () =>
    Effect.gen(function*() {
      const server = yield* serve((request, response) => give(request, response, program))
      expect(yield* (yield* scene()).refusal(`${server.url}/node`)).toMatchObject({ reason: "NoChecksum", why: expect.stringContaining("UNSAFE_SKIP_CHECKSUM"), left: [] })
      assert.strictEqual(server.asked.length, 0)
      const { content, fetch } = yield* scene({}, { UNSAFE_SKIP_CHECKSUM: "true" })
      assert.strictEqual((yield* fetch(`${server.url}/node`)).checksum, null)
      assert.deepStrictEqual(yield* content, program)
    }))

  it.live("is kept to even where none is needed, for the raw file, the archive and the file here", () =>
    Effect.gen(function*() {
      const archive = yield* tar([["node", program]])
      const server = yield* serve((request, response) => give(request, response, request.url === "/node" ? program : archive))
      for (const [name, found] of [["node", program], ["node.tar", archive]] as const) {
        const { refusal } = yield* scene({}, { UNSAFE_SKIP_CHECKSUM: "true" })
        const { left, reason, why } = yield* refusal(`${server.url}/${name}?checksum=sha256:${"0".repeat(64)}`)
        assert.deepStrictEqual([reason, why.includes("0".repeat(64)), why.includes(sha256(found)), left], ["Mismatch", true, true, []])
      }
      const { disk, place, refusal } = yield* scene()
      yield* disk.write(place("node"), program, 0o644)
      expect(yield* refusal(`file://${place("node")}?checksum=sha256:${"0".repeat(64)}`)).toMatchObject({ reason: "Mismatch", why: expect.stringContaining(sha256(program)), left: [] })
    }))

  it.live("in a list that has none for the file, or is not there, is none", () =>
    Effect.gen(function*() {
      const server = yield* serve((request, response) => request.url === "/sums" ? void response.end(`${sha256(program)}  other\n`) : void response.writeHead(404).end())
      const { refusal } = yield* scene()
      expect(yield* refusal(`${server.url}/node?checksum=file:${server.url}/sums`)).toMatchObject({ reason: "NoChecksum", why: expect.stringContaining("no line for node"), left: [] })
      expect(yield* refusal(`${server.url}/node?checksum=file:${server.url}/nothing`)).toMatchObject({ reason: "Refused", why: expect.stringContaining("status 404"), left: [] })
    }))
})

describe("a server that is not as it should be", () => {
  const html = text("<!DOCTYPE html><html><body>Log in</body></html>")
  const reset: Answer = (_request, response) => void response.destroy()
  const endless: Answer = (_request, response) => {
    const more = (error?: Error | null): unknown => error instanceof Error || response.destroyed ? undefined : response.write(program, more)
    more()
  }
  const servers: Readonly<Record<string, readonly [Answer, string, string, number]>> = {
    "says 404": [(_request, response) => void response.writeHead(404).end(), "Refused", "status 404", 1],
    "says 403": [(_request, response) => void response.writeHead(403).end(), "Refused", "status 403", 1],
    "says 500 all along": [(_request, response) => void response.writeHead(500).end(), "Refused", "status 500 (tried 3 times", 3],
    "says 500, then 404": [(_request, response, number) => void response.writeHead(number === 0 ? 500 : 404).end(), "Refused", "status 500 (tried 2 times; at last", 2],
    "hangs up": [reset, "Unreachable", "tried 3 times", 3],
    "redirects to itself": [(_request, response) => void response.writeHead(302, { location: "/again" }).end(), "Redirected", "more than 10 times", 11],
    "redirects to a file": [(_request, response) => void response.writeHead(302, { location: "file:///etc/passwd" }).end(), "Redirected", "file:///etc/passwd", 1],
    "redirects to nowhere": [(_request, response) => void response.writeHead(302, { location: "http://[" }).end(), "Redirected", "no URL", 1],
    "gives nothing": [(_request, response) => void response.end(), "Mismatch", sha256(new Uint8Array(0)), 1],
    "gives a page": [(_request, response) => void response.end(html), "Mismatch", sha256(html), 1],
    "gives no more than half": [(_request, response) => void response.end(program.subarray(0, 1000)), "Mismatch", sha256(program.subarray(0, 1000)), 1],
    "promises more than it gives": [(_request, response) => void response.writeHead(200, { "content-length": 1e6 }).write(program, () => response.destroy()), "Unreachable", "before the end", 3],
    "promises too much": [(_request, response) => void response.writeHead(200, { "content-length": 5e6 }).flushHeaders(), "TooLarge", "5000000 bytes, and at most 1000000", 1],
    "never ends": [endless, "TooLarge", "larger than 1000000 bytes", 1]
  }
  for (const [what, [answer, reason, why, times]] of Object.entries(servers)) {
    it.live(`and ${what} is told of: ${reason}`, () =>
      Effect.gen(function*() {
        const [server, { refusal }] = [yield* serve(answer), yield* scene({ bytes: 1e6 })]
        expect(yield* refusal(withSum(`${server.url}/node`, program))).toEqual({ reason, why: expect.stringContaining(why), left: [] })
        assert.strictEqual(server.asked.length, times)
      }))
  }

  it.live("and gives a page for a program is found out without a checksum too", () =>
    Effect.gen(function*() {
      const [server, { refusal }] = [yield* serve((_request, response) => void response.end(html)), yield* scene({}, { UNSAFE_SKIP_CHECKSUM: "true" })]
      expect(yield* refusal(`${server.url}/node`)).toMatchObject({ reason: "Unfit", why: expect.stringContaining(`${server.url}/node is not a program`), left: [] })
    }))

  it.live("may be reached by a proxy", () =>
    Effect.gen(function*() {
      const [proxy, { content, fetch }] = [yield* serve((request, response) => give(request, response, program)), yield* scene()]
      process.env["HTTP_PROXY"] = proxy.url
      yield* Effect.addFinalizer(() => Effect.sync(() => void delete process.env["HTTP_PROXY"]))
      const staged = yield* fetch(withSum("http://releases.test/node", program))
      assert.deepStrictEqual([yield* content, staged.from, proxy.asked.map(({ url }) => url)], [program, "http://releases.test/node", ["http://releases.test/node"]])
    }))

  it.live("and says nothing, or too little, is not waited for", () =>
    Effect.gen(function*() {
      const dripping: Answer = (_request, response) => {
        response.writeHead(200, { "content-length": program.byteLength })
        const drip = setInterval(() => response.write("x"), 5)
        response.once("close", () => clearInterval(drip))
      }
      const silent = yield* serve((_request, response) => void response.writeHead(200, { "content-length": 10 }).flushHeaders())
      const mute = yield* serve(() => undefined)
      const slow = yield* serve(dripping)
      const bounds = { attempts: 1, answerMillis: 200, silenceMillis: 200, windowMillis: 200, slowestBytesPerSecond: 1e6 }
      expect(yield* (yield* scene({ ...bounds, windowMillis: 60_000 })).refusal(withSum(`${silent.url}/node`, program))).toMatchObject({ reason: "TooSlow", why: expect.stringContaining("sent nothing for 0.2 s") })
      expect(yield* (yield* scene(bounds)).refusal(withSum(`${mute.url}/node`, program))).toMatchObject({ reason: "Unreachable", why: expect.stringContaining("not answered within 0.2 s") })
      expect(yield* (yield* scene({ ...bounds, silenceMillis: 60_000 })).refusal(withSum(`${slow.url}/node`, program))).toMatchObject({ reason: "TooSlow", why: expect.stringContaining("are too slow") })
    }))

  it.live("and is not there is told of", () =>
    Effect.gen(function*() {
      const url = yield* Effect.scoped(Effect.map(serve(reset), (server) => server.url))
      expect(yield* (yield* scene()).refusal(withSum(`${url}/node`, program))).toMatchObject({ reason: "Unreachable", why: expect.stringContaining("ECONNREFUSED"), left: [] })
      const { place, refusal } = yield* scene()
      expect(yield* refusal(withSum(`file://${place("nothing")}`, program))).toMatchObject({ reason: "Unreachable", why: expect.stringContaining("ENOENT"), left: [] })
      expect(yield* refusal(withSum(`file://${place()}`, program))).toMatchObject({ reason: "Unreachable", why: expect.stringContaining("not a file"), left: [] })
      expect(yield* refusal(withSum("file://elsewhere/node", program))).toMatchObject({ reason: "NoSource", left: [] })
    }))

  it.live("and says 500 once is asked again", () =>
    Effect.gen(function*() {
      const [server, { content, fetch }] = [yield* serve((request, response, number) => number < 2 ? void response.writeHead(500).end() : give(request, response, program)), yield* scene()]
      yield* fetch(withSum(`${server.url}/node`, program))
      assert.deepStrictEqual([yield* content, server.asked.length], [program, 3])
    }))

  it.live("and fills the disk is left in time", () =>
    Effect.gen(function*() {
      const [server, { refusal }] = [yield* serve((request, response) => give(request, response, program)), yield* scene({ reserveBytes: 2 ** 52 })]
      expect(yield* refusal(withSum(`${server.url}/node`, program))).toMatchObject({ reason: "NoSpace", why: expect.stringContaining("no room") })
    }))
})
