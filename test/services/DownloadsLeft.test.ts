// What is left on the disk of a download that was given up, to the file: the part that the next attempt goes on with, and nothing that came from nowhere.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { expect } from "vitest"
import { programOf, scene, sha256, withSum } from "../support/Fetching.ts"
import { type Answer, give, serve } from "../support/FileServer.ts"

const program = programOf(300_000)
/** Too little for the bad answers, and plenty for the good ones on a machine that has much else to do. */
const limit = 1500
const bounds = { attempts: 1, answerMillis: limit, silenceMillis: 60_000, windowMillis: 60_000 }
const whole = ["v2/bin/node 300000", expect.stringMatching(/^v2\/release\.json \d+$/)]

/** The file from its beginning, a few bytes at a time. */
const dripping = (headers: Readonly<Record<string, string>>): Answer => (_request, response) => {
  response.writeHead(200, { "content-length": program.byteLength, ...headers })
  let sent = 0
  const drip = setInterval(() => response.write(program.subarray(sent, sent += 10)), 5)
  response.once("close", () => clearInterval(drip))
}

/** The first request is answered so, those after it as they should be. */
const atFirst = (answer: Answer) =>
  serve((request, response, number) => number === 0 ? answer(request, response, number) : give(request, response, program))

describe.concurrent("a download that is given up", () => {
  it.live("because it is too slow leaves the part that came, in one place, and the next attempt goes on with it", () =>
    Effect.gen(function*() {
      const server = yield* atFirst(dripping({ etag: "\"1\"" }))
      const { content, fetch, refusal, remains } = yield* scene({ ...bounds, windowMillis: limit, slowestBytesPerSecond: 1e5 })
      const url = withSum(`${server.url}/node`, program)
      expect(yield* refusal(url)).toMatchObject({ reason: "TooSlow", why: expect.stringContaining("are too slow") })
      const left = yield* remains
      expect(left).toEqual([expect.stringMatching(/^\.staging,\/part\/v2\/\*\/about\.json \d+$/), expect.stringMatching(/^\.staging,\/part\/v2\/\*\/body [1-9]\d*$/)])
      yield* fetch(url)
      assert.deepStrictEqual([server.asked[1]?.range, server.asked[1]?.ifRange], [`bytes=${left[1]?.split(" ")[1]}-`, "\"1\""])
      assert.strictEqual(sha256(yield* content), sha256(program))
      expect(yield* remains).toEqual(whole)
    }))

  it.live("without a checksum leaves nothing, though the server says which file it gives: nobody could tell whether the rest belongs to it", () =>
    Effect.gen(function*() {
      const server = yield* atFirst(dripping({ etag: "\"1\"" }))
      const { fetch, refusal, remains } = yield* scene({ ...bounds, windowMillis: limit, slowestBytesPerSecond: 1e5 }, { UNSAFE_SKIP_CHECKSUM: "true" })
      expect(yield* refusal(`${server.url}/node`)).toMatchObject({ reason: "TooSlow" })
      assert.deepStrictEqual(yield* remains, [])
      yield* fetch(`${server.url}/node`)
      assert.deepStrictEqual(server.asked.map(({ range }) => range), [undefined, undefined])
      expect(yield* remains).toEqual(whole)
    }))

  const nothing: Readonly<Record<string, readonly [Answer, Parameters<typeof scene>[0], string]>> = {
    "it is silent": [(_request, response) => void response.writeHead(200, { etag: "\"1\"", "content-length": program.byteLength }).flushHeaders(), { silenceMillis: limit }, "TooSlow"],
    "the server is mute": [() => undefined, {}, "Unreachable"],
    "the server hangs up": [(_request, response) => void response.destroy(), {}, "Unreachable"],
    "it is too slow, from a server that does not say which file it gives,": [dripping({}), { slowestBytesPerSecond: 1e5, windowMillis: limit }, "TooSlow"],
    "the server fails": [(_request, response) => void response.writeHead(500).end("x".repeat(1000)), {}, "Refused"]
  }
  for (const [what, [answer, more, reason]] of Object.entries(nothing)) {
    it.live(`because ${what} leaves nothing, and the next attempt begins anew`, () =>
      Effect.gen(function*() {
        const server = yield* atFirst(answer)
        const { fetch, refusal, remains } = yield* scene({ ...bounds, ...more })
        const url = withSum(`${server.url}/node`, program)
        expect(yield* refusal(url)).toMatchObject({ reason })
        assert.deepStrictEqual(yield* remains, [])
        yield* fetch(url)
        assert.deepStrictEqual(server.asked.map(({ range }) => range), [undefined, undefined])
        expect(yield* remains).toEqual(whole)
      }))
  }
})
