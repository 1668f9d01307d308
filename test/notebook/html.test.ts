import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { audioHtml } from "../../src/notebook/audio.js";
import { chartHtml, escapeHtml, scriptJson } from "../../src/notebook/html.js";
import { progressState, progressText } from "../../src/notebook/progress.js";
import { waveformPlot } from "../../src/notebook/signal-plots.js";
import { tableHtml, tableText, viewTable } from "../../src/notebook/tables.js";

const EVIL = `</script><script>alert(1)</script><img src=x onerror="alert(1)">'`;

/** What a browser shows of escaped text. */
function seen(html: string): string {
  return html
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, "&");
}

describe("escaping", () => {
  it("leaves no markup and loses nothing", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const html = escapeHtml(text);
        expect(html).not.toMatch(/[<>"']/);
        expect(seen(html)).toBe(text);
      }),
    );
  });

  it("keeps JSON whole inside a script element", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = scriptJson(value);
        expect(json).not.toMatch(/[<\u2028\u2029]/);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
    expect(scriptJson(EVIL)).not.toContain("</script");
  });

  it("holds in a chart's title, its alternative text and its id", () => {
    const plot = waveformPlot(Float32Array.of(0, 1), { sampleRateHz: 2, title: EVIL });
    const html = chartHtml(plot, { id: "a", picture: "AAAA" });
    expect(html.match(/<script>/g)).toHaveLength(1);
    expect(html.match(/<\/script>/g)).toHaveLength(1);
    expect(html.match(/<img/g)).toHaveLength(1);
  });

  it("holds in a player's caption", () => {
    const html = audioHtml({ channels: [Float32Array.of(0, 0.5)], sampleRateHz: 8000 }, { title: EVIL });
    expect(html).not.toContain("<script");
    expect(html).not.toContain("<img");
  });
});

describe("audioHtml", () => {
  const wavOf = (html: string): Buffer => Buffer.from(/base64,([^"]+)"/.exec(html)?.[1] ?? "", "base64");

  it("carries a 16-bit WAV file, clipped where samples overshoot", () => {
    const wav = wavOf(audioHtml({ channels: [Float32Array.of(0.5, 2, -2)], sampleRateHz: 48_000 }));
    expect(wav.toString("latin1", 0, 4)).toBe("RIFF");
    expect(wav.readUInt32LE(24)).toBe(48_000);
    expect([0, 1, 2].map((i) => wav.readInt16LE(44 + 2 * i))).toEqual([16_384, 32_767, -32_768]);
  });

  it("slows ultrasound down ten times and says so, and cuts what is too long", () => {
    const html = audioHtml(
      { channels: [new Int16Array(250_000)], sampleRateHz: 250_000 },
      { maxSeconds: 0.1 },
    );
    expect(wavOf(html).readUInt32LE(24)).toBe(25_000);
    expect(wavOf(html).length).toBe(44 + 2 * 25_000);
    expect(html).toContain("10 times slower");
    expect(html).toContain("the first 0.1 s");
  });
});

describe("tables", () => {
  const rows = Array.from({ length: 100 }, (_, i) => ({
    id: `rec${i}`,
    seconds: i + 1 / 3,
    label: i % 2 ? null : "x",
  }));

  it("shows the first and last rows of a long table, and its whole size", () => {
    const view = viewTable(rows, { rows: 4 });
    expect(view.body.map((row) => row.index)).toEqual(["0", "1", "…", "98", "99"]);
    expect(view.size).toBe("100 rows × 3 columns");
    expect(view.body[0]?.cells.map((cell) => cell.text)).toEqual(["rec0", "0.333333", "x"]);
  });

  it("shows the first and last columns of a wide one", () => {
    const wide = [Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`c${i}`, i]))];
    expect(viewTable(wide, { columns: 3 }).head).toEqual(["c0", "c1", "…", "c29"]);
  });

  it("takes a frame, one of a single column as well", () => {
    const frame = { columns: ["a"], index: ["x", "y"], values: [1, 2] };
    expect(viewTable(frame).body.map(({ index, cells }) => [index, cells[0]?.text])).toEqual([
      ["x", "1"],
      ["y", "2"],
    ]);
  });

  it("escapes names, values and row labels", () => {
    const html = tableHtml({ columns: [EVIL], index: [EVIL], values: [[EVIL]] });
    expect(html).not.toContain("<script");
    expect(html).not.toContain("<img");
    expect(html.split("&lt;/script&gt;").length).toBeGreaterThan(3);
  });

  it("keeps control characters of a tag away from the terminal", () => {
    expect(tableText([{ a: "\u001b[31mred\u0007" }])).not.toMatch(/(?!\n)\p{Cc}/u);
  });

  it("writes values of every kind", () => {
    const odd = [
      { n: Number.NaN, b: 12n, d: new Date(0), o: { k: [1] }, u: undefined, t: true, i: 1e15, s: 1.5e-9 },
    ];
    const texts = viewTable(odd).body[0]?.cells.map((cell) => cell.text);
    expect(texts).toEqual([
      "NaN",
      "12",
      "1970-01-01T00:00:00.000Z",
      '{"k":[1]}',
      "",
      "true",
      "1000000000000000",
      "1.5e-9",
    ]);
  });

  it("refuses limits that show nothing", () => {
    expect(() => tableHtml(rows, { rows: 0 })).toThrow("rows");
  });
});

describe("progress", () => {
  it("reckons rate and time left", () => {
    const state = progressState({ done: 250, total: 1000, seconds: 5 });
    expect(state).toMatchObject({ share: 0.25, perSecond: 50, secondsLeft: 15 });
    expect(progressText(state, { label: "import", unit: "pages" })).toBe(
      "import  25%  250/1,000 pages  50 pages/s  15 s left",
    );
  });

  it("says nothing of the time left at the start, and how long it took at the end", () => {
    expect(progressText(progressState({ done: 0, total: 5, seconds: 1 }))).toContain("…");
    expect(progressText(progressState({ done: 5, total: 5, seconds: 200 }))).toContain("in 3 min 20 s");
  });
});
