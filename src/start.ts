#!/usr/bin/env node
// Where the program is entered: lets the runtime keep the compiled code beside the program, where that may be written, and loads it.
import { enableCompileCache } from "node:module"
import { join } from "node:path"

enableCompileCache(join(import.meta.dirname, "cache"))
await import("./bin.ts")
