/** Segments out of an hour: beside peers, beside a decode and nothing else, and where in what they are. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type ExtractOptions,
  extractSegments,
  type Recording,
  type SampleRange,
  type StreamOptions,
  segmentReader,
  streamSegments,
} from "../../dist/index.js";
import { PYTHON, pythonHas, pythonJson } from "../../test/python.js";
import { longArchive, longFile, longStore, loopSeconds } from "../inputs.js";
import { opusfilePeer } from "../peers/opusfile.js";
import {
  type BenchContext,
  type BenchResult,
  interleave,
  median,
  secondsOf,
  type Target,
} from "../result.js";
import { pureDecode } from "./pure.js";
import { all, randomRanges, windows } from "../segments.js";

const HOUR_SECONDS = 3655;
const RUNS_OF_A_MINUTE = 5;
const WORKERS = 2;
const EXACT: ExtractOptions = { workers: WORKERS };
const FAST: ExtractOptions = { workers: WORKERS, accuracy: "fast" };

type Tasks = Record<string, () => Promise<number>>;

/** Runs all of them. */
export async function run(context: BenchContext): Promise<BenchResult[]> {
  const hour = await longArchive(context, HOUR_SECONDS);
  await extractSegments(hour, randomRanges(50, 2, all(hour)), EXACT);
  return [
    await besidePeers(hour, context),
    await besideProcesses(hour, context),
    await besideDecoding(hour, context),
    await slidingWindows(hour, context),
    await callByCall(hour, context),
    await places(hour, context),
  ];
}

async function secondsToExtract(
  recording: Recording,
  segments: readonly SampleRange[],
  options: ExtractOptions,
): Promise<number> {
  return await secondsOf(() => extractSegments(recording, segments, options));
}

/** Rates are what is compared: slow peers get fewer segments. */
async function besidePeers(hour: Recording, context: BenchContext): Promise<BenchResult> {
  const segments = randomRanges(context.quick ? 200 : 1000, 2, all(hour));
  const rate = async (options: ExtractOptions): Promise<number> =>
    segments.length / (await secondsToExtract(hour, segments, options));
  const tasks: Tasks = { exact: () => rate(EXACT), fast: () => rate(FAST) };
  const missing: string[] = [];
  const file = await longFile(context, HOUR_SECONDS);
  const list = join(context.scratch, "segments.txt");
  writeFileSync(list, segments.map((s) => `${s.startSample} ${s.endSample}\n`).join(""));
  const opusfile = opusfilePeer();
  if (opusfile === undefined) missing.push("libopusfile (needs cc and libopusfile)");
  else tasks["libopusfile, 80 ms"] = async () => segments.length / opusfile.seek(file, list).seconds;
  if (pythonHas("soundfile")) {
    const some = join(context.scratch, "segments-some.txt");
    writeFileSync(
      some,
      segments
        .slice(0, 300)
        .map((s) => `${s.startSample} ${s.endSample}\n`)
        .join(""),
    );
    const script = fileURLToPath(new URL("../peers/libsndfile.py", import.meta.url));
    tasks["python-soundfile, one handle (300 segments)"] = async () => {
      const { segments: count, seconds } = pythonJson(script, [file, some]) as Record<string, number>;
      return (count ?? Number.NaN) / (seconds ?? Number.NaN);
    };
  } else missing.push(`soundfile in ${PYTHON}`);
  const values = await interleave(context.rounds, tasks);
  const of = (name: string): number =>
    median(Object.entries(values).find(([n]) => n.startsWith(name))?.[1] ?? []);
  return {
    title: `segments a second: ${segments.length} random segments of 2 s, ${WORKERS} workers`,
    measures: rows(values, "segments/s"),
    targets: [
      ratioAtLeast("exact / libopusfile with 80 ms", of("exact") / of("libopusfile"), 1.8),
      ratioAtLeast("exact / python-soundfile", of("exact") / of("python-soundfile"), 2.2),
      ratioAtLeast("fast / exact", of("fast") / of("exact"), 1),
    ],
    missing,
  };
}

/** One ffmpeg a segment is slow: 24 segments of the 200 tell its rate. */
async function besideProcesses(hour: Recording, context: BenchContext): Promise<BenchResult> {
  const title = "segments a second: 100 adjacent and 100 random segments of 2 s";
  const none = (why: string): BenchResult => ({ title, measures: [], targets: [], missing: [why] });
  try {
    execFileSync("ffmpeg", ["-version"], { stdio: "ignore" });
  } catch {
    return none("ffmpeg");
  }
  const segments = [...windows(201, 2, 2).slice(0, 100), ...randomRanges(100, 2, all(hour))];
  const some = segments.filter((_, i) => i % 8 === 0).slice(0, 24);
  const rate = async (part: readonly SampleRange[], options: object): Promise<number> =>
    part.length / (await secondsToExtract(hour, part, { ...EXACT, ...options }));
  const values = await interleave(context.rounds, {
    "opus-zarr": () => rate(segments, {}),
    "one ffmpeg a batch": () => rate(segments, { decoder: "ffmpeg" }),
    "one ffmpeg a segment (24 segments)": () => rate(some, { decoder: "ffmpeg", strategy: "segment" }),
  });
  const of = (name: keyof typeof values): number => median(values[name]);
  return {
    title,
    measures: rows(values, "segments/s"),
    targets: [
      ratioAtLeast(
        "opus-zarr / one ffmpeg a segment",
        of("opus-zarr") / of("one ffmpeg a segment (24 segments)"),
        20,
      ),
      ratioAtLeast("opus-zarr / one ffmpeg a batch", of("opus-zarr") / of("one ffmpeg a batch"), 3),
    ],
    missing: [],
  };
}

async function besideDecoding(hour: Recording, context: BenchContext): Promise<BenchResult> {
  const segments = randomRanges(context.quick ? 200 : 1000, 2, all(hour));
  const pure = await pureDecode(hour, segments, WORKERS);
  const values = await interleave(context.rounds, {
    "decoding the same packets, nothing else": () => pure.run(),
    exact: () => secondsToExtract(hour, segments, EXACT),
  });
  await pure.close();
  const [alone, exact] = [median(values["decoding the same packets, nothing else"]), median(values.exact)];
  return {
    title: `seconds for ${segments.length} random segments of 2 s, by the same ${WORKERS} workers`,
    measures: rows(values, "s"),
    targets: [{ name: "share of a pure decode's speed", value: alone / exact, atLeast: 0.85 }],
    missing: [],
  };
}

/** A scan of all that is there takes what memory it may: larger parts, fewer pauses between them. */
const SCAN: StreamOptions = { ...EXACT, reuseMemory: true, maxMemoryMb: 512 };

async function slidingWindows(hour: Recording, context: BenchContext): Promise<BenchResult> {
  const seconds = context.quick ? 300 : HOUR_SECONDS;
  const stream = (segments: readonly SampleRange[]): Promise<number> =>
    secondsOf(async () => {
      for await (const part of streamSegments(hour, segments, SCAN)) void part;
    });
  const values = await interleave(context.rounds, {
    "the whole, in order": () => stream(windows(seconds, 10, 10)),
    "1 s windows every 0.25 s": () => stream(windows(seconds, 1, 0.25)),
  });
  const ratio = median(values["1 s windows every 0.25 s"]) / median(values["the whole, in order"]);
  return {
    title: `seconds for ${seconds} s, streamed with ${SCAN.maxMemoryMb} MB for samples, ${WORKERS} workers`,
    measures: rows(values, "s"),
    targets: [{ name: "sliding windows / whole", value: ratio, unit: "times", atMost: 1.15 }],
    missing: [],
  };
}

/** As a notebook goes through a recording: a window a call, each half over the last. */
async function callByCall(hour: Recording, context: BenchContext): Promise<BenchResult> {
  const segments = windows(context.quick ? 60 : 600, 3, 1.5);
  const milliseconds = async (read: (segment: SampleRange) => Promise<unknown>): Promise<number> =>
    ((await secondsOf(async () => {
      for (const segment of segments) await read(segment);
    })) *
      1000) /
    segments.length;
  const throughReader = (aheadSeconds: number): Promise<number> => {
    const reader = segmentReader(hour, { workers: WORKERS, aheadSeconds });
    return milliseconds((segment) => reader.read([segment]));
  };
  const values = await interleave(context.rounds, {
    extractSegments: () => milliseconds((segment) => extractSegments(hour, [segment], EXACT)),
    "a reader that keeps 64 MB": () => throughReader(0),
    "a reader that decodes 20 s ahead": () => throughReader(20),
  });
  return {
    title: `milliseconds a call: ${segments.length} windows of 3 s, one every 1.5 s, a call each`,
    measures: rows(values, "ms"),
    targets: [],
    missing: [],
  };
}

async function places(hour: Recording, context: BenchContext): Promise<BenchResult> {
  const end = hour.durationSeconds;
  const day = await longArchive(context, context.quick ? 7200 : 24 * 3600);
  // The same packets in each pair: others may take more pre-roll, or decode more slowly.
  const loop = await loopSeconds();
  const late = loop * Math.floor((day.durationSeconds - HOUR_SECONDS) / loop);
  const last = { fromSeconds: end - 60, toSeconds: end };
  const early = { fromSeconds: last.fromSeconds % loop, toSeconds: (last.fromSeconds % loop) + 60 };
  const some = (recording: Recording, within: Parameters<typeof randomRanges>[2]): Promise<number> =>
    secondsToExtract(recording, randomRanges(200, 2, within), EXACT);
  // A minute's take a tenth of a second: too short to be timed once.
  const often = async (within: Parameters<typeof randomRanges>[2]): Promise<number> => {
    let seconds = 0;
    for (let run = 0; run < RUNS_OF_A_MINUTE; run++) seconds += await some(hour, within);
    return seconds / RUNS_OF_A_MINUTE;
  };
  // One of each first: an index is read once.
  await extractSegments(day, randomRanges(10, 2, all(day)), EXACT);
  const opener = fileURLToPath(new URL("../first-segment.mjs", import.meta.url));
  const opened = [opener, longStore(context), hour.id, "1000"];
  const values = await interleave(context.rounds, {
    "200 segments of an early minute": () => often(early),
    "200 segments of the last minute": () => often(last),
    "200 segments of an hour": () => some(hour, all(hour)),
    "200 segments of a day's last hour": () => some(day, { fromSeconds: late, toSeconds: late + end }),
    "first segment after opening, a new process": async () =>
      Number(execFileSync(process.execPath, opened, { encoding: "utf8" })),
  });
  const of = (name: keyof typeof values): number => median(values[name]);
  const lastToEarly = of("200 segments of the last minute") / of("200 segments of an early minute");
  const dayToHour = of("200 segments of a day's last hour") / of("200 segments of an hour");
  const opening = of("first segment after opening, a new process");
  const tenPercent = { unit: "times", atLeast: 0.9, atMost: 1.1 };
  return {
    title: "seconds by place",
    measures: rows(values, "s"),
    targets: [
      { name: "last minute / an early minute", value: lastToEarly, ...tenPercent },
      { name: "a day's last hour / an hour", value: dayToHour, ...tenPercent },
      { name: "first segment after opening an archive", value: opening, unit: "s", atMost: 0.15 },
    ],
    missing: [],
  };
}

function ratioAtLeast(name: string, value: number, atLeast: number): Target {
  return { name, value, unit: "times", atLeast };
}

function rows(values: Readonly<Record<string, readonly number[]>>, unit: string): BenchResult["measures"] {
  return Object.entries(values).map(([name, list]) => ({ name, unit, values: list }));
}
