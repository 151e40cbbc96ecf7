// The table of settings against the contract's, the layout of a home, and the version against the package's.
import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { currentBinary, layout, releaseBinary, releaseDirectory } from "../../src/domain/Home.ts"
import { genesis, inUpgrades } from "../../src/domain/Release.ts"
import { fileKey, settings } from "../../src/domain/Settings.ts"
import { version } from "../../src/domain/Version.ts"

/** Section 2 of the operator contract: variable, flag, default; none where it is computed. */
const contract = [
  ["DAEMON_HOME", "home", undefined],
  ["DAEMON_NAME", "name", "wemixd"],
  ["DAEMON_ALLOW_DOWNLOAD_BINARIES", "allow-download-binaries", "false"],
  ["DAEMON_RESTART_AFTER_UPGRADE", "restart-after-upgrade", "true"],
  ["DAEMON_SHUTDOWN_GRACE", "shutdown-grace", "5m"],
  ["DAEMON_POLL_INTERVAL", "poll-interval", "300ms"],
  ["DAEMON_RESTART_DELAY", "restart-delay", "0s"],
  ["DAEMON_RESTART_ON_FAILURE", "restart-on-failure", "true"],
  ["DAEMON_MAX_RESTARTS", "max-restarts", "5"],
  ["DAEMON_RESTART_PERIOD", "restart-period", "10m"],
  ["DAEMON_UPGRADE_PROBATION", "upgrade-probation", "10s"],
  ["DAEMON_DATA_BACKUP_DIR", "data-backup-dir", undefined],
  ["DAEMON_BACKUP", "backup", "auto"],
  ["DAEMON_BACKUP_EXCLUDE", "backup-exclude", undefined],
  ["DAEMON_BACKUP_KEEP", "backup-keep", "2"],
  ["UNSAFE_SKIP_BACKUP", "unsafe-skip-backup", "false"],
  ["DAEMON_PREUPGRADE", "preupgrade", "false"],
  ["DAEMON_PREUPGRADE_MAX_RETRIES", "preupgrade-max-retries", "0"],
  ["COSMOVISOR_CUSTOM_PREUPGRADE", "custom-preupgrade", undefined],
  ["DAEMON_HOOK_TIMEOUT", "hook-timeout", "5m"],
  ["UNSAFE_SKIP_CHECKSUM", "unsafe-skip-checksum", "false"],
  ["WEMIXVISOR_LOG_FORMAT", "log-format", undefined],
  ["WEMIXVISOR_LOG_LEVEL", "log-level", "info"]
]

describe("the table of settings", () => {
  it("has the names and defaults of the contract, in its order", () => {
    assert.deepStrictEqual(Object.values(settings).map(({ fallback, flag, variable }) => [variable, flag, fallback]), contract)
  })
  it("has a key for each in config.toml, and switches that are switched on alone", () => {
    assert.strictEqual(fileKey(settings.pollInterval), "daemon_poll_interval")
    assert.deepStrictEqual(
      Object.values(settings).filter(({ isSwitch }) => isSwitch).map(({ fallback }) => fallback),
      ["false", "true", "true", "false", "false", "false"]
    )
  })
})

describe("the layout of a home", () => {
  it("is that of the contract", () => {
    const home = layout("/srv/node", "wemixd")
    assert.deepStrictEqual([home.root, home.current, home.genesis, home.upgrades], ["/srv/node/wemixvisor", "/srv/node/wemixvisor/current", "/srv/node/wemixvisor/genesis", "/srv/node/wemixvisor/upgrades"])
    assert.deepStrictEqual([home.settingsFile, home.stateFile, home.planFile, home.cosmovisorRoot], ["/srv/node/wemixvisor/config.toml", "/srv/node/wemixvisor/state.json", "/srv/node/data/upgrade-info.json", "/srv/node/cosmovisor"])
    assert.deepStrictEqual([releaseBinary(home, genesis), currentBinary(home)], ["/srv/node/wemixvisor/genesis/bin/wemixd", "/srv/node/wemixvisor/current/bin/wemixd"])
    assert.strictEqual(releaseDirectory(home, inUpgrades("some%20spaces")), "/srv/node/wemixvisor/upgrades/some%20spaces")
  })
  it("is the same for a home that was written with slashes at its end", () => assert.deepStrictEqual(layout("/srv/node//", "x"), layout("/srv/node", "x")))
  it("may begin at the root of the file system", () => {
    for (const root of ["/", "//"]) assert.strictEqual(layout(root, "x").planFile, "/data/upgrade-info.json")
  })
})

describe("the version", () => {
  it("is the package's", () => {
    const manifest: unknown = JSON.parse(readFileSync(`${import.meta.dirname}/../../package.json`, "utf8"))
    assert.deepInclude(manifest, { version })
  })
})
