// Ways to break what everything else stands on: `src/services/{Disk,ProgramFile,Releases,HomeLock}.ts`.
// None makes a program wait for a pipe that nobody writes to: no test could end then.
import { of } from "./Mutation.ts"

const disk = of("src/services/Disk.ts", [
  { breaks: "a file that is sealed is not synced", from: "withFile(path, \"r+\", undefined, (descriptor) => fs.fchmodSync(descriptor, mode)))", to: "Promise.resolve(fs.chmodSync(path, mode)))" },
  { breaks: "what the device does not keep is taken for kept", from: "error === null ? resolve() : reject(error)", to: "error === null ? resolve() : resolve()" },
  { breaks: "a file is written as far as the system takes it at once", from: "while (offset < bytes.byteLength) offset +=", to: "if (offset < bytes.byteLength) offset +=" },
  { breaks: "every file system is taken for one that tells of every change", from: "localTypes.has(fs.statfsSync(path).type)", to: "Number.isInteger(fs.statfsSync(path).type)" },
  { breaks: "no file system is taken for one that tells of every change", from: "localTypes.has(fs.statfsSync(path).type)", to: "fs.statfsSync(path).type < 0" },
  { breaks: "nothing is synced", from: "    await syncFile(descriptor)\n", to: "" },
  { breaks: "nobody waits until something is synced", from: "    await syncFile(descriptor)\n", to: "    void syncFile(descriptor).catch(() => undefined)\n" },
  { breaks: "a file is synced before it is written", from: "    use(descriptor)\n    await syncFile(descriptor)\n", to: "    await syncFile(descriptor)\n    use(descriptor)\n" },
  { breaks: "a file that was synced stays open", from: "    await syncFile(descriptor)\n  } finally {\n    fs.closeSync(descriptor)\n", to: "    await syncFile(descriptor)\n  } finally {\n" },
  { breaks: "a copy is not synced", from: "  await withFile(to, \"r+\", undefined, (descriptor) => fs.fchmodSync(descriptor, mode))\n", to: "  fs.chmodSync(to, mode)\n" },
  { breaks: "a directory is not synced", from: "withFile(path, \"r\", undefined, () => undefined)", to: "Promise.resolve(void directoryInode(path))" },
  { breaks: "a copy has the mode of the original", from: "  await withFile(to, \"r+\", undefined, (descriptor) => fs.fchmodSync(descriptor, mode))\n", to: "  await withFile(to, \"r+\", mode, () => undefined)\n" },
  { breaks: "a file is read as far as the system gives it at once", from: "      if (bytesRead === 0) break\n      length += bytesRead\n    }\n    return buffer.subarray(0, length)\n  } finally {\n    fs.closeSync", to: "      length += bytesRead\n      break\n    }\n    return buffer.subarray(0, length)\n  } finally {\n    fs.closeSync" },
  { breaks: "a piece is read as far as the system gives it at once", from: "      if (bytesRead === 0) break\n      length += bytesRead\n    }\n    return buffer.subarray(0, length)\n  } finally {\n    await", to: "      length += bytesRead\n      break\n    }\n    return buffer.subarray(0, length)\n  } finally {\n    await" },
  { breaks: "every piece is read from the beginning", from: "limit - length, offset + length)", to: "limit - length, length)" },
  { breaks: "a link is read to its end", from: "fs.readlinkSync(path)", to: "fs.realpathSync(path)" },
  { breaks: "a missing file cannot be removed", from: "fs.rmSync(path, { force: true })", to: "fs.rmSync(path)" },
  { breaks: "removing a file takes a tree", from: "fs.rmSync(path, { force: true })", to: "fs.rmSync(path, { force: true, recursive: true })" },
  { breaks: "a missing directory cannot be removed", from: "    if (codeOf(cause) !== \"ENOENT\") throw cause\n", to: "    throw cause\n" },
  { breaks: "a directory that cannot be removed was none", from: "    if (codeOf(cause) !== \"ENOENT\") throw cause\n", to: "" },
  { breaks: "what a link leads to is looked at in its place", from: "statusOf(path, follow)", to: "statusOf(path, true)" },
  { breaks: "a directory that went away is watched on", from: "          if (isGone) return void Queue.failCauseUnsafe(queue, Cause.fail(gone(path)))\n", to: "" },
  { breaks: "every entry is told of where one was asked about", from: "if (entry === undefined || name === null || name === entry) Queue", to: "if (entry !== \"\" || name === null) Queue" },
  { breaks: "the room that root alone has is free", from: "const { bavail, bsize } = fs.statfsSync(path)\n      return bavail * bsize", to: "const { bfree, bsize } = fs.statfsSync(path)\n      return bfree * bsize" }
])

const programFile = of("src/services/ProgramFile.ts", [
  { breaks: "a program for another processor is ready", from: "machine.platform === \"darwin\" || header.machine !== machine.architecture", to: "machine.platform === \"darwin\"" },
  { breaks: "a program of Linux is ready on a Mac", from: "machine.platform === \"darwin\" || header.machine !== machine.architecture", to: "header.machine !== machine.architecture" },
  { breaks: "a program of a Mac is ready on Linux", from: "machine.platform === \"darwin\" && header.machines.includes(machine.architecture)", to: "header.machines.includes(machine.architecture)" },
  { breaks: "a program that is still being copied is ready", from: "if (bytes < header.neededBytes) return", to: "if (bytes < 0) return" },
  { breaks: "an interpreter that is missing is no obstacle", from: "isMissing(error) ? Obstacle.InterpreterMissing({ path, interpreter })", to: "isMissing(error) ? undefined" },
  { breaks: "an interpreter that cannot be looked at is missing", from: "isMissing(error) ? Obstacle.InterpreterMissing({ path, interpreter })", to: "error.code !== \"\" ? Obstacle.InterpreterMissing({ path, interpreter })" },
  { breaks: "an interpreter that may not be executed is no obstacle", from: "kind === \"file\" && (mode & 0o111) !== 0 ?", to: "kind === \"file\" ?" },
  { breaks: "the loader of a program is not looked for", from: "Option.isNone(header.interpreter) ? Effect", to: "Option.isNone(header.interpreter) || header.machine !== \"\" ? Effect" },
  { breaks: "a text is a program", from: "return Effect.succeed(Obstacle.NotAProgram({ path, why: \"it begins with neither the header of a program nor #!\" }))", to: "return Effect.as(Effect.void, undefined)" },
  { breaks: "an empty file is a program", from: "return Effect.succeed(Obstacle.NotAProgram({ path, why: \"it is empty\" }))", to: "return Effect.as(Effect.void, undefined)" },
  { breaks: "a program needs no right to be executed", from: "  if ((status.mode & 0o111) === 0) return Obstacle.NotExecutable({ path })\n", to: "" },
  { breaks: "a program that this user may not execute is ready", from: "(yield* disk.permits(path, \"execute\")) ? undefined : Obstacle.NotPermitted({ path })", to: "(yield* disk.permits(path, \"execute\")) ? undefined : undefined" },
  { breaks: "a program that cannot be read is missing", from: "isMissing(error) ? Obstacle.BinaryMissing({ path })", to: "error.code !== \"\" ? Obstacle.BinaryMissing({ path })" }
])

const releases = of("src/services/Releases.ts", [
  { breaks: "a directory that differs in case comes before the plan's own", from: "  if (entries.includes(directory)) return inUpgrades(directory)\n", to: "" },
  { breaks: "a directory that differs in case is not found", from: "alike.toSorted()[0] ?? directory", to: "directory" },
  { breaks: "of several directories alike any is the plan's", from: "alike.toSorted()[0]", to: "alike[0]" },
  { breaks: "a directory that was being prepared is a release", from: " && !entry.endsWith(\".new\")", to: "" },
  { breaks: "an upgrade begins on a disk that is full", from: "freeBytes < spaceNeeded ?", to: "freeBytes < 0 ?" },
  { breaks: "a program that comes is not noticed", from: ", `${home.root}/${release}/bin`])", to: "])" },
  { breaks: "a release whose directory comes later is not noticed", from: "Stream.concat(Stream.succeed(undefined), changesBelow(disk, below))", to: "Stream.succeed(undefined)" }
])

const lock = of("src/services/HomeLock.ts", [
  { breaks: "the lock of a home is not held", from: "database.exec(\"BEGIN EXCLUSIVE\")", to: "database.exec(\"SELECT 1\")" },
  { breaks: "the lock of a home is taken only when something is written", from: "\"BEGIN EXCLUSIVE\"", to: "\"BEGIN DEFERRED\"" },
  { breaks: "the lock of a home is let go at once", from: "          database.exec(\"BEGIN EXCLUSIVE\")\n", to: "          database.exec(\"BEGIN EXCLUSIVE\")\n          database.exec(\"COMMIT\")\n" },
  { breaks: "the lock of a home is kept when its scope closes", from: "({ database }) => Effect.sync(() => database.close())", to: "({ database }) => Effect.sync(() => void database)" },
  { breaks: "a lock that is held is one that the disk refuses", from: "const busy = 5", to: "const busy = 6" },
  { breaks: "a holder that was killed is not noticed", from: "const isAbandoned = existsSync(journalOf(path))", to: "const isAbandoned = journalOf(path) === \"\"" }
])

export const files = [...disk, ...programFile, ...releases, ...lock]
