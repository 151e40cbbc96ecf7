#!/usr/bin/env node
// Where the program is entered: lets the runtime keep the compiled code beside the program, where that may be written, and loads it.
import { enableCompileCache } from "node:module"
import { join } from "node:path"

// Node 22 calls its SQLite experimental on standard error at every start; the lock needs no more than what has not changed since.
process.removeAllListeners("warning")
process.on("warning", (warning) => {
  if (!warning.message.startsWith("SQLite")) process.stderr.write(`${warning.name}: ${warning.message}\n`)
})

enableCompileCache(join(import.meta.dirname, "cache"))
await import("./bin.ts")
