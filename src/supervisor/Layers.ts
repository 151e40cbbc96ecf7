// All services of a supervisor on the real system, ready to be provided; each can be replaced by providing another in its place.
import { Effect, Layer } from "effect"
import { Backups } from "../services/backup/Backups.ts"
import { DataCopy } from "../services/copy/DataCopy.ts"
import { Disk } from "../services/Disk.ts"
import { layerOverDisk } from "../services/copy/DiskCopy.ts"
import { Downloads } from "../services/download/Downloads.ts"
import { FileWatcher } from "../services/FileWatcher.ts"
import { HomeLock } from "../services/HomeLock.ts"
import { Hooks } from "../services/hooks/Hooks.ts"
import { Launcher } from "../services/Launcher.ts"
import { LinkManager } from "../services/LinkManager.ts"
import { Releases } from "../services/Releases.ts"
import { Signals } from "../services/Signals.ts"
import { Staging } from "../services/staging/Staging.ts"
import { StateFile } from "../services/StateFile.ts"
import { Transcript } from "./Transcript.ts"

/** Trees of another disk than the system's are copied by its own operations. */
const copies = Layer.unwrap(Effect.map(Disk, (disk) => Disk.isReal(disk) ? DataCopy.layer : layerOverDisk))

/** Needs `Config` and `Disk`. `Signals` listens to this process's; a program with its own way provides `Signals.layerNone` instead. */
export const services = Layer.mergeAll(
  Backups.layer,
  Downloads.layer,
  FileWatcher.layer,
  Hooks.layer,
  HomeLock.layer,
  Launcher.layer,
  LinkManager.layer,
  Releases.layer,
  Signals.layer,
  StateFile.layer,
  Transcript.layer
).pipe(Layer.provideMerge(Layer.merge(Staging.layer, copies)))
