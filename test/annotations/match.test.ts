import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchAnnotations } from "../../src/annotations/match.js";
import { parseAnnotations } from "../../src/annotations/read.js";
import type { AnnotationTarget } from "../../src/annotations/recordings.js";
import { distinctRows } from "../../src/annotations/views.js";

interface Made {
  readonly id: string;
  readonly name: string;
  readonly seconds?: number;
  readonly rate?: number;
  readonly start?: AnnotationTarget["attributes"]["start_time"];
}

function recording({ id, name, seconds = 60, rate = 48_000, start = null }: Made): AnnotationTarget {
  const attributes = { source: { name }, start_time: start };
  return { id, sampleRate: rate, totalSamples: Math.round(seconds * rate), attributes };
}

function csv(...rows: string[]) {
  return parseAnnotations(["file,start_s,end_s,label", ...rows].join("\n"));
}

const SITES = [
  recording({ id: "site1__a", name: "site1/a.opus" }),
  recording({ id: "site2__a", name: "site2/a.opus" }),
  recording({ id: "b", name: "b.wav", rate: 250_000 }),
];

const found = (rows: readonly { recording: string }[]): string[] => rows.map((row) => row.recording);
const reasons = (rows: readonly { reason: string }[]): string[] => rows.map((row) => row.reason);

describe("by name and path", () => {
  it("compares from the file outwards, whatever the system, the case and the extension", () => {
    const table = csv(
      "D:\\data\\Site1\\A.WAV,1,2,x",
      "/mnt/site2/a.flac,1,2,x",
      "site1__a,3,4,x",
      "B,1,2,x",
      "b.wav,0.5,1,x",
    );
    const { matched, unmatched } = matchAnnotations([table], SITES.slice());
    expect(reasons(unmatched)).toEqual([]);
    expect(found(matched)).toEqual(["site1__a", "site2__a", "site1__a", "b", "b"]);
    expect(matched[4]).toMatchObject({ startSample: 125_000, endSample: 250_000, via: "file", label: "x" });
  });

  it("names what fits nothing, or more than one, and loses no row", () => {
    const table = csv("a.wav,1,2,x", "c.wav,1,2,x", "b.wav,70,71,x", "b.wav,59,61,x", ",1,2,x");
    const report = matchAnnotations([table], SITES);
    expect(reasons(report.unmatched)).toEqual([
      '2 recordings fit "a.wav": site1__a, site2__a',
      'no recording is called "c.wav"',
      "starts at 70 s, but recording b is 60 s long",
      "the row names no file, and the table's name is no recording's",
    ]);
    expect(report.unmatched[1]?.annotation.line).toBe(3);
    expect(report.matched).toMatchObject([{ recording: "b", endSample: 15_000_000, clipped: true }]);
  });

  it("two files of one name, only one of them here: the better path has it", () => {
    const here = [recording({ id: "a", name: "site1/a.opus" })];
    const apart = matchAnnotations([csv("x/site1/a.wav,1,2,p", "x/site2/a.wav,1,2,q")], here);
    expect(apart.matched.map(({ label }) => label)).toEqual(["p"]);
    expect(reasons(apart.unmatched)[0]).toMatch(/fits recording a better: x\/site1\/a\.wav/);
    const bare = [recording({ id: "a", name: "a.opus" })];
    const equal = matchAnnotations([csv("site1/a.wav,1,2,p", "site2/a.wav,1,2,q")], bare);
    expect(equal.matched).toEqual([]);
    expect(reasons(equal.unmatched)[1]).toBe(
      "another file of this name fits recording a as well: site1/a.wav",
    );
  });

  it("tables without file names: by their own name, or as the caller says; never by guessing", () => {
    const labels = { ...parseAnnotations("1\t2\tx\n"), path: "/tables/B.BirdNET.selection.table.txt" };
    expect(matchAnnotations([labels], SITES).matched).toMatchObject([{ recording: "b", via: "table" }]);
    const lone = { ...labels, path: "labels.txt" };
    expect(matchAnnotations([lone], SITES.slice(2)).matched).toEqual([]);
    const named = matchAnnotations([lone], SITES, { recording: "b" });
    expect(named.matched).toMatchObject([{ recording: "b", via: "named" }]);
    expect(() => matchAnnotations([lone], SITES, { recording: "c" })).toThrow(
      /site1__a, site2__a, b.*got "c"/,
    );
  });
});

describe("by clock", () => {
  const utc = (iso: string, offset: string | null = null) => ({ utc: iso, offset });
  const clocked = [
    recording({ id: "r1", name: "r1.wav", start: utc("2019-05-22T04:00:00Z", "+02:00") }),
    recording({ id: "r2", name: "r2.wav", start: utc("2019-05-22T05:00:00Z", "+02:00") }),
    recording({ id: "r3", name: "r3.wav", start: { utc: null, offset: null, local: "2019-05-22T08:00:00" } }),
  ];
  const rows = (...lines: string[]) => parseAnnotations(["start_utc,duration_s,label", ...lines].join("\n"));

  it("UTC finds UTC, a wall clock finds wall clocks; gaps and unknown zones are told", () => {
    const table = rows(
      "2019-05-22T04:00:10.5Z,2,a",
      "2019-05-22 07:00:30,1,b",
      "2019-05-22 08:00:01,1,c",
      "2019-05-22T04:30:00Z,1,d",
      "2019-05-22T08:00:01Z,1,e",
    );
    const { matched, unmatched } = matchAnnotations([table], clocked);
    expect(matched.map((row) => [row.label, row.recording, row.startSample, row.endSample, row.via])).toEqual(
      [
        ["a", "r1", 504_000, 600_000, "clock"],
        ["b", "r2", 1_440_000, 1_488_000, "clock"],
        ["c", "r3", 48_000, 96_000, "clock"],
      ],
    );
    expect(reasons(unmatched)).toEqual([
      "no recording whose start is known was running at 2019-05-22T04:30:00.000Z",
      "no recording whose start is known was running at 2019-05-22T08:00:01.000Z",
    ]);
  });

  it("two recorders at once are told apart by the file column alone", () => {
    const twins = [clocked[0] as AnnotationTarget, { ...(clocked[0] as AnnotationTarget), id: "twin" }];
    expect(reasons(matchAnnotations([rows("2019-05-22T04:00:10Z,1,a")], twins).unmatched)).toEqual([
      "2 recordings were running at 2019-05-22T04:00:10.000Z: r1, twin",
    ]);
    const named = parseAnnotations("file,start_utc,duration_s,label\ntwin,2019-05-22T04:00:10Z,1,a\n");
    expect(matchAnnotations([named], twins).matched).toMatchObject([
      { recording: "twin", startSample: 480_000 },
    ]);
  });
});

describe("Raven's ways", () => {
  const head =
    "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tBegin File\tSpecies";
  const files = [
    recording({ id: "a", name: "a.wav", seconds: 60 }),
    recording({ id: "b", name: "b.wav", seconds: 30 }),
  ];

  it("begin times that only fit when counted through the files are cumulative, and said to be", () => {
    const text = `${head}\n1\tS\t1\t10\t12\t1\t2\ta.wav\tx\n2\tS\t1\t70.5\t72\t1\t2\tb.wav\ty\n`;
    const report = matchAnnotations([parseAnnotations(text)], files);
    expect(report.cumulativeTables).toEqual([0]);
    expect(report.matched.map((row) => [row.recording, row.startSample / 48_000])).toEqual([
      ["a", 10],
      ["b", 10.5],
    ]);
    const apart = matchAnnotations([parseAnnotations(text)], files, { joined: "file" });
    expect(reasons(apart.unmatched)).toEqual(["starts at 70.5 s, but recording b is 30 s long"]);
  });

  it("a file offset wins over any guess", () => {
    const text = `${head}\tFile Offset (s)\n1\tS\t1\t10\t12\t1\t2\ta.wav\tx\t10\n2\tS\t1\t70.5\t72\t1\t2\tb.wav\ty\t10.5\n`;
    const report = matchAnnotations([parseAnnotations(text)], files, { joined: "cumulative" });
    expect(report.cumulativeTables).toEqual([]);
    expect(report.matched.map((row) => row.startSample / 48_000)).toEqual([10, 10.5]);
  });

  it("a selection in two views is one annotation, equal rows of one view are two", () => {
    const wave = "1\tWaveform 1\t1\t1\t2\t\t\ta.wav\tx\n";
    const spec = "1\tSpectrogram 1\t1\t1\t2\t100\t200\ta.wav\tx\n";
    const { rows, repeated } = distinctRows(parseAnnotations(`${head}\n${wave}${spec}${spec}`));
    expect(repeated).toBe(1);
    expect(rows.map(({ line, lowHz }) => [line, lowHz])).toEqual([
      [3, 100],
      [4, 100],
    ]);
  });
});

it("every row ends up on exactly one list, in order", () => {
  const name = fc.constantFrom("a.wav", "site1/a.wav", "site2/a.wav", "b", "nobody.wav", "");
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.nat(70)), { maxLength: 12 }), (rows) => {
      const table = csv(...rows.map(([file, start], i) => `${file},${start},${start + 1},row${i}`));
      const { matched, unmatched } = matchAnnotations([table], SITES);
      const labels = [
        ...matched.map(({ label }) => label),
        ...unmatched.map(({ annotation }) => annotation.label),
      ];
      expect(labels.sort()).toEqual(rows.map((_, i) => `row${i}`).sort());
      for (const row of matched) {
        const facts = SITES.find(({ id }) => id === row.recording) as AnnotationTarget;
        expect(row.startSample).toBe(Math.round(row.annotation.startSeconds * facts.sampleRate));
        expect(row.endSample).toBeLessThanOrEqual(facts.totalSamples);
      }
    }),
  );
});
