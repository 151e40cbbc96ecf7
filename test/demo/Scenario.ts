// The story of the demo as steps that give back what was seen: a real node, a real upgrade, a real bad release, a stop.
// Nothing is printed and nothing is judged here: whoever plays it listens to `tell` and compares the facts with the promise.
import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { anvil151, anvil170, anvil171, binaryOf, type Rpc, rpcAt, RpcError } from "./Anvil.ts"
import { currentRelease, freePort, nodeLogOf, readStateFile, stageRelease, stateFileOf, writePlan } from "./Stage.ts"
import { end, type Ended, leftBelow, type Running, start, sweep } from "./Wemixvisor.ts"

/** How the chain stands at one moment, and which release wemixvisor says is current. */
export interface Chain {
  readonly release: string
  readonly version: string
  readonly height: number
  /** Of the account that sent the transaction, in wei. */
  readonly balance: bigint
}

export interface Started {
  readonly chain: Chain
  readonly sent: bigint
  readonly balanceBefore: bigint
}

/** A plan that took the node down and up again: the last answer before, the first answer after. */
export interface Change {
  readonly before: Chain
  readonly after: Chain
  /** From the last answer of the old process to the first one of the new, asked every {@link paceMillis}. */
  readonly downMillis: number
  readonly wentOnTo: number
}

export interface RolledBack extends Change {
  /** What was said on stderr between the plan and the first answer, by wemixvisor and by the release that refused. */
  readonly said: ReadonlyArray<string>
}

export interface Stopped {
  readonly ended: Ended
  readonly tookMillis: number
  readonly lastHeight: number
  readonly stateWritten: boolean
  readonly stateHeight: number | undefined
  readonly leftBehind: number
}

export interface Facts {
  readonly started: Started
  readonly upgraded: Change
  readonly rolledBack: RolledBack
  readonly stopped: Stopped
}

export type Told =
  | { readonly kind: "chapter"; readonly title: string }
  | { readonly kind: "command"; readonly words: ReadonlyArray<string> }
  | { readonly kind: "did"; readonly text: string }
  | { readonly kind: "line"; readonly text: string }
  | { readonly kind: "block"; readonly height: number }
  | { readonly kind: "down" }
  | { readonly kind: "fact"; readonly facts: Partial<Facts> }

/** Something the story waits for did not happen: in time, or at all, since wemixvisor ended. */
export class Stuck extends Error {
  constructor(waitedFor: string, why: string) {
    super(`waited for ${waitedFor}: ${why}`)
    this.name = "Stuck"
  }
}

/** The one who plays the story wants it to end; everything it started is gone by the time this is thrown. */
export class Interrupted extends Error {
  constructor() {
    super("interrupted")
    this.name = "Interrupted"
  }
}

export interface Play {
  /** The bundle under test. */
  readonly program: string
  /** An empty directory, the caller's to remove. */
  readonly home: string
  readonly tell: (told: Told) => void
  readonly signal: AbortSignal
}

/** How often the height is asked for while a node is expected to go and to come back. */
export const paceMillis = 2

const ether = 10n ** 18n
const settings = { DAEMON_NAME: "anvil", DAEMON_UPGRADE_PROBATION: "3s", DAEMON_SHUTDOWN_GRACE: "20s", WEMIXVISOR_LOG_FORMAT: "pretty" }

interface Scene extends Play {
  readonly rpc: Rpc
  readonly port: number
  readonly lines: Array<string>
  running: Running | undefined
}

/** Asks again and again until there is an answer. A node that does not answer is part of the story, any other failure is not. */
const until = async <A>(scene: Scene, waitedFor: string, ask: () => Promise<A | undefined>, everyMillis = 50): Promise<A> => {
  const deadline = performance.now() + 15_000
  while (true) {
    if (scene.signal.aborted) throw new Interrupted()
    const ended = scene.running?.outcome()
    const answer = await ask().catch((error: unknown) => {
      if (error instanceof RpcError) return undefined
      throw error
    })
    if (answer !== undefined) return answer
    if (ended !== undefined) throw new Stuck(waitedFor, `wemixvisor ended with ${ended.code ?? ended.signal}`)
    if (performance.now() > deadline) throw new Stuck(waitedFor, "not within 15 s")
    await pause(everyMillis, undefined, { signal: scene.signal }).catch(() => undefined)
  }
}

const wemixvisor = (scene: Scene, args: ReadonlyArray<string>, stdoutFile: string): Running => {
  scene.tell({ kind: "command", words: ["wemixvisor", ...args] })
  const line = (text: string): void => {
    scene.lines.push(text)
    scene.tell({ kind: "line", text })
  }
  return scene.running = start({ program: scene.program, args, settings: { ...settings, DAEMON_HOME: scene.home }, stdoutFile, line })
}

const lookAt = async (scene: Scene, account: string): Promise<Chain> => ({
  release: await currentRelease(scene.home),
  version: await scene.rpc.clientVersion(),
  height: await scene.rpc.height(),
  balance: await scene.rpc.balance(account)
})

const blockAfter = (scene: Scene, height: number): Promise<number> =>
  until(scene, `a block above ${height}`, async () => {
    const now = await scene.rpc.height()
    return now > height ? now : undefined
  })

const layOut = async (scene: Scene): Promise<void> => {
  scene.tell({ kind: "chapter", title: "A home with anvil 1.7.0, and 1.7.1 staged as the upgrade v1.7.1" })
  const { code } = await wemixvisor(scene, ["init", binaryOf(anvil170)], nodeLogOf(scene.home)).ended
  if (code !== 0) throw new Stuck("a home to run in", `wemixvisor init ended with ${code}`)
  await mkdir(join(scene.home, "data"), { recursive: true })
  await stageRelease(scene.home, "v1.7.1", anvil171)
}

/** Starts the node, moves one ether out of an account and waits for two blocks more. */
const begin = async (scene: Scene): Promise<Started & { readonly account: string }> => {
  const args = ["--host", "127.0.0.1", "--port", `${scene.port}`, "--block-time", "1", "--state", stateFileOf(scene.home)]
  wemixvisor(scene, ["run", ...args], nodeLogOf(scene.home))
  const [from, to] = await until(scene, "the node's first answer", () => scene.rpc.accounts())
  if (from === undefined || to === undefined) throw new Stuck("two accounts", "the node has fewer")
  const balanceBefore = await scene.rpc.balance(from)
  const hash = await scene.rpc.send({ from, to, wei: ether })
  scene.tell({ kind: "did", text: "eth_sendTransaction: 1 ETH from the first account to the second" })
  await until(scene, "the transaction to be mined", async () => await scene.rpc.mined(hash) ? true : undefined)
  await blockAfter(scene, await scene.rpc.height() + 1)
  const started = { chain: await lookAt(scene, from), sent: ether, balanceBefore }
  scene.tell({ kind: "fact", facts: { started } })
  return { ...started, account: from }
}

/** Writes the plan, asks at a high rate until another process of the node answers, and lets some blocks pass. */
const follow = async (scene: Scene, name: string, account: string, blocks: number): Promise<Change> => {
  const before = await lookAt(scene, account)
  const { instance } = await scene.rpc.sight()
  const plan = { name, height: before.height }
  let last = { height: before.height, atMillis: performance.now() }
  let refused = false
  scene.tell({ kind: "did", text: `upgrade-info.json: ${JSON.stringify(plan)}` })
  await writePlan(scene.home, plan)
  const watch = async (): Promise<number | undefined> => {
    try {
      const sight = await scene.rpc.sight()
      if (sight.instance !== instance) return performance.now() - last.atMillis
      last = { height: sight.height, atMillis: performance.now() }
      return undefined
    } catch (error) {
      if (!refused && error instanceof RpcError && error.refused) {
        refused = true
        scene.tell({ kind: "down" })
      }
      throw error
    }
  }
  const downMillis = await until(scene, `the node to stop and to come back for ${name}`, watch, paceMillis)
  const after = await until(scene, "the node's state", () => lookAt(scene, account))
  return { before: { ...before, height: last.height }, after, downMillis, wentOnTo: await blockAfter(scene, after.height + blocks - 1) }
}

const upgrade = async (scene: Scene, account: string): Promise<Change> => {
  scene.tell({ kind: "chapter", title: "The upgrade: a plan for v1.7.1" })
  const upgraded = await follow(scene, "v1.7.1", account, 4) // More seconds than the probation has.
  scene.tell({ kind: "fact", facts: { upgraded } })
  return upgraded
}

const rollBack = async (scene: Scene, account: string): Promise<RolledBack> => {
  scene.tell({ kind: "chapter", title: "A bad release: 1.5.1, which refuses the state of 1.7.1, staged as v1.5.1-bad" })
  await stageRelease(scene.home, "v1.5.1-bad", anvil151)
  const heard = scene.lines.length
  const change = await follow(scene, "v1.5.1-bad", account, 2)
  const rolledBack = { ...change, said: scene.lines.slice(heard) }
  scene.tell({ kind: "fact", facts: { rolledBack } })
  return rolledBack
}

/** What Ctrl-C does: one SIGINT to wemixvisor, and all that is left to look at is what it left behind. */
const stop = async (scene: Scene): Promise<Stopped> => {
  scene.tell({ kind: "chapter", title: "Ctrl-C: SIGINT to wemixvisor" })
  const lastHeight = await scene.rpc.height()
  const stateBefore = await readStateFile(scene.home)
  const askedAtMillis = performance.now()
  scene.running?.signal("SIGINT")
  const ended = await until(scene, "wemixvisor to end", async () => scene.running?.outcome(), paceMillis)
  const tookMillis = performance.now() - askedAtMillis
  await scene.running?.ended
  const state = await readStateFile(scene.home)
  const stopped: Stopped = {
    ended,
    tookMillis,
    lastHeight,
    stateWritten: state !== undefined && state.writtenAtMillis !== stateBefore?.writtenAtMillis,
    stateHeight: state?.height,
    leftBehind: leftBelow(scene.home).length
  }
  scene.tell({ kind: "fact", facts: { stopped } })
  return stopped
}

/** Plays the whole story. However it ends, nothing that it started is running when the promise settles. */
export const play = async (asked: Play): Promise<Facts> => {
  const port = await freePort()
  const rpc = rpcAt(port, (height) => asked.tell({ kind: "block", height }))
  const scene: Scene = { ...asked, port, rpc, lines: [], running: undefined }
  try {
    await layOut(scene)
    const { account, ...started } = await begin(scene)
    const upgraded = await upgrade(scene, account)
    const rolledBack = await rollBack(scene, account)
    return { started, upgraded, rolledBack, stopped: await stop(scene) }
  } finally {
    if (scene.running !== undefined) await end(scene.running, 8_000)
    sweep(scene.home)
  }
}
