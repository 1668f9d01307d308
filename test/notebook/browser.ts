/** Pages in headless Chromium that reach nothing but this machine, and what became of them. */
import { type Browser, type BrowserContext, chromium as engine, type Page } from "playwright-core";
import { chromium } from "./chromium.js";

/** The machine may be busy: what is waited for is waited for this long. */
export const PATIENCE_MS = 60_000;

/** A page, and all that it did that a page of ours must not do. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors on the console, uncaught exceptions. */
  readonly complaints: string[];
  /** Texts of `alert`, `confirm` and `prompt`. */
  readonly dialogs: string[];
  /** Addresses asked for that are neither in the page nor on this machine. */
  readonly outside: string[];
}

/** Starts Chromium; every name fails to resolve. */
export function launchBrowser(): Promise<Browser> {
  return engine.launch({
    executablePath: chromium as string,
    args: ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"],
    timeout: PATIENCE_MS,
  });
}

/** A fresh page. */
export async function watchedPage(context: Browser | BrowserContext): Promise<WatchedPage> {
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const watched: WatchedPage = { page, complaints: [], dialogs: [], outside: [] };
  page.on("console", (message) => {
    if (message.type() === "error") watched.complaints.push(message.text());
  });
  page.on("pageerror", (error) => watched.complaints.push(String(error)));
  page.on("dialog", (dialog) => {
    watched.dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    const url = new URL(request.url());
    const here = ["file:", "data:", "blob:", "about:"].includes(url.protocol) || url.hostname === "127.0.0.1";
    if (!here) watched.outside.push(request.url());
  });
  return watched;
}

/** One of our charts on a page. */
export interface DrawnPlot {
  readonly title: string;
  /** Traces that plotly holds for visible. */
  readonly visibleTraces: number;
  readonly hiddenTraces: number;
  /** Traces with ink: lines, points, bars, texts or a picture of some extent. */
  readonly inkedTraces: number;
  readonly width: number;
  readonly height: number;
}

/** Waits until every chart of the page, and so many at least, is drawn; says what is on each. */
export async function drawnPlots(page: Page, atLeast: number): Promise<DrawnPlot[]> {
  await page.waitForFunction(
    (count) => {
      const charts = [...document.querySelectorAll(".opus-zarr-plot")];
      return (
        charts.length >= count && charts.every((chart) => chart.querySelector(".cartesianlayer .subplot"))
      );
    },
    atLeast,
    { timeout: PATIENCE_MS },
  );
  return await page.evaluate(plotsOnPage);
}

/** Runs in the page. */
function plotsOnPage(): DrawnPlot[] {
  type Full = { visible: boolean | "legendonly" };
  const inked = (node: Element): boolean => {
    const { width, height } = node.getBoundingClientRect();
    return Math.max(width, height) > 0;
  };
  return [...document.querySelectorAll(".opus-zarr-plot")].map((chart) => {
    const traces = (chart as unknown as { _fullData: Full[] })._fullData;
    const visible = traces.filter((trace) => trace.visible === true).length;
    const groups = [...chart.querySelectorAll(".overplot .trace, .overplot .hm")];
    const drawn = groups.filter((group) =>
      [...group.querySelectorAll("path, image, text")].some((mark) => inked(mark)),
    );
    const { width, height } = chart.getBoundingClientRect();
    return {
      title: chart.querySelector(".gtitle")?.textContent ?? "",
      visibleTraces: visible,
      hiddenTraces: traces.length - visible,
      inkedTraces: drawn.length,
      width,
      height,
    };
  });
}
