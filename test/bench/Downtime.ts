// How long no node runs in an upgrade: from the old one's last line, printed as it exits, to the new one's first.
import { prepareLink, writeDurably } from "./DurableWrites.ts"
import type { Heading, Measured } from "./Figure.ts"
import { bareNode, freshHome, preparePlan, stage, supervise } from "./Homes.ts"
import { during, now, Program } from "./Programs.ts"
import { interleave, settle } from "./Sampling.ts"
import { scratchDirectory } from "./Scratch.ts"

/**
 * What the floor writes: that SIGTERM was sent (begun before, and a node that ends at once does not wait for it), that the switch begins, that it
 * is done. Beside these the rename of a link that was made before, which the record after it makes durable, and one spawn.
 */
const recordsBetweenNodes = 3

export const downtimeHeading: Heading = {
  id: "downtime",
  title: "downtime: the old node's exit to the new one's first line, without a backup",
  unit: "ms",
  aim: { kind: "ratio", most: 2 }
}

const upgrade = async (phase: number): Promise<number> => {
  const home = await freshHome()
  stage(home, "v1")
  const placePlan = preparePlan(home, "v1")
  return during(supervise(home, { DAEMON_BACKUP: "none" }), async (wemixvisor) => {
    await wemixvisor.line("up genesis")
    await settle(phase)
    placePlan()
    const downAt = await wemixvisor.line("down genesis")
    return (await wemixvisor.line("up v1")) - downAt
  })
}

const bareUpgrade = async (node: string): Promise<number> => {
  const directory = scratchDirectory("bare")
  const rename = prepareLink(directory, "upgrades/v1")
  const downAt = now()
  for (let record = 1; record < recordsBetweenNodes; record++) writeDurably(directory)
  rename()
  writeDurably(directory)
  return during(new Program(node, []), async (started) => (await started.line("up v1")) - downAt)
}

const bareSpawn = (node: string): Promise<number> =>
  during(new Program(node, []), async (started) => (await started.line("up v1")) - started.startedAt)

export const measureDowntime = async (runs: number): Promise<Measured> => {
  const node = bareNode("v1")
  const measurement = await interleave({
    runs,
    subject: { name: "wemixvisor", take: upgrade },
    floor: { name: `${recordsBetweenNodes} durable writes, a rename, a spawn, bare`, take: () => bareUpgrade(node) },
    others: [{ name: "of it the spawn", take: () => bareSpawn(node) }]
  })
  return { ...downtimeHeading, ...measurement }
}
