// Three projects, one after another: `pure` is in memory, so its files share a worker's modules; `process` starts real programs; `alone` has the machine for itself.
import { defineConfig } from "vitest/config"

const alone = ["test/process/PlanStorm.test.ts", "test/process/FiftyUpgrades.test.ts"]
const patience = { testTimeout: 60_000, hookTimeout: 60_000 }

export default defineConfig({
  test: {
    maxWorkers: "100%",
    projects: [
      { test: { name: "pure", include: ["test/**/*.test.ts"], exclude: ["test/process/**"], isolate: false, sequence: { groupOrder: 0 }, ...patience } },
      { test: { name: "process", include: ["test/process/**/*.test.ts"], exclude: alone, sequence: { groupOrder: 1 }, ...patience } },
      { test: { name: "alone", include: alone, fileParallelism: false, sequence: { groupOrder: 2 }, ...patience } }
    ]
  }
})
