// A home with data on a simulated disk, which tests can cut off, refuse or hold up, and the service of its backups.
import { Context, Effect, Layer } from "effect"
import { Backups } from "../../src/services/backup/Backups.ts"
import { Config } from "../../src/services/Config.ts"
import { layerOverDisk } from "../../src/services/copy/DiskCopy.ts"
import { Disk } from "../../src/services/Disk.ts"
import type { Image } from "../simulation/Platter.ts"

export const file = (text: string) => ({ mode: 0o644, bytes: new TextEncoder().encode(text) })

export const home: Image = new Map<string, ReturnType<typeof file> | { readonly text: string } | "directory">([
  ["/srv/home/data", "directory"],
  ["/srv/home/data/geth", "directory"],
  ["/srv/home/data/geth/blocks", file("blocks")],
  ["/srv/home/data/link", { text: "geth" }]
])

const layerOn = (disk: Disk["Service"], environment: Readonly<Record<string, string>> = {}) =>
  Backups.layer.pipe(
    Layer.provideMerge(Layer.orDie(Config.layerOf({ DAEMON_HOME: "/srv/home", DAEMON_NAME: "node", ...environment }))),
    Layer.provideMerge(layerOverDisk),
    Layer.provideMerge(Layer.succeed(Disk, disk))
  )

export const backupsOn = (disk: Disk["Service"]) => Effect.map(Layer.build(layerOn(disk)), (context) => Context.get(context, Backups))
