// Owns the `current` link, the one fact on disk that says which release runs. Nothing else may move it.
// The new link is made beside the old one and renamed over it: a reader sees the old release or the new one, never neither.
import { Context, Effect, Layer, Option, Schema } from "effect"
import { type Home, releaseDirectory } from "../domain/Home.ts"
import { fromLinkText, type Release } from "../domain/Release.ts"
import { Config } from "./Config.ts"
import { Disk, isMissing } from "./Disk.ts"
import * as Durable from "./Durable.ts"

/** `Refused`: the disk said no. `NotALink`, `Foreign` (it points out of the layout), `Dangling`: somebody else made it so, and it is left as it is. */
export class LinkError extends Schema.TaggedError<LinkError>()("LinkError", {
  path: Schema.String,
  reason: Schema.Literals(["Refused", "NotALink", "Foreign", "Dangling"]),
  why: Schema.String,
  /** The command that mends it; none where the disk said no. */
  remedy: Schema.optionalKey(Schema.String)
}) {
  override get message() {
    return this.remedy === undefined ? this.why : `${this.why}: ${this.remedy}`
  }
}

export class LinkManager extends Context.Service<LinkManager, {
  /** The release that the next start would run, None when there is no link. */
  readonly current: Effect.Effect<Option.Option<Release>, LinkError>
  /** Does all of `turnTo` and `pointTo` that can be done while the node runs; the link does not move. Doing it twice, or in vain, is harmless. */
  readonly prepare: (release: Release) => Effect.Effect<void, LinkError>
  /**
   * Makes the release the current one; doing it twice is the same as once. The node is down: the caller guarantees it. Durable with whatever is
   * durably written into the home's directory next, as the state file is: the record that the link was moved makes it so.
   */
  readonly turnTo: (release: Release) => Effect.Effect<void, LinkError>
  /** The same, durable when it returns. Uninterruptible. */
  readonly pointTo: (release: Release) => Effect.Effect<void, LinkError>
}>()("wemixvisor/services/LinkManager") {
  static readonly layer = Layer.effect(
    LinkManager,
    Effect.gen(function*() {
      const { home } = yield* Config
      const disk = yield* Disk
      return LinkManager.of({
        current: current(disk, home),
        prepare: (release) => Effect.mapError(Durable.prepareLink(disk, release, home.current), refused(home)),
        turnTo: (release) => Effect.mapError(turnTo(disk, home, release), refused(home)),
        pointTo: (release) => Effect.mapError(pointTo(disk, home, release), refused(home))
      })
    })
  )
}

const refused = (home: Home) => (error: { readonly message: string }) =>
  new LinkError({ path: home.current, reason: "Refused", why: error.message })

/** Which release the data belongs to, only a person knows. */
const relink = ({ current }: Home): string => `link it to the release that the data belongs to, as in ln -sfn upgrades/<name> ${current}`

const current = Effect.fnUntraced(function*(disk: Disk["Service"], home: Home) {
  const text = yield* disk.readLink(home.current).pipe(
    Effect.asSome,
    Effect.catchIf(({ code }) => code === "ENOENT", () => Effect.succeedNone),
    Effect.mapError((error) =>
      error.code === "EINVAL"
        ? new LinkError({ path: home.current, reason: "NotALink", why: `${home.current} is not a link`, remedy: `move it away, then ${relink(home)}` })
        : refused(home)(error)
    )
  )
  return Option.isNone(text) ? Option.none<Release>() : Option.some(yield* resolve(disk, home, text.value))
})

/** A link that cosmovisor, or a person, made may be absolute; it is read all the same. */
const resolve = Effect.fnUntraced(function*(disk: Disk["Service"], home: Home, text: string) {
  const release = fromLinkText(text.startsWith(`${home.root}/`) ? text.slice(home.root.length + 1) : text)
  if (Option.isNone(release)) {
    return yield* new LinkError({
      path: home.current,
      reason: "Foreign",
      why: `${home.current} points to ${text}, which is neither genesis nor a directory in upgrades`,
      remedy: relink(home)
    })
  }
  const target = releaseDirectory(home, release.value)
  const kind = yield* disk.status(target, true).pipe(
    Effect.map((status) => status.kind),
    Effect.catchIf(isMissing, () => Effect.succeed("missing" as const)),
    Effect.mapError(refused(home))
  )
  if (kind !== "directory") {
    const why = `${home.current} points to ${text}, and ${target} is ${kind === "missing" ? "not there" : "not a directory"}`
    return yield* new LinkError({ path: home.current, reason: "Dangling", why, remedy: `put that back, or ${relink(home)}` })
  }
  return release.value
})

const turnTo = Effect.fnUntraced(function*(disk: Disk["Service"], home: Home, release: Release) {
  const isThere = yield* disk.readLink(home.current).pipe(Effect.map((text) => text === release), Effect.orElseSucceed(() => false))
  if (isThere) return
  const isPrepared = yield* Durable.isPrepared(disk, release, home.current)
  if (!isPrepared) yield* Durable.prepareLink(disk, release, home.current)
  yield* Durable.renamePrepared(disk, home.current)
})

/** Also where the link is right: the rename may have been done, and not made durable, by a wemixvisor that was killed. */
const pointTo = Effect.fn("LinkManager.pointTo")(function*(disk: Disk["Service"], home: Home, release: Release) {
  yield* turnTo(disk, home, release)
  yield* disk.syncDirectory(home.root)
}, Effect.uninterruptible)
