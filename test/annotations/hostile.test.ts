import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAnnotations } from "../../src/annotations/read.js";
import { formatAnnotations } from "../../src/annotations/write.js";
import { isOpusZarrError, type OpusZarrError } from "../../src/errors.js";

const HEADER = "file,start_s,end_s,label\n";

function refusal(text: string | Uint8Array, options = {}): OpusZarrError {
  try {
    parseAnnotations(text, options);
  } catch (error) {
    if (isOpusZarrError(error)) return error;
    throw error;
  }
  throw new Error("the table was read");
}

describe("refused, with the line and the column", () => {
  const cases: readonly (readonly [why: string, text: string, line: number, column?: string])[] = [
    ["end before start", `${HEADER}a,1,2,x\na,5,4.5,x\n`, 3, "end_s"],
    ["no number", `${HEADER}a,one,2,x\n`, 2, "start_s"],
    ["an empty time", `${HEADER}a,1,2,x\n\n\na,1,,x\n`, 5, "end_s"],
    ["a row that stops before its end time", `${HEADER}a,1\n`, 2, "end_s"],
    ["a negative time", `${HEADER}a,-1,2,x\n`, 2, "start_s"],
    ["an infinite time", `${HEADER}a,1,1e999,x\n`, 2, "end_s"],
    ["hours, minutes and seconds", `${HEADER}a,00:01:02,00:01:03,x\n`, 2, "start_s"],
    ["not a number at all", `${HEADER}a,NaN,2,x\n`, 2, "start_s"],
    ["no end column", "file,start_s,label\na,1,x\n", 1, "end_s"],
    ["no start column", "file,end_s,label\na,1,x\n", 1, "start_s"],
    [
      "a Raven table without its end",
      "Selection\tBegin Time (s)\tSpecies\n1\t2\tx\n",
      1,
      "End Time (s)".toLowerCase(),
    ],
    ["more cells than the header names", `${HEADER}a,1,2,x,y\n`, 2, "number 5"],
    ["an open quote, where it opens", `${HEADER}a,1,2,x\na,2,3,"x\na,3,4,x\n`, 3, "number 4"],
    ["a stray quote", `${HEADER}a,1,2,x"y\n`, 2, "number 4"],
    ["decimal point and comma mixed", "start;end;label\n0.5;1;x\n0,5;1;x\n", 3, "start"],
    ["a thousands separator", "start\tend\tlabel\n0.5\t1\tx\n1,234.5\t2000\tx\n", 3, "start"],
    ["frequencies upside down", "start,end,low_hz,high_hz\n1,2,5000,400\n", 2, "high_hz"],
    ["a frequency that is none", "start,end,low_hz,high_hz\n1,2,low,400\n", 2, "low_hz"],
    ["a table without a header", "1,2,x\n", 1, "1"],
    ["nothing", "", 1, "start"],
    ["an Audacity frequency row without its label", "\\\t100\t200\n0\t1\tx\n", 1, "low"],
    ["an Audacity label that ends early", "1.5\t2\ta\n3\t2.5\tb\n", 2, "end"],
    [
      "a clock time whose month is open",
      "start_utc,duration_s,label\n03/04/2019 10:00,3,x\n",
      2,
      "start_utc",
    ],
    ["a day that never was", "start_utc,duration_s,label\n2019-02-30 10:00:00Z,3,x\n", 2, "start_utc"],
  ];
  for (const [why, text, line, column] of cases) {
    it(why, () => {
      const error = refusal(text, why.includes("Audacity") ? { format: "audacity" } : {});
      expect(error.kind).toBe("format");
      expect({ line: error.place.line, column: error.place.column }).toEqual({ line, column });
      expect(error.message).toContain(`line ${line}`);
    });
  }

  it("audio instead of a table, Latin-1 without its name, with the path", () => {
    expect(refusal(Uint8Array.of(82, 73, 70, 70, 0, 0, 1, 2), { path: "a.wav" }).message).toMatch(
      /audio.*a\.wav/,
    );
    const latin = refusal(Buffer.from("start,end,label\n1,2,a\n3,4,Gr\xfcn\n", "latin1"), { path: "t.csv" });
    expect(latin.place).toMatchObject({ line: 3, path: "t.csv" });
    expect(latin.message).toContain("encoding");
  });

  it("bad options, by name", () => {
    expect(refusal(HEADER, { format: "ravn" }).place.field).toBe("format");
    expect(refusal(HEADER, { labelColumn: "species" }).message).toContain('"label"');
    expect(refusal(HEADER, { sampleRate: 0 }).place.field).toBe("sampleRate");
  });
});

describe("odd, but read", () => {
  it("decimal commas, in a Raven table from a German desk and in a semicolon CSV", () => {
    for (const text of [
      "Selection\tBegin Time (s)\tEnd Time (s)\tSpecies\n1\t0,5\t1,25\tx\n2\t3\t4\tx\n",
      'start;end;label\n0,5;1,25;"a;b"\n3;4;x\n',
    ]) {
      const table = parseAnnotations(text);
      expect(table.annotations.map((row) => [row.startSeconds, row.endSeconds])).toEqual([
        [0.5, 1.25],
        [3, 4],
      ]);
      expect(formatAnnotations(table)).toBe(text);
      const moved = table.annotations.map((row, i) => (i === 0 ? { ...row, endSeconds: 1.5 } : row));
      expect(formatAnnotations({ ...table, annotations: moved })).toBe(text.replace("1,25", "1,5"));
    }
  });

  it("joined files: the file offset counts, the cumulative begin time is told apart", () => {
    const text =
      "Selection\tBegin Time (s)\tEnd Time (s)\tBegin File\tFile Offset (s)\tSpecies\n" +
      "1\t10\t12\ta.wav\t10\tx\n2\t70.5\t72\tb.wav\t10.5\ty\n";
    const [first, second] = parseAnnotations(text).annotations;
    expect(first).toMatchObject({ startSeconds: 10, cumulativeStartSeconds: 10, file: "a.wav" });
    expect(second).toMatchObject({
      startSeconds: 10.5,
      endSeconds: 12,
      cumulativeStartSeconds: 70.5,
      file: "b.wav",
    });
  });

  it("samples, durations, clock times, Kaleidoscope and DESED columns", () => {
    const one = (text: string, options = {}) => parseAnnotations(text, options).annotations[0];
    expect(one("recording,start_sample,end_sample,label\na,48000,72000,x\n")).toMatchObject({
      startSeconds: 1,
      endSeconds: 1.5,
      file: "a",
    });
    expect(
      one(
        "label,onset_sample,offset_sample,notated_path,annot_path,sequence,annotation\na,16000,32000,b.wav,b.csv,0,0\n",
        { sampleRate: 32000 },
      ),
    ).toMatchObject({ startSeconds: 0.5, endSeconds: 1 });
    expect(one("INDIR,FOLDER,IN FILE,OFFSET,DURATION,MANUAL ID\nx,y,a.wav,2.5,0.5,WOTH\n")).toMatchObject({
      startSeconds: 2.5,
      endSeconds: 3,
      file: "a.wav",
      label: "WOTH",
    });
    expect(one("filename\tonset\toffset\tevent_label\na.wav\t0.163\t0.665\tSpeech\n")).toMatchObject({
      startSeconds: 0.163,
      endSeconds: 0.665,
      label: "Speech",
    });
    expect(one("start_utc,duration_s,label\n2019-05-22T06:00:01.5+02:00,3,x\n")).toMatchObject({
      timesFrom: "clock",
      endSeconds: 3,
      clock: { milliseconds: Date.UTC(2019, 4, 22, 4, 0, 1, 500), zone: "utc" },
    });
  });

  it("short rows, blank lines, spaces around numbers, a quoted line break: lines stay right", () => {
    const table = parseAnnotations('start,end,label,note\n1,2\n\n 3 , 4 ,x,"a\nb"\n5,6,y,\n,,,\n');
    expect(table.annotations.map(({ startSeconds, line }) => [startSeconds, line])).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
  });

  it("any text: read, or refused as a format error with a line", () => {
    const piece = fc.constantFrom(
      "start",
      "end",
      "label",
      ",",
      ";",
      "\t",
      "\n",
      "\r\n",
      '"',
      "1",
      "2.5",
      "3,5",
      "\\",
      "x",
      "-",
      " ",
      "\ufeff",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join("");
        try {
          const table = parseAnnotations(text);
          const again = parseAnnotations(formatAnnotations(table), { format: table.format });
          expect(again.annotations.map((row) => row.startSeconds)).toEqual(
            table.annotations.map((row) => row.startSeconds),
          );
        } catch (error) {
          if (!isOpusZarrError(error, "format")) throw error;
          expect(error.place.line).toBeGreaterThan(0);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("100,000 rows in a few seconds", () => {
    const rows = Array.from(
      { length: 100_000 },
      (_, i) => `${i}\tSpectrogram 1\t1\t${i}.25\t${i}.75\t100.5\t200.5\tWOTH\tn${i}`,
    );
    const head =
      "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tSpecies\tnote";
    const text = `${[head, ...rows].join("\n")}\n`;
    const from = performance.now();
    const table = parseAnnotations(text);
    expect(table.annotations).toHaveLength(100_000);
    expect(table.annotations[99_999]).toMatchObject({ startSeconds: 99_999.25, line: 100_001 });
    expect(formatAnnotations(table)).toBe(text);
    // A few seconds; the bound is for a machine with other work to do, as anything quadratic takes minutes.
    expect(performance.now() - from).toBeLessThan(50_000);
  });
});
