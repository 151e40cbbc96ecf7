// How long `wemixvisor run` takes until the node has printed its first line.
import type { Heading, Measured } from "./Figure.ts"
import { bareNode, freshHome, supervise } from "./Homes.ts"
import { during, Program, wholeRun } from "./Programs.ts"
import { interleave } from "./Sampling.ts"

export const startHeading: Heading = {
  id: "start",
  title: "start: `wemixvisor run` to the node's first line",
  unit: "ms",
  aim: { kind: "ratio", most: 3 }
}

const firstLine = (program: Program): Promise<number> =>
  during(program, async (started) => (await started.line("up genesis")) - started.startedAt)

export const measureStart = async (runs: number): Promise<Measured> => {
  const home = await freshHome()
  const node = bareNode("genesis")
  const measurement = await interleave({
    runs,
    subject: { name: "wemixvisor", take: () => firstLine(supervise(home)) },
    floor: { name: "`node -e 0`, the whole process", take: () => wholeRun(process.execPath, ["-e", "0"]) },
    others: [{ name: "one bare spawn to the same first line", take: () => firstLine(new Program(node, [])) }]
  })
  return { ...startHeading, ...measurement }
}
