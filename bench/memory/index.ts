/** Peak memory of processes that stream many segments. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { longArchive } from "../inputs.js";
import type { BenchContext, BenchResult } from "../result.js";

const LIMIT_MB = 500;

/** Runs them, once each: a peak does not scatter as seconds do. */
export async function run(context: BenchContext): Promise<BenchResult[]> {
  const hour = await longArchive(context, 3655);
  const count = context.quick ? 2000 : 20_000;
  const script = fileURLToPath(new URL("./stream.mjs", import.meta.url));
  const store = join(context.scratch, "long.zarr");
  const peak = (segments: number, ...options: string[]): number =>
    Number(
      execFileSync(process.execPath, [script, store, hour.id, String(segments), ...options], {
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
        target: `peak memory, ${name}`,
        value,
        sense: "at most",
        limit: LIMIT_MB,
        unit: "MB",
      })),
      missing: [],
    },
  ];
}
