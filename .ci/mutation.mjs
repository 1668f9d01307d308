/**
 * Stryker's settings: `npm run mutation`, or for a part of it `STAGES=ogg,opus npm run mutation`. It changes the source
 * in thousands of small ways and counts how many of them the tests of the same stage notice; docs/testing.md has the
 * outcome. It takes an hour on two cores, so it is no part of CI.
 */
export const STAGES = (process.env.STAGES ?? "ogg,opus,pageindex,segments").split(",");

/** @type {import("@stryker-mutator/api/core").PartialStrykerOptions} */
export default {
  testRunner: "vitest",
  plugins: ["@stryker-mutator/vitest-runner"],
  vitest: { configFile: ".ci/mutation.vitest.mjs" },
  mutate: STAGES.map((stage) => `src/${stage}/*.ts`),
  ignorePatterns: ["/out", "/dist", "/notebooks", "/docs", "/bench"],
  coverageAnalysis: "perTest",
  concurrency: 2,
  timeoutMS: 10_000,
  dryRunTimeoutMinutes: 30,
  reporters: ["clear-text", "json", "html"],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: "out/mutation/mutation.json" },
  htmlReporter: { fileName: "out/mutation/index.html" },
  tempDirName: "out/mutation/sandbox",
  thresholds: { high: 90, low: 80, break: 75 },
};
