// The demo's story as a test: the built program on a real node, through an upgrade, a bad release and a stop.
import { fileURLToPath } from "node:url"
import { expect, onTestFailed, onTestFinished, test } from "vitest"
import { anvil170, anvil171 } from "../demo/Anvil.ts"
import { claimsOf } from "../demo/Claims.ts"
import { play } from "../demo/Scenario.ts"
import { removeHome, temporaryHome } from "../demo/Stage.ts"

const program = fileURLToPath(new URL("../../dist/wemixvisor.js", import.meta.url))

test("a real node is upgraded, brought back from a bad release and stopped, with its chain going on", async ({ signal }) => {
  const home = await temporaryHome()
  const lines: Array<string> = []
  onTestFailed(() => console.error(lines.join("\n")))
  onTestFinished(() => removeHome(home))

  const { rolledBack, started, stopped, upgraded } = await play({
    program,
    home,
    signal,
    tell: (told) => {
      if (told.kind === "line" || told.kind === "did") lines.push(told.text)
    }
  })

  expect(started.chain).toMatchObject({ release: "genesis", version: anvil170.answers })
  expect(started.chain.balance).toBeLessThan(started.balanceBefore - started.sent)

  expect(upgraded.before).toMatchObject({ release: "genesis", version: anvil170.answers, balance: started.chain.balance })
  expect(upgraded.after).toMatchObject({ release: "v1.7.1", version: anvil171.answers, balance: started.chain.balance })
  expect(upgraded.after.height).toBeGreaterThanOrEqual(upgraded.before.height)
  expect(upgraded.wentOnTo).toBeGreaterThan(upgraded.after.height)

  expect(rolledBack.said.join("\n")).toContain("failed to parse json file")
  expect(rolledBack.said).toContainEqual(expect.stringMatching(/ended with code 2 .*going back to v1\.7\.1/))
  expect(rolledBack.said).toContainEqual(expect.stringContaining("v1.7.1 -> v1.5.1-bad rolled back"))
  expect(rolledBack.after).toMatchObject({ release: "v1.7.1", version: anvil171.answers, balance: started.chain.balance })
  expect(rolledBack.after.height).toBeGreaterThanOrEqual(rolledBack.before.height)
  expect(rolledBack.before.height).toBeGreaterThanOrEqual(upgraded.wentOnTo)
  expect(rolledBack.wentOnTo).toBeGreaterThan(rolledBack.after.height)

  expect(stopped).toMatchObject({ ended: { code: 0, signal: null }, stateWritten: true, leftBehind: 0 })
  expect(stopped.stateHeight).toBeGreaterThanOrEqual(stopped.lastHeight)

  expect(claimsOf({ rolledBack, started, stopped, upgraded }).filter(({ holds }) => !holds)).toEqual([])
})
