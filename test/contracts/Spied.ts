// The calls by which the real disk asks the system to make things last: noted in their order, or answered otherwise than the system would.
// The sources take them from this module each time they call one.
import { Effect } from "effect"
import { vi } from "vitest"

export const fs = process.getBuiltinModule("node:fs")

/** What the system throws. */
export const systemError = (code: string): NodeJS.ErrnoException => Object.assign(new Error(code), { code })

/** Spies until the test ends. */
export const whileTested = <A extends { readonly mockRestore: () => void }>(spy: () => A) =>
  Effect.acquireRelease(Effect.sync(spy), (made) => Effect.sync(() => made.mockRestore()))

/** What is done from now on, with the path of each file: opened ones are told only by what is done with them. A sync is noted when it has ended. */
export const deeds = Effect.gen(function*() {
  const noted = new Array<string>()
  const paths = new Map<number, string>()
  const { closeSync, fchmodSync, fsync, openSync, renameSync, writeSync } = fs
  const note = (what: string, descriptor: number): void => {
    const path = paths.get(descriptor)
    if (path !== undefined) noted.push(`${what} ${path}`)
  }
  yield* whileTested(() =>
    vi.spyOn(fs, "openSync").mockImplementation((path, flags, mode) => {
      const descriptor = openSync(path, flags, mode)
      paths.set(descriptor, String(path))
      return descriptor
    }))
  yield* whileTested(() =>
    vi.spyOn(fs, "closeSync").mockImplementation((descriptor) => {
      note("close", descriptor)
      paths.delete(descriptor)
      closeSync(descriptor)
    }))
  yield* whileTested(() =>
    vi.spyOn(fs, "fsync").mockImplementation((descriptor, done) =>
      fsync(descriptor, (error) => {
        note("sync", descriptor)
        done(error)
      })))
  yield* whileTested(() =>
    vi.spyOn(fs, "fchmodSync").mockImplementation((descriptor, mode) => {
      fchmodSync(descriptor, mode)
      note("mode", descriptor)
    }))
  yield* whileTested(() =>
    vi.spyOn(fs, "writeSync").mockImplementation((descriptor: number, content: string | NodeJS.ArrayBufferView, offset?: number | null) => {
      note("write", descriptor)
      return typeof content === "string" ? writeSync(descriptor, content) : writeSync(descriptor, content, offset)
    }))
  yield* whileTested(() =>
    vi.spyOn(fs, "renameSync").mockImplementation((from, to) => {
      renameSync(from, to)
      noted.push(`rename ${String(from)} to ${String(to)}`)
    }))
  return noted
})

/** The device keeps nothing from now on. */
export const refuseSync = (code: string) =>
  whileTested(() => vi.spyOn(fs, "fsync").mockImplementation((_, done) => process.nextTick(() => done(systemError(code)))))
