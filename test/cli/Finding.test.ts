// The doctor's answer: a line for each finding, with nothing in it that speaks to the terminal, and the same as JSON.
import { expect, it } from "vitest"
import { about, isWrong, render } from "../../src/cli/Finding.ts"

const findings = [about("home").ok("/srv/node"), about("settings").warning("DAEMON_X\u001b[31m", "unset\nit"), about("link").wrong("current dangles")]

it("is columns of state, check and text with its remedy", () => {
  expect(render("text", findings)).toBe([
    "ok       home      /srv/node",
    "warning  settings  DAEMON_X\\u001b[31m: unset\\nit",
    "wrong    link      current dangles"
  ].join("\n"))
})

it("is one JSON object that says whether something is wrong", () => {
  expect(JSON.parse(render("json", findings))).toEqual({
    isWrong: true,
    findings: [
      { state: "ok", check: "home", text: "/srv/node", remedy: null },
      { state: "warning", check: "settings", text: "DAEMON_X\u001b[31m", remedy: "unset\nit" },
      { state: "wrong", check: "link", text: "current dangles", remedy: null }
    ]
  })
})

it("is not wrong with warnings alone", () => {
  expect([isWrong(findings), isWrong(findings.slice(0, 2)), isWrong([])]).toEqual([true, false, false])
})
