// Whether a file is a program for this machine, by reading it: an empty file "runs" and a text without #! is handed to a shell, so trying tells nothing.
import { Effect, Option } from "effect"
import { headBytes, parse, ProgramHeader } from "../domain/ProgramHeader.ts"
import { Obstacle } from "../domain/Readiness.ts"
import { type Disk, type DiskError, type FileStatus, isMissing } from "./Disk.ts"

/** What programs must be built for, in Node's words: `linux` and `x64`. */
export interface Machine {
  readonly platform: string
  readonly architecture: string
}

const nameOf = ({ architecture, platform }: Machine): string => `${platform} ${architecture}`

/** The machine that this runs on. */
export const thisMachine: Machine = { platform: process.platform, architecture: process.arch }

/** All that the file itself can have against it. */
export type Unfitness = Exclude<Obstacle, { readonly _tag: "DiskFull" | "Changed" | "Unverified" | "NoRoomForBackup" | "NoBackup" }>

/** What keeps a program file from being run; without any, a start of it can only fail for other reasons than itself. Reads its beginning. */
export const unfitness = (disk: Disk["Service"], path: string, machine: Machine): Effect.Effect<Unfitness | undefined> =>
  Effect.catch(judgeFile(disk, path, machine), (error) => Effect.succeed(unreadable(path, error)))

/** The obstacle that a refusal of the disk is. */
export const unreadable = (path: string, error: DiskError): Unfitness =>
  isMissing(error) ? Obstacle.BinaryMissing({ path }) : Obstacle.Unreadable({ path, code: error.code })

const judgeFile = Effect.fnUntraced(function*(disk: Disk["Service"], path: string, machine: Machine): Effect.fn.Return<Unfitness | undefined, DiskError> {
  const status = yield* disk.status(path, true)
  if (status.kind !== "file") return Obstacle.NotAFile({ path })
  const header = parse(yield* disk.read(path, headBytes))
  const unfit = yield* judge(disk, path, status, header, machine)
  if (unfit !== undefined) return unfit
  if ((status.mode & 0o111) === 0) return Obstacle.NotExecutable({ path })
  return (yield* disk.permits(path, "execute")) ? undefined : Obstacle.NotPermitted({ path })
})

const judge = (disk: Disk["Service"], path: string, { bytes }: FileStatus, header: ProgramHeader, machine: Machine): Effect.Effect<Unfitness | undefined> => {
  switch (header._tag) {
    case "Empty":
      return Effect.succeed(Obstacle.NotAProgram({ path, why: "it is empty" }))
    case "Unknown":
      return Effect.succeed(Obstacle.NotAProgram({ path, why: "it begins with neither the header of a program nor #!" }))
    case "Script":
      return interpreterMissing(disk, path, header.interpreter)
    case "MachO":
      return Effect.succeed(
        machine.platform === "darwin" && header.machines.includes(machine.architecture)
          ? undefined
          : Obstacle.WrongMachine({ path, built: `darwin ${header.machines.join(", ")}`, machine: nameOf(machine) })
      )
    case "Elf": {
      if (machine.platform === "darwin" || header.machine !== machine.architecture) {
        return Effect.succeed(Obstacle.WrongMachine({ path, built: `ELF ${header.machine}`, machine: nameOf(machine) }))
      }
      if (bytes < header.neededBytes) return Effect.succeed(Obstacle.Incomplete({ path, bytes, neededBytes: header.neededBytes }))
      return Option.isNone(header.interpreter) ? Effect.as(Effect.void, undefined) : interpreterMissing(disk, path, header.interpreter.value)
    }
  }
}

const interpreterMissing = (disk: Disk["Service"], path: string, interpreter: string): Effect.Effect<Unfitness | undefined> =>
  Effect.match(disk.status(interpreter, true), {
    onFailure: (error) => isMissing(error) ? Obstacle.InterpreterMissing({ path, interpreter }) : unreadable(interpreter, error),
    onSuccess: ({ kind, mode }) => kind === "file" && (mode & 0o111) !== 0 ? undefined : Obstacle.InterpreterMissing({ path, interpreter })
  })
