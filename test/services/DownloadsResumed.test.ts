// A download that is cut goes on where it was, with the same file and no other; what it left is used, or gone.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { expect } from "vitest"
import { asideOf } from "../../src/services/staging/Aside.ts"
import { until } from "../contracts/Stages.ts"
import { programOf, scene, sha256, v2, withSum } from "../support/Fetching.ts"
import { type Answer, give, serve } from "../support/FileServer.ts"

const program = programOf(3_000_000)
const other = programOf(2_999_999)
const tenths = Array.from({ length: 9 }, (_, index) => Math.floor((index + 1) * program.byteLength / 10))

type Scene = Effect.Success<ReturnType<typeof scene>>

/** How many bytes of the download are on the disk. */
const kept = ({ disk, home }: Scene) =>
  Effect.gen(function*() {
    const place = asideOf(home, "part", v2)
    const [name = ""] = yield* disk.list(place)
    return (yield* disk.status(`${place}/${name}/body`, false)).bytes
  }).pipe(Effect.orElseSucceed(() => 0))

/** Interrupts the fetch of a file that hangs, once enough of it came. */
const interrupted = (home: Scene, url: string) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(home.fetch(url))
    yield* until("some of it is on the disk", Effect.map(kept(home), (bytes) => bytes > 1_000_000))
    yield* Fiber.interrupt(fiber)
    assert.deepStrictEqual(yield* home.upgrades, [".staging,"])
    return yield* kept(home)
  })

const hangs: Answer = (_request, response) => {
  response.writeHead(200, { etag: "\"1\"", "content-length": program.byteLength })
  response.write(program.subarray(0, 2_000_000))
}

describe("a download that is cut", () => {
  it.live("at every tenth goes on where it was, and never further back", () =>
    Effect.gen(function*() {
      const server = yield* serve((request, response, number) => give(request, response, program, number < tenths.length ? { cutAt: tenths[number] ?? 0 } : {}))
      const { content, fetch, upgrades } = yield* scene()
      yield* fetch(withSum(`${server.url}/node`, program))
      assert.deepStrictEqual([sha256(yield* content), yield* upgrades], [sha256(program), ["v2"]])
      const starts = server.asked.map(({ range }) => Number(/\d+/.exec(range ?? "0")?.[0]))
      assert.isAtLeast(server.asked.length, 2)
      assert.deepStrictEqual(starts, starts.toSorted((a, b) => a - b))
      assert.deepStrictEqual([...new Set(server.asked.slice(1).map(({ ifRange }) => ifRange))], ["\"1\""])
    }))

  it.live("begins anew with the file that it has become, and mixes nothing", () =>
    Effect.gen(function*() {
      const server = yield* serve((request, response, number) => number === 0 ? give(request, response, other, { cutAt: 1_500_000 }) : give(request, response, program, { etag: "\"2\"" }))
      const { content, fetch } = yield* scene({}, { UNSAFE_SKIP_CHECKSUM: "true" })
      yield* fetch(`${server.url}/node`)
      assert.deepStrictEqual(sha256(yield* content), sha256(program))
      assert.strictEqual(server.asked[1]?.ifRange, "\"1\"")
    }))

  const liars: Readonly<Record<string, Answer>> = {
    "another tag": (_request, response) => void response.writeHead(206, { etag: "\"2\"", "content-range": `bytes 1500000-2999999/3000000` }).end(program.subarray(1_500_000)),
    "no tag": (_request, response) => void response.writeHead(206, { "content-range": `bytes 1500000-2999999/3000000` }).end(program.subarray(1_500_000)),
    "another place": (_request, response) => void response.writeHead(206, { etag: "\"1\"", "content-range": `bytes 7-2999999/3000000` }).end(program.subarray(7)),
    "another length": (_request, response) => void response.writeHead(206, { etag: "\"1\"", "content-range": `bytes 1500000-3000009/3000010` }).end(program.subarray(1_500_000)),
    "no range": (_request, response) => void response.writeHead(206, { etag: "\"1\"" }).end(program.subarray(1_500_000)),
    "status 416": (_request, response) => void response.writeHead(416).end()
  }
  for (const [what, lie] of Object.entries(liars)) {
    it.live(`does not go on with an answer that has ${what}`, () =>
      Effect.gen(function*() {
        const server = yield* serve((request, response, number) =>
          number === 1 ? lie(request, response, number) : give(request, response, program, number === 0 ? { cutAt: 1_500_000 } : {}))
        const { content, fetch } = yield* scene({}, { UNSAFE_SKIP_CHECKSUM: "true" })
        yield* fetch(`${server.url}/node`)
        assert.deepStrictEqual([sha256(yield* content), server.asked.length, server.asked[2]?.range], [sha256(program), 3, undefined])
      }))
  }

  it.live("goes on behind a part that is shorter than what was asked for", () =>
    Effect.gen(function*() {
      const part: Answer = (_request, response) => void response.writeHead(206, { etag: "\"1\"", "content-range": "bytes 1500000-1999999/3000000" }).end(program.subarray(1_500_000, 2_000_000))
      const server = yield* serve((request, response, number) =>
        number === 1 ? part(request, response, number) : give(request, response, program, number === 0 ? { cutAt: 1_500_000 } : {}))
      const { content, fetch } = yield* scene({}, { UNSAFE_SKIP_CHECKSUM: "true" })
      yield* fetch(`${server.url}/node`)
      assert.deepStrictEqual([sha256(yield* content), server.asked.length, server.asked[2]?.range], [sha256(program), 3, "bytes=2000000-"])
    }))

  it.live("has what came on the disk, however little that is", () =>
    Effect.gen(function*() {
      const server = yield* serve((_request, response) => void response.writeHead(200, { etag: "\"1\"", "content-length": program.byteLength }).write(program.subarray(0, 500_000)))
      const home = yield* scene({ silenceMillis: 1000, attempts: 1 })
      assert.strictEqual((yield* Effect.flip(home.fetch(withSum(`${server.url}/node`, program)))).reason, "TooSlow")
      assert.strictEqual(yield* kept(home), 500_000)
    }))

  for (const [what, giving] of Object.entries({ "gives no ranges": { ranges: false }, "has only weak tags": { etag: "W/\"1\"" } })) {
    it.live(`begins anew where the server ${what}, and gives up when that gets no further`, () =>
      Effect.gen(function*() {
        const patient = yield* serve((request, response, number) => give(request, response, program, number === 0 ? { ...giving, cutAt: 1_500_000 } : giving))
        const first = yield* scene()
        yield* first.fetch(withSum(`${patient.url}/node`, program))
        assert.deepStrictEqual([sha256(yield* first.content), patient.asked.length], [sha256(program), 2])
        const cutting = yield* serve((request, response) => give(request, response, program, { ...giving, cutAt: 1_500_000 }))
        const { refusal } = yield* scene()
        expect(yield* refusal(withSum(`${cutting.url}/node`, program))).toMatchObject({ reason: "Unreachable", why: expect.stringContaining("before the end"), left: [] })
      }))
  }
})

describe("a download that is interrupted", () => {
  it.live("is not in place, and the next goes on with it", () =>
    Effect.gen(function*() {
      const [server, home] = [yield* serve((request, response, number) => number === 0 ? hangs(request, response, number) : give(request, response, program)), yield* scene()]
      const bytes = yield* interrupted(home, withSum(`${server.url}/node`, program))
      yield* home.fetch(withSum(`${server.url}/node`, program))
      assert.deepStrictEqual([yield* home.content, yield* home.upgrades, server.asked[1]?.range], [program, ["v2"], `bytes=${bytes}-`])
    }))

  it.live("is no part of what is fetched from elsewhere, or without a checksum", () =>
    Effect.gen(function*() {
      const hung = new Set<string>()
      const server = yield* serve((request, response, number) => {
        const { url = "" } = request
        if (url === "/elsewhere" || hung.has(url)) return give(request, response, program)
        hung.add(url)
        hangs(request, response, number)
      })
      const nexts = [["/one", {}, withSum(`${server.url}/elsewhere`, program)], ["/two", { UNSAFE_SKIP_CHECKSUM: "true" }, `${server.url}/two`]] as const
      for (const [path, environment, again] of nexts) {
        const home = yield* scene({}, environment)
        yield* interrupted(home, withSum(`${server.url}${path}`, program))
        yield* home.fetch(again)
        assert.deepStrictEqual([yield* home.content, yield* home.upgrades], [program, ["v2"]])
      }
      assert.deepStrictEqual(server.asked.map(({ range }) => range), [undefined, undefined, undefined, undefined])
    }))

  it.live("and spoilt on the disk is found out, thrown away, and fetched anew", () =>
    Effect.gen(function*() {
      const [server, home] = [yield* serve((request, response, number) => number === 0 ? hangs(request, response, number) : give(request, response, program)), yield* scene()]
      const url = withSum(`${server.url}/node`, program)
      const bytes = yield* interrupted(home, url)
      const [name = ""] = yield* home.disk.list(asideOf(home.home, "part", v2))
      yield* home.disk.write(`${asideOf(home.home, "part", v2)}/${name}/body`, new Uint8Array(bytes), 0o644)
      yield* home.fetch(url)
      assert.deepStrictEqual([yield* home.content, yield* home.upgrades, server.asked.map(({ range }) => range)], [program, ["v2"], [undefined, `bytes=${bytes}-`, undefined]])
    }))

  it.live("and is another file than it must be is refused after one whole attempt, not for what was there before", () =>
    Effect.gen(function*() {
      const [server, home] = [yield* serve((request, response, number) => number === 0 ? hangs(request, response, number) : give(request, response, program)), yield* scene()]
      const url = withSum(`${server.url}/node`, other)
      yield* interrupted(home, url)
      expect(yield* home.refusal(url)).toMatchObject({ reason: "Mismatch", why: expect.stringContaining(sha256(program)), left: [] })
      assert.strictEqual(server.asked.length, 3)
    }))

  it.live("by another one for the same release fails, and the other goes on", () =>
    Effect.gen(function*() {
      const [server, home] = [yield* serve((request, response, number) => number === 0 ? hangs(request, response, number) : give(request, response, program)), yield* scene({ attempts: 1, silenceMillis: 1000 })]
      const url = withSum(`${server.url}/node`, program)
      const first = yield* Effect.forkChild(Effect.flip(home.fetch(url)))
      yield* until("some of it is on the disk", Effect.map(kept(home), (bytes) => bytes > 1_000_000))
      yield* home.fetch(url)
      assert.deepStrictEqual([yield* home.content, server.asked.length], [program, 2])
      assert.include(["Disk", "TooSlow"], (yield* Fiber.join(first)).reason)
      assert.deepStrictEqual([yield* home.content, yield* home.upgrades], [program, ["v2"]])
    }))
})
