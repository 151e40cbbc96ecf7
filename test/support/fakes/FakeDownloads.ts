// Downloads in memory behind their service: a plan's URL leads to what a test says is there, and nowhere else.
import { Context, Effect, Layer, Result } from "effect"
import { Info, readInfo, sourceFor } from "../../../src/domain/PlanBinaries.ts"
import type { Release } from "../../../src/domain/Release.ts"
import { DownloadError, Downloads } from "../../../src/services/download/Downloads.ts"

/** What fetching from a URL does: it puts the release's binary in its place, or fails. */
export type Answer = (release: Release) => Effect.Effect<void, DownloadError>

export class FakeDownloads extends Context.Service<FakeDownloads, {
  /** The URLs that were fetched, in order; grows. */
  readonly requests: ReadonlyArray<string>
  readonly serve: (url: string, answer: Answer) => Effect.Effect<void>
}>()("test/support/fakes/FakeDownloads") {
  /** Both the service and its handle. */
  static readonly layer: Layer.Layer<FakeDownloads | Downloads> = Layer.effectContext(Effect.sync(() => {
    const requests: Array<string> = []
    const answers = new Map<string, Answer>()
    const downloads = Downloads.of({
      sourceOf: (plan) => {
        const info = Result.getOrElse(readInfo(plan["info"]), () => Info.Nothing())
        if (info._tag !== "Here") return Effect.succeedNone
        return Result.match(sourceFor(info.binaries, { platform: "linux", architecture: "x64" }), {
          onSuccess: Effect.succeedSome,
          onFailure: (why) => Effect.fail(failure("", "NoSource", why))
        })
      },
      fetch: ({ release, source: { url } }) => {
        requests.push(url)
        const answer = answers.get(url)
        const staged = { sha256: "0".repeat(64), bytes: 1, from: url, at: "1970-01-01T00:00:00.000Z", checksum: null }
        return answer === undefined ? Effect.fail(failure(url, "Unreachable", `${url} cannot be reached`)) : Effect.as(answer(release), staged)
      }
    })
    return Context.make(Downloads, downloads).pipe(
      Context.add(FakeDownloads, { requests, serve: (url, answer) => Effect.sync(() => void answers.set(url, answer)) })
    )
  }))
}

export const failure = (url: string, reason: DownloadError["reason"], why: string): DownloadError => new DownloadError({ url, reason, why, mayPass: reason === "Unreachable" })
