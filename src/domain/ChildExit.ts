// How a child ended, as a value.
import { Data } from "effect"

/** `Unknown` is the end of a node that was taken over: only its parent could have read its status, and that one is gone. */
export type ChildExit = Data.TaggedEnum<{
  Code: { readonly code: number }
  Signal: { readonly signal: NodeJS.Signals; readonly number: number }
  Unknown: {}
}>
export const ChildExit = Data.taggedEnum<ChildExit>()

export const isClean = (exit: ChildExit): boolean => exit._tag === "Code" && exit.code === 0

export const isKnown = (exit: ChildExit): boolean => exit._tag !== "Unknown"

/** `code 2`, `signal SIGKILL`, `unknown status`. */
export const describe = ChildExit.$match({
  Code: ({ code }) => `code ${code}`,
  Signal: ({ signal }) => `signal ${signal}`,
  Unknown: () => "unknown status"
})
