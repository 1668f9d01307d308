/** Charts as HTML that needs nothing from anywhere: the library embedded once, then a few lines a chart. */
import { labelText, type Plot } from "./plot.js";

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * Text made safe for HTML, between tags and in attributes.
 *
 * @param text anything
 * @returns the text with `& < > " '` as entities: a browser shows it as it was
 * @example
 * ```ts
 * console.log(escapeHtml("<b>")); // "&lt;b&gt;"
 * ```
 */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ESCAPES[char] as string);
}

/** JSON that can stand inside a script element: no `<` ends it, no line separator breaks it. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The event that tells charts which came first that the library is there. */
const READY_EVENT = "opus-zarr-plotly";

/**
 * The script element that brings plotly along, once a page.
 *
 * @param packed base64 of the gzipped library; the browser unpacks it, and keeps it out of the page's own names
 */
export function plotlyScript(packed: string): string {
  return `<script data-opus-zarr="plotly">
(() => {
  if (window.opusZarrPlotly) return;
  const unpack = async (packed) => {
    const bytes = Uint8Array.from(atob(packed), (char) => char.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const module = { exports: {} };
    new Function("module", "exports", "define", await new Response(stream).text())(module, module.exports);
    return module.exports;
  };
  window.opusZarrPlotly = unpack("${packed}");
  window.dispatchEvent(new Event("${READY_EVENT}"));
})();
</script>`;
}

/** Looks that all charts share. */
const BASE_LAYOUT = {
  autosize: true,
  paper_bgcolor: "#ffffff",
  plot_bgcolor: "#ffffff",
  font: { family: '"Open Sans", "Helvetica Neue", Arial, sans-serif', size: 13, color: "#2a3f5f" },
  modebar: { bgcolor: "#ffffff00" },
  margin: { l: 70, r: 20, t: 40, b: 50 },
};
/** No logo, and above all no button that sends a chart to somebody's server. */
const CONFIG = {
  responsive: true,
  displaylogo: false,
  plotlyServerURL: "",
  modeBarButtonsToRemove: ["sendChartToCloud", "select2d", "lasso2d"],
};
const BASE_AXIS = { gridcolor: "#e5e9f0", linecolor: "#96a0af", ticks: "outside", automargin: true };

/** What {@link chartHtml} needs beside the chart. */
export interface ChartHtmlOptions {
  /** Of the element; nothing else on the page may have it. */
  readonly id: string;
  /** Base64 of a PNG that stands there until the chart does: where scripts are off, or the library is gone. */
  readonly picture?: string | undefined;
}

/** A chart as an element and a script, which waits for {@link plotlyScript} wherever on the page that stands. */
export function chartHtml(plot: Plot, { id, picture }: ChartHtmlOptions): string {
  const { layout } = plot;
  const full = {
    ...BASE_LAYOUT,
    ...layout,
    title: layout.title && { ...layout.title, x: 0.01, xanchor: "left", font: { size: 15 } },
    xaxis: { zeroline: false, ...BASE_AXIS, ...layout.xaxis },
    yaxis: { zeroline: false, ...BASE_AXIS, ...layout.yaxis },
  };
  const image =
    picture === undefined
      ? ""
      : `<img style="max-width:100%" alt="${escapeHtml(altText(plot))}" src="data:image/png;base64,${picture}">`;
  return `<div id="${escapeHtml(id)}" class="opus-zarr-plot" style="width:100%;min-height:${layout.height ?? 360}px">${image}</div>
<script>
(() => {
  const here = document.currentScript?.previousElementSibling;
  const chart = ${scriptJson({ data: plot.data, layout: full })};
  const draw = async () => {
    const plotly = await window.opusZarrPlotly;
    const element = here?.id === ${scriptJson(id)} ? here : document.getElementById(${scriptJson(id)});
    if (!plotly || !element) return;
    element.textContent = "";
    await plotly.newPlot(element, chart.data, chart.layout, ${scriptJson(CONFIG)});
  };
  if (window.opusZarrPlotly) draw();
  else window.addEventListener("${READY_EVENT}", draw, { once: true });
})();
</script>`;
}

/** What a chart is, in words. */
export function altText({ data, layout }: Plot): string {
  const axes = [layout.yaxis?.title?.text, layout.xaxis?.title?.text].filter((text) => text !== undefined);
  const title = layout.title?.text ?? "chart";
  return labelText(
    `${title}${axes.length === 2 ? `: ${axes[0]} over ${axes[1]}` : ""} (${data.map((t) => t.name ?? t.type).join(", ")})`,
  );
}
