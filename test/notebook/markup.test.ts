/** Markup in a recording's tags, name and labels, from the file to the browser: it shows as text and never runs. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundledDataset } from "../../src/datasets/bundled.js";
import { longRecordingPages } from "../../src/datasets/long-recording.js";
import { buildPage } from "../../src/ogg/mux.js";
import { buildOpusTags } from "../../src/opus/tags.js";
import { drawnPlots, launchBrowser, PATIENCE_MS, type WatchedPage, watchedPage } from "./browser.js";
import { runCells, said } from "./cells.js";
import { chromium } from "./chromium.js";

const SCRIPT = `<script>alert("script")</script>`;
const IMAGE = `<img src=x onerror="alert('image')">`;
const EVIL = `${SCRIPT}${IMAGE}`;
const here = fileURLToPath(new URL(".", import.meta.url));
const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const out = fileURLToPath(new URL("../../out/pages/", import.meta.url));

/** A recording of three seconds whose name and comments are markup. */
function evilRecording(folder: string): string {
  const [head, , ...audio] = longRecordingPages(readFileSync(bundledDataset().opus), { durationSeconds: 3 });
  const comments = [
    ["TITLE", SCRIPT],
    ["ARTIST", IMAGE],
    ["COMMENT", EVIL],
    ["DATE", IMAGE],
    [SCRIPT, EVIL],
  ] as const;
  const tags = buildOpusTags({ vendor: EVIL, comments });
  const lacing = Array.from({ length: Math.floor(tags.length / 255) + 1 }, (_, i) =>
    Math.min(255, tags.length - 255 * i),
  );
  const page = buildPage({ flags: 0, granule: 0, serial: 1, sequence: 1, lacing, parts: [tags] });
  // A name cannot hold the slash of an end tag.
  const path = join(folder, `<img src=x onerror="alert('name')">.opus`);
  writeFileSync(path, Buffer.concat([head ?? new Uint8Array(), page, ...audio]));
  return path;
}

/** What a reader does with such a recording: tables, every kind of chart, a player, a progress bar. */
function cells(store: string, file: string): string[] {
  return [
    `import * as oz from "opus-zarr";
     const archive = await oz.openArchive(${JSON.stringify(store)}, { mode: "a" });
     const report = await oz.importRecordings(archive, [${JSON.stringify(file)}]);
     const recording = await archive.recording((await archive.list())[0]);
     const { tags, source } = recording.attributes;
     oz.showFrame(Object.entries(tags).map(([name, value]) => ({ name, value: String(value), [name]: value, file: source.name })));`,
    `const texts = Object.values(tags).map(String);
     const label = texts[0];
     const other = texts[1];
     const segments = [{ startSample: 0, endSample: 48000, label }, { startSample: 72000, endSample: 120000, label: other }];
     const clips = await oz.extractSegments(recording, segments);
     oz.showFrame(await oz.segmentsFrame(clips), { columns: 40 });
     oz.showAudio(clips, { segment: 0 });`,
    `const samples = oz.segmentSamples(clips, 0);
     const rate = { sampleRateHz: clips.sampleRate };
     const box = { startSeconds: 0.2, endSeconds: 0.6, lowHz: 1000, highHz: 9000, label: label };
     const plan = oz.planSegments(await recording.index(), segments);
     oz.showPlot(oz.waveformPlot(samples, { ...rate, title: label }));
     oz.showPlot(oz.annotatedSpectrogramPlot(oz.spectrogram(samples, rate), [box, { ...box, label: "other" }], { title: source.name }));
     oz.showPlot(oz.sweepPlot([{ name: label, points: [{ label: label, median: 3, low: 2, high: 4 }] }], { valueTitle: label, title: label }));
     oz.showPlot(oz.batchPlanPlot(oz.segmentPlanView(plan, await recording.index(), { segments: segments }), { title: label }));`,
    `const bar = oz.progressBar(2, { label: label, unit: label });
     bar.update(1);
     bar.finish();`,
  ];
}

/** Each output as Jupyter puts it into the page. */
function asPage(outputs: readonly string[]): string {
  return `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>outputs</title>\n${outputs
    .map((html) => `<div class="output">${html}</div>`)
    .join("\n")}`;
}

describe.skipIf(!chromium)(`markup in a recording${chromium ? "" : " (needs Chromium)"}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "opus-zarr-markup-"));
  let file = "";
  let browser: Browser;
  beforeAll(async () => {
    mkdirSync(out, { recursive: true });
    file = evilRecording(folder);
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Opens a page, waits for its charts, and checks that nothing of the recording's ran. */
  async function openHarmless(path: string, charts: number): Promise<WatchedPage> {
    const watched = await watchedPage(browser);
    await watched.page.goto(`file://${path}`);
    await drawnPlots(watched.page, charts);
    await watched.page.screenshot({ path: path.replace(/html$/, "png"), fullPage: true });
    expect(watched.dialogs).toEqual([]);
    expect(await watched.page.locator('img[src="x"]').count()).toBe(0);
    expect(watched.complaints).toEqual([]);
    expect(watched.outside).toEqual([]);
    return watched;
  }

  it("would be noticed if it ran", async () => {
    const { page, dialogs } = await watchedPage(browser);
    await page.setContent(asPage([EVIL]));
    await expect.poll(() => dialogs, { timeout: PATIENCE_MS }).toEqual(["script", "image"]);
    await page.close();
  });

  it("is text in the tables, charts, player and progress bar of a cell", {
    timeout: 3 * PATIENCE_MS,
  }, async () => {
    const results = await runCells(here, cells(join(folder, "cells.zarr"), file));
    expect(results.map((result) => said(result, "stderr")).join("")).toBe("");
    expect(results.map((result) => result.ok)).toEqual([true, true, true, true]);
    const outputs = results.flatMap((result) => result.outputs.flatMap((o) => o.data?.["text/html"] ?? []));
    expect(outputs).toHaveLength(8);
    const path = join(out, "markup-cells.html");
    writeFileSync(path, asPage(outputs));
    const { page } = await openHarmless(path, 4);
    const tables = page.locator(".output table");
    expect(await tables.count()).toBe(2);
    expect(await tables.first().textContent()).toContain(SCRIPT);
    expect(await tables.first().textContent()).toContain(IMAGE);
    expect(await tables.first().textContent()).toContain(`onerror="alert('name')`);
    expect(await tables.last().textContent()).toContain("<script>");
    expect(await page.locator("figcaption").textContent()).toContain(SCRIPT);
    expect(await page.locator(".gtitle").first().textContent()).toContain("<script>");
    expect(await page.locator(".legendtext").allTextContents()).toContainEqual(
      expect.stringContaining("<script>"),
    );
    await page.close();
  });

  it("is text in the report", { timeout: 3 * PATIENCE_MS }, async () => {
    execFileSync(process.execPath, [main, "demo", file, "--out", folder], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const path = join(out, "markup-report.html");
    writeFileSync(path, readFileSync(join(folder, "demo.html")));
    const { page } = await openHarmless(path, 4);
    expect(await page.locator("section").first().textContent()).toContain(`<img src=x onerror="alert`);
    await page.close();
  });
});
