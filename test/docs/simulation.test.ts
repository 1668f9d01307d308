/** The tables in docs/scaling.md are what the simulation gives for the costs that the bench measured. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { simulationTables, withTables } from "../../bench/shards/simulate.js";
import { ROOT } from "./blocks.js";

const read = (name: string): string => readFileSync(join(ROOT, name), "utf8");

it("docs/scaling.md quotes the simulation over bench/results/shards.json", () => {
  const tables = simulationTables(JSON.parse(read("bench/results/shards.json")));
  expect(tables).toMatch(/\| 512 +\|/);
  expect(withTables(read("docs/scaling.md"), tables)).toBe(read("docs/scaling.md"));
});
