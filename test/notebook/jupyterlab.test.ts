/** The first notebook as a reader meets it: in JupyterLab, on our kernel, every cell run from the menu. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, expect, it } from "vitest";
import { installKernel } from "../../dist/cli/kernel.js";
import { PYTHON, pythonHas } from "../python.js";
import { drawnPlots, launchBrowser, PATIENCE_MS, type WatchedPage, watchedPage } from "./browser.js";
import { chromium } from "./chromium.js";
import {
  codeCells,
  complaints,
  type NotebookFile,
  notebookPaths,
  plotCalls,
  readNotebook,
} from "./executed.js";
import { type JupyterLab, startJupyterLab } from "./jupyterlab.js";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const OUT = join(repository, "out", "jupyterlab");
const LIMIT_MS = 6 * PATIENCE_MS;

const missing = [
  ...(process.env["OPUS_ZARR_PYTHON"] !== undefined && pythonHas("jupyterlab")
    ? []
    : ["a Python with JupyterLab in OPUS_ZARR_PYTHON"]),
  ...(chromium ? [] : ["Chromium"]),
];
const needs = missing.length > 0 ? ` (needs ${missing.join(", ")})` : "";
const folder = mkdtempSync(join(tmpdir(), "opus-zarr-lab-"));
let lab: JupyterLab | undefined;
let browser: Browser | undefined;

afterAll(async () => {
  await browser?.close();
  await lab?.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}, PATIENCE_MS);

it.skipIf(missing.length > 0)(
  `the first notebook runs whole in JupyterLab: table, player and charts${needs}`,
  { timeout: LIMIT_MS },
  async () => {
    const source = readNotebook(notebookPaths()[0] ?? "");
    const notebooks = withoutOutputs(source);
    lab = await startLab(notebooks);
    browser = await launchBrowser();
    const watched = await watchedPage(await browser.newContext({ viewport: { width: 1400, height: 1000 } }));
    await openNotebook(watched.page, `${lab.url}lab/tree/first.ipynb?token=${lab.token}`);
    await runAllCells(watched.page, codeCells(source).length);
    await expectOutputs(watched, source);
    await saveAndCheck(watched.page, join(notebooks, "first.ipynb"), source);
    expect(watched.dialogs).toEqual([]);
    expect(watched.outside).toEqual([]);
    expect(watched.complaints).toEqual([]);
    await browser.close();
    expect(await lab.stop()).toEqual([]);
  },
);

/** A folder with the notebook alone, as it is before it ever ran. */
function withoutOutputs(file: NotebookFile): string {
  const notebooks = join(folder, "notebooks");
  mkdirSync(notebooks);
  const cells = file.cells.map((cell) =>
    cell.cell_type === "code" ? { ...cell, outputs: [], execution_count: null } : cell,
  );
  writeFileSync(join(notebooks, "first.ipynb"), JSON.stringify({ ...file, cells }));
  return notebooks;
}

/** Our kernel under both names that `npm run lab` gives it. */
async function startLab(notebooks: string): Promise<JupyterLab> {
  const prefix = join(folder, "prefix");
  for (const name of ["opus-zarr", "tslab"]) await installKernel({ prefix, name, cwd: repository });
  return await startJupyterLab({ python: PYTHON, notebooks, prefix, limitMs: 2 * PATIENCE_MS });
}

async function openNotebook(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.locator(".jp-NotebookPanel .jp-Cell").first().waitFor();
  const kernel = page.locator(".jp-NotebookPanel-toolbar .jp-KernelName");
  await kernel.filter({ hasText: "TypeScript (opus-zarr)" }).waitFor();
  await page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').waitFor();
}

/** Each cell that has run shows its number. */
async function runAllCells(page: Page, count: number): Promise<void> {
  await page.getByRole("menuitem", { name: "Run", exact: true }).click();
  await page.getByRole("menuitem", { name: "Run All Cells", exact: true }).click();
  await page.waitForFunction(
    (cells) => {
      const prompts = [...document.querySelectorAll(".jp-CodeCell .jp-InputArea-prompt")];
      return prompts.filter((prompt) => /\[\d+\]/.test(prompt.textContent ?? "")).length >= cells;
    },
    count,
    { timeout: 3 * PATIENCE_MS, polling: 500 },
  );
}

async function expectOutputs({ page }: WatchedPage, file: NotebookFile): Promise<void> {
  const plots = await drawnPlots(page, plotCalls(file));
  mkdirSync(OUT, { recursive: true });
  await page.locator(".opus-zarr-plot").first().scrollIntoViewIfNeeded();
  await page.screenshot({ path: join(OUT, "first-archive.png") });
  for (const plot of plots) expect(plot.inkedTraces, plot.title).toBeGreaterThan(0);
  const tables = page.locator(".jp-OutputArea-output table");
  expect(await tables.count()).toBeGreaterThan(0);
  expect(await tables.last().locator("tbody tr").count()).toBeGreaterThan(5);
  const player = page.locator(".jp-OutputArea-output audio");
  expect(await player.count()).toBe(1);
  await player.scrollIntoViewIfNeeded();
  await expect
    .poll(() => player.evaluate((audio: HTMLAudioElement) => audio.duration), { timeout: PATIENCE_MS })
    .toBeCloseTo(2, 2);
}

/** Saved from JupyterLab, the file has every output and no error. */
async function saveAndCheck(page: Page, path: string, source: NotebookFile): Promise<void> {
  await page.getByRole("menuitem", { name: "File", exact: true }).click();
  await page.locator('.lm-Menu-item[data-command="docmanager:save"]').click();
  const counts = (): (number | null | undefined)[] =>
    codeCells(readNotebook(path)).map((cell) => cell.execution_count);
  await expect.poll(counts, { timeout: PATIENCE_MS }).toEqual(codeCells(source).map((_, index) => index + 1));
  expect(complaints(readNotebook(path))).toEqual([]);
}
