// What a backup is: complete or absent, under a name of its own, with a manifest that says what it holds; and which of them are kept.
import { assert } from "@effect/vitest"
import { Effect, Option } from "effect"
import { inUpgrades } from "../../src/domain/Release.ts"
import { codeOf, textOf, write } from "../contracts/Places.ts"
import { about, furnish, make, onEveryDisk } from "./Backups.ts"

onEveryDisk("a backup", (promises) => {
  promises("lies under the release's name and the time, with data, a list of files and a manifest", Effect.gen(function*() {
    const { disk, root } = yield* furnish
    const { manifest, name, path } = yield* make()
    assert.match(name, /^v2-\d{8}T\d{6}Z$/)
    assert.strictEqual(path, `${root}/${name}`)
    assert.deepStrictEqual((yield* disk.list(root)), [name])
    assert.deepStrictEqual((yield* disk.list(path)).toSorted(), ["data", "files.txt", "manifest.json"])
    assert.strictEqual(yield* textOf(`${path}/data/geth/nodekey`), "secret")
    assert.strictEqual(yield* disk.readLink(`${path}/data/link`), "geth")
    assert.deepStrictEqual((yield* textOf(`${path}/files.txt`)).trim().split("\n").toSorted(), ["4 upgrade-info.json", "6 geth/chaindata/000001.log", "6 geth/nodekey"])
    const { at, durationMillis, method, ...rest } = manifest
    assert.deepStrictEqual(rest, {
      version: 1, plan: "v2", from: about.from, to: about.to, height: 1500n, files: 3, directories: 3, links: 1, bytes: 16, skipped: [], exclude: [], excluded: [], vanished: []
    })
    assert.include(["copy", "reflink"], method)
    assert.strictEqual(at.replaceAll(/[-:]|\.\d+/g, ""), name.slice("v2-".length))
    assert.isAtLeast(durationMillis, 0)
    assert.deepStrictEqual((yield* make()).manifest.height, 1500n)
  }))
  promises("is another one for each attempt of the same second", Effect.gen(function*() {
    const { backups } = yield* furnish
    const names = [yield* make(), yield* make(), yield* make()].map(({ name }) => name)
    assert.strictEqual(new Set(names).size, 3)
    assert.deepStrictEqual((yield* backups.list).map(({ name }) => name), names.toReversed())
  }))
  promises("leaves out what the setting says, and the manifest says so", Effect.gen(function*() {
    yield* furnish
    const { manifest, path } = yield* make()
    assert.deepStrictEqual([manifest.exclude, manifest.excluded, manifest.files], [["**/*.log", "upgrade-info.json"], manifest.excluded, 1])
    assert.deepStrictEqual(manifest.excluded.toSorted(), ["geth/chaindata/000001.log", "upgrade-info.json"])
    assert.strictEqual(yield* codeOf(Effect.asVoid(textOf(`${path}/data/upgrade-info.json`))), "ENOENT")
  }), { DAEMON_BACKUP_EXCLUDE: "**/*.log, upgrade-info.json" })
  promises("follows `data` where that is a link", Effect.gen(function*() {
    const { data, disk, place } = yield* furnish
    yield* disk.rename(data, place("elsewhere"))
    yield* disk.link(place("elsewhere"), data)
    assert.strictEqual((yield* make()).manifest.files, 3)
  }))
  for (const [variable, value] of [["DAEMON_BACKUP", "none"], ["UNSAFE_SKIP_BACKUP", "true"]] as const) {
    promises(`is neither made nor reckoned with ${variable}=${value}`, Effect.gen(function*() {
      const { backups, disk, root } = yield* furnish
      assert.isTrue(Option.isNone(yield* backups.reckon))
      assert.isTrue(Option.isNone(yield* backups.create(about)))
      assert.strictEqual(yield* codeOf(disk.status(root, false)), "ENOENT")
    }), { [variable]: value })
  }
  promises("is neither made nor reckoned where there are no data", Effect.gen(function*() {
    const { backups, data, disk, place } = yield* furnish
    yield* disk.rename(data, place("elsewhere"))
    assert.isTrue(Option.isNone(yield* backups.reckon))
    assert.isTrue(Option.isNone(yield* backups.create(about)))
  }))
  promises("removes what broken-off attempts have left, and nothing else", Effect.gen(function*() {
    const { disk, root } = yield* furnish
    for (const name of [".v2-20261126T130501Z.new/data", ".new", ".mine.new", "mine"]) yield* disk.makeDirectory(`${root}/${name}`)
    const { name } = yield* make()
    assert.deepStrictEqual((yield* disk.list(root)).toSorted(), [".mine.new", ".new", "mine", name].toSorted())
  }))
  promises("has its directory made, however deep", Effect.gen(function*() {
    const { root } = yield* furnish
    assert.match((yield* make()).path, RegExp(`^${root}/`))
  }), { DAEMON_DATA_BACKUP_DIR: "$HERE/a/b" })
})

onEveryDisk("a backup of a name that is none for a file", (promises) => {
  promises("has one all the same", Effect.gen(function*() {
    const { backups } = yield* furnish
    for (const to of ["x".repeat(255), ".hidden", "a b"]) yield* make({ to: inUpgrades(to) })
    const names = (yield* backups.list).map(({ name }) => name.replace(/-\d{8}T\d{6}Z$/, "")).toSorted()
    assert.deepStrictEqual(names, ["%2Ehidden", "a b", "x".repeat(55)])
  }))
})

onEveryDisk("a list of backups", (promises) => {
  promises("is empty where there is no directory", Effect.gen(function*() {
    const { backups } = yield* furnish
    assert.deepStrictEqual(yield* backups.list, [])
  }))
  promises("tells of those whose manifest is missing or damaged, and passes over what is no backup", Effect.gen(function*() {
    const { backups, disk, root } = yield* furnish
    const { name } = yield* make()
    for (const other of ["old-20200101T000000Z", "odd-20200102T000000Z", "mine"]) yield* disk.makeDirectory(`${root}/${other}`)
    yield* write(`${root}/odd-20200102T000000Z/manifest.json`, "{}")
    const listed = yield* backups.list
    assert.deepStrictEqual(listed.map((one) => [one.name, Option.isSome(one.manifest)]), [[name, true], ["odd-20200102T000000Z", false], ["old-20200101T000000Z", false]])
    assert.deepStrictEqual(listed.map(({ problem }) => problem === undefined), [true, false, false])
  }))
})

onEveryDisk("a check of a backup", (promises) => {
  promises("finds nothing wrong with one that was just made", Effect.gen(function*() {
    const { backups } = yield* furnish
    const { name, path } = yield* make()
    assert.deepStrictEqual(yield* backups.verify(name), { name, path, files: 3, bytes: 16, isSound: true, problems: [] })
  }))
  promises("finds files that are missing, shorter, or more", Effect.gen(function*() {
    const { backups, disk } = yield* furnish
    const { name, path } = yield* make()
    yield* disk.remove(`${path}/data/geth/nodekey`)
    yield* write(`${path}/data/geth/chaindata/000001.log`, "block")
    yield* write(`${path}/data/more`, "")
    yield* disk.remove(`${path}/data/link`)
    const { isSound, problems } = yield* backups.verify(name)
    assert.isFalse(isSound)
    assert.deepStrictEqual(problems.toSorted(), [
      "geth/chaindata/000001.log has 5 bytes, and had 6", "geth/nodekey is missing", "more is not on the list of files", "there are 0 links, and the manifest says 1"
    ])
  }))
  promises("fails without a manifest, without a list, and of a name that is none", Effect.gen(function*() {
    const { backups, disk } = yield* furnish
    const { name, path } = yield* make()
    yield* write(`${path}/files.txt`, "3 half a li")
    assert.strictEqual((yield* Effect.flip(backups.verify(name))).reason, "Damaged")
    yield* disk.remove(`${path}/manifest.json`)
    assert.strictEqual((yield* Effect.flip(backups.verify(name))).reason, "Damaged")
    const { name: whole, path: its } = yield* make()
    const roundabout = `../${its.split("/").at(-2)}/${whole}`
    for (const none of ["v2-20200101T000000Z", "nothing", "../home", "", `./${whole}`, roundabout]) assert.strictEqual((yield* Effect.flip(backups.verify(none))).reason, "Missing")
  }))
})

onEveryDisk("thinning out backups", (promises) => {
  promises("removes the oldest beyond those to be kept, and none that is protected", Effect.gen(function*() {
    const { backups, disk, root } = yield* furnish
    const names = [yield* make(), yield* make(), yield* make(), yield* make()].map(({ name }) => name)
    const [oldest = "", second = "", third = "", newest = ""] = names
    assert.deepStrictEqual(yield* backups.prune(2, [oldest]), [second])
    assert.deepStrictEqual((yield* disk.list(root)).toSorted(), [oldest, third, newest].toSorted())
    assert.deepStrictEqual(yield* backups.prune(2, []), [oldest])
    assert.deepStrictEqual(yield* backups.prune(0, []), [third, newest])
    assert.deepStrictEqual(yield* disk.list(root), [])
  }))
  promises("removes leftovers, and leaves what has no manifest", Effect.gen(function*() {
    const { backups, disk, root } = yield* furnish
    for (const name of ["old-20200101T000000Z", ".v2-20261126T130501Z.new/data"]) yield* disk.makeDirectory(`${root}/${name}`)
    assert.deepStrictEqual(yield* backups.prune(0, []), [])
    assert.deepStrictEqual(yield* disk.list(root), ["old-20200101T000000Z"])
  }))
})

onEveryDisk("what a backup would need", (promises) => {
  promises("is reckoned without making one, and its directory is there after that", Effect.gen(function*() {
    const { backups, disk, root } = yield* furnish
    const { bytes, files, freeBytes, isEnough, neededBytes, path } = Option.getOrThrow(yield* backups.reckon)
    assert.deepStrictEqual([bytes, files, path], [16, 3, root])
    assert.strictEqual(isEnough, neededBytes <= freeBytes)
    assert.isAbove(neededBytes, 16)
    assert.deepStrictEqual(yield* disk.list(root), [])
  }))
  promises("is practised without a trace, also where nothing is there", Effect.gen(function*() {
    const { backups, data, disk, place, root } = yield* furnish
    const before = yield* disk.list(data)
    yield* backups.practise
    assert.deepStrictEqual([yield* disk.list(data), yield* codeOf(disk.status(root, false))], [before, "ENOENT"])
    yield* disk.rename(data, place("elsewhere"))
    yield* backups.practise
    assert.strictEqual(yield* codeOf(disk.status(data, false)), "ENOENT")
  }))
  promises("cannot be said where the backups would lie in the data", Effect.gen(function*() {
    const { backups, data, disk } = yield* furnish
    for (const attempt of [Effect.asVoid(backups.reckon), Effect.asVoid(backups.create(about))]) assert.strictEqual((yield* Effect.flip(attempt)).reason, "Nested")
    assert.notInclude(yield* disk.list(`${data}/geth`), "backups")
  }), { DAEMON_DATA_BACKUP_DIR: "$HERE/home/data/geth/backups" })
  promises("cannot be said where they would lie in the data by way of a link", Effect.gen(function*() {
    const { backups, disk, data, place } = yield* furnish
    yield* disk.link(`${data}/geth`, place("to-geth"))
    assert.strictEqual((yield* Effect.flip(backups.reckon)).reason, "Nested")
  }), { DAEMON_DATA_BACKUP_DIR: "$HERE/to-geth/chaindata/backups" })
  promises("cannot be said where the data are a link into the backups, though both are named side by side", Effect.gen(function*() {
    const { backups, data, disk, place } = yield* furnish
    yield* disk.makeDirectory(place("home", "backups", "deep"))
    yield* disk.rename(data, place("home", "backups", "deep", "inner"))
    yield* disk.link("backups/deep/inner", data)
    assert.strictEqual((yield* Effect.flip(backups.reckon)).reason, "Nested")
  }), { DAEMON_DATA_BACKUP_DIR: "$HERE/home/backups" })
  promises("cannot be said where the data would lie in the backups", Effect.gen(function*() {
    const { backups } = yield* furnish
    assert.strictEqual((yield* Effect.flip(backups.reckon)).reason, "Nested")
  }), { DAEMON_DATA_BACKUP_DIR: "$HERE/home" })
  promises("cannot be said where the directory cannot be made", Effect.gen(function*() {
    const { backups, place } = yield* furnish
    yield* write(place("file"), "")
    const error = yield* Effect.flip(backups.reckon)
    assert.deepStrictEqual([error.reason, error.path.startsWith(place("file"))], ["Refused", true])
  }), { DAEMON_DATA_BACKUP_DIR: "$HERE/file/backups" })
  promises("cannot be said when clones are asked for where there can be none", Effect.gen(function*() {
    const { backups } = yield* furnish
    const reckoned = yield* Effect.result(backups.reckon)
    if (reckoned._tag === "Failure") assert.strictEqual(reckoned.failure.reason, "CannotClone")
    else assert.strictEqual(Option.getOrThrow(reckoned.success).method, "reflink")
  }), { DAEMON_BACKUP: "reflink" })
})
