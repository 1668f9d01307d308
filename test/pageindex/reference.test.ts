import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundledDataset } from "../../src/datasets/bundled.js";
import { compiled, linesOf } from "../opus/compile.js";
import { chainedLayouts } from "../streams/linked.js";
import { testStream, testStreams } from "../streams/streams.js";
import { indexOf } from "./scans.js";

const folder = mkdtempSync(join(tmpdir(), "opus-zarr-streams-"));
const streams = [...testStreams(), chainedLayouts()];
const pathOf = (name: string): string => join(folder, `${name}.opus`);
beforeAll(() => {
  for (const { name, bytes } of streams) writeFileSync(pathOf(name), bytes);
});
afterAll(() => rmSync(folder, { recursive: true }));

const opusfile = compiled(fileURLToPath(new URL("./pcm-total.c", import.meta.url)), "opusfile");
const hasOpusinfo = spawnSync("opusinfo", ["-h"]).error === undefined;
const hasFfprobe = spawnSync("ffprobe", ["-version"]).status === 0;
const recording = fileURLToPath(
  new URL("../../../shared/recordings/S4A03895_20190522_day.opus", import.meta.url),
);

// libopusfile takes 8 channels at most, and of mapping family 255 none.
const foreignToOpusfile = (name: string): boolean => /^discrete-|^packets-over-pages$/.test(name);

describe.skipIf(opusfile === undefined)("libopusfile (needs cc and libopusfile)", () => {
  it("counts the same playable samples in every link of every test stream", () => {
    const readable = streams.filter(({ name }) => !foreignToOpusfile(name));
    const lines = linesOf(
      opusfile as string,
      readable.map(({ name }) => pathOf(name)),
    );
    const ours = readable.map(({ name, bytes }) => {
      const { links } = indexOf(bytes);
      return `${name}: ${links.map((link) => link.totalSamples).join(" ")}`;
    });
    expect(readable.map(({ name }, i) => `${name}: ${lines[i]}`)).toEqual(ours);
  });

  it("counts the same samples in the bundled dataset", () => {
    const { opus } = bundledDataset();
    expect(linesOf(opusfile as string, [opus])).toEqual([String(indexOf(readFileSync(opus)).totalSamples)]);
  });
});

describe.skipIf(!hasOpusinfo)("opusinfo (of opus-tools)", () => {
  const names = [
    "celt-2.5ms",
    "silk-60ms",
    "stereo-modes",
    "surround-5.1-mixed",
    "voice-24k",
    "celt-120ms",
    "empty-modes",
  ];

  it.each(names)("tells the same length of %s, and warns of nothing", (name) => {
    const { stdout, stderr } = spawnSync("opusinfo", [pathOf(name)], { encoding: "utf8" });
    const seconds = testStream(name).totalSamples / 48_000;
    const [, minutes, rest] = stdout.match(/Playback length: (\d+)m:([\d.]+)s/) ?? [];
    expect(Number(minutes) * 60 + Number(rest)).toBeCloseTo(seconds, 2);
    expect(stdout + stderr).not.toMatch(/warning|error/i);
  });
});

describe.skipIf(!hasFfprobe)("ffprobe", () => {
  it.each(["celt-5ms", "hybrid-60ms", "stereo-silk", "discrete-48", "no-eos"])(
    "tells the same length of %s",
    (name) => {
      const args = [
        "-v",
        "error",
        "-show_entries",
        "stream=duration_ts,start_pts,channels",
        "-of",
        "json",
        pathOf(name),
      ];
      const [stream] = JSON.parse(spawnSync("ffprobe", args, { encoding: "utf8" }).stdout).streams;
      const { totalSamples, sources, channels } = testStream(name);
      // ffprobe counts the pre-skip, up to the last granule position.
      expect([stream.duration_ts, stream.channels]).toEqual([
        totalSamples + (sources[0]?.head.preSkip ?? 0),
        channels,
      ]);
    },
  );
});

describe.skipIf(!existsSync(recording))("the day of a SongMeter (needs ../shared/recordings)", () => {
  it("has the pages and samples that are known of it", () => {
    const index = indexOf(readFileSync(recording));
    expect([index.pages, index.totalSamples, index.links[0]?.preSkip]).toEqual([963, 46_080_000, 312]);
    expect([index.links.length, index.holes.length]).toEqual([1, 0]);
  });
});
