// A real HTTP server on this machine that gives a file as it is told to: whole, cut, slowly, with ranges or without. Notes what it was asked.
import { Effect } from "effect"
import * as http from "node:http"
import type { AddressInfo } from "node:net"

export interface Asked {
  readonly url: string
  readonly range: string | undefined
  readonly ifRange: string | undefined
}

export interface FileServer {
  readonly url: string
  readonly asked: ReadonlyArray<Asked>
}

/** How it answers the request with this number, from 0. */
export type Answer = (request: http.IncomingMessage, response: http.ServerResponse, number: number) => void

const isAddress = (address: string | AddressInfo | null): address is AddressInfo => typeof address === "object" && address !== null

const listening = (server: http.Server) =>
  Effect.callback<string>((resume) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      resume(Effect.succeed(`127.0.0.1:${isAddress(address) ? address.port : 0}`))
    })
  })

/** Ends with the scope, and all its connections with it. */
export const serve = Effect.fnUntraced(function*(answer: Answer, make: (listener: http.RequestListener) => http.Server = http.createServer, scheme = "http") {
  const asked: Array<Asked> = []
  const server = make((request, response) => {
    const number = asked.push({ url: request.url ?? "", range: request.headers.range, ifRange: String(request.headers["if-range"] ?? "") }) - 1
    response.on("error", () => undefined)
    answer(request, response, number)
  })
  const address = yield* Effect.acquireRelease(listening(server), () => Effect.sync(() => [server.closeAllConnections(), server.close()]))
  return { url: `${scheme}://${address}`, asked }
})

interface Giving {
  readonly etag?: string
  readonly ranges?: boolean
  /** Cuts the connection once the file has been given so far. */
  readonly cutAt?: number
}

/** Gives a file as good servers do, with an entity tag and ranges. */
export const give = (request: http.IncomingMessage, response: http.ServerResponse, content: Uint8Array, { cutAt, etag = "\"1\"", ranges = true }: Giving = {}): void => {
  const [, from = "0"] = /^bytes=(\d+)-$/.exec(request.headers.range ?? "") ?? []
  const start = ranges && (request.headers["if-range"] ?? etag) === etag ? Number(from) : 0
  const isPart = start > 0
  response.writeHead(isPart ? 206 : 200, {
    etag,
    "content-length": content.byteLength - start,
    ...(isPart && { "content-range": `bytes ${start}-${content.byteLength - 1}/${content.byteLength}` })
  })
  if (cutAt === undefined || cutAt <= start) return void response.end(content.subarray(start))
  response.write(content.subarray(start, cutAt), () => void response.destroy())
}
