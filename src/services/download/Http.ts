// One GET, with its redirects: the answer's head, and its body piece by piece. Tries nothing twice, and never leaves https for http.
import { Effect, type Scope } from "effect"
import type { IncomingMessage, RequestOptions } from "node:http"
import * as http from "node:http"
import * as https from "node:https"
import { withoutQuery } from "../../domain/PlanBinaries.ts"
import { DownloadError, type DownloadReason, type Limits, redirectLimit } from "./DownloadError.ts"

export interface Reply {
  /** Where it came from in the end. */
  readonly url: string
  readonly status: number
  readonly header: (name: string) => string | undefined
  /** The next bytes of the body, undefined at its end. */
  readonly pull: Effect.Effect<Uint8Array | undefined, DownloadError>
}

type Headers = Readonly<Record<string, string>>

/** The error in words, without the query: it may hold a token. */
export const failure = (url: string, reason: DownloadReason, what: string, mayPass = false): DownloadError =>
  new DownloadError({ url: shown(url), reason, why: `${shown(url)} ${what}`, mayPass })

export const shown = withoutQuery

/** Asks until it is no redirect; the answer is dropped when the scope closes. */
export const get = Effect.fnUntraced(function*(url: string, headers: Headers, limits: Limits): Effect.fn.Return<Reply, DownloadError, Scope.Scope> {
  let at = url
  for (let redirects = 0; redirects <= redirectLimit; redirects++) {
    const response = yield* ask(at, headers, limits)
    const status = response.statusCode ?? 0
    const { location } = response.headers
    if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return replyOf(at, status, response)
    response.destroy()
    at = yield* follow(at, location)
  }
  return yield* failure(url, "Redirected", `redirects more than ${redirectLimit} times, at last to ${shown(at)}`)
})

const follow = (from: string, location: string): Effect.Effect<string, DownloadError> =>
  Effect.suspend(() => {
    const to = URL.canParse(location, from) ? new URL(location, from) : undefined
    if (to === undefined) return Effect.fail(failure(from, "Redirected", `redirects to ${JSON.stringify(location.slice(0, 200))}, which is no URL`))
    if (to.protocol === "https:" || (to.protocol === "http:" && from.startsWith("http:"))) return Effect.succeed(to.href)
    return Effect.fail(failure(from, "Redirected", `redirects to ${shown(to.href)}: from ${from.split(":")[0]} only ${from.startsWith("https:") ? "https is" : "http and https are"} followed`))
  })

const ask = Effect.fnUntraced(function*(url: string, headers: Headers, limits: Limits): Effect.fn.Return<IncomingMessage, DownloadError, Scope.Scope> {
  const request = yield* Effect.acquireRelease(
    Effect.try({
      try: () => url.startsWith("https:") ? https.request(url, options(url, headers)) : http.request(url, options(url, headers)),
      catch: (cause) => broken(url, cause)
    }),
    (made) => Effect.sync(() => made.destroy())
  )
  return yield* Effect.callback<IncomingMessage, DownloadError>((resume) => {
    // Stays for errors that come when nobody waits for one any more.
    request.on("error", (cause) => resume(Effect.fail(broken(url, cause))))
    request.once("response", (response) => resume(Effect.succeed(response)))
    request.end()
  }).pipe(Effect.timeoutOrElse({
    duration: limits.answerMillis,
    orElse: () => failure(url, "Unreachable", `has not answered within ${limits.answerMillis / 1000} s`, true)
  }))
})

/** As is: a length that is told must be the file's. No connection is kept. */
const options = (url: string, headers: Headers): RequestOptions => ({
  headers: { "user-agent": "wemixvisor", accept: "*/*", "accept-encoding": "identity", ...headers },
  agent: isHere(url) ? false : url.startsWith("https:") ? new https.Agent({ proxyEnv: process.env }) : new http.Agent({ proxyEnv: process.env })
})

/** A proxy has no way to this machine's own address. */
const isHere = (url: string): boolean => /^(?:localhost|127\..*|\[::1\])$/.test(new URL(url).hostname)

const replyOf = (url: string, status: number, response: IncomingMessage): Reply => {
  const pieces: AsyncIterator<Uint8Array> = response.iterator({ destroyOnReturn: false })
  return {
    url,
    status,
    header: (name) => {
      const value = response.headers[name]
      return Array.isArray(value) ? value[0] : value
    },
    pull: Effect.tryPromise({ try: () => pieces.next(), catch: (cause) => broken(url, cause) }).pipe(
      Effect.map(({ done, value }) => done === true ? undefined : value)
    )
  }
}

const codeOf = (cause: unknown): string => typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : ""

/** Of certificates: another attempt finds the same one. */
const lasting = /CERT|SELF_SIGNED|UNABLE_TO|HOSTNAME|ERR_TLS|ERR_INVALID|HPE_/

const broken = (url: string, cause: unknown): DownloadError => {
  const [code, text] = [codeOf(cause), cause instanceof Error ? cause.message : String(cause)]
  const what = text === "aborted" ? "ended the connection before the end of the file" : `cannot be reached: ${text === "" ? code : text}`
  return failure(url, "Unreachable", what, !lasting.test(code))
}
