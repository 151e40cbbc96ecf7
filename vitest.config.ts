// Two projects: `pure` runs in parallel, `process` starts real programs one file after another.
import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "pure",
          include: ["test/**/*.test.ts"],
          exclude: ["test/process/**"],
        }
      },
      {
        test: {
          name: "process",
          include: ["test/process/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000
        }
      }
    ]
  }
})
