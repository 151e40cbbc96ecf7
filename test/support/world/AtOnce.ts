// What is one deed for the system stays one: no other fiber has a turn in the middle of it, whatever scheduler they run on.
import { Effect, References } from "effect"

export const atOnce = <A, E, R>(deed: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => Effect.provideService(deed, References.PreventSchedulerYield, true)
