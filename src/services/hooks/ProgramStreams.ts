// The streams of a program that is started: its input a file, its output a pipe, both of which a program can open as /dev/stdin and /dev/stderr.
// What Node makes by itself are sockets, which cannot be opened; where there is no mkfifo or no place for the two, they must do.
import { Effect } from "effect"
import { type ChildProcess, execFile } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { Socket } from "node:net"
import { tmpdir } from "node:os"
import type { Readable, Writable } from "node:stream"

const fs = process.getBuiltinModule("node:fs")

export interface ProgramStreams {
  /** The program's ends, as `spawn` takes them. */
  readonly stdio: ReadonlyArray<"ignore" | "pipe" | number>
  /** To be called once the program has its ends, or could not be started: closes them here. */
  readonly handedOver: Effect.Effect<void>
  /** To be called when it could not be started: closes ours. */
  readonly discard: Effect.Effect<void>
  /** Our ends, in a program that was started. */
  readonly of: (child: ChildProcess) => Ends
}

export interface Ends {
  /** What is still to be fed, where it is no file. */
  readonly input: Writable | undefined
  readonly outputs: ReadonlyArray<Readable>
}

/** For a program that may read this; without input it reads from /dev/null. */
export const make = (input: string | undefined): Effect.Effect<ProgramStreams> =>
  Effect.promise(async () => {
    const directory = await mkdtemp(`${tmpdir()}/wemixvisor-`).catch(() => undefined)
    if (directory === undefined) return sockets(input)
    try {
      return await named(`${directory}/in`, `${directory}/out`, input)
    } catch {
      return sockets(input)
    } finally {
      await rm(directory, { recursive: true, force: true }).catch(() => undefined)
    }
  })

const sockets = (input: string | undefined): ProgramStreams => ({
  stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  handedOver: Effect.void,
  discard: Effect.void,
  of: ({ stderr, stdin, stdout }) => ({ input: stdin ?? undefined, outputs: [stdout, stderr].filter((stream) => stream !== null) })
})

/** By their names, which are gone before anything is started. The input is no pipe: to open one whose writer is done is to wait for ever (fifo(7)). */
const named = async (inPath: string, outPath: string, input: string | undefined): Promise<ProgramStreams> => {
  if (input !== undefined) await writeFile(inPath, input, { mode: 0o600 })
  await new Promise<void>((done, fail) => void execFile("mkfifo", ["-m", "600", outPath], (error) => error === null ? done() : fail(error)))
  const stdin = input === undefined ? [] : [fs.openSync(inPath, "r")]
  const { read, write } = openBoth(outPath)
  return {
    stdio: [stdin[0] ?? "ignore", write, write],
    handedOver: closing(write, ...stdin),
    discard: closing(read),
    of: () => ({ input: undefined, outputs: [new Socket({ fd: read, readable: true, writable: false })] })
  }
}

/** To open one end is to wait for the other: the first descriptor is both. */
const openBoth = (path: string): { readonly read: number; readonly write: number } => {
  const both = fs.openSync(path, "r+")
  try {
    return { read: fs.openSync(path, "r"), write: fs.openSync(path, "w") }
  } finally {
    fs.closeSync(both)
  }
}

const closing = (...descriptors: ReadonlyArray<number>): Effect.Effect<void> => Effect.sync(() => descriptors.forEach((descriptor) => fs.closeSync(descriptor)))
