/** Import of ten hours against `cp` and `sync` of the same file, each a process of its own; and the memory it takes. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { longFile } from "../inputs.js";
import { type BenchContext, type BenchResult, interleave, median, secondsOf } from "../result.js";

const HOUR_SECONDS = 3655;
const cli = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** Runs both. */
export async function run(context: BenchContext): Promise<BenchResult[]> {
  const hour = await longFile(context, HOUR_SECONDS);
  const tenHours = await longFile(context, 10 * HOUR_SECONDS);
  const folder = mkdtempSync(join(context.scratch, "import-"));
  try {
    return [await besideCopying(tenHours, folder, context), peaks(hour, tenHours, folder)];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function besideCopying(file: string, folder: string, context: BenchContext): Promise<BenchResult> {
  const [copy, store] = [join(folder, "copy"), join(folder, "timed.zarr")];
  const fresh = async (path: string, command: readonly string[]): Promise<number> => {
    rmSync(path, { recursive: true, force: true });
    output(["sync"]);
    return await secondsOf(async () => output(command));
  };
  const values = await interleave(context.rounds, {
    "cp and sync": () => fresh(copy, ["sh", "-c", 'cp "$0" "$1" && sync', file, copy]),
    import: () => fresh(store, [process.execPath, cli, "import", file, "--store", store]),
  });
  const ratios = values.import.map((seconds, i) => seconds / (values["cp and sync"][i] ?? Number.NaN));
  return {
    title: `seconds for ${Math.round(statSync(file).size / 1e6)} MB`,
    measures: Object.entries(values).map(([name, list]) => ({ name, unit: "s", values: list })),
    targets: [{ name: "import / cp and sync", value: median(ratios), unit: "times", atMost: 1.5 }],
    missing: [],
  };
}

/** Once each: a peak does not scatter as seconds do. */
function peaks(hour: string, tenHours: string, folder: string): BenchResult {
  const [small, large] = [peakMb(hour, join(folder, "1.zarr")), peakMb(tenHours, join(folder, "10.zarr"))];
  return {
    title: "peak memory of an import",
    measures: [
      { name: "73 MB", unit: "MB", values: [small] },
      { name: "735 MB", unit: "MB", values: [large] },
    ],
    targets: [
      { name: "peak memory, 73 MB", value: small, unit: "MB", atMost: 300 },
      { name: "peak memory, 735 MB", value: large, unit: "MB", atMost: 300 },
      {
        name: "peak memory, 735 MB / 73 MB",
        value: large / small,
        unit: "times",
        atLeast: 0.8,
        atMost: 1.2,
      },
    ],
    missing: [],
  };
}

/** Peak memory of an import, in MB: its own account at its end. */
function peakMb(file: string, store: string): number {
  const code = `process.on("exit", () => console.error(process.resourceUsage().maxRSS)); await import(${JSON.stringify(pathToFileURL(cli).href)});`;
  const args = ["--input-type=module", "-e", code, "opus-zarr", "import", file, "--store", store, "--json"];
  return (
    Number(
      output([process.execPath, ...args])
        .stderr.trim()
        .split("\n")
        .at(-1),
    ) / 1024
  );
}

/** Runs a command, and fails if it does. */
function output([program = "", ...args]: readonly string[]): { readonly stderr: string } {
  const run = spawnSync(program, args, { encoding: "utf8" });
  if (run.status !== 0) throw new Error(`${program} ${args.join(" ")}: ${run.stderr}`);
  return run;
}
