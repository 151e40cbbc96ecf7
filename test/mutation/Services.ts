// Ways to break what the upgrade is made of on the outside: `src/services/{Durable,LinkManager,StateFile,FileWatcher,Launcher,ProcessTable}.ts`.
// None takes away what keeps a signal from a process that is not the tests' own: such a program is not to be run.
import { of } from "./Mutation.ts"

const durable = of("src/services/Durable.ts", [
  { breaks: "a file is written in its place, not aside", from: "publish(disk, path, disk.write(asideOf(path), bytes, mode))", to: "disk.write(path, bytes, mode)" },
  { breaks: "the rename comes before the write", from: "  prepare.pipe(\n    Effect.andThen(renamePrepared(disk, path)),\n", to: "  renamePrepared(disk, path).pipe(\n    Effect.andThen(prepare),\n" },
  { breaks: "the directory is not synced after a rename", from: "    Effect.andThen(disk.syncDirectory(dirname(path))),\n", to: "", catches: "disk" },
  { breaks: "the directory is synced before the rename", from: "    Effect.andThen(renamePrepared(disk, path)),\n    Effect.andThen(disk.syncDirectory(dirname(path))),\n", to: "    Effect.andThen(disk.syncDirectory(dirname(path))),\n    Effect.andThen(renamePrepared(disk, path)),\n", catches: "disk" },
  { breaks: "the wrong directory is synced", from: "disk.syncDirectory(dirname(path))", to: "disk.syncDirectory(dirname(dirname(path)))", catches: "disk" },
  { breaks: "a write can be interrupted halfway", from: "    Effect.andThen(disk.syncDirectory(dirname(path))),\n    Effect.uninterruptible\n", to: "    Effect.andThen(disk.syncDirectory(dirname(path)))\n" },
  { breaks: "what was left beside the link is in the way", from: "disk.remove(asideOf(path)).pipe(Effect.andThen(disk.link(text, asideOf(path))))", to: "disk.link(text, asideOf(path))" },
  { breaks: "any link that was prepared is the right one", from: "Effect.map((prepared) => prepared === text)", to: "Effect.map((prepared) => prepared !== \"\")" },
  { breaks: "the entry of a directory that was made is not synced", from: "  yield* disk.makeDirectory(path)\n  yield* disk.syncDirectory(parent)\n", to: "  yield* disk.makeDirectory(path)\n", catches: "disk" },
  { breaks: "the levels above a directory are not made durable", from: "  yield* makeDirectory(disk, parent)\n", to: "", catches: "disk" }
])

const links = of("src/services/LinkManager.ts", [
  { breaks: "preparing moves the link", from: "prepare: (release) => Effect.mapError(Durable.prepareLink(disk, release, home.current), refused(home))", to: "prepare: (release) => Effect.mapError(Durable.replaceLink(disk, release, home.current), refused(home))" },
  { breaks: "a missing link is an error", from: "    Effect.catchIf(({ code }) => code === \"ENOENT\", () => Effect.succeedNone),\n", to: "" },
  { breaks: "a link that dangles is a release", from: "if (kind !== \"directory\") {", to: "if (kind === \"link\") {" },
  { breaks: "a link that is right is made again", from: "  if (isThere) return\n", to: "" },
  { breaks: "a link is not made durable", from: "  yield* disk.syncDirectory(home.root)\n", to: "", catches: "disk" },
  { breaks: "a link that is right is not made durable", from: "  yield* turnTo(disk, home, release)\n", to: "  const before = yield* Effect.option(disk.readLink(home.current))\n  yield* turnTo(disk, home, release)\n  if (Option.contains(before, release)) return\n", catches: "disk" },
  { breaks: "the link that was prepared is published whatever it says", from: "if (!isPrepared) yield*", to: "if (isPrepared === undefined) yield*" },
  { breaks: "the link that was prepared is not used", from: "if (!isPrepared) yield*", to: "yield*" }
])

const state = of("src/services/StateFile.ts", [
  { breaks: "a missing state file is an error", from: "    Effect.catchIf((error) => error.code === \"ENOENT\", () => Effect.succeedNone),\n", to: "" },
  { breaks: "any refusal to read is a missing file", from: "(error) => error.code === \"ENOENT\"", to: "(error) => error.code !== \"\"" },
  { breaks: "a state file that the device cannot read is a missing one", from: "(error) => error.code === \"ENOENT\"", to: "(error) => error.code === \"ENOENT\" || error.code === \"EIO\"" },
  { breaks: "a damaged state file is an empty one", from: "    Effect.mapError((error) => new StateError({ path, reason: \"Damaged\", why: error.message.replaceAll(/\\s+/g, \" \") }))\n", to: "    Effect.orElseSucceed(() => Option.none<Journal>())\n" },
  { breaks: "the state file is written in its place", from: "Durable.replaceFile(disk, path, new TextEncoder().encode(`${text}\\n`), 0o644)", to: "disk.write(path, new TextEncoder().encode(`${text}\\n`), 0o644)" },
  { breaks: "a refused write is a success", from: "0o644).pipe(Effect.mapError(refused(path)))", to: "0o644).pipe(Effect.ignore)" }
])

const watcher = of("src/services/FileWatcher.ts", [
  { breaks: "the largest plan is cut off (off by one)", from: "disk.read(path, sizeLimit + 1)", to: "disk.read(path, sizeLimit)" },
  { breaks: "a plan that was written again is the one that was read before", from: "before !== undefined && Buffer.compare(before.bytes, bytes) === 0", to: "before !== undefined" },
  { breaks: "two unusable contents are one", from: "key: digestOf(bytes), why", to: "key: \"unusable\", why" },
  { breaks: "a plan written again within the same tick is not seen", from: "glance?.signature === before.signature && !mayHide && !before.isRefused", to: "glance?.signature === before.signature && !before.isRefused" },
  { breaks: "notices of the system are not listened to", from: "Stream.mergeAll([polled, noticed, again, practised]", to: "Stream.mergeAll([polled, again, practised]" },
  { breaks: "the plan is not polled", from: "Stream.mergeAll([polled, noticed, again, practised]", to: "Stream.mergeAll([noticed, again, practised]" },
  { breaks: "a plan that could not be read is not looked at again", from: "Stream.mergeAll([polled, noticed, again, practised]", to: "Stream.mergeAll([polled, noticed, practised]" },
  { breaks: "the poll rests where the system does not tell of everything", from: "Effect.timeoutOption(Effect.andThen(untold.await, Effect.sleep(poll)), Duration.times(poll, restingIntervals))", to: "Effect.sleep(Duration.times(poll, restingIntervals))" },
  { breaks: "the poll goes on resting when the notices break off", from: "    Stream.tapError(() => untold.open),\n", to: "" },
  { breaks: "a directory that is made later is not watched", from: "    Stream.retry(Schedule.spaced(retry).pipe(Schedule.while(({ input }) => input instanceof DiskError && isMissing(input)))),\n", to: "" },
  { breaks: "notices that break off end the watch", from: "    Stream.catch((error) =>\n", to: "    Stream.tapError((error) =>\n" }
])

const launcher = of("src/services/Launcher.ts", [
  { breaks: "a child of an embedding program outlives its scope", from: "Effect.acquireRelease(acquire, (held) => stop(held, settings.shutdownGrace))", to: "Effect.acquireRelease(acquire, () => Effect.void)" },
  { breaks: "closing the scope leaves the rest of the group", from: "  if (!(yield* child.hasGroup)) return\n", to: "  if ((yield* child.hasGroup) !== undefined) return\n" },
  { breaks: "SIGTERM twice to a child", from: "      isAsked = true\n", to: "" },
  { breaks: "a group that is gone is signalled", from: "isGone ||= !ProcessTable.isGroup(pid)", to: "isGone ||= false" },
  { breaks: "a child that was asked before it was taken over is asked again", from: "let [isAsked, isGone] = [stopSent, false]", to: "let [isAsked, isGone] = [false, false]" },
  { breaks: "SIGTERM to the whole group", from: "Effect.when(ProcessTable.send(pid, \"SIGTERM\"), isAlive)", to: "Effect.when(ProcessTable.send(-pid, \"SIGTERM\"), isAlive)" },
  { breaks: "a signal for the group reaches the child alone", from: "ProcessTable.send(-pid, signal)", to: "ProcessTable.send(pid, signal)" },
  { breaks: "a child in the session of wemixvisor", from: "\"inherit\", \"inherit\"], detached: true", to: "\"inherit\", \"inherit\"], detached: false" },
  { breaks: "a terminal is an input for the node", from: "isatty(0) ? \"ignore\" : \"inherit\"", to: "\"inherit\"", catches: ["Terminal"] },
  { breaks: "a file that is still being written is not waited for", from: "code === \"ETXTBSY\", schedule", to: "code === \"EBUSY\", schedule" },
  { breaks: "a node that was announced is not looked for", from: "  const [pid] = yield* disk.read(executable, headBytes).pipe(", to: "  if (record !== undefined) return Option.none<ProcessIdentity>()\n  const [pid] = yield* disk.read(executable, headBytes).pipe(" },
  { breaks: "a node whose program cannot be read is not found again", from: "onFailure: () => ProcessTable.findStarted(record)", to: "onFailure: () => Effect.succeed([])" },
  { breaks: "a process of the same name is found instead of the one on record", from: "return isOurs ? Option.some(record.identity) : Option.none<ProcessIdentity>()", to: "if (isOurs) return Option.some(record.identity)" },
  { breaks: "a group of before the last boot is taken for the node's", from: "identity === undefined || identity.bootId !== (yield* ProcessTable.bootId)", to: "identity === undefined" },
  { breaks: "the end of a node that was taken over is never noticed", from: "Effect.repeat({ while: (alive) => alive, schedule", to: "Effect.repeat({ while: () => true, schedule" }
])

const processes = of("src/services/ProcessTable.ts", [
  { breaks: "the end by a signal is code 0", from: "signal === null ? ChildExit.Code({ code: code ?? 0 }) : ChildExit.Signal({ signal, number: constants.signals[signal] })", to: "ChildExit.Code({ code: code ?? 0 })" }
])

export const services = [...durable, ...links, ...state, ...watcher, ...launcher, ...processes]
