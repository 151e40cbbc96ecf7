// Settings read from given sources, with config.toml on a disk in memory.
import { Effect, Layer } from "effect"
import { settings, type SettingKey } from "../../src/domain/Settings.ts"
import { Config, type Row, type Sources } from "../../src/services/Config.ts"
import { layerMemory } from "../../src/services/MemoryDisk.ts"

export interface Given {
  readonly flags?: Sources["flags"]
  readonly environment?: Readonly<Record<string, string>>
  /** The text of config.toml in the home `/srv/node`. */
  readonly file?: string
  readonly isTerminal?: boolean
}

export const configPath = "/srv/node/wemixvisor/config.toml"

const layer = ({ environment = {}, file, flags = {}, isTerminal = false }: Given) =>
  Config.layer({ flags, environment: { DAEMON_HOME: "/srv/node", ...environment }, isTerminal }).pipe(
    Layer.provide(layerMemory(file === undefined ? {} : { [configPath]: file }))
  )

/** The settings that these sources make. */
export const configured = (given: Given = {}) => Effect.provide(Config.useSync((config) => config), layer(given))

/** What is wrong with them; nothing when they are right. */
export const mistakes = (given: Given): Effect.Effect<ReadonlyArray<string>> =>
  Effect.match(configured(given), { onFailure: (error) => error.mistakes, onSuccess: () => [] })

export const rowOf = (rows: ReadonlyArray<Row>, key: SettingKey): Row | undefined => rows.find((row) => row.key === key)

export const variables: ReadonlyArray<string> = Object.values(settings).map(({ variable }) => variable)
