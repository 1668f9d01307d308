/** One archive, read by this package, by zarr-python, and the way it was done before. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import {
  buildPageIndex,
  type ExtractOptions,
  extractSegments,
  type Recording,
  type SampleRange,
} from "../../dist/index.js";
import { PYTHON, pythonHas } from "../../test/python.js";
import { longArchive, longStore } from "../inputs.js";
import { cutOneByOne, hasFfmpeg, indexByPage } from "../peers/prototype.js";
import { type BenchContext, type BenchResult, interleave, median, secondsOf } from "../result.js";
import { all, randomRanges } from "../segments.js";

const docs = fileURLToPath(new URL("../../docs", import.meta.url));
const zarrReader = fileURLToPath(new URL("../peers/zarr_reader.py", import.meta.url));
/** The hour of the published figures. */
const HOUR_SECONDS = 3655;

/** Runs both. */
export async function run(context: BenchContext): Promise<BenchResult[]> {
  const recording = await longArchive(context, HOUR_SECONDS);
  const missing: string[] = [];
  const python = pythonHas("zarr, numpy");
  if (!python) missing.push("zarr-python (name a Python that has it in OPUS_ZARR_PYTHON)");
  if (!hasFfmpeg()) missing.push("ffmpeg, for the prototype's clips");
  return [await segments(recording, context, missing), await indexes(recording, context, python)];
}

/** Random clips: ours by the thousand, a few by ways that would take minutes. */
async function segments(
  recording: Recording,
  context: BenchContext,
  missing: readonly string[],
): Promise<BenchResult> {
  const many = randomRanges(context.quick ? 100 : 1000, 2, all(recording));
  const few = many.slice(0, context.quick ? 5 : 20);
  const ours = async (list: readonly SampleRange[], options: ExtractOptions): Promise<number> =>
    list.length / (await secondsOf(() => extractSegments(recording, list, options)));
  const tasks: Record<string, () => Promise<number>> = {
    [`this package, exact, ${many.length} at once`]: () => ours(many, { accuracy: "exact" }),
    [`this package, exact, ${few.length} at once`]: () => ours(few, { accuracy: "exact" }),
  };
  const before = `the prototype's way, ${few.length} one by one`;
  if (!missing.some((peer) => peer.startsWith("zarr"))) {
    tasks[`zarr-python and libopus, exact, ${few.length} one by one`] = async () =>
      few.length /
      zarrPython(["segments", docs, longStore(context), recording.id], JSON.stringify(few.map(bounds)));
  }
  if (!missing.some((peer) => peer.startsWith("ffmpeg"))) {
    tasks[before] = async () => few.length / (await secondsOf(() => prototypeClips(recording, few)));
  }
  await ours(few, {});
  const values = await interleave(context.rounds, tasks);
  const measures = Object.entries(values).map(([name, list]) => ({ name, unit: "segments/s", values: list }));
  const ratio = (measures[0] ? median(measures[0].values) : Number.NaN) / median(values[before] ?? []);
  return {
    title: "segments/s, random clips of 2 s out of an hour in an archive",
    measures,
    targets: values[before]
      ? [{ name: "exact / the prototype's way", value: ratio, unit: "times", atLeast: 20 }]
      : [],
    missing,
  };
}

async function prototypeClips(recording: Recording, few: readonly SampleRange[]): Promise<void> {
  const cut = await cutOneByOne(await recording.blob(), few);
  if (Math.abs(cut - few.length * 96_000) > 960 * few.length) throw new Error(`ffmpeg gave ${cut} samples`);
}

async function indexes(
  recording: Recording,
  context: BenchContext,
  withPython: boolean,
): Promise<BenchResult> {
  const pages = (await recording.index()).pages;
  const ours = async (strategy: "batch" | "sequential" | "page"): Promise<number> =>
    (await buildPageIndex(recording, { strategy })).report.pagesPerSecond;
  const tasks: Record<string, () => Promise<number>> = {
    "this package, batches of 8 MB": () => ours("batch"),
    "this package, without workers": () => ours("sequential"),
    "this package, an access a page": () => ours("page"),
    "the prototype's way, an access a page": async () =>
      pages / (await secondsOf(async () => await indexByPage(await recording.blob()))),
  };
  if (withPython) {
    tasks["zarr-python, an access a page"] = async () =>
      pages / zarrPython(["pages", longStore(context), recording.id], "");
  }
  const values = await interleave(context.rounds, tasks);
  return {
    title: `pages/s, an index over the ${pages} pages of that hour, checksums verified by this package alone`,
    measures: Object.entries(values).map(([name, list]) => ({ name, unit: "pages/s", values: list })),
    targets: [],
    missing: [],
  };
}

function bounds({ startSample, endSample }: SampleRange): [number, number] {
  return [startSample, endSample];
}

/** Seconds that zarr-python took. */
function zarrPython(args: readonly string[], input: string): number {
  const out = execFileSync(PYTHON, [zarrReader, ...args], { encoding: "utf8", input });
  return (JSON.parse(out) as { seconds: number }).seconds;
}
