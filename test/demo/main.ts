// `npm run demo`: plays the story for a person to watch, on the built program and a real node.
// Ends with 0 when every promise held, 1 when one did not, 130 when it was interrupted.
import { fileURLToPath } from "node:url"
import { type Claim, claimsOf } from "./Claims.ts"
import { Interrupted, play } from "./Scenario.ts"
import { screenOn } from "./Screen.ts"
import { removeHome, temporaryHome } from "./Stage.ts"

const program = fileURLToPath(new URL("../../dist/wemixvisor.js", import.meta.url))
const interruption = new AbortController()
const interrupt = (): void => interruption.abort()
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, interrupt)
process.stdout.on("error", interrupt)

const home = await temporaryHome()
const screen = screenOn(process.stdout, home)
const broken: Array<Claim> = []
const startedAtMillis = performance.now()

const attempt = async (): Promise<number> => {
  await play({
    program,
    home,
    signal: interruption.signal,
    tell: (told) => {
      if (told.kind !== "fact") return screen.show(told)
      for (const claim of claimsOf(told.facts)) {
        screen.claim(claim)
        if (!claim.holds) broken.push(claim)
      }
    }
  })
  return broken.length === 0 ? 0 : 1
}

const status = await attempt().catch((error: unknown) => {
  if (error instanceof Interrupted) return 130
  screen.close(error instanceof Error ? error.message : String(error), false)
  return 1
})

if (status === 1) {
  const untrue = broken.map(({ about, part }) => `${part}: ${about}`).join(", ")
  const what = untrue === "" ? "The story could not be told to its end" : `Not as promised: ${untrue}`
  screen.close(`${what}. The home is kept, the node's own output is node.log in it:\n${home}`, false)
} else {
  await removeHome(home)
  const seconds = ((performance.now() - startedAtMillis) / 1_000).toFixed(0)
  if (status === 0) screen.close(`All of it as promised, in ${seconds} s.`, true)
  else screen.close("Interrupted: the node is stopped and the home is removed.", false)
}
process.exitCode = status
