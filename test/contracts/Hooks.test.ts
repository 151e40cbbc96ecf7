// What both kinds of hooks promise the loop: which stages can fail, that each part is run when it is asked for and only then, and how they are interrupted.
import { assert } from "@effect/vitest"
import { Effect, Exit, Fiber } from "effect"
import { begun, HookStage, occasion, onBothHooks, parts, runPart } from "./HookParts.ts"

onBothHooks("hooks", (promises) => {
  promises("that are not there are no error", Effect.gen(function*() {
    for (const part of parts.filter((part) => part !== "command")) yield* runPart(part)
    assert.deepStrictEqual(yield* HookStage.use(({ ran }) => ran), [])
  }))
  promises("are run with the occasion when they are asked for, each time", Effect.gen(function*() {
    const stage = yield* HookStage
    for (const part of parts) yield* stage.play(part, "succeeds")
    for (const part of parts) yield* runPart(part)
    yield* runPart("pre-stop", { ...occasion, key: "key-2" })
    assert.deepStrictEqual(yield* stage.ran, [...parts.map((part) => `${part} key-1`), "pre-stop key-2"])
  }))
  promises("that fail, fail pre-upgrade and the pre-upgrade command, and nothing else", Effect.gen(function*() {
    const stage = yield* HookStage
    for (const part of parts) yield* stage.play(part, "fails")
    const exits = yield* Effect.forEach(parts, (part) => Effect.exit(runPart(part)))
    assert.deepStrictEqual(parts.filter((_, index) => Exit.isFailure(exits[index] ?? Exit.void)), ["pre-upgrade", "command"])
    const errors = yield* Effect.forEach(["pre-upgrade", "command"] as const, (part) => Effect.flip(runPart(part)))
    assert.deepStrictEqual(errors.map(({ _tag, reason }) => [_tag, reason]), [["HookError", "Failed"], ["HookError", "Failed"]])
    assert.isTrue(errors.every(({ message, path }) => message.startsWith(path) && message.includes("ended with code 3")))
  }))
  promises("that have failed can be run again", Effect.gen(function*() {
    const stage = yield* HookStage
    yield* stage.play("pre-upgrade", "fails")
    yield* Effect.flip(runPart("pre-upgrade"))
    yield* stage.play("pre-upgrade", "succeeds")
    yield* runPart("pre-upgrade")
  }))
  promises("that go on are ended by interruption, whichever they are", Effect.gen(function*() {
    const stage = yield* HookStage
    for (const [index, part] of parts.entries()) {
      yield* stage.play(part, "goes on")
      const running = yield* Effect.forkScoped(runPart(part), { startImmediately: true })
      yield* begun(index + 1)
      assert.isUndefined(running.pollUnsafe())
      yield* Fiber.interrupt(running)
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(running)))
    }
  }))
})
