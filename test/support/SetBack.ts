// Preloaded into wemixvisor by Node (`--import`): as long as a file is there, the wall clock of this process is a day behind.
// The clock of the system is left alone, and so is the one that only goes forward.
import { existsSync } from "node:fs"

const { SET_BACK_WHILE: path = "" } = process.env
const dayMillis = 86_400_000
const Real = Date

const now = (): number => Real.now() - (existsSync(path) ? dayMillis : 0)

globalThis.Date = new Proxy(Real, {
  construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  apply: () => new Real(now()).toString(),
  get: (target, key) => key === "now" ? now : Reflect.get(target, key)
})
