// How soon a stop request to wemixvisor reaches the node.
import type { Heading, Measured } from "./Figure.ts"
import { bareNode, freshHome, supervise } from "./Homes.ts"
import { during, Program } from "./Programs.ts"
import { interleave, settle } from "./Sampling.ts"

export const stopHeading: Heading = {
  id: "stop",
  title: "SIGTERM at wemixvisor to SIGTERM at the node",
  unit: "ms",
  aim: { kind: "absolute", most: 5 }
}

const untilTerminated = (program: Program, phase: number): Promise<number> =>
  during(program, async (running) => {
    await running.line("up genesis")
    await settle(phase)
    const sentAt = running.terminate()
    return (await running.line("down genesis")) - sentAt
  })

export const measureStop = async (runs: number): Promise<Measured> => {
  const home = await freshHome()
  const node = bareNode("genesis")
  const measurement = await interleave({
    runs,
    subject: { name: "wemixvisor", take: (phase) => untilTerminated(supervise(home), phase) },
    floor: { name: "one signal to the same node, run bare", take: (phase) => untilTerminated(new Program(node, []), phase) }
  })
  return { ...stopHeading, ...measurement }
}
