// How the story looks: plain lines of at most 100 columns, colour only where the stream shows it and NO_COLOR is not set.
// On a terminal the last row says what the node is doing and gives way to whatever is printed.
import { styleText } from "node:util"
import type { Claim } from "./Claims.ts"
import type { Told } from "./Scenario.ts"

type Style = Parameters<typeof styleText>[0]

export interface Screen {
  readonly show: (told: Exclude<Told, { readonly kind: "fact" }>) => void
  readonly claim: (claim: Claim) => void
  readonly close: (verdict: string, good: boolean) => void
}

const widest = 100

/** What anvil adds below every complaint about its arguments. */
const usage = /^For more information, try '--help'\.$/

/** The home and the checkout would fill the line; they are the same throughout. */
const shortened = (text: string, home: string): string => text.replaceAll(home, "<home>").replaceAll(`${process.cwd()}/`, "")

export const screenOn = (stream: NodeJS.WriteStream, home: string): Screen => {
  const width = stream.isTTY ? Math.min(stream.columns, widest) : widest
  const coloured = stream.isTTY && (process.env["NO_COLOR"] ?? "") === ""
  const styled = (style: Style, text: string): string => coloured ? styleText(style, text, { stream }) : text
  const cut = (text: string, taken = 0): string =>
    text.length <= width - taken ? text : `${text.slice(0, width - taken - 3)}...`
  const alive = stream.isTTY && process.env["TERM"] !== "dumb"
  let live = ""
  let chapters = 0

  const erase = alive ? "\r\u001b[2K" : ""
  const print = (text: string): void => void stream.write(`${erase}${text}\n${live}`)
  const setLive = (text: string): void => {
    if (!alive) return
    live = text === "" ? "" : styled("cyan", cut(`     ${text}`))
    stream.write(`${erase}${live}`)
  }
  stream.write(`${styled("bold", "wemixvisor and a real node")}, <home> is ${home}\n`)
  const show: Screen["show"] = (told) => {
    switch (told.kind) {
      case "chapter":
        chapters += 1
        return print(`\n${styled("bold", cut(`${chapters}  ${told.title}`))}`)
      case "command":
        return print(cut(`  $ ${shortened(told.words.join(" "), home)}`))
      case "did":
        return print(cut(`  > ${told.text}`))
      case "line":
        return usage.test(told.text) ? undefined : print(styled("dim", cut(`  | ${shortened(told.text, home)}`)))
      case "block":
        return setLive(`block ${told.height}`)
      case "down":
        return setLive("the node is down")
    }
  }
  const claim = ({ about, holds, promised, saw }: Claim): void => {
    const mark = holds ? styled("green", "  ok") : styled("red", "  NO")
    print(`${mark} ${cut(`${about.padEnd(10)}${saw}`, 5)}`)
    if (!holds) print(`${styled("red", "     promised ")}${promised}`)
  }
  const close = (verdict: string, good: boolean): void => {
    setLive("")
    print(`\n${styled(good ? "green" : "red", verdict)}`)
  }
  return { show, claim, close }
}
