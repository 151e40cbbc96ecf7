// All services of a supervisor on the real system, ready to be provided; each can be replaced by providing another in its place.
import { Layer } from "effect"
import { FileWatcher } from "../services/FileWatcher.ts"
import { HomeLock } from "../services/HomeLock.ts"
import { Launcher } from "../services/Launcher.ts"
import { LinkManager } from "../services/LinkManager.ts"
import { Releases } from "../services/Releases.ts"
import { Signals } from "../services/Signals.ts"
import { StateFile } from "../services/StateFile.ts"
import { Transcript } from "./Transcript.ts"

/** Needs `Config` and `Disk`. `Signals` listens to this process's; a program with its own way provides `Signals.layerNone` instead. */
export const services = Layer.mergeAll(
  FileWatcher.layer,
  HomeLock.layer,
  Launcher.layer,
  LinkManager.layer,
  Releases.layer,
  Signals.layer,
  StateFile.layer,
  Transcript.layer
)
