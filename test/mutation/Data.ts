// Ways to break the copies of the node's data: `src/services/{backup,copy}`, and which of them are needed.
import { of } from "./Mutation.ts"

const backups = of("src/services/backup/Backups.ts", [
  { breaks: "a backup is made though backups are off", from: "settings.skipBackup || settings.backup === \"none\"", to: "false" },
  { breaks: "a backup is tried where there are no data", from: "has ? Effect.asSome(effect) : Effect.succeedNone", to: "Effect.asSome(effect)" },
  { breaks: "a backup begins though there is no room for it", from: "  if (!prepared.isEnough) return yield* noRoom(prepared)\n", to: "" },
  { breaks: "what broken-off attempts have left stays", from: "  yield* Effect.catch(Store.removeLeftovers(store), ({ message }) => Effect.logWarning(message))\n", to: "" },
  { breaks: "a backup that fails halfway leaves its half", from: ",\n      Effect.onError(() => Effect.ignore(store.copies.remove(aside)))", to: "" },
  { breaks: "a backup cannot be interrupted", from: "Effect.andThen(restore(fill(store, data, exclude, about, prepared, at, aside)))", to: "Effect.andThen(fill(store, data, exclude, about, prepared, at, aside))" },
  { breaks: "a backup is made in its place", from: "[`${store.root}/${name}`, `${store.root}/${asideOf(name)}`]", to: "[`${store.root}/${name}`, `${store.root}/${name}`]" },
  { breaks: "two backups of one second have one name", from: "onSuccess: () => unusedName(store, about, at, nth + 1)", to: "onSuccess: () => Effect.succeed(name)" },
  { breaks: "a file that cannot be cloned is copied where clones were asked for", from: "reason === \"CannotClone\" && mayCopyInstead", to: "reason === \"CannotClone\"" },
  { breaks: "a file that cannot be cloned ends the backup", from: "reason === \"CannotClone\" && mayCopyInstead", to: "reason === \"CannotClone\" && !mayCopyInstead" },
  { breaks: "the manifest says how the copy was to be made, not how it was", from: "durationMillis, method, files", to: "durationMillis, method: wanted, files" },
  { breaks: "a backup is published before what describes it is there", from: "  yield* Effect.mapError(describe(disk, aside, manifest, listing(copied.entries, copies.spelt)), refused)\n", to: "" },
  { breaks: "a backup has its name before its description is durable", from: "  yield* disk.syncDirectory(aside)\n", to: "" },
  { breaks: "a backup that was said to be made may be gone after a power cut", from: "Effect.andThen(disk.rename(aside, path), disk.syncDirectory(root))", to: "disk.rename(aside, path)" },
  { breaks: "the backups' directory is synced before the backup has its name", from: "Effect.andThen(disk.rename(aside, path), disk.syncDirectory(root))", to: "Effect.andThen(disk.syncDirectory(root), disk.rename(aside, path))" }
])

const store = of("src/services/backup/BackupStore.ts", [
  { breaks: "a file that is missing is no damage", from: "return [`${file} is missing`]", to: "return []" },
  { breaks: "a file that became shorter is no damage", from: "return found === expected ? [] : [`${file} has", to: "return found <= expected ? [] : [`${file} has" },
  { breaks: "a file that is not on the list is no damage", from: "filter((file) => !listed.has(file))", to: "filter(() => false)" },
  { breaks: "a file that cannot be read is no damage", from: "    ...unread.map((file) => `${file} cannot be read`)\n", to: "" },
  { breaks: "a link that is missing is no damage", from: "    ...counted(\"links\", manifest.links, survey.links),\n", to: "" },
  { breaks: "a path passes for the name of a backup", from: "isName(name) ? Effect.succeed", to: "name !== \"\" ? Effect.succeed" },
  { breaks: "what is wrong with a backup is not told", from: "manifest: Option.none(), problem: message", to: "manifest: Option.none(), problem: undefined" },
  { breaks: "the oldest backup comes first", from: ".toSorted(newestFirst)", to: ".toSorted(newestFirst).toReversed()" },
  { breaks: "what nobody knows is thrown away as a backup", from: "filter(({ manifest }) => Option.isSome(manifest)).map", to: "filter(({ manifest }) => Option.isSome(manifest) || true).map" },
  { breaks: "one backup less is kept", from: "finished.slice(keep)", to: "finished.slice(Math.max(0, keep - 1))" },
  { breaks: "the newest backups are thrown away", from: "finished.slice(keep)", to: "finished.toReversed().slice(keep)" },
  { breaks: "a backup that is needed is thrown away all the same", from: ".filter((name) => !protectedNames.includes(name)).toReversed()", to: ".toReversed()" },
  { breaks: "a backup is taken apart under its name", from: "  const aside = `${root}/${asideOf(name)}`\n  yield* disk.rename(`${root}/${name}`, aside)\n", to: "  const aside = `${root}/${name}`\n" },
  { breaks: "a backup is taken apart before its name is gone for good", from: "  yield* disk.rename(`${root}/${name}`, aside)\n  yield* disk.syncDirectory(root)\n", to: "  yield* disk.rename(`${root}/${name}`, aside)\n" },
  { breaks: "pruning leaves what was broken off", from: "  yield* removeLeftovers(store)\n  const finished", to: "  const finished" }
])

const room = of("src/services/backup/BackupRoom.ts", [
  { breaks: "two directories with another parent each are siblings", from: "parents[0] !== undefined && parents[0] === parents[1]", to: "parents[0] !== undefined" },
  { breaks: "the root is a sibling of what is in it", from: "new Set([...own, parents[0]]).size === 3", to: "own[0] !== own[1]" },
  { breaks: "a backup in the data is made", from: "  yield* refuseNested(store.disk, data, store.root)\n  yield* Effect.mapError", to: "  yield* Effect.mapError" },
  { breaks: "a backup is tried where this user may not write", from: "  if (!(yield* disk.permits(place, \"write\"))) return yield* unwritable(place)\n", to: "" },
  { breaks: "data in the backups are backed up", from: "  if (yield* isWithin(disk, data, root)) return yield* nested(`the data ${data} lies in the backups' directory ${root}`)\n", to: "" },
  { breaks: "the directory of the backups is not made", from: "  yield* Effect.mapError(Durable.makeDirectory(store.disk, store.root), refused)\n", to: "" },
  { breaks: "no room is left for the node", from: "return content + Math.max(leastMargin, Math.ceil(content / 50))", to: "return content" },
  { breaks: "a copy needs no more room than a clone", from: "method === \"copy\" ? allocatedBytes : 0", to: "0" },
  { breaks: "clones are made where copies were asked for", from: "  if (backup === \"copy\") return \"copy\"\n", to: "" },
  { breaks: "copies are made where clones were asked for", from: "  if (backup === \"auto\") return \"copy\"\n", to: "  if (backup !== \"none\") return \"copy\"\n" },
  { breaks: "exactly enough room is too little (< for <=)", from: "isEnough: neededBytes <= freeBytes", to: "isEnough: neededBytes < freeBytes" }
])

const restore = of("src/services/backup/BackupRestore.ts", [
  { breaks: "a damaged backup is put in the place of the data", from: "  if (!isSound) return", to: "  if (!isSound && problems.length === 0) return" },
  { breaks: "the link to the data is replaced, not what it leads to", from: "yield* Effect.mapError(placeOf(store.disk, data), refused)", to: "data" },
  { breaks: "what an earlier restoration left is in the way", from: "  yield* Effect.mapError(store.copies.remove(aside), refused)\n", to: "" },
  { breaks: "a restoration that fails leaves its copy", from: ".pipe(Effect.onError(() => Effect.ignore(store.copies.remove(aside))))", to: "" },
  { breaks: "a restoration begins though there is no room", from: "if (freeBytes < neededBytes) {", to: "if (freeBytes < 0) {" },
  { breaks: "the data may be gone after a power cut between the renames", from: "Effect.andThen(sync, into)", to: "into" },
  { breaks: "the data are not put back when the second rename is refused", from: ", () => Effect.ignore(disk.rename(replaced, place))))", to: ", () => Effect.void))" },
  { breaks: "what is to come in the place of the data may be gone when they are", from: "Effect.andThen(Effect.andThen(sync, out)", to: "Effect.andThen(out" },
  { breaks: "a restore that was broken off is not seen", from: "if ((yield* exists(disk, place)) || !(yield* exists(disk, asideOf(place)))) return", to: "if (place !== \"\") return" },
  { breaks: "a restoration can be interrupted between its renames", from: "yield* Effect.uninterruptible(Effect.andThen(swapped, sync))", to: "yield* Effect.andThen(swapped, sync)" },
  { breaks: "a restoration that was said to be done may be undone by a power cut", from: "Effect.uninterruptible(Effect.andThen(swapped, sync))", to: "Effect.uninterruptible(swapped)" },
  { breaks: "the data that were kept before are replaced by those of now", from: "onSuccess: () => unusedName(disk, path, nth + 1)", to: "onSuccess: () => Effect.succeed(candidate)" }
])

const tree = of("src/services/copy/TreeCopy.ts", [
  { breaks: "holes are filled", from: "const hasHoles = entry.allocatedBytes < entry.bytes", to: "const hasHoles = false" },
  { breaks: "modes are lost", from: "  if (!isOwned || (there.mode & 0o7777) !== entry.mode) fs.chmodSync(path, entry.mode)\n", to: "" },
  { breaks: "times are lost", from: "  fs.utimesSync(path, entry.accessedAtSeconds, entry.modifiedAtSeconds)\n", to: "" },
  { breaks: "a link's times are lost", from: "  fs.lutimesSync(to, entry.accessedAtSeconds, entry.modifiedAtSeconds)\n", to: "" },
  { breaks: "links are followed", from: "fs.symlinkSync(fs.readlinkSync(pathOf(job.from, entry.path), { encoding: \"buffer\" }), to)", to: "fs.copyFileSync(pathOf(job.from, entry.path), to)" },
  { breaks: "two names of one file become two files", from: "fs.linkSync(pathOf(job.to, entry.sameAs ?? \"\"), pathOf(job.to, entry.path))", to: "fs.copyFileSync(pathOf(job.to, entry.sameAs ?? \"\"), pathOf(job.to, entry.path))" },
  { breaks: "a copy goes into a directory that is there", from: "fs.mkdirSync(job.to, 0o700))", to: "fs.mkdirSync(job.to, { recursive: true, mode: 0o700 }))" },
  { breaks: "a file that went away ends the copy", from: "      if (isVanished(job, entry.path)) {", to: "      if (isVanished(job, entry.path) && job.isStopped) {" },
  { breaks: "a copy that is interrupted goes on", from: "      job.isStopped = true\n      return Effect.promise(() => ended)", to: "      return Effect.promise(() => ended)" },
  { breaks: "what goes wrong with a file is lost", from: "job.trouble === undefined ? Effect.void : Effect.fail(job.trouble)", to: "Effect.void" },
  { breaks: "files are copied where clones were asked for", from: "COPYFILE_EXCL | COPYFILE_FICLONE_FORCE, (error)", to: "COPYFILE_EXCL, (error)" },
  { breaks: "a copy is not synced", from: "  yield* sync(job)\n", to: "" },
  {
    breaks: "a copy is synced before its directories have their modes and times",
    from: "  yield* eachOf(job, directories.toReversed(), (entry) => {\n    keep(job, entry)\n    job.copied.push(entry)\n  })\n  yield* sync(job)\n",
    to: "  yield* sync(job)\n  yield* eachOf(job, directories.toReversed(), (entry) => {\n    keep(job, entry)\n    job.copied.push(entry)\n  })\n"
  },
  { breaks: "a tool that could not sync is taken to have done it", from: "resume(Effect.succeed(error === null))", to: "resume(Effect.succeed(error !== undefined))" },
  { breaks: "one directory of a copy is synced in the place of its file system", from: "execFile(\"sync\", [\"-f\", path]", to: "execFile(\"sync\", [path]" },
  { breaks: "the directories of a copy are not synced one by one", from: "if (kind !== \"link\") yield* syncOne", to: "if (kind === \"file\") yield* syncOne" },
  { breaks: "a file of a copy that cannot be synced is passed over", from: "await file.sync().finally(", to: "await file.sync().catch(() => undefined).finally(" },
  { breaks: "a large file of a copy that the device does not keep is passed over", from: "fs.fdatasync(copy, (error) => done(error))", to: "fs.fdatasync(copy, () => done(null))" }
])

const walk = of("src/services/copy/TreeWalk.ts", [
  { breaks: "a link to a directory is that directory", from: "const stats = fs.lstatSync(pathOf(root, path))", to: "const stats = fs.statSync(pathOf(root, path))" },
  { breaks: "names of one file are not known to be", from: "isShared ? found.named.get(file) : undefined", to: "undefined" },
  { breaks: "what is excluded is copied", from: "if (isExcluded(Buffer.from(path, \"latin1\").toString(\"utf8\")))", to: "if (isExcluded(\"\"))" },
  { breaks: "names that are no UTF-8 are lost", from: "fs.readdirSync(pathOf(root, directory), { encoding: \"latin1\" })", to: "fs.readdirSync(pathOf(root, directory), { encoding: \"utf8\" })" },
  { breaks: "a pipe is a file", from: "if (kind === undefined) return void found.skipped.push(spelt(path))", to: "if (kind === undefined) return void spelt(path)" }
])

const pieces = of("src/services/copy/FileCopy.ts", [
  { breaks: "the pieces of a file lie one upon another", from: "end - begin, offset + begin, done", to: "end - begin, begin, done" },
  { breaks: "a hole at the end of a file is cut off", from: "  if (hasHoles) fs.ftruncateSync(target, offset)\n", to: "" },
  { breaks: "the last stretch of a file is lost", from: "last[1] = end\n", to: "last[1] = start\n" },
  { breaks: "a file in pieces cannot be stopped", from: "offset < length && !isStopped()", to: "offset < length" },
  { breaks: "a piece is written as far as the system takes it at once", from: "for (let from = start; from < end;) {", to: "for (let from = start; from === start;) {" },
  { breaks: "a piece that was read in part counts as whole", from: "    offset += got\n", to: "    offset += wanted\n" },
  { breaks: "a piece that could not be read or written is passed over", from: "error === null ? resolve(value) : reject(error)", to: "error === null ? resolve(value) : resolve(value)" }
])

const copies = of("src/services/copy/DataCopy.ts", [
  { breaks: "a copy that fails leaves its half", from: ".pipe(Effect.onError(() => Effect.ignore(TreeWalk.remove(options.to))))", to: "" },
  { breaks: "a copy that fails leaves its half, unless it is interrupted", from: "Effect.onError(() => Effect.ignore(", to: "Effect.onInterrupt(() => Effect.ignore(" }
])

const overDisk = of("src/services/copy/DiskCopy.ts", [
  { breaks: "a copy by a Disk is not durable", from: "  yield* told(Effect.forEach(directories, ({ path }) => disk.syncDirectory(path === \"\" ? to : `${to}/${path}`), { discard: true }))\n", to: "" },
  { breaks: "a copy by a Disk goes into a directory that is there", from: "  yield* refuseIfThere(disk, options.to)\n", to: "" },
  { breaks: "a copy by a Disk that fails leaves its half", from: "Effect.onError(fill(disk, options, found), () => Effect.ignore(remove(disk, options.to)))", to: "fill(disk, options, found)" },
  { breaks: "a Disk's copy follows links", from: "disk.status(`${from}/${path}`, false))\n      if", to: "disk.status(`${from}/${path}`, true))\n      if" },
  { breaks: "a Disk's copy ends at a file that went away", from: "code === \"ENOENT\" ? Effect.succeed(false)", to: "code === \"EXDEV\" ? Effect.succeed(false)" }
])

const cloning = of("src/services/copy/Cloning.ts", [
  { breaks: "clones are tried among the data of a node", from: "source === target ? to : from", to: "source === target ? from : from" },
  { breaks: "a probe for clones is left behind", from: "for (const path of [original, clone]) ignoring", to: "for (const path of [clone]) ignoring" },
  { breaks: "whether clones can be made is tried at every look", from: "answers.get(`${source}:${target}`) ?? ", to: "" },
  { breaks: "a full disk is taken for one that cannot clone", from: "    if (unshared.has(codeOf(cause))) return false\n    throw cause\n", to: "    void unshared.has(codeOf(cause))\n    return false\n" }
])

const names = of("src/domain/Backup.ts", [
  { breaks: "a name is as long as its release's", from: "<= 220 ? undefined : longestDirectory", to: "<= 1000 ? undefined : longestDirectory" },
  { breaks: "a release with a dot has backups that are leftovers", from: ".replace(/^\\./, \"%2E\")", to: "" },
  { breaks: "the tenth backup of a second is older than the second", from: "return Number(second?.[2] ?? 1) - Number(first?.[2] ?? 1) || (one < other ? 1 : -1)", to: "return one < other ? 1 : -1" },
  { breaks: "a list that is cut off is whole", from: "  if (text !== \"\" && !text.endsWith(\"\\n\")) return Option.none()\n", to: "" }
])

const needed = of("src/domain/Journal.ts", [
  {
    breaks: "a list of failed upgrades that is damaged is an empty one",
    from: "  failed: Schema.Array(Outcome)\n})\n",
    to: "  failed: Schema.Array(Outcome).pipe(Schema.catchDecoding(() => Effect.succeedSome([])))\n})\nimport { Effect } from \"effect\"\n"
  },
  { breaks: "the backup of the upgrade under way is not needed", from: "[inFlight, applied.at(-1), failed.at(-1)]", to: "[applied.at(-1), failed.at(-1)]" },
  { breaks: "the backup of the last upgrade is not needed", from: "[inFlight, applied.at(-1), failed.at(-1)]", to: "[inFlight, failed.at(-1)]" },
  { breaks: "the backup of the upgrade that failed last is not needed", from: "[inFlight, applied.at(-1), failed.at(-1)]", to: "[inFlight, applied.at(-1)]" }
])

export const data = [...backups, ...store, ...room, ...restore, ...tree, ...cloning, ...walk, ...pieces, ...copies, ...overDisk, ...names, ...needed]
