// What a proof counted: printed where a person reads it, and kept where a table is to be made of it. And how far the proofs go.
import { appendFileSync } from "node:fs"

/** All of it, as `npm run proof` does, or the part that fits into every test run. */
export const isFull = process.env["WEMIXVISOR_PROOF"] === "full"

export type Counts = Readonly<Record<string, number>>

/** Counts of the same name are added up in the table. */
export const account = (title: string, counts: Counts): void => {
  console.info(`${title}: ${Object.entries(counts).map(([name, count]) => `${count} ${name}`).join(", ")}`)
  const file = process.env["WEMIXVISOR_ACCOUNTS"]
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(counts)}\n`)
}
