/** The executed notebooks as HTML in a real browser, with the network off. Runs after `npm run notebooks`. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reportPage, waveformPlot } from "../../dist/index.js";
import { PYTHON, pythonHas } from "../python.js";
import { drawnPlots, launchBrowser, PATIENCE_MS, watchedPage } from "./browser.js";
import { chromium } from "./chromium.js";
import { complaints, executedCopy, notebookPaths, plotCalls, readNotebook } from "./executed.js";

const OUT = fileURLToPath(new URL("../../out/exports/", import.meta.url));

/** nbconvert's own template fetches two scripts, RequireJS and MathJax; neither is ours, nor needed by our outputs. */
const NOTHING = "data:text/javascript,";
const OFFLINE = [`--HTMLExporter.require_js_url=${NOTHING}`, `--HTMLExporter.mathjax_url=${NOTHING}`];

const hasNbconvert = process.env["OPUS_ZARR_PYTHON"] !== undefined && pythonHas("nbconvert");
const notebooks = notebookPaths().map((path) => {
  const copy = executedCopy(path);
  const missing = [
    ...(copy ? [] : ["an executed copy in out/notebooks (npm run notebooks)"]),
    ...(hasNbconvert ? [] : ["a Python with nbconvert in OPUS_ZARR_PYTHON"]),
    ...(chromium ? [] : ["Chromium"]),
  ];
  return { name: basename(path, ".ipynb"), copy, missing };
});
const ready = notebooks.filter(({ missing }) => missing.length === 0);

describe("a notebook's HTML export", () => {
  let browser: Browser | undefined;

  beforeAll(async () => {
    if (ready.length === 0) return;
    mkdirSync(OUT, { recursive: true });
    const files = ready.flatMap(({ copy }) => copy ?? []);
    const args = ["-m", "nbconvert", "--to", "html", ...OFFLINE, "--output-dir", OUT, ...files];
    execFileSync(PYTHON, args, { stdio: ["ignore", "ignore", "pipe"] });
    browser = await launchBrowser();
  }, 2 * PATIENCE_MS);
  afterAll(async () => await browser?.close());

  for (const { name, copy, missing } of notebooks) {
    const title = missing.length > 0 ? `${name} (needs ${missing.join(", ")})` : name;
    it.skipIf(missing.length > 0)(
      `${title}: no error, every chart drawn`,
      { timeout: 2 * PATIENCE_MS },
      async () => {
        const file = readNotebook(copy ?? "");
        expect(complaints(file)).toEqual([]);
        const { page, ...watched } = await watchedPage(browser as Browser);
        await page.goto(`file://${join(OUT, `${name}.html`)}`);
        const plots = await drawnPlots(page, plotCalls(file));
        await page.screenshot({ path: join(OUT, `${name}.png`), fullPage: true });
        for (const plot of plots) {
          expect(plot.visibleTraces, plot.title).toBeGreaterThan(0);
          expect(plot.hiddenTraces, plot.title).toBe(0);
          expect(plot.inkedTraces, plot.title).toBeGreaterThan(0);
          expect(Math.min(plot.width, plot.height), plot.title).toBeGreaterThan(200);
        }
        expect(await page.locator("table tbody tr").count()).toBeGreaterThan(0);
        expect(watched).toEqual({ complaints: [], dialogs: [], outside: [] });
        // A picture of one colour would compress to less.
        expect(readFileSync(join(OUT, `${name}.png`)).length).toBeGreaterThan(50_000);
        await page.close();
      },
    );
  }

  it.skipIf(!chromium)(
    `what has nothing to see is noticed${chromium ? "" : " (needs Chromium)"}`,
    async () => {
      browser ??= await launchBrowser();
      const { page } = await watchedPage(browser);
      const empty = waveformPlot(Float32Array.of(), { sampleRateHz: 48_000, title: "nothing" });
      const full = waveformPlot(Float32Array.of(0, 1, 0), { sampleRateHz: 48_000, title: "something" });
      await page.setContent(reportPage({ title: "two charts", charts: [empty, full] }));
      const plots = await drawnPlots(page, 2);
      expect(plots.map((plot) => [plot.title, plot.inkedTraces])).toEqual([
        ["nothing", 0],
        ["something", 1],
      ]);
      await page.close();
    },
  );
});
