/** Peak memory of processes that stream many segments. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { longArchive, longStore } from "../inputs.js";
import type { BenchContext, BenchResult } from "../result.js";

const LIMIT_MB = 500;

/** Runs them, once each: a peak does not scatter as seconds do. */
export async function run(context: BenchContext): Promise<BenchResult[]> {
  const hour = await longArchive(context, 3655);
  const count = context.quick ? 2000 : 20_000;
  const script = fileURLToPath(new URL("./stream.mjs", import.meta.url));
  const peak = (segments: number, ...options: string[]): number =>
    Number(
      execFileSync(process.execPath, [script, longStore(context), hour.id, String(segments), ...options], {
        encoding: "utf8",
      }),
    );
  // Memory that is used again does not grow with the segments: fewer of them tell as much.
  const values = { "as it comes": peak(count), "in memory used again": peak(count / 4, "reuse") };
  return [
    {
      title: `peak memory of a process that streams ${count} segments of 3 s (a quarter in memory used again), 2 workers`,
      measures: Object.entries(values).map(([name, mb]) => ({ name, unit: "MB", values: [mb] })),
      targets: Object.entries(values).map(([name, value]) => ({
        name: `peak memory, ${name}`,
        value,
        unit: "MB",
        atMost: LIMIT_MB,
      })),
      missing: [],
    },
  ];
}
