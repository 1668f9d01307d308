/**
 * Stryker's settings: `npm run mutation`, or for a part of it `npm run mutation -- --mutate 'src/ogg/*.ts'`.
 * It changes the source in thousands of small ways and counts how many of them the tests notice; docs/testing.md has
 * the outcome. Half an hour on two cores, so it is no part of CI.
 *
 * @type {import("@stryker-mutator/api/core").PartialStrykerOptions}
 */
export default {
  testRunner: "vitest",
  plugins: ["@stryker-mutator/vitest-runner"],
  vitest: { configFile: ".ci/mutation.vitest.mjs" },
  mutate: ["src/ogg/*.ts", "src/opus/*.ts", "src/pageindex/*.ts", "src/segments/*.ts"],
  // Tests read files by their places in the tree, but none of these.
  ignorePatterns: ["/out", "/dist", "/notebooks", "/docs", "/bench"],
  coverageAnalysis: "perTest",
  concurrency: 2,
  timeoutMS: 10_000,
  reporters: ["clear-text", "json", "html"],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: "out/mutation/mutation.json" },
  htmlReporter: { fileName: "out/mutation/index.html" },
  tempDirName: "out/mutation/sandbox",
  thresholds: { high: 90, low: 80, break: 75 },
};
