// The real node of the demo: where npm put the binaries of anvil's releases, and the little JSON-RPC that the story asks.
// The platform package's binary is used, never anvil's `bin.mjs`: a wrapper would stand between wemixvisor and the node.
import { request } from "node:http"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"

export interface AnvilRelease {
  /** The version npm knows, which is also the end of the package's alias here. */
  readonly version: string
  /** What `web3_clientVersion` answers. Upstream built 1.7.0 with 1.6.0 as its number, so the two differ there. */
  readonly answers: string
}

export const anvil170: AnvilRelease = { version: "1.7.0", answers: "anvil/v1.6.0" }
export const anvil171: AnvilRelease = { version: "1.7.1", answers: "anvil/v1.7.1" }
export const anvil151: AnvilRelease = { version: "1.5.1", answers: "anvil/v1.5.1" }

const architectures: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" }

/** The program itself, for this machine. Throws when npm installed none, which it does silently where anvil is not built. */
export const binaryOf = (release: AnvilRelease): string => {
  const architecture = architectures[process.arch] ?? process.arch
  const alias = `anvil-${release.version}`
  const platformPackage = `@foundry-rs/anvil-${process.platform}-${architecture}`
  try {
    const home = createRequire(import.meta.url).resolve(`${alias}/package.json`)
    const manifest = createRequire(home).resolve(`${platformPackage}/package.json`)
    return join(dirname(manifest), "bin", "anvil")
  } catch (cause) {
    throw new Error(`${platformPackage} ${release.version} is not installed: run npm ci without --omit=dev or --omit=optional`, { cause })
  }
}

export class RpcError extends Error {
  /** Nobody listens on the port: the node is down, as opposed to slow or unwilling. */
  readonly refused: boolean
  constructor(method: string, cause: unknown) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined
    super(`${method}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.name = "RpcError"
    this.refused = code === "ECONNREFUSED"
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null

const resultOf = (body: string): unknown => {
  const answer: unknown = JSON.parse(body)
  if (!isRecord(answer)) throw new Error(`not a JSON-RPC answer: ${body.slice(0, 80)}`)
  if (isRecord(answer["error"])) throw new Error(String(answer["error"]["message"]))
  return answer["result"]
}

/** One request on a connection of its own, so that nothing of an old node's connections outlives it. */
const post = (port: number, body: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) }
    const asked = request({ host: "127.0.0.1", port, method: "POST", agent: false, headers, timeout: 2_000 }, (answer) => {
      let text = ""
      answer.setEncoding("utf8")
      answer.on("data", (part: string) => text += part)
      answer.on("end", () => resolve(text))
      answer.on("error", reject)
    })
    asked.on("timeout", () => asked.destroy(new Error("no answer within 2 s")))
    asked.on("error", reject)
    asked.end(body)
  })

const text = (value: unknown): string => {
  if (typeof value !== "string") throw new Error(`a string was expected, not ${JSON.stringify(value)}`)
  return value
}

export interface Transfer {
  readonly from: string
  readonly to: string
  readonly wei: bigint
}

/** One answer that tells both how far the chain is and which process of the node says so. */
export interface Sight {
  /** Anvil draws it anew at every start. */
  readonly instance: string
  readonly height: number
}

export interface Rpc {
  readonly sight: () => Promise<Sight>
  readonly clientVersion: () => Promise<string>
  readonly height: () => Promise<number>
  readonly balance: (account: string) => Promise<bigint>
  readonly accounts: () => Promise<ReadonlyArray<string>>
  /** Sends from one of anvil's unlocked development accounts; the answer is the transaction's hash. */
  readonly send: (transfer: Transfer) => Promise<string>
  readonly mined: (hash: string) => Promise<boolean>
}

/** Every method fails with {@link RpcError} and nothing else. `seen` hears of every height that is not the one before. */
export const rpcAt = (port: number, seen: (height: number) => void): Rpc => {
  let latest: number | undefined
  const toHeight = (result: unknown): number => {
    const height = Number(result)
    if (!Number.isSafeInteger(height)) throw new Error(`a height was expected, not ${JSON.stringify(result)}`)
    if (height !== latest) seen(height)
    return latest = height
  }
  const toSight = (result: unknown): Sight => {
    if (!isRecord(result)) throw new Error("metadata were expected")
    return { instance: text(result["instanceId"]), height: toHeight(result["latestBlockNumber"]) }
  }
  const ask = async <A>(method: string, params: ReadonlyArray<unknown>, read: (result: unknown) => A): Promise<A> => {
    try {
      return read(resultOf(await post(port, JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }))))
    } catch (cause) {
      throw new RpcError(method, cause)
    }
  }
  return {
    sight: () => ask("anvil_metadata", [], toSight),
    clientVersion: () => ask("web3_clientVersion", [], text),
    height: () => ask("eth_blockNumber", [], toHeight),
    balance: (account) => ask("eth_getBalance", [account, "latest"], (result) => BigInt(text(result))),
    accounts: () => ask("eth_accounts", [], (result) => Array.isArray(result) ? result.map(text) : []),
    send: ({ from, to, wei }) => ask("eth_sendTransaction", [{ from, to, value: `0x${wei.toString(16)}` }], text),
    mined: (hash) => ask("eth_getTransactionReceipt", [hash], isRecord)
  }
}

/** The height that anvil's state file goes on from, when the text is such a file. */
export const heightInState = (content: string): number | undefined => {
  try {
    const state: unknown = JSON.parse(content)
    const height = isRecord(state) ? state["best_block_number"] : undefined
    return typeof height === "number" || typeof height === "string" ? Number(height) : undefined
  } catch {
    return undefined
  }
}
