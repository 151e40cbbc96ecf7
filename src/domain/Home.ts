// The layout of a home: every path that wemixvisor knows. Reads nothing.
import type { Release } from "./Release.ts"

/** Paths of one home, all absolute. */
export interface Home {
  readonly directory: string
  /** The file name of the node's binary in every release. */
  readonly binaryName: string
  readonly root: string
  readonly current: string
  readonly genesis: string
  readonly upgrades: string
  /** Where releases are made before they are moved to their place: no plan's name is spelt with a comma. */
  readonly staging: string
  readonly settingsFile: string
  readonly stateFile: string
  readonly lockFile: string
  readonly data: string
  readonly planFile: string
  readonly cosmovisorRoot: string
}

export const layout = (directory: string, binaryName: string): Home => {
  const home = directory.replace(/\/+$/, "")
  const root = `${home}/wemixvisor`
  return {
    directory: home || "/",
    binaryName,
    root,
    current: `${root}/current`,
    genesis: `${root}/genesis`,
    upgrades: `${root}/upgrades`,
    staging: `${root}/upgrades/.staging,`,
    settingsFile: `${root}/config.toml`,
    stateFile: `${root}/state.json`,
    lockFile: `${root}/lock.db`,
    data: `${home}/data`,
    planFile: `${home}/data/upgrade-info.json`,
    cosmovisorRoot: `${home}/cosmovisor`
  }
}

export const releaseDirectory = (home: Home, release: Release): string => `${home.root}/${release}`
export const releaseBinary = (home: Home, release: Release): string => `${home.root}/${release}/bin/${home.binaryName}`

/** What is known of a release's binary since it was staged. */
export const releaseRecord = (home: Home, release: Release): string => `${home.root}/${release}/release.json`

/** What is executed: the binary by way of the link, so that the node sees one path for its whole life. */
export const currentBinary = (home: Home): string => `${home.current}/bin/${home.binaryName}`
