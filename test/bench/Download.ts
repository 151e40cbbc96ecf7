// How long a release of 200 MB takes from the first request to the end of the command that fetches, verifies, syncs and places it.
import { createHash } from "node:crypto"
import { writeFileSync } from "node:fs"
import type { Heading, Measured } from "./Figure.ts"
import { addRelease, freshHome, unstage } from "./Homes.ts"
import { Program } from "./Programs.ts"
import { interleave } from "./Sampling.ts"
import { scratchFile } from "./Scratch.ts"

export const downloadHeading: Heading = {
  id: "download",
  title: "200 MB from a local server, verified and in place",
  unit: "ms",
  // 0.8 times the rate.
  aim: { kind: "ratio", most: 1.25 }
}

const bytes = 200_000_000
const head = "#!/bin/sh\nexit 0\n"
const pattern = "0123456789abcdef\n"

/** A program of its own, so that it has its own core; says where it listens, and each time that it is asked. */
const server = `import { createServer } from "node:http"
const body = Buffer.alloc(${bytes}, ${JSON.stringify(pattern)})
body.write(${JSON.stringify(head)})
const answer = (_request, response) => {
  console.log("asked")
  response.writeHead(200, { "content-length": body.length, etag: '"1"' }).end(body)
}
createServer(answer).listen(Number(process.argv[2]), "127.0.0.1", () => console.log("listens"))
process.stdin.resume().once("end", () => process.exit(0))
process.once("SIGTERM", () => process.exit(0))
`

/** Not one that the system gives to others (ip_local_port_range of Linux begins at 32768). */
const port = 29_871
const url = `http://127.0.0.1:${port}/node`

const checksum = (): string => {
  const body = Buffer.alloc(bytes, pattern)
  body.write(head)
  return createHash("sha256").update(body).digest("hex")
}

/** From the moment the server is asked, so that nobody's start is part of it. */
const untilDone = async (served: Program, program: Program): Promise<number> => {
  try {
    const askedAt = await served.line("asked")
    return (await program.finished()).at - askedAt
  } finally {
    program.kill()
  }
}

export const measureDownload = async (runs: number): Promise<Measured> => {
  const [home, file, sum] = [await freshHome(), `${scratchFile("server")}.mjs`, checksum()]
  writeFileSync(file, server)
  const served = new Program(process.execPath, [file, String(port)])
  try {
    await served.line("listens")
    const fetching = async (): Promise<number> => {
      unstage(home, "v2")
      return untilDone(served, addRelease(home, "v2", url, sum))
    }
    const measurement = await interleave({
      runs,
      subject: { name: "wemixvisor upgrade add", take: fetching },
      floor: { name: "curl | sha256sum", take: () => untilDone(served, new Program("/bin/sh", ["-c", `curl -s ${url} | sha256sum`])) }
    })
    return { ...downloadHeading, ...measurement }
  } finally {
    served.kill()
  }
}
