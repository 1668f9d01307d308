import { parse } from "csv-parse/sync";
import { describe, expect, it } from "vitest";
import {
  type DataFrame,
  featuresFrame,
  frameToCsv,
  isOpusZarrError,
  loadDanfo,
  samplesFrame,
  segmentsFrame,
} from "../../dist/index.js";
import { tensorOf } from "./tensors.js";

const sine = (amplitude: number, length = 4800): number[] =>
  Array.from({ length }, (_, i) => amplitude * Math.sin((2 * Math.PI * i) / 48));

const toRows = (frame: DataFrame): Record<string, unknown>[] =>
  (frame.values as unknown[][]).map((row) =>
    Object.fromEntries(row.map((value, i) => [frame.columns[i], value])),
  );

const argument = (field: string) => (error: unknown) =>
  isOpusZarrError(error, "argument") && error.place.field === field;

describe("segmentsFrame", () => {
  it("has a row a segment, with times in seconds and levels in dBFS", async () => {
    const tensor = tensorOf([
      { channels: [sine(1)], segment: { startSample: 48_000, endSample: 52_800, label: "wren" } },
      {
        channels: [sine(0)],
        segment: { holes: [{ startSample: 0, endSample: 480, reason: "gap" }] },
      },
    ]);
    const frame = await segmentsFrame(tensor);
    expect(frame.columns).toEqual(
      "recording startSample endSample start_s end_s duration_s label peak_dbfs rms_dbfs holes hole_s".split(
        " ",
      ),
    );
    expect(frame.shape).toEqual([2, 11]);
    const [first, second] = frame.values as (string | number)[][];
    expect(first?.slice(0, 7)).toEqual(["rec", 48_000, 52_800, 1, 1.1, 0.1, "wren"]);
    expect(first?.[7]).toBeCloseTo(0, 6);
    expect(first?.[8]).toBeCloseTo(-3.0103, 4);
    expect(second?.slice(6)).toEqual(["", -Infinity, -Infinity, 1, 0.01]);
  });

  it("takes full scale of int16 as 32,768, and levels of one channel when asked", async () => {
    const tensor = tensorOf(
      [
        {
          channels: [
            [-32_768, 0],
            [0, 16_384],
          ],
        },
      ],
      { dtype: "int16" },
    );
    const both = await segmentsFrame(tensor);
    const right = await segmentsFrame(tensor, { channel: 1 });
    expect(both["peak_dbfs"].values).toEqual([0]);
    expect(right["peak_dbfs"].values[0]).toBeCloseTo(-6.0206, 4);
    await expect(segmentsFrame(tensor, { channel: 2 })).rejects.toSatisfy(argument("channel"));
  });

  it("gives UTC starts from offsets, dates and a recording's start_time, and nothing where none is known", async () => {
    const ids = ["a", "b", "c", "d"];
    const tensor = tensorOf(
      ids.map((recording) => ({
        channels: [[0]],
        segment: { recording, startSample: 12_000, endSample: 12_001 },
      })),
    );
    const frame = await segmentsFrame(tensor, {
      startTimes: {
        a: "2019-05-22T04:00:00-04:00",
        b: new Date(Date.UTC(2020, 1, 29)),
        c: { utc: "1999-12-31T23:59:59.900Z" },
        d: null,
      },
    });
    expect(frame["start_utc"].values).toEqual([
      "2019-05-22T08:00:00.250Z",
      "2020-02-29T00:00:00.250Z",
      "2000-01-01T00:00:00.150Z",
      "",
    ]);
  });

  it.each(["2019-05-22T04:00:00", "yesterday", "2019-13-01T00:00:00Z"])(
    "refuses the start time %s",
    async (time) => {
      await expect(
        segmentsFrame(tensorOf([{ channels: [[0]] }]), { startTimes: { rec: time } }),
      ).rejects.toSatisfy(argument("startTimes"));
    },
  );

  it("keeps its columns when there are no segments", async () => {
    const frame = await segmentsFrame(tensorOf([]), { startTimes: {} });
    expect(frame.shape).toEqual([0, 12]);
    expect(frame["label"].values).toEqual([]);
    expect(frame.toString()).toContain("recording");
    expect(await frameToCsv(frame)).toBe(`${frame.columns.join(",")}\n`);
  });

  it("takes further columns, and refuses wrong lengths, taken names and danfo's own", async () => {
    const tensor = tensorOf([{ channels: [[0]] }, { channels: [[1]] }]);
    const frame = await segmentsFrame(tensor, {
      columns: { score: Float32Array.of(0.5, 0.25), ok: [true, false] },
    });
    expect(frame["score"].values).toEqual([0.5, 0.25]);
    expect(frame["ok"].dtype).toBe("boolean");
    for (const columns of [{ score: [1] }, { label: ["a", "b"] }, { shape: [1, 2] }]) {
      await expect(segmentsFrame(tensor, { columns })).rejects.toSatisfy(argument("columns"));
    }
  });

  it("keeps sample positions beyond 2^31 whole", async () => {
    const startSample = 2 ** 33 + 1;
    const tensor = tensorOf([{ channels: [[0]], segment: { startSample, endSample: startSample + 1 } }]);
    const frame = await segmentsFrame(tensor);
    expect(frame["startSample"].values).toEqual([startSample]);
  });

  it("shows labels with markup, tabs and line breaks without failing", async () => {
    const label = '<script>\t"x",\r\n\u001b[31m=1+1';
    const frame = await segmentsFrame(tensorOf([{ channels: [[0]], segment: { label } }]));
    expect(() => frame.toString()).not.toThrow();
    const [row] = parse(await frameToCsv(frame), { columns: true }) as Record<string, string>[];
    expect(row?.["label"]).toBe(label);
  });
});

describe("samplesFrame", () => {
  const tensor = tensorOf(
    [
      {
        channels: [
          [0.5, -0.5],
          [1, 2],
        ],
      },
      { channels: [[3], [4]] },
    ],
    { sampleRate: 10 },
  );

  it("is long by default: a row a sample", async () => {
    const frame = await samplesFrame(tensor);
    expect(frame.columns).toEqual(["segment", "channel", "sample_index", "time_s", "value"]);
    expect(frame.values).toEqual([
      [0, 0, 0, 0, 0.5],
      [0, 0, 1, 0.1, -0.5],
      [0, 1, 0, 0, 1],
      [0, 1, 1, 0.1, 2],
      [1, 0, 0, 0, 3],
      [1, 1, 0, 0, 4],
    ]);
  });

  it("is wide when asked, with NaN where a segment is shorter", async () => {
    const frame = await samplesFrame(tensor, { layout: "wide", channels: [1] });
    expect(frame.columns).toEqual(["segment", "channel", "s0", "s1"]);
    expect(frame.values).toEqual([
      [0, 1, 1, 2],
      [1, 1, 4, Number.NaN],
    ]);
  });

  it("takes every n-th sample and chosen rows", async () => {
    const frame = await samplesFrame(tensor, { layout: "wide", every: 2, segments: [1, 0], channels: [0] });
    expect(frame.values).toEqual([
      [1, 0, 3],
      [0, 0, 0.5],
    ]);
  });

  it("is empty, with its columns, for no segments", async () => {
    expect((await samplesFrame(tensorOf([]))).columns).toHaveLength(5);
    expect((await samplesFrame(tensorOf([]), { layout: "wide" })).shape).toEqual([0, 2]);
    expect((await samplesFrame(tensorOf([{ channels: [[]] }]))).shape).toEqual([0, 5]);
  });

  it("refuses too many cells, unknown layouts, rows and channels", async () => {
    await expect(samplesFrame(tensor, { maxCells: 29 })).rejects.toSatisfy(argument("maxCells"));
    await expect(samplesFrame(tensor, { every: 0 })).rejects.toSatisfy(argument("every"));
    await expect(samplesFrame(tensor, { segments: [2] })).rejects.toSatisfy(argument("segment"));
    await expect(samplesFrame(tensor, { channels: [2] })).rejects.toSatisfy(argument("channel"));
    await expect(samplesFrame(tensor, { layout: "tall" as "long" })).rejects.toSatisfy(argument("layout"));
  });
});

describe("frameToCsv", () => {
  it("writes what a reader gets back, missing values empty", async () => {
    const { DataFrame } = await loadDanfo();
    const frame = new DataFrame(
      [
        ["a;b", 1 / 3, true],
        ["", Number.NaN, false],
        ["c", -Infinity, true],
      ],
      { columns: ["n;ame", "x", "ok"], dtypes: ["string", "float32", "boolean"] },
    );
    expect(await frameToCsv(frame, { delimiter: ";" })).toBe(
      `"n;ame";x;ok\n"a;b";${1 / 3};true\n;;false\nc;-Infinity;true\n`,
    );
    expect(await frameToCsv(frame, { header: false, missing: "NA" })).toContain("\n,NA,false\n");
    await expect(frameToCsv(frame, { delimiter: '"' })).rejects.toSatisfy(argument("delimiter"));
  });

  it("keeps an empty value that is alone in its row", async () => {
    const { DataFrame } = await loadDanfo();
    const frame = new DataFrame([["a"], [""]], { columns: ["label"], dtypes: ["string"] });
    expect(parse(await frameToCsv(frame), { columns: true })).toEqual([{ label: "a" }, { label: "" }]);
  });
});

describe("featuresFrame", () => {
  it("puts features beside each segment", async () => {
    const tensor = tensorOf([{ channels: [sine(1)], segment: { label: "wren" } }]);
    const frame = await featuresFrame(tensor, {
      bandsHz: [[500, 1500]],
      columns: { fold: [3] },
      startTimes: { rec: "2020-01-01T00:00:00Z" },
    });
    const [row] = toRows(frame);
    expect(row).toMatchObject({
      recording: "rec",
      start_utc: "2020-01-01T00:00:00.000Z",
      label: "wren",
      fold: 3,
    });
    expect(row?.["centroid_hz"]).toBeCloseTo(1000, 0);
    expect(row?.["band_500_1500_dbfs"]).toBeCloseTo(-3.01, 1);
    expect((await featuresFrame(tensorOf([]))).columns).toContain("ndsi");
  });
});
