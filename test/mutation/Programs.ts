// Ways to break what has to do with programs: how they are fetched and staged, and the operator's around an upgrade.
// None takes away what keeps a signal from a process that is not the tests' own.
import { of } from "./Mutation.ts"

const staging = of("src/services/staging/Staging.ts", [
  { breaks: "another program than the checksum says is staged", from: "return found === checksum.hex ? sha256 : yield* fail(", to: "return found !== \"\" ? sha256 : yield* fail(" },
  { breaks: "a sha512 is compared with the sha256", from: "checksum.algorithm === \"sha256\" ? sha256 : yield* hashFile(disk, binary, checksum.algorithm)", to: "sha256" },
  { breaks: "what is no program for this machine is staged", from: "  if (readiness._tag === \"NotReady\") return yield* fail(isFull", to: "  if (isFull) return yield* fail(isFull" },
  { breaks: "the record is not beside the release", from: "  yield* disk.write(`${aside}/release.json`, new TextEncoder().encode(`${json}\\n`), 0o644)\n", to: "" },
  { breaks: "a file that is given away is neither durable nor executable", from: "Effect.andThen(disk.rename(placing.binary, binary), disk.seal(binary, 0o755))", to: "disk.rename(placing.binary, binary)" },
  { breaks: "a release has its place before its program's entry is durable", from: "  yield* disk.syncDirectory(`${aside}/bin`)\n", to: "" },
  { breaks: "a release has its place before its record's entry is durable", from: "  yield* disk.syncDirectory(aside)\n  return staged\n", to: "  return staged\n" },
  { breaks: "a release that was said to be staged may be gone after a power cut", from: "  yield* disk.syncDirectory(home.upgrades)\n})\n\nconst digestOf", to: "})\n\nconst digestOf" },
  { breaks: "a release has its place before it is made", from: "    const staged = yield* make(tools, placing, work.made)\n    const present = yield* presentOf(tools, release, staged)\n", to: "    const staged = yield* make(tools, placing, releaseDirectory(home, release))\n    const present = yield* presentOf(tools, release, staged)\n" },
  { breaks: "a release is published before it is made", from: "    yield* clear(disk, home, release)\n    const staged", to: "    yield* clear(disk, home, release)\n    yield* disk.makeDirectory(`${work.made}/bin`)\n    yield* disk.copy(placing.binary, `${work.made}/bin/${home.binaryName}`, 0o755)\n    yield* publish(tools, placing, work)\n    const staged" },
  { breaks: "another release is replaced though nobody forces it", from: "const gives = force && (yield* exists(disk, final))", to: "const gives = yield* exists(disk, final)" },
  { breaks: "a release that is to be replaced stands", from: "const gives = force && (yield* exists(disk, final))", to: "const gives = false" },
  { breaks: "a release that was to be replaced is gone when the new one is refused", from: "Effect.ignore(gives ? disk.rename(replaced, final) : Effect.void)", to: "Effect.void" },
  { breaks: "the same release again is another one", from: "    if (Option.isSome(present)) return present.value\n", to: "" },
  { breaks: "a program that was changed within its time is what it was", from: "before?.signature === status.value.signature", to: "before !== undefined" },
  { breaks: "a program is hashed at every look", from: "  known.set(path, { signature: status.value.signature, sha256 })\n", to: "" },
  { breaks: "a program that was changed is what it was", from: "(sha256) => sha256 !== staged.sha256", to: "() => false" },
  { breaks: "a record that is none is none at all", from: "    Effect.asSome,\n    Effect.mapError(({ message }) =>", to: "    Effect.option,\n    Effect.mapError(({ message }) =>" },
  { breaks: "a release is removed file by file in its place", from: "Effect.uninterruptible(Effect.andThen(disk.rename(final, work.replaced), disk.syncDirectory(home.upgrades)))", to: "removeTree(disk, final)" },
  { breaks: "a release that was removed is back after a power cut", from: "Effect.andThen(disk.rename(final, work.replaced), disk.syncDirectory(home.upgrades))", to: "disk.rename(final, work.replaced)" },
  { breaks: "what an attempt leaves stays", from: "placed.pipe(Effect.ensuring(leave(disk, home, release, work)), ", to: "placed.pipe(" }
])

const aside = of("src/services/staging/Aside.ts", [
  { breaks: "two that stage one release work in one place", from: "return { made: `${asideOf(home, \"new\", release)}/${name}`,", to: "return { made: `${asideOf(home, \"new\", release)}/one`," },
  { breaks: "what was left of a killed attempt stays", from: "  yield* Effect.ignore(removeTree(disk, old))\n", to: "" },
  { breaks: "removing follows links", from: "disk.status(path, false).pipe(Effect.asSome", to: "disk.status(path, true).pipe(Effect.asSome" },
  { breaks: "an empty directory of attempts stays", from: "[\"new\", \"old\", \"part\", \"\"]", to: "[\"new\", \"old\", \"part\"]" }
])

const downloading = of("src/services/download/Downloading.ts", [
  { breaks: "a download that is another one than it must be is taken", from: "=> digests[checksum.algorithm] === checksum.hex", to: "=> digests[checksum.algorithm] !== \"\"" },
  { breaks: "a download needs no checksum", from: "tools.skipChecksum ? undefined : yield* none(", to: "tools.skipChecksum || url !== \"\" ? undefined : yield* none(" },
  { breaks: "an http list vouches for an https download", from: "if (url.startsWith(\"https:\") && checksum.url.startsWith(\"http:\"))", to: "if (url.startsWith(\"file:\") && checksum.url.startsWith(\"http:\"))" },
  { breaks: "what came is thrown away when the transfer is cut", from: "(error._tag === \"DownloadError\" && error.mayPass)", to: "(error._tag === \"DownloadError\" && !error.mayPass)" },
  { breaks: "what a disk did not keep of a download condemns the file", from: "first.wentOn ? yield*", to: "first.wentOn && partial.body === \"\" ? yield*" },
  { breaks: "a file that is another one is fetched for ever", from: "partial, checksum, false) : first\n", to: "partial, checksum, true) : first\n" },
  { breaks: "what is left of an attempt stays beside a release that is there", from: "Effect.as(leaveNothing(disk, home, release), present.value)", to: "Effect.succeed(present.value)" },
  { breaks: "a spoilt download is kept", from: "(error._tag === \"DownloadError\" && error.mayPass)", to: "error._tag === \"DownloadError\"" },
  { breaks: "a download that is in place is kept as a part too", from: "if (Exit.isSuccess(exit)) return false", to: "if (Exit.isSuccess(exit)) return true" },
  { breaks: "an interrupted download is thrown away", from: "return error === undefined || (error", to: "return error !== undefined && (error" },
  { breaks: "a release that is there is fetched again", from: "force ? Option.none<Staged>() : yield* presentOf(tools, fetching, checksum)", to: "Option.none<Staged>()" },
  { breaks: "another release that is there is left in silence", from: "!isRaw(source) || checksum?.hex !== sha256.value", to: "!isRaw(source)" },
  { breaks: "a download without a checksum goes on where another one ended", from: "received(tools, source, partial, checksum, false)).digests", to: "received(tools, source, partial, checksum, true)).digests" },
  { breaks: "a list of binaries is believed whatever it hashes to", from: "checksum !== undefined && found !== undefined && found !== checksum.hex", to: "checksum !== undefined && found === undefined" },
])

const transfer = of("src/services/download/Fetching.ts", [
  { breaks: "a download goes on whatever it has become", from: ", \"if-range\": etag }", to: " }" },
  { breaks: "a download begins anew each time", from: "const goesOn = offset > 0 && etag !== null", to: "const goesOn = false" },
  { breaks: "a download goes on with an answer that begins elsewhere", from: "range?.start === offset && ", to: "range !== undefined && " },
  { breaks: "a download goes on with another entity", from: " && reply.header(\"etag\") === got.about.etag", to: "" },
  { breaks: "a download goes on with another length", from: " && range.total === got.about.total) return", to: ") return" },
  { breaks: "a weak entity tag is believed", from: "etag !== undefined && etag.startsWith(\"\\\"\") ? etag : null", to: "etag ?? null" },
  { breaks: "what came from one URL is gone on with from another", from: "fetch.canGoOn && about.url === url", to: "fetch.canGoOn" },
  { breaks: "what came is not written when the transfer is cut", from: "    Effect.onExit(() => Effect.ignore(got.intake.flush))\n", to: "" },
  { breaks: "a length beyond what may be is fetched", from: "total !== null && total > limits.bytes", to: "total !== null && total > Number.MAX_SAFE_INTEGER" },
  { breaks: "a download that ended early is whole", from: "total !== null && got.intake.bytes() < total) return", to: "total !== null && got.intake.bytes() < 0) return" },
  { breaks: "a download begins though there is no room for it", from: "  if (total !== null) yield* room(disk, partial.directory, shown(url), total - got.intake.bytes(), limits)\n", to: "" },
  { breaks: "a transfer that stands still is waited for", from: "Effect.raceFirst(drain(got.intake, reply), watch({ url, bytes: got.intake.bytes, total, limits, meter }))", to: "drain(got.intake, reply)" },
  { breaks: "an error page is a download", from: "  if (reply.status !== 200) return yield* status(fetch.url, reply)\n", to: "" },
  { breaks: "a range that the server does not have ends the download", from: "if (reply.status === 416 && got.intake.bytes() > 0) {", to: "if (reply.status === 416 && got.intake.bytes() < 0) {" },
  { breaks: "a server in trouble is not asked again", from: "code >= 500 || passing.has(code)", to: "passing.has(code)" },
  { breaks: "a server that refuses is asked again", from: "!result.failure.mayPass || inARow", to: "inARow" },
  { breaks: "a download that gets nowhere is tried for ever", from: "inARow >= limits.attempts || all >= limits.attemptsInAll", to: "all >= 1000 * limits.attemptsInAll" },
  { breaks: "an attempt that got further counts as one that did not", from: "inARow = isFurther ? 1 : inARow + 1", to: "inARow = inARow + 1" },
  { breaks: "a list is as large as it likes", from: "if (count.bytes > limit) return yield* failure(url, \"TooLarge\"", to: "if (count.bytes < 0) return yield* failure(url, \"TooLarge\"" }
])

const http = of("src/services/download/Http.ts", [
  { breaks: "https leads to http", from: "(to.protocol === \"http:\" && from.startsWith(\"http:\"))", to: "to.protocol === \"http:\"" },
  { breaks: "a URL leads to a file", from: "if (to.protocol === \"https:\" || (", to: "if (to.protocol === \"https:\" || to.protocol === \"file:\" || (" },
  { breaks: "redirects have no end", from: "redirects <= redirectLimit; redirects++", to: "redirects <= redirectLimit; redirects += 0" },
  { breaks: "a server that does not answer is waited for", from: ".pipe(Effect.timeoutOrElse({\n    duration: limits.answerMillis,", to: ".pipe(Effect.timeoutOrElse({\n    duration: \"1 hour\"," },
  { breaks: "a certificate that is refused is tried again", from: "!lasting.test(code))", to: "true)" },
  { breaks: "a token in a URL is told", from: "export const shown = withoutQuery", to: "export const shown = (url: string): string => url" },
  { breaks: "a length may be that of what is packed for the transfer", from: "\"accept-encoding\": \"identity\"", to: "\"accept-encoding\": \"gzip\"" }
])

const intake = of("src/services/download/Intake.ts", [
  { breaks: "a download has no largest size", from: "if (counts.bytes + piece.byteLength > limit) return", to: "if (counts.bytes + piece.byteLength < 0) return" },
  { breaks: "a download takes the room of the node", from: "if (free - bytes >= limits.reserveBytes) return", to: "if (free - bytes >= 0) return" },
  { breaks: "what came before is not hashed", from: "Effect.sync(() => take(piece))", to: "Effect.sync(() => void (counts.bytes += piece.byteLength))" },
  { breaks: "two that write to one download are not noticed", from: "if (bytes !== counts.bytes) return", to: "if (bytes < 0) return" },
  { breaks: "the room is looked at once", from: "if (isLookDue) counts.looked = counts.bytes", to: "if (isLookDue) counts.looked = Infinity" }
])

const partial = of("src/services/download/Partial.ts", [
  { breaks: "bytes stay that nobody goes on with", from: "Option.exists(about, ({ etag, total }) => etag !== null || count === total)", to: "Option.isSome(about)" },
  { breaks: "a part without a byte stays", from: "(count) => count > 0 && ", to: "(count) => " },
  { breaks: "a part stays that no checksum will judge", from: "const isWanted = willBeJudged && ", to: "const isWanted = (willBeJudged || true) && " },
  { breaks: "bytes may be taken for a part of what they are not", from: "  yield* disk.write(partial.body, new Uint8Array(0), 0o644)\n", to: "" },
  { breaks: "what an earlier attempt left is not taken over", from: "left === undefined ? disk.makeDirectory(directory) : disk.rename(`${place}/${left}`, directory)", to: "disk.makeDirectory(directory)" },
  { breaks: "two take over one part", from: "left === undefined ? disk.makeDirectory(directory) : disk.rename(`${place}/${left}`, directory)\n  return { directory, body: `${directory}/body` }", to: "left === undefined ? disk.makeDirectory(directory) : Effect.void\n  const mine = left === undefined ? directory : `${place}/${left}`\n  return { directory: mine, body: `${mine}/body` }" }
])

const unpacking = of("src/services/download/Unpacking.ts", [
  { breaks: "what was packed small becomes as large as it likes", from: "return sum.bytes > archive.limits.unpackedBytes ?", to: "return sum.bytes < 0 ?" },
  { breaks: "an entry that is not as it should be is passed over", from: "if (Result.isFailure(role)) return yield* refuse(archive, role.failure)", to: "if (Result.isFailure(role)) return yield* Stream.runDrain(body)" },
  { breaks: "the second program in an archive is taken", from: "  if (found.programs.has(role.success)) return yield* refuse(archive, `holds ${JSON.stringify(entry.path)} twice`)\n", to: "" },
  { breaks: "an empty program is one", from: "  if (intake.bytes() === 0) return yield* refuse(archive, \"holds an empty file for the program\")\n", to: "" },
  { breaks: "the program at the top comes before that in bin", from: "programs.get(\"bin\") ?? programs.get(\"root\")", to: "programs.get(\"root\") ?? programs.get(\"bin\")" }
])

const script = "tools.config.settings.customPreupgrade === undefined ? Effect.void : runScript(tools, tools.config.settings.customPreupgrade, occasion)"
const own = "tools.config.settings.preupgrade ? runOwn(tools, occasion) : Effect.void"

const hooks = of("src/services/hooks/Hooks.ts", [
  { breaks: "an application that has no such command has failed", from: "if (code === saysNothingToDo) return", to: "if (code === undefined) return" },
  { breaks: "an application that fails has no such command", from: "const saysNothingToDo = 1\nconst saysFailed = 30", to: "const saysNothingToDo = 30\nconst saysFailed = 1" },
  { breaks: "an application that fails is asked again", from: "const saysFailed = 30\nconst saysAgain = 31", to: "const saysFailed = 31\nconst saysAgain = 30" },
  { breaks: "an application that asks for it is not run again", from: "code !== saysAgain || retry >= settings.preupgradeMaxRetries", to: "code !== undefined || retry >= settings.preupgradeMaxRetries" },
  { breaks: "an application is run again without an end", from: "code !== saysAgain || retry >= settings.preupgradeMaxRetries", to: "code !== saysAgain" },
  { breaks: "an application is run again once too often (> for >=)", from: "retry >= settings.preupgradeMaxRetries)", to: "retry > settings.preupgradeMaxRetries)" },
  { breaks: "an application that a signal ended did well", from: "exit._tag === \"Code\" ? exit.code : undefined", to: "exit._tag === \"Code\" ? exit.code : 0" },
  { breaks: "a hook that a signal ended did well", from: "if (!isClean(exit)) return", to: "if (exit._tag === \"Code\" && !isClean(exit)) return" },
  { breaks: "a hook that failed did well", from: "if (!isClean(exit)) return", to: "if (exit._tag !== \"Code\") return" },
  { breaks: "the application's command is run though the setting is off", from: "tools.config.settings.preupgrade ? runOwn(tools, occasion) : Effect.void", to: "runOwn(tools, occasion)" },
  { breaks: "the application's command comes before the custom script", from: `${script},\n            ${own}`, to: `${own},\n            ${script}` },
  { breaks: "the old release's command is run", from: "const path = releaseBinary(home, upgrade.to)", to: "const path = releaseBinary(home, upgrade.from)" },
  { breaks: "a hook that fails after the switch, or before the stop, ends the upgrade", from: "stage === \"pre-upgrade\" ? effect : Effect", to: "stage !== \"on-failure\" ? effect : Effect" },
  { breaks: "a hook that fails before the switch is warned of", from: "stage === \"pre-upgrade\" ? effect : Effect", to: "stage === \"on-failure\" ? effect : Effect" },
  { breaks: "hooks are run in any order", from: ".toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)))", to: ".toReversed()" },
  { breaks: "backups of editors are hooks", from: "filter((name) => !/^\\.|~$/.test(name))", to: "filter((name) => !/^\\./.test(name))" },
  { breaks: "what is not executable is tried", from: "if (kind === \"file\" && (mode & 0o111) !== 0)", to: "if (kind === \"file\")" },
  { breaks: "a hook that is no program is tried", from: "  if (unfit !== undefined) return", to: "  if (unfit !== undefined && unfit._tag === \"BinaryMissing\") return" },
  { breaks: "a hook does not get the plan", from: "variables: variablesOf(home, stage, occasion),\n    directory: home.directory,\n    input: occasion.plan", to: "variables: variablesOf(home, stage, occasion),\n    directory: home.directory,\n    input: undefined" },
  { breaks: "the custom script does not get the plan", from: "variables: variablesOf(home, \"pre-upgrade\", occasion),\n    directory: home.directory,\n    input: occasion.plan", to: "variables: variablesOf(home, \"pre-upgrade\", occasion),\n    directory: home.directory,\n    input: undefined" },
  { breaks: "the custom script is not told where it is", from: "variables: variablesOf(home, \"pre-upgrade\", occasion)", to: "variables: {}" },
  { breaks: "a hook that a killed wemixvisor left runs beside the next", from: "  yield* CommandRunner.endLeftovers({ ...command, tell }, limits)\n", to: "" },
  { breaks: "a custom script is not made executable", from: "  yield* makeExecutable(disk, path)\n", to: "" },
  { breaks: "a custom script is made executable by everybody", from: "status.value.mode | 0o100", to: "status.value.mode | 0o111" },
  { breaks: "a hook that was not in time did well", from: "  if (Option.isSome(exit)) return exit.value\n", to: "  if (Option.isSome(exit)) return exit.value\n  if (kind !== \"\") return ChildExit.Code({ code: 0 })\n" }
])

const runner = of("src/services/hooks/CommandRunner.ts", [
  { breaks: "a hook has no time limit", from: "Effect.timeoutOption(Deferred.await(exit), command.timeLimit)", to: "Effect.asSome(Deferred.await(exit))" },
  { breaks: "what a hook leaves in its group stays", from: "  yield* kill(pid, tell, Effect.andThen(Deferred.await(exit), gone(pid)), limits)\n", to: "" },
  { breaks: "a hook that is ended gets no SIGTERM", from: "  if (!(yield* Deferred.isDone(exit))) yield* terminate(pid, Deferred.await(exit), limits)\n", to: "" },
  { breaks: "a hook is killed at once", from: "Effect.timeoutOption(ended, grace))", to: "Effect.timeoutOption(ended, 0))" },
  { breaks: "the output of one that left is waited for without an end", from: "Effect.timeoutOption(Fiber.await(listener), lastWords)", to: "Effect.asSome(Fiber.await(listener))" },
  { breaks: "the last words of a hook are lost", from: "Effect.timeoutOption(Fiber.await(listener), lastWords).pipe(Effect.andThen(close)", to: "close.pipe(Effect.andThen(close)" },
  { breaks: "a line without an end is lost", from: "  yield* Effect.forEach(OutputLines.rest(pending), tell, { discard: true })\n", to: "" },
  { breaks: "a file that is still written is not waited for", from: "code === \"ETXTBSY\", schedule", to: "code === \"EBUSY\", schedule" },
  { breaks: "a hook is not told its variables", from: "env: { ...process.env, ...command.variables }", to: "env: { ...process.env }" },
  { breaks: "a hook runs in the session of wemixvisor", from: "      cwd: command.directory,\n      detached: true", to: "      cwd: command.directory,\n      detached: false" },
  { breaks: "a hook runs in wemixvisor's directory", from: "      cwd: command.directory,\n", to: "" }
])

export const programs = [...staging, ...aside, ...downloading, ...transfer, ...http, ...intake, ...partial, ...unpacking, ...hooks, ...runner]
