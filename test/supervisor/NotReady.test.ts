// Section 4: a pending plan whose release cannot be started stops nothing; the log says what is missing and where; the upgrade follows by itself.
import { Effect } from "effect"
import { expect } from "vitest"
import { about } from "../support/Scenario.ts"
import { elf, script, text } from "../support/world/Binaries.ts"
import type { World } from "../support/World.ts"

const scenario = about("not-ready")

interface Case {
  readonly what: string
  /** How things stand when the plan comes. */
  readonly before: (world: World) => Effect.Effect<void>
  /** What the log says. */
  readonly says: string
  readonly mends: (world: World) => Effect.Effect<void>
}

const install = (world: World) => world.install("v2")

const cases: ReadonlyArray<Case> = [
  { what: "missing", before: () => Effect.void, says: "there is no binary at /node/wemixvisor/upgrades/v2/bin/wemixd: put it there", mends: install },
  {
    what: "not executable",
    before: (world) => world.install("v2", { mode: 0o644 }),
    says: "is not executable: chmod +x /node/wemixvisor/upgrades/v2/bin/wemixd",
    mends: install
  },
  {
    what: "built for another machine",
    before: (world) => world.install("v2", { bytes: elf({ machine: "arm64", bytes: 4000 }) }),
    says: "is built for ELF arm64 and this machine is linux x64: put the right build there",
    mends: (world) => world.install("v2", { bytes: elf({ machine: "x64", bytes: 4000 }) })
  },
  { what: "empty", before: (world) => world.install("v2", { bytes: text("") }), says: "is not a program: it is empty", mends: install },
  {
    what: "a text",
    before: (world) => world.install("v2", { bytes: text("version https://git-lfs.github.com/spec/v1\n") }),
    says: "is not a program: it begins with neither the header of a program nor #!",
    mends: install
  },
  {
    what: "still being copied",
    before: (world) => world.install("v2", { bytes: elf({ machine: "x64", bytes: 8000, present: 5000 }) }),
    says: "is cut off or still being copied: 5000 of 8000 bytes are there",
    mends: (world) => world.install("v2", { bytes: elf({ machine: "x64", bytes: 8000 }) })
  },
  {
    what: "a script for an interpreter that is not there",
    before: (world) => world.install("v2", { bytes: text("#!/opt/python -u\n") }),
    says: "needs /opt/python, which is not on this machine",
    mends: (world) => world.put("/opt/python", script("python"), 0o755)
  },
  {
    what: "a program for a loader that is not there",
    before: (world) => world.install("v2", { bytes: elf({ machine: "x64", bytes: 4000, interpreter: "/lib64/ld-linux-x86-64.so.2" }) }),
    says: "needs /lib64/ld-linux-x86-64.so.2, which is not on this machine",
    mends: (world) => world.put("/lib64/ld-linux-x86-64.so.2", elf({ machine: "x64", bytes: 4000 }), 0o755)
  },
  {
    what: "a directory",
    before: (world) => Effect.orDie(world.disk.makeDirectory(world.binary("v2"))),
    says: "is not a file: put the node's binary there",
    mends: (world) => Effect.andThen(Effect.orDie(world.disk.rename(world.binary("v2"), "/node/elsewhere")), install(world))
  },
  {
    what: "there, and the disk is full",
    before: (world) => Effect.andThen(install(world), world.troubles.setFreeBytes(1000)),
    says: "only 1000 bytes are free where /node/wemixvisor/upgrades/v2/bin/wemixd lies; 1048576 are needed",
    mends: (world) => world.troubles.setFreeBytes(2 ** 30)
  },
  {
    what: "there, and cannot be read",
    before: install,
    says: "cannot read /node/wemixvisor/upgrades/v2/bin/wemixd: EACCES",
    mends: () => Effect.void
  }
]

for (const { before, mends, says, what } of cases) {
  scenario(`the binary is ${what}: the node runs on until it is mended, then the upgrade follows`, {}, Effect.fnUntraced(function*(world) {
    yield* before(world)
    const trouble = what.endsWith("cannot be read") ? yield* world.troubles.refuse("read", world.binary("v2"), "EACCES") : undefined
    yield* world.run(["start"])
    yield* world.reaches("Running")
    yield* world.passes("1 second")
    yield* world.plan("v2", 100)
    yield* world.hears("v2 at height 100 is not ready")
    yield* world.passes("1 minute")
    expect(world.said("is not ready")).toHaveLength(1)
    expect(world.said(says)).toHaveLength(1)
    expect(world.signals).toEqual([])
    yield* mends(world)
    yield* trouble?.ends ?? Effect.void
    yield* world.tell("it is mended")
    yield* world.passes("300 millis")
    yield* world.goesOnTrial
    yield* world.isUpgraded
    yield* world.stops
    expect(world.starts).toEqual(["genesis", "v2"])
  }))
}

scenario("one obstacle after another: each is said once, in its turn", {}, Effect.fnUntraced(function*(world) {
  yield* world.run(["start"])
  yield* world.reaches("Running")
  yield* world.plan("v2", 100)
  yield* world.hears("there is no binary")
  yield* world.install("v2", { bytes: elf({ machine: "x64", bytes: 8000, present: 100 }), mode: 0o644 })
  yield* world.passes("1 second")
  yield* world.install("v2", { bytes: elf({ machine: "x64", bytes: 8000, present: 200 }), mode: 0o644 })
  yield* world.passes("1 second")
  yield* world.install("v2", { bytes: elf({ machine: "x64", bytes: 8000 }), mode: 0o644 })
  yield* world.hears("is not executable")
  yield* world.install("v2", { bytes: elf({ machine: "x64", bytes: 8000 }) })
  yield* world.goesOnTrial
  yield* world.stops
  expect(world.said("is not ready")).toHaveLength(3)
}))

scenario("a plan that is not ready and is removed is forgotten", {}, Effect.fnUntraced(function*(world) {
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.plan("v2", 100)
  yield* world.hears("is not ready")
  yield* world.withdrawPlan
  yield* world.passes("1 second")
  yield* world.install("v2")
  yield* world.passes("1 minute")
  yield* world.stops
  expect(world.starts).toEqual(["genesis"])
}))

scenario("a plan that is not ready gives way to one that is", {}, Effect.fnUntraced(function*(world) {
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.plan("v2", 100)
  yield* world.hears("is not ready")
  yield* world.install("v3")
  yield* world.plan("v3", 100)
  yield* world.goesOnTrial
  yield* world.install("v2")
  yield* world.isUpgraded
  yield* world.passes("1 minute")
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v3"])
}))

scenario("the binary vanishes between the look at it and the record: the node runs on, and the upgrade follows when it is back", {}, Effect.fnUntraced(function*(world) {
  yield* world.run()
  yield* world.reaches("Running")
  yield* world.install("v2")
  const looked = yield* world.troubles.hold("status", world.binary("v2"))
  yield* world.plan("v2", 100)
  yield* looked.reached
  const recorded = yield* world.troubles.hold("status", world.binary("v2"))
  yield* looked.release
  yield* recorded.reached
  yield* world.reaches("Recording")
  yield* world.remove(world.binary("v2"))
  yield* world.tell("the binary of v2 is removed")
  yield* recorded.release
  yield* world.hears("cannot go on: there is no binary at /node/wemixvisor/upgrades/v2/bin/wemixd")
  yield* world.passes("1 minute")
  expect(world.signals).toEqual([])
  yield* install(world)
  yield* world.passes("5 seconds")
  yield* world.goesOnTrial
  yield* world.stops
  expect(world.starts).toEqual(["genesis", "v2"])
}))
