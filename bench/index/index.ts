/**
 * Building the index of an hour anew: pages a second from call to result, each build a process of its own, so that the
 * start of its workers counts; how often the blob is read; and whether all ways give the same index.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { type BuildIndexOptions, buildPageIndex, type PageIndex, type Recording } from "../../dist/index.js";
import { longArchive, longStore } from "../inputs.js";
import { type BenchContext, type BenchResult, interleave, type Target } from "../result.js";

const cli = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** Runs both. */
export async function run(context: BenchContext): Promise<BenchResult[]> {
  const recording = await longArchive(context, 3655);
  return [await speeds(recording, context), await accesses(recording)];
}

async function speeds({ id }: Recording, context: BenchContext): Promise<BenchResult> {
  const pagesPerSecond = async (verify: string): Promise<number> => {
    const args = [cli, "index", longStore(context), id, "--verify", verify, "--json"];
    const run = spawnSync(process.execPath, args, { encoding: "utf8" });
    if (run.status !== 0) throw new Error(run.stderr);
    return (JSON.parse(run.stdout) as { pagesPerSecond: number }).pagesPerSecond;
  };
  const { crc, headers } = await interleave(context.rounds, {
    crc: () => pagesPerSecond("crc"),
    headers: () => pagesPerSecond("headers"),
  });
  const best = (verify: string, values: readonly number[], atLeast: number): Target => {
    return {
      name: `index, ${verify}, best of ${values.length}`,
      value: Math.max(...values),
      unit: "pages/s",
      atLeast,
    };
  };
  return {
    title: "pages/s, an index built in a process of its own",
    measures: [
      { name: "crc", unit: "pages/s", values: crc },
      { name: "headers", unit: "pages/s", values: headers },
    ],
    targets: [best("crc", crc, 20_000), best("headers", headers, 60_000)],
    missing: [],
  };
}

async function accesses(recording: Recording): Promise<BenchResult> {
  const expected = await recording.index();
  let same = true;
  const built = async (
    options: BuildIndexOptions,
  ): Promise<{ readonly value: number; readonly unit: string }> => {
    const { report, index } = await buildPageIndex(recording, options);
    same &&= isDeepStrictEqual(columns(index), columns(expected));
    return { value: report.accesses, unit: "reads" };
  };
  const targets: Target[] = [];
  for (const [batchSizeMb, reads] of [
    [4, 18],
    [8, 9],
    [16, 5],
    [32, 3],
  ] as const) {
    const name = `accesses, ${batchSizeMb} MB`;
    targets.push({ name, ...(await built({ batchSizeMb })), atLeast: reads - 1, atMost: reads + 1 });
  }
  const { pages } = expected;
  const onePage = await built({ strategy: "page" });
  targets.push({ name: "accesses, one a page", ...onePage, atLeast: pages, atMost: pages });
  targets.push({ name: "all ways give one index", value: same });
  return { title: "accesses to the blob", measures: [], targets, missing: [] };
}

function columns({ byteOffset, pageSize, samplePos, runPos, runMode }: PageIndex): readonly unknown[] {
  return [byteOffset, pageSize, samplePos, runPos, runMode];
}
