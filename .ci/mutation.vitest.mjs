/** The tests that Stryker runs: those of the stages that it changes. They import src/, not dist/. */
import { defineConfig } from "vitest/config";
import { STAGES } from "./mutation.mjs";

export default defineConfig({
  test: {
    include: STAGES.map((stage) => `test/${stage}/**/*.test.ts`),
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
