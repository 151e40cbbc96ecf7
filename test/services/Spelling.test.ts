// Which known name was probably meant.
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { nearest } from "../../src/services/Spelling.ts"
import { variables } from "./Settings.ts"

describe("the nearest name", () => {
  const slips: Readonly<Record<string, string>> = {
    DAEMON_HOMES: "DAEMON_HOME",
    DAEMON_HOE: "DAEMON_HOME",
    DAEMON_HOMW: "DAEMON_HOME",
    DAEMON_SHUTDOWN_GRAEC: "DAEMON_SHUTDOWN_GRACE",
    DAEMON_MAXRESTARTS: "DAEMON_MAX_RESTARTS",
    DAEMON_PRE_UPGRADE_MAX_RETRIES: "DAEMON_PREUPGRADE_MAX_RETRIES"
  }
  for (const [slip, meant] of Object.entries(slips)) it(`to ${slip} is ${meant}`, () => assert.strictEqual(nearest(slip, variables), meant))
  it("to a known one is that one", () => {
    for (const variable of variables) assert.strictEqual(nearest(variable, variables), variable)
  })
  it("is the first of those that are equally near", () => assert.strictEqual(nearest("a", ["b", "c"]), "b"))
  it.prop("is always one of those that are known", { name: Schema.String }, ({ name }) => assert.include(variables, nearest(name, variables)))
})
