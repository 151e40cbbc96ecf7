// Hooks for homes of tests: each writes into the home's record when it begins and how it ends, and what it was told into a file beside that.
import * as fs from "node:fs"
import { join } from "node:path"
import type { Stage } from "../../src/domain/Hook.ts"
import { quote } from "./FakeNode.ts"
import type { TestHome } from "./TestHome.ts"

/** As long as this file is there, whoever was told to wait waits. */
export const gateOf = (home: TestHome): string => join(home.root, "gate")
export const shut = (home: TestHome): void => fs.writeFileSync(gateOf(home), "")
export const open = (home: TestHome): void => fs.rmSync(gateOf(home))

/** Lines of bash: `note` tells of `name`, and `wait_here` waits. */
const begin = (home: TestHome, name: string): string => `#!/bin/bash
note() { printf 'hook %s %s %s\\n' "$$" ${name} "$1" >> ${quote(home.record)}; }
trap 'note "ended by TERM"; exit 1' TERM
exec {silence}<>${quote(home.silence)}
wait_here() { while [[ -e ${quote(gateOf(home))} ]]; do read -r -t 0.1 -u "$silence"; done; }
`

const toldIn = (home: TestHome, stage: Stage): string => join(home.root, `told-${stage}`)

/** Waits at the gate, then does what `body` says, and ends well. */
export const hook = (home: TestHome, stage: Stage, body = ""): void =>
  home.put(home.inside("hooks", stage, "hook"), `${begin(home, stage)}{ env | grep ^WEMIXVISOR_; printf 'ARGUMENTS=%s\\nINPUT=%s\\n' "$*" "$(cat)"; } > ${quote(toldIn(home, stage))}
note "began $WEMIXVISOR_KEY"
wait_here
${body}
note ended
`, 0o755)

/** What the stage's hook was told the last time. */
export const told = (home: TestHome, stage: Stage): Readonly<Record<string, string>> =>
  Object.fromEntries(fs.readFileSync(toldIn(home, stage), "utf8").split("\n").flatMap((line) => {
    const [, name = "", value = ""] = /^(\w+)=(.*)$/.exec(line) ?? []
    return name === "" || name === "WEMIXVISOR_LOG_FORMAT" ? [] : [[name.replace("WEMIXVISOR_", ""), value]]
  }))

/** A release whose own pre-upgrade command waits at the gate. */
export const command = (home: TestHome, text: string): string => {
  const own = `if [[ $1 == pre-upgrade ]]; then
${begin(home, "command").replace("#!/bin/bash\n", "")}note began
wait_here
note ended
exit 0
fi
`
  return text.replace("#!/bin/bash\n", `#!/bin/bash\n${own}`)
}
