import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { convertAnnotations } from "../../src/annotations/convert.js";
import type { AnnotationFormat } from "../../src/annotations/model.js";
import { parseAnnotations, readAnnotations } from "../../src/annotations/read.js";
import { formatAnnotations, writeAnnotations } from "../../src/annotations/write.js";

const RECORDINGS = "../shared/recordings";

/** One table of each format as its own program spells it. */
const CANONICAL: Readonly<Record<AnnotationFormat, string>> = {
  raven:
    "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tSpecies\tnotes\n" +
    '1\tSpectrogram 1\t1\t1.897648165999982\t4.110570810999974\t1326.3\t3266.5\tWOTH\tthe "far" one\n' +
    "2\tSpectrogram 1\t1\t6.400\t7.000\t\t\t\t\n",
  audacity:
    '0.101385\t0.367520\tSP\n\\\t6441.064453\t12296.577148\n1.000000\t1.000000\t"a", b;c\n2.000000\t3.500000\t\n',
  "birdnet-csv":
    "Start (s),End (s),Scientific name,Common name,Confidence,File\n" +
    "0.0,3.0,Turdus merula,Common Blackbird,0.9321,/data/site1/20190522.wav\n" +
    '3.0,6.0,Corvus corax,"Raven, Common",0.1000,/data/site1/20190522.wav\n',
  "birdnet-raven":
    "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tCommon Name\tSpecies Code\tConfidence\tBegin Path\tFile Offset (s)\n" +
    "1\tSpectrogram 1\t1\t0.0\t3.0\t0\t15000\tCommon Blackbird\teurbla\t0.9321\t/data/a.wav\t0.0\n" +
    "2\tSpectrogram 1\t1\t63.0\t66.0\t0\t15000\tCommon Raven\tcomrav\t0.5000\t/data/b.wav\t3.0\n",
  "birdnet-audacity":
    "0.0\t3.0\tTurdus merula, Common Blackbird\t0.9321\n3.0\t6.0\tCorvus corax, Raven\t0.1000\n",
  "generic-seq":
    "label,onset_s,offset_s,notated_path,annot_path,sequence,annotation\n" +
    "a,0.25,0.5,bird21.wav,bird21.csv,0,0\nb,0.5,0.75,bird21.wav,bird21.csv,0,0\n",
  csv: "file,start_s,end_s,label,low_hz,high_hz,observer\na.wav,0.5,1.25,WOTH,1000,2500.5,AB\nb.wav,2,3,,,,\n",
};

describe("tables come back as they were", () => {
  for (const [format, text] of Object.entries(CANONICAL)) {
    it(`${format}: recognised, and byte for byte when written again`, () => {
      const table = parseAnnotations(text);
      expect(table.format).toBe(format);
      expect(formatAnnotations(table)).toBe(text);
    });

    it(`${format}: CRLF, a byte order mark and no final newline are kept`, () => {
      const odd = `\ufeff${text.replaceAll("\n", "\r\n").replace(/\r\n$/, "")}`;
      expect(formatAnnotations(parseAnnotations(odd))).toBe(odd);
    });
  }

  for (const [name, format] of [
    ["MSD-0003.raven.txt", "raven"],
    ["spinetail.audacity.txt", "audacity"],
  ] as const) {
    const path = join(RECORDINGS, name);
    it.skipIf(!existsSync(path))(`${name} (needs the shared recordings): byte for byte`, async () => {
      const table = await readAnnotations(path);
      expect(table.format).toBe(format);
      expect(formatAnnotations(table)).toBe(readFileSync(path, "utf8"));
    });
  }

  it.skipIf(!existsSync(RECORDINGS))(
    "MSD-0003 (needs the shared recordings): what its rows say",
    async () => {
      const { annotations, labelColumn } = await readAnnotations(join(RECORDINGS, "MSD-0003.raven.txt"));
      expect(labelColumn).toBe("Species");
      expect(annotations).toHaveLength(10);
      expect(annotations[0]).toMatchObject({
        startSeconds: 1.897648165999982,
        endSeconds: 4.110570810999974,
        lowHz: 1326.3,
        highHz: 3266.5,
        label: "WOTH",
        channel: 1,
        line: 2,
      });
      expect(annotations[9]?.label).toBeUndefined();
    },
  );
});

const cell = fc.oneof(
  fc.string({ unit: fc.constantFrom(..."abÄ é,;\"'\\|=") }),
  fc.constantFrom("a\nb", "a\r\nb", '"', '""', "=1+1", "#x", " "),
);
const seconds = fc.double({ min: 0, max: 1e6, noNaN: true });
const annotationRow = fc
  .record({ a: seconds, b: seconds, label: cell, note: cell, extra: cell })
  .map(({ a, b, ...rest }) => ({ start: Math.min(a, b), end: Math.max(a, b), ...rest }));

describe("generated tables", () => {
  it("any cells in a CSV: rows, extra columns and their order survive, again and again", () => {
    fc.assert(
      fc.property(fc.array(annotationRow, { maxLength: 8 }), fc.constantFrom(",", ";"), (rows, delimiter) => {
        const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
        const lines = rows.map(({ start, end, label, note, extra }) =>
          [quote(extra), start, end, quote(label), quote(note)].join(delimiter),
        );
        const text = [["zz", "start", "end", "label", "note"].join(delimiter), ...lines].join("\n");
        const table = parseAnnotations(text);
        expect(
          table.annotations.map(({ startSeconds, endSeconds, cells }) => [
            startSeconds,
            endSeconds,
            ...cells,
          ]),
        ).toEqual(
          rows.map((row) => [
            row.start,
            row.end,
            row.extra,
            String(row.start),
            String(row.end),
            row.label,
            row.note,
          ]),
        );
        const again = parseAnnotations(formatAnnotations(table));
        expect(again.columns).toEqual(table.columns);
        expect(again.annotations.map(({ cells }) => cells)).toEqual(
          table.annotations.map(({ cells }) => cells),
        );
      }),
    );
  });

  it("quotes around text alone (R) and around everything come back byte for byte", () => {
    for (const text of [
      'file,start,end,label\n"a.wav",1,2.5,"x"\n"b ""c"".wav",1e3,2e3,NA\n'.replace(
        "file,start,end,label",
        '"file","start","end","label"',
      ),
      '"start"\t"end"\t"label"\r\n"1"\t"2"\t""\r\n',
    ]) {
      const table = parseAnnotations(text);
      expect(table.annotations[0]?.label).toBe(text.includes("file") ? "x" : undefined);
      expect(formatAnnotations(table)).toBe(text);
    }
  });

  it("a tab-separated table with quotes as letters survives", () => {
    const raw = fc.string({ unit: fc.constantFrom(..."ab\"' ,;") });
    fc.assert(
      fc.property(fc.array(fc.tuple(seconds, raw, raw), { minLength: 1, maxLength: 6 }), (rows) => {
        const lines = rows.map(([start, label, note]) => [start, start, label, note, "x"].join("\t"));
        const text = `${["Begin Time (s)\tEnd Time (s)\tSpecies\tNotes\tlast", ...lines].join("\n")}\n`;
        expect(formatAnnotations(parseAnnotations(text))).toBe(text);
      }),
    );
  });
});

describe("a table that was changed", () => {
  it("rewrites the changed cells alone", () => {
    const table = parseAnnotations(CANONICAL.raven);
    const annotations = table.annotations.map((row, i) =>
      i === 0 ? { ...row, label: "EATO", endSeconds: 5 } : row,
    );
    const before = CANONICAL.raven.split("\n");
    const after = formatAnnotations({ ...table, annotations }).split("\n");
    expect(after[1]).toBe(before[1]?.replace("4.110570810999974", "5").replace("WOTH", "EATO"));
    expect([after[0], after[2]]).toEqual([before[0], before[2]]);
  });

  it("moves begin, end and file offset together in a joined table", () => {
    const table = parseAnnotations(CANONICAL["birdnet-raven"]);
    const moved = table.annotations.map((row) => ({ ...row, startSeconds: 4, endSeconds: 7 }));
    const [, first, last] = formatAnnotations({ ...table, annotations: moved }).split("\n");
    expect(first).toContain("\t4\t7\t");
    expect(last).toBe("2\tSpectrogram 1\t1\t64\t67\t0\t15000\tCommon Raven\tcomrav\t0.5000\t/data/b.wav\t4");
  });
});

describe("conversion", () => {
  const meaning = (text: string) =>
    parseAnnotations(text).annotations.map(({ startSeconds, endSeconds, label }) => [
      startSeconds,
      endSeconds,
      label,
    ]);

  for (const from of Object.keys(CANONICAL) as AnnotationFormat[]) {
    for (const to of Object.keys(CANONICAL) as AnnotationFormat[]) {
      it(`${from} to ${to} keeps times and labels, and names what it loses`, () => {
        const source = parseAnnotations(CANONICAL[from]);
        const { table, lost } = convertAnnotations(source, to);
        const text = formatAnnotations(table);
        expect(parseAnnotations(text, { format: to }).format).toBe(to);
        expect(meaning(text)).toEqual(meaning(CANONICAL[from]));
        if (from === "csv" && to === "audacity") expect(lost).toEqual(["observer", "the file"]);
        if (from === "csv" && to === "raven") expect(lost).toEqual([]);
      });
    }
  }

  it("raven and back through csv: every column, its order and every cell", () => {
    const source = parseAnnotations(CANONICAL.raven);
    const there = formatAnnotations(convertAnnotations(source, "csv").table);
    const back = convertAnnotations(parseAnnotations(there), "raven").table;
    const byName = (table: typeof source) =>
      table.annotations.map((row) =>
        Object.fromEntries(table.columns.map((name, i) => [name, row.cells[i] ?? ""])),
      );
    const wanted = byName(source).map(({ Species, ...rest }) => ({
      ...rest,
      Annotation: Species,
      "Begin Time (s)": String(Number(rest["Begin Time (s)"])),
      "End Time (s)": String(Number(rest["End Time (s)"])),
    }));
    expect(byName(back)).toEqual(wanted);
  });
});

describe("files", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "annotations-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("UTF-16 from a spreadsheet and Windows-1252 by name come back byte for byte", async () => {
    const text = "start\tend\tlabel\n0\t1\tGrünfink\n";
    const wide = Buffer.from(`\ufeff${text}`, "utf16le");
    const narrow = Buffer.from(text, "latin1");
    for (const [bytes, options] of [[wide, {}] as const, [narrow, { encoding: "windows-1252" }] as const]) {
      const path = join(folder, "in.txt");
      await writeFile(path, bytes);
      const table = await readAnnotations(path, options);
      expect(table.annotations[0]?.label).toBe("Grünfink");
      await writeAnnotations(join(folder, "out.txt"), table);
      expect(await readFile(join(folder, "out.txt"))).toEqual(bytes);
    }
  });
});
