/** The tests that Stryker runs: those of the stages that it changes. They import src/, not dist/. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/{ogg,opus,pageindex,segments}/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
