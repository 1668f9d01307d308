/**
 * A reporter that ends a run with what was not tested and one line of counts.
 *
 * On a user's machine a test may be skipped (no ffmpeg, no Python): its name says why, and it is named here.
 * With `CI=true` everything is installed, so a skipped test fails the run.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import type { Reporter, TestCase, TestModule, Vitest } from "vitest/node";

export default class SummaryReporter implements Reporter {
  private vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const cases = modules.flatMap((module) => [...module.children.allTests()]);
    const skippedTests = cases.filter((test) => test.result().state === "skipped").map(describeSkipped);
    const counts = {
      passed: cases.filter((test) => test.result().state === "passed").length,
      failed: cases.filter((test) => test.result().state === "failed").length,
      skipped: skippedTests.length,
    };
    // With `-t PATTERN` the others are left out on purpose.
    if (this.vitest?.config.testNamePattern === undefined) {
      for (const name of skippedTests) console.log(`skipped: ${name}`);
      if (process.env["CI"] === "true" && skippedTests.length > 0) {
        console.error("Nothing may be skipped in CI.");
        process.exitCode = 1;
      }
    }
    console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
    mkdirSync("out", { recursive: true });
    writeFileSync("out/test-summary.json", `${JSON.stringify({ ...counts, skippedTests }, null, 2)}\n`);
  }
}

function describeSkipped(test: TestCase): string {
  const result = test.result();
  const note = result.state === "skipped" && result.note !== undefined ? `: ${result.note}` : "";
  return `${test.module.relativeModuleId} > ${test.fullName}${note}`;
}
