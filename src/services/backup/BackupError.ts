// Why something could not be done with a backup, and what would help.
import { Schema } from "effect"
import type { CopyError } from "../copy/DataCopy.ts"
import type { DiskError } from "../Disk.ts"

/**
 * `Missing`: there is no such backup, or there are no data. `Damaged`: it is not what its manifest says. `NoRoom`, `CannotClone`, `Refused`: what the file system says.
 * `Nested`: the backups would lie in the data, or the data in them.
 */
export class BackupError extends Schema.TaggedError<BackupError>()("BackupError", {
  path: Schema.String,
  reason: Schema.Literals(["Missing", "Damaged", "NoRoom", "CannotClone", "Nested", "Refused"]),
  why: Schema.String
}) {
  override get message() {
    return this.why
  }
}

/** In the words of what was refused, with the setting that helps. */
export const refused = (error: CopyError | DiskError): BackupError => {
  const { code, message, path } = error
  const reason = error._tag === "CopyError" ? error.reason : code === "ENOSPC" || code === "EDQUOT" ? "Full" : "Refused"
  switch (reason) {
    case "Full":
      return new BackupError({ path, reason: "NoRoom", why: `${message}; DAEMON_BACKUP_EXCLUDE leaves out more, DAEMON_DATA_BACKUP_DIR names another disk` })
    case "CannotClone":
      return new BackupError({ path, reason: "CannotClone", why: `${message}; DAEMON_BACKUP=copy copies instead` })
    case "Refused":
      return new BackupError({ path, reason: "Refused", why: `${message}: see that ${path} is there and that this user may use it` })
  }
}
