// Releases on a disk in memory: which directory a name means, and everything that keeps a program from being started on a Linux x64 machine.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Queue, Stream } from "effect"
import { Obstacle, Readiness } from "../../src/domain/Readiness.ts"
import { genesis, inUpgrades } from "../../src/domain/Release.ts"
import { Config } from "../../src/services/Config.ts"
import { Disk, type DiskError } from "../../src/services/Disk.ts"
import { layerMemory } from "../../src/services/MemoryDisk.ts"
import { type Machine, Releases } from "../../src/services/Releases.ts"
import { elf, script, text } from "../support/world/Binaries.ts"
import { refusal } from "../support/world/Refusal.ts"

const linux: Machine = { platform: "linux", architecture: "x64" }
const loader = "/lib64/ld-linux-x86-64.so.2"
const path = "/srv/node/wemixvisor/upgrades/v2/bin/node"

const layer = (machine: Machine = linux, files: Readonly<Record<string, string>> = { "/bin/sh": "", [loader]: "" }) =>
  Releases.layerFor(machine).pipe(
    Layer.provideMerge(Layer.orDie(Config.layerOf({ DAEMON_HOME: "/srv/node", DAEMON_NAME: "node" }))),
    Layer.provideMerge(layerMemory(files))
  )

/** What is said of `v2` with this program. */
const inspected = Effect.fnUntraced(function*(program: Uint8Array, mode = 0o755) {
  const disk = yield* Disk
  yield* disk.makeDirectory("/srv/node/wemixvisor/upgrades/v2/bin")
  yield* disk.write(path, program, mode)
  return yield* Releases.use((releases) => releases.inspect(inUpgrades("v2")))
})

const notReady = (obstacle: Obstacle) => Readiness.NotReady({ obstacle })
const words = (...numbers: ReadonlyArray<number>): Uint8Array => Uint8Array.from(numbers.flatMap((number) => [number >>> 24, number >>> 16 & 255, number >>> 8 & 255, number & 255]))
const universal = words(0xcafebabe, 2, 0x01000007, 3, 4096, 100, 12, 0x0100000c, 0, 8192, 100, 12)

describe("a release", () => {
  const programs = {
    "a script": script("exit 0"),
    "a program with its loader": elf({ machine: "x64", interpreter: loader, bytes: 8000 }),
    "a program without a loader": elf({ machine: "x64", bytes: 8000 })
  }
  for (const [what, program] of Object.entries(programs)) {
    it.effect(`is ready with ${what}`, () => Effect.map(inspected(program), (found) => assert.deepStrictEqual(found, Readiness.Ready())).pipe(Effect.provide(layer())))
  }
  const obstacles: Readonly<Record<string, readonly [Uint8Array, Obstacle]>> = {
    "an empty file": [new Uint8Array(0), Obstacle.NotAProgram({ path, why: "it is empty" })],
    "a text": [text("echo hello"), Obstacle.NotAProgram({ path, why: "it begins with neither the header of a program nor #!" })],
    "a program for arm64": [elf({ machine: "arm64", bytes: 8000 }), Obstacle.WrongMachine({ path, built: "ELF arm64", machine: "linux x64" })],
    "a program for macOS": [universal, Obstacle.WrongMachine({ path, built: "darwin x64, arm64", machine: "linux x64" })],
    "a program that is still being copied": [elf({ machine: "x64", bytes: 8000, present: 5000 }), Obstacle.Incomplete({ path, bytes: 5000, neededBytes: 8000 })],
    "a script for an interpreter that is named from nowhere": [text("#!no/such/sh\n"), Obstacle.InterpreterMissing({ path, interpreter: "no/such/sh" })],
    "a program whose loader has no name": [elf({ machine: "x64", interpreter: "\0", bytes: 8000 }), Obstacle.InterpreterMissing({ path, interpreter: "" })],
    "a script for an interpreter that is not there": [text("#!/opt/no/such -x\n"), Obstacle.InterpreterMissing({ path, interpreter: "/opt/no/such" })],
    "a program for a loader that is not there": [elf({ machine: "x64", interpreter: "/lib/ld-musl-x86_64.so.1", bytes: 8000 }), Obstacle.InterpreterMissing({ path, interpreter: "/lib/ld-musl-x86_64.so.1" })]
  }
  for (const [what, [program, obstacle]] of Object.entries(obstacles)) {
    it.effect(`is not ready with ${what}: ${obstacle._tag}`, () => Effect.map(inspected(program), (found) => assert.deepStrictEqual(found, notReady(obstacle))).pipe(Effect.provide(layer())))
  }
  it.effect("is not ready without its binary, its directory, or with a file on the way", () =>
    Effect.gen(function*() {
      const [disk, { inspect }] = [yield* Disk, yield* Releases]
      const missing = notReady(Obstacle.BinaryMissing({ path }))
      assert.deepStrictEqual(yield* inspect(inUpgrades("v2")), missing)
      yield* disk.makeDirectory("/srv/node/wemixvisor/upgrades")
      yield* disk.write("/srv/node/wemixvisor/upgrades/v2", text("a file"), 0o644)
      assert.deepStrictEqual(yield* inspect(inUpgrades("v2")), missing)
    }).pipe(Effect.provide(layer())))
  it.effect("is not ready with a directory in the binary's place: NotAFile", () =>
    Effect.gen(function*() {
      yield* Disk.use((disk) => disk.makeDirectory(path))
      assert.deepStrictEqual(yield* Releases.use(({ inspect }) => inspect(inUpgrades("v2"))), notReady(Obstacle.NotAFile({ path })))
    }).pipe(Effect.provide(layer())))
  it.effect("is not ready while this user may not execute its binary, whatever its mode says", () =>
    Effect.gen(function*() {
      const disk = yield* Disk
      yield* inspected(script("exit 0"), 0o744)
      const forbidding = Disk.of({ ...disk, permits: (asked, what) => asked === path && what === "execute" ? Effect.succeed(false) : disk.permits(asked, what) })
      const inspect = Releases.use((releases) => releases.inspect(inUpgrades("v2"))).pipe(Effect.provide(Layer.fresh(Releases.layerFor(linux))), Effect.provideService(Disk, forbidding))
      assert.deepStrictEqual(yield* inspect, notReady(Obstacle.NotPermitted({ path })))
    }).pipe(Effect.provide(layer())))
  it.effect("is not ready while its binary may not be executed, and ready with a single bit of it", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* inspected(script("exit 0"), 0o644), notReady(Obstacle.NotExecutable({ path })))
      yield* Disk.use((disk) => disk.remove(path))
      assert.deepStrictEqual(yield* inspected(script("exit 0"), 0o744), Readiness.Ready())
    }).pipe(Effect.provide(layer())))
  it.effect("is not ready with a binary that cannot be looked at: Unreadable, with the code", () =>
    Effect.gen(function*() {
      const disk = yield* Disk
      yield* disk.makeDirectory("/srv/node/wemixvisor/upgrades/v2/bin")
      yield* disk.link("node", path)
      assert.deepStrictEqual(yield* Releases.use(({ inspect }) => inspect(inUpgrades("v2"))), notReady(Obstacle.Unreadable({ path, code: "ELOOP" })))
    }).pipe(Effect.provide(layer())))
  it.effect("is not one for another machine where the disk refuses to look at its interpreter", () =>
    Effect.gen(function*() {
      const refusing = Layer.effect(Disk, Effect.map(Disk, (disk) =>
        Disk.of({ ...disk, status: (path, follow) => path === "/bin/sh" ? Effect.fail(refusal("status", path, "EMFILE")) : disk.status(path, follow) })))
      const asked = Effect.provide(inspected(script("exit 0")), Releases.layerFor(linux).pipe(
        Layer.provideMerge(Layer.orDie(Config.layerOf({ DAEMON_HOME: "/srv/node", DAEMON_NAME: "node" }))),
        Layer.provideMerge(Layer.provide(refusing, layerMemory({ "/bin/sh": "" })))
      ))
      assert.deepStrictEqual(yield* asked, notReady(Obstacle.Unreadable({ path: "/bin/sh", code: "EMFILE" })))
    }))
  it.effect("is not ready with an interpreter that may not be executed", () =>
    Effect.gen(function*() {
      const disk = yield* Disk
      yield* disk.makeDirectory("/opt")
      yield* disk.write("/opt/plain", text("x"), 0o644)
      assert.deepStrictEqual(yield* inspected(text("#!/opt/plain\n")), notReady(Obstacle.InterpreterMissing({ path, interpreter: "/opt/plain" })))
    }).pipe(Effect.provide(layer())))
  it.effect("is not ready on a disk that is full, and says how full", () => {
    const full = Layer.effect(Disk, Effect.map(Disk, (disk) => Disk.of({ ...disk, freeBytes: () => Effect.succeed(1000) })))
    const services = Layer.fresh(Releases.layerFor(linux)).pipe(Layer.provide(full))
    return Effect.gen(function*() {
      yield* inspected(script("exit 0"))
      const found = yield* Effect.provide(Releases.use(({ inspect }) => inspect(inUpgrades("v2"))), services)
      assert.deepStrictEqual(found, notReady(Obstacle.DiskFull({ path, freeBytes: 1000, neededBytes: 1024 * 1024 })))
    }).pipe(Effect.provide(layer()))
  })
  it.effect("may be reached by links: the release, its bin, its binary", () =>
    Effect.gen(function*() {
      const disk = yield* Disk
      yield* inspected(script("exit 0"))
      yield* disk.link("v2", "/srv/node/wemixvisor/upgrades/v3")
      yield* disk.makeDirectory("/srv/node/wemixvisor/genesis/bin")
      yield* disk.link("/srv/node/wemixvisor/upgrades/v3/bin/node", "/srv/node/wemixvisor/genesis/bin/node")
      for (const release of [inUpgrades("v3"), genesis]) {
        assert.deepStrictEqual(yield* Releases.use(({ inspect }) => inspect(release)), Readiness.Ready())
      }
    }).pipe(Effect.provide(layer())))
  it.effect("on a Mac is ready with a universal program, and not with one of Linux", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* inspected(universal), Readiness.Ready())
      assert.deepStrictEqual(yield* inspected(elf({ machine: "arm64", bytes: 8000 })), notReady(Obstacle.WrongMachine({ path, built: "ELF arm64", machine: "darwin arm64" })))
    }).pipe(Effect.provide(layer({ platform: "darwin", architecture: "arm64" }))))
})

describe("the release of a plan", () => {
  const located = (name: string, ...directories: ReadonlyArray<string>) =>
    Effect.gen(function*() {
      const disk = yield* Disk
      for (const directory of directories) yield* disk.makeDirectory(`/srv/node/wemixvisor/upgrades/${directory}`)
      return yield* Releases.use(({ locate }) => locate(name))
    }).pipe(Effect.provide(layer()))
  const cases: ReadonlyArray<readonly [string, string, ReadonlyArray<string>, string]> = [
    ["its own directory", "v2", ["v1", "v2", "v3"], "v2"],
    ["the escaped directory", "some spaces/x", ["some%20spaces%2Fx"], "some%20spaces%2Fx"],
    ["the one that differs only in case, as cosmovisor makes it", "V2-Beta", ["v1", "v2-beta"], "v2-beta"],
    ["its own where both are there", "V2", ["v2", "V2"], "V2"],
    ["its own where both are there, whichever of them comes first", "v2", ["V2", "v2"], "v2"],
    ["the one that differs in the case of an escape", "a/B", ["a%2fb"], "a%2fb"],
    ["its own where none is there", "V2", [], "V2"],
    ["its own where others are there", "v2", ["v20", "v", "xv2"], "v2"],
    ["always the same of several alike", "vX", ["vx", "VX", "Vx"], "VX"],
    ["not a directory that was being prepared", "V2.NEW", ["v2.new"], "V2.NEW"]
  ]
  for (const [what, name, directories, expected] of cases) {
    it.effect(`is ${what}`, () => Effect.map(located(name, ...directories), (found) => assert.strictEqual(found, inUpgrades(expected))))
  }
})

describe("changes of a release", () => {
  const first = "/srv/node/wemixvisor/upgrades/v2"
  /** Everything that goes on by itself has come to rest: nothing here waits for a clock. */
  const settled = Effect.repeat(Effect.yieldNow, { times: 100 })
  const told = Effect.fnUntraced(function*(changes: (disk: Disk["Service"]) => ReadonlyArray<readonly [string, Effect.Effect<void, DiskError>]>) {
    const [disk, releases, notices] = [yield* Disk, yield* Releases, yield* Queue.unbounded<void>()]
    yield* releases.changes(inUpgrades("v2")).pipe(Stream.runForEach((notice) => Queue.offer(notices, notice)), Effect.forkScoped({ startImmediately: true }))
    const found = new Array<string>()
    for (const [what, change] of changes(disk)) {
      yield* settled
      while ((yield* Queue.size(notices)) > 0) yield* Queue.clear(notices)
      yield* change
      yield* settled
      if ((yield* Queue.size(notices)) > 0) found.push(what)
    }
    return found
  })
  it.effect("are told of its binary, its directories, and the directory of all", () =>
    Effect.gen(function*() {
      yield* Disk.use((disk) => disk.makeDirectory(`${first}/bin`))
      const found = yield* told((disk) => [
        ["its binary", disk.write(`${first}/bin/node`, text("x"), 0o755)],
        ["what is beside its binaries", disk.makeDirectory(`${first}/lib`)],
        ["another release", disk.makeDirectory(`${first}b`)],
        ["what is beside all releases", disk.write("/srv/node/wemixvisor/state.json", text("{}"), 0o644)],
        ["its binary again", disk.write(`${first}/bin/node`, text("y"), 0o755)]
      ])
      assert.deepStrictEqual(found, ["its binary", "what is beside its binaries", "another release", "what is beside all releases", "its binary again"])
    }).pipe(Effect.provide(layer())))
  it.effect("are told of each directory that comes later, and of what comes in it", () =>
    Effect.gen(function*() {
      yield* Disk.use((disk) => disk.makeDirectory("/srv/node/wemixvisor"))
      const found = yield* told((disk) => [
        ["the directory of all", disk.makeDirectory("/srv/node/wemixvisor/upgrades")],
        ["its own", disk.makeDirectory(first)],
        ["that of its binary", disk.makeDirectory(`${first}/bin`)],
        ["its binary", disk.write(`${first}/bin/node`, text("x"), 0o755)]
      ])
      assert.deepStrictEqual(found, ["the directory of all", "its own", "that of its binary", "its binary"])
    }).pipe(Effect.provide(layer())))
  it.effect("end where there are no directories to watch", () =>
    Releases.use(({ changes }) => Stream.runDrain(changes(inUpgrades("v2")))).pipe(Effect.provide(layer())))
})
