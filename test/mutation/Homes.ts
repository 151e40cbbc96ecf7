// Ways to break how a home is made, taken over and given back: `src/supervisor/{Adopt,Init}.ts`.
import { of } from "./Mutation.ts"

const adopt = of("src/supervisor/Adopt.ts", [
  { breaks: "a power cut takes back a move that was said to be done", from: "Effect.andThen(disk.rename(from, to), disk.syncDirectory(parentOf(to)))", to: "disk.rename(from, to)", catches: "disk" },
  { breaks: "the wrong directory is synced after a move", from: "disk.syncDirectory(parentOf(to))", to: "disk.syncDirectory(parentOf(parentOf(to)))", catches: "disk" },
  { breaks: "what an earlier attempt was refused to sync is never synced", from: "  yield* settle\n", to: "", catches: "disk" },
  { breaks: "what is in place already is not made durable", from: "  yield* settle\n  if (all.length === 0) return []\n", to: "  if (all.length === 0) return []\n  yield* settle\n", catches: "disk" },
  { breaks: "a directory above the home that cannot be opened keeps it from being made", from: "isMissing(error) || error.code === \"EACCES\"", to: "isMissing(error)", catches: "disk" },
  { breaks: "where the disk refuses to look, there is nothing", from: "Effect.catchIf(isMissing, () => Effect.undefined)", to: "Effect.orElseSucceed(() => undefined)", catches: "disk" },
  { breaks: "a link that the disk refuses to read is left as it is", from: "isMissing(error) || error.code === \"EINVAL\"", to: "error.code !== \"\"", catches: "disk" },
  { breaks: "an absolute link is left as it is", from: "  yield* makeRelative\n", to: "", catches: "disk" },
  { breaks: "cosmovisor's settings become ours", from: "  return [...aside, { from: home.cosmovisorRoot, to: home.root }]\n", to: "  return [...aside.slice(1), { from: home.cosmovisorRoot, to: home.root }]\n", catches: "disk" },
  { breaks: "the home is moved before its settings are", from: "[...aside, { from: home.cosmovisorRoot, to: home.root }]", to: "[{ from: home.cosmovisorRoot, to: home.root }, ...aside]", catches: "disk" },
  { breaks: "cosmovisor's settings are put back before the home is", from: "[...away, back, restore]", to: "[...away, restore, back]", catches: "disk" },
  { breaks: "wemixvisor's settings are lost under cosmovisor's", from: "[...away, back, restore]", to: "[back, restore]", catches: "disk" },
  { breaks: "a home that was given back by half is not given back", from: "(yield* kindOf(settings)) === undefined ? [restore] : []", to: "(yield* kindOf(settings)) === undefined ? [] : []", catches: "disk" }
])

const init = of("src/supervisor/Init.ts", [
  { breaks: "a power cut takes the link that was made", from: "(yield* LinkManager).pointTo(release)", to: "(yield* LinkManager).turnTo(release)", catches: "disk" },
  { breaks: "the first release is copied to its place, not aside", from: "Durable.replaceWithCopy(disk, binary, place)", to: "disk.copy(binary, place, 0o755)", catches: "disk" },
  { breaks: "a power cut takes the directories that were made", from: "(path) => Durable.makeDirectory(disk, path)", to: "(path) => disk.makeDirectory(path)", catches: "disk" },
  { breaks: "another program replaces the first release unasked", from: "present !== undefined && !force", to: "present === undefined && !force", catches: "disk" },
  { breaks: "programs of one length are the same", from: "return Buffer.compare(left, right) === 0", to: "return left.byteLength === right.byteLength", catches: "disk" },
  { breaks: "no link is made", from: "  const linked = yield* Effect.forEach(Option.toArray(missing), placeLink)\n", to: "  const linked = Option.toArray(missing)\n", catches: "disk" },
  { breaks: "a home of cosmovisor's is moved unasked", from: "moves.length === 0 || options.adopt", to: "moves.length === 0 || moves.length > 0", catches: "disk" },
  { breaks: "a home that is done is locked to be done again", from: "moved.length === 0 && (yield* isDone(options))", to: "moved.length < 0", catches: ["Init"] }
])

export const homes = [...adopt, ...init]
