/** Shows things in a notebook cell, or in words on a terminal. */
import { notebookHost } from "./host.js";
import { altText, chartHtml, plotlyScript } from "./html.js";
import { plotPng } from "./picture.js";
import { base64Of, type Plot } from "./plot.js";
import { packedPlotly } from "./plotly.js";
import { type TableLimits, type TableSource, tableHtml, tableText } from "./tables.js";

/**
 * Shows a table as pandas does: names on top, numbers to the right, the middle of a long table left out.
 *
 * Every name and value is escaped: a tag with markup in it shows as text.
 *
 * @param frame a danfo DataFrame, or a list of objects with the same keys
 * @param options `rows` (default 10) and `columns` (default 20): how much is shown at most
 * @throws {OpusZarrError} of kind `argument` when a limit is no whole number above 0
 * @example
 * ```ts
 * showFrame([{ size: "4 MB", seconds: 0.52 }, { size: "8 MB", seconds: 0.4 }], { rows: 5 });
 * ```
 */
export function showFrame(frame: TableSource, options: TableLimits = {}): void {
  notebookHost().show({ "text/html": tableHtml(frame, options), "text/plain": tableText(frame, options) });
}

/** Options of {@link showPlot}. */
export interface ShowPlotOptions {
  /** Only the picture, which takes a few kilobytes; default true if `OPUS_ZARR_PLOTS` is `static`. */
  readonly picture?: boolean | undefined;
  /** Embeds the library again, which otherwise only the first chart of a session does. */
  readonly embed?: boolean | undefined;
}

let embedded = false;
let charts = 0;

/**
 * Shows a chart: one to zoom into where scripts run, and beneath it a static picture for GitHub and nbconvert.
 *
 * Nothing is fetched: the first chart of a session brings the library along (2 MB), later ones only their data.
 *
 * @param plot a chart made by one of the plot functions, or plain plotly JSON of the same kinds
 * @param options `picture` for the static picture alone, `embed` to bring the library along again
 * @throws {OpusZarrError} of kind `dependency` when the library is missing from the build
 * @example
 * ```ts
 * showPlot(sweepPlot([{ name: "a", points: [{ label: "4 MB", median: 3 }] }], { valueTitle: "time [s]" }));
 * ```
 */
export function showPlot(plot: Plot, options: ShowPlotOptions = {}): void {
  const host = notebookHost();
  if (host.kind === "terminal") {
    host.show({ "text/plain": `[${altText(plot)}]` });
    return;
  }
  const picture = base64Of(plotPng(plot));
  const bundle = { "text/plain": `[${altText(plot)}]`, "image/png": picture };
  if (options.picture ?? process.env["OPUS_ZARR_PLOTS"] === "static") {
    host.show(bundle);
    return;
  }
  const library = embedded && options.embed !== true ? "" : `${plotlyScript(packedPlotly())}\n`;
  embedded = true;
  const id = `opus-zarr-${process.pid}-${Date.now().toString(36)}-${charts++}`;
  host.show({ ...bundle, "text/html": library + chartHtml(plot, { id, picture }) });
}

/**
 * Shows HTML as it is: escape what you put into it with `escapeHtml`.
 *
 * @param html markup, trusted by you
 * @param options `text`, what a terminal shows instead
 * @example
 * ```ts
 * showHtml(`<b>${escapeHtml("a < b")}</b>`, { text: "a < b" });
 * ```
 */
export function showHtml(html: string, options: { readonly text?: string | undefined } = {}): void {
  notebookHost().show({ "text/html": html, "text/plain": options.text ?? "[HTML]" });
}
