// The hook that docs/OPERATING.md shows is one that works: played to a program that answers like the node's console.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { releaseBinary } from "../../src/domain/Home.ts"
import { hookDirectory } from "../../src/domain/Hook.ts"
import { genesis } from "../../src/domain/Release.ts"
import { Config } from "../../src/services/Config.ts"
import { contentOf, Heard, put, realHooks, runPart } from "../contracts/HookParts.ts"
import { Place } from "../contracts/Places.ts"

const operating = readFileSync(join(import.meta.dirname, "../../docs/OPERATING.md"), "utf8")
const example = operating.split("## Hooks")[1]?.split("```sh\n")[1]?.split("```")[0] ?? ""

/** A node that leads or not, and keeps a record of what it is told. */
const furnish = Effect.fnUntraced(function*(leads: boolean) {
  const [{ home }, place] = [yield* Config, yield* Place]
  yield* put(place("leads"), String(leads))
  yield* put(`${hookDirectory(home, "pre-stop")}/10-hand-over`, example)
  yield* put(releaseBinary(home, genesis), `#!/bin/sh
[ "$1 $2 $4" = "attach --exec ${home.data}/gwemix.ipc" ] || exit 9
case "$3" in
  *leader.name*) cat '${place("leads")}' ;;
  *.map*'[0]') echo '"bp 2"' ;;
  "admin.etcdMoveLeader('bp 2')") echo false > '${place("leads")}'; echo moved >> '${place("moves")}'; echo null ;;
  *) exit 8 ;;
esac
`)
})

const warnings = Effect.map(Heard, (heard) => heard.filter(({ level }) => level === "Warn"))

describe("the example of a hook", () => {
  it.live("hands the lead over, and says to whom", () =>
    Effect.gen(function*() {
      yield* furnish(true)
      yield* runPart("pre-stop")
      assert.deepStrictEqual([yield* contentOf("moves"), yield* warnings], ["moved\n", []])
      assert.include((yield* Heard).map(({ text }) => text), "10-hand-over: handing over to bp 2 before v 2 ü%")
    }).pipe(Effect.provide(realHooks())))
  it.live("leaves a node alone that does not lead", () =>
    Effect.gen(function*() {
      yield* furnish(false)
      yield* runPart("pre-stop")
      assert.deepStrictEqual([yield* contentOf("moves"), yield* warnings], ["", []])
    }).pipe(Effect.provide(realHooks())))
})
