/** Coverage: all tests, and what they reach of src/, whether they import it or dist/ (through its source maps). */
import { defineConfig, mergeConfig } from "vitest/config";
import base from "../vitest.config.ts";

export default mergeConfig(
  base,
  defineConfig({
    test: {
      coverage: {
        provider: "v8",
        include: ["src/**/*.ts", "dist/**/*.js"],
        exclude: ["**/*.d.ts", "**/cli/**", "**/vendor/**", "**/*.worker.*"],
        excludeAfterRemap: true,
        reportOnFailure: true,
        reporter: ["text-summary", "text", "html", "json-summary"],
        reportsDirectory: "out/coverage",
        thresholds: { lines: 90 },
      },
    },
  }),
);
