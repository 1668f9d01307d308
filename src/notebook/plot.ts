/** What a chart is: plain JSON that plotly understands, of the few kinds that we also draw into a static picture. */
import { Buffer } from "node:buffer";

/** A typed array in plotly's JSON form: base64 of its little-endian bytes. */
export interface PackedArray {
  readonly dtype: "i1" | "f4";
  readonly bdata: string;
  /** `rows, columns` of a table; left out for a list. */
  readonly shape?: string | undefined;
}

/** How far a value may be off on both sides, in its own unit. */
export interface ErrorBars {
  readonly type: "data";
  readonly symmetric: false;
  readonly array: readonly number[];
  readonly arrayminus: readonly number[];
  readonly color?: string | undefined;
  readonly thickness?: number | undefined;
}

/** Points joined by a line, or marked, or written as text; `null` breaks the line. */
export interface LineTrace {
  readonly type: "scatter";
  readonly mode: "lines" | "markers" | "lines+markers" | "text";
  readonly x: readonly (number | string | null)[] | PackedArray;
  readonly y: readonly (number | null)[] | PackedArray;
  readonly name?: string | undefined;
  readonly text?: readonly string[] | undefined;
  readonly textposition?: readonly ("top right" | "bottom right")[] | undefined;
  readonly textfont?: { readonly color: string } | undefined;
  readonly line?:
    | { readonly color: string; readonly width: number; readonly dash?: "dash" | undefined }
    | undefined;
  readonly marker?:
    | {
        readonly color: string;
        readonly size: number;
        readonly symbol?: "circle" | "circle-open" | undefined;
      }
    | undefined;
  readonly error_y?: ErrorBars | undefined;
  readonly hoverinfo?: "skip" | "text" | undefined;
  readonly hovertext?: readonly string[] | undefined;
  readonly showlegend?: boolean | undefined;
  readonly legendgroup?: string | undefined;
}

/** Colours over a regular grid: row i of `z` at `y0 + i·dy`, column k at `x0 + k·dx`. */
export interface HeatmapTrace {
  readonly type: "heatmap";
  readonly z: PackedArray;
  readonly x0: number;
  readonly dx: number;
  readonly y0: number;
  readonly dy: number;
  readonly zmin: number;
  readonly zmax: number;
  readonly colorscale: readonly (readonly [at: number, color: string])[];
  readonly colorbar: { readonly title: { readonly text: string } };
  readonly zsmooth: "fast" | false;
  readonly name?: string | undefined;
  readonly hovertemplate?: string | undefined;
  readonly showlegend?: boolean | undefined;
}

/** Bars: upright over `x`, or lying (`orientation: "h"`) from `base` on row `y`. */
export interface BarTrace {
  readonly type: "bar";
  readonly x: readonly (number | string | null)[];
  readonly y: readonly (number | string | null)[];
  readonly name?: string | undefined;
  readonly orientation?: "h" | undefined;
  readonly base?: readonly number[] | undefined;
  readonly width?: number | undefined;
  readonly marker: {
    readonly color: string;
    readonly line?: { readonly color: string; readonly width: number } | undefined;
  };
  readonly error_y?: ErrorBars | undefined;
  readonly hoverinfo?: "text" | undefined;
  readonly hovertext?: readonly string[] | undefined;
  readonly textposition?: "none" | undefined;
  readonly showlegend?: boolean | undefined;
}

/** One thing drawn in a chart. */
export type PlotTrace = LineTrace | HeatmapTrace | BarTrace;

/** One axis of a chart. */
export interface PlotAxis {
  readonly title?: { readonly text: string } | undefined;
  readonly type?: "linear" | "log" | "category" | undefined;
  /** Of a log axis in powers of ten, as plotly has it. */
  readonly range?: readonly [number, number] | undefined;
  readonly tickmode?: "array" | undefined;
  readonly tickvals?: readonly number[] | undefined;
  readonly ticktext?: readonly string[] | undefined;
  readonly zeroline?: boolean | undefined;
  readonly gridcolor?: string | undefined;
  readonly automargin?: boolean | undefined;
}

/** Everything about a chart but its traces. */
export interface PlotLayout {
  readonly title?: { readonly text: string } | undefined;
  readonly xaxis?: PlotAxis | undefined;
  readonly yaxis?: PlotAxis | undefined;
  readonly showlegend?: boolean | undefined;
  readonly barmode?: "group" | "overlay" | undefined;
  /** Height in pixels. */
  readonly height?: number | undefined;
  readonly template?: { readonly layout: Readonly<Record<string, unknown>> } | undefined;
  readonly margin?: Readonly<Record<"l" | "r" | "t" | "b", number>> | undefined;
  readonly legend?: Readonly<Record<string, unknown>> | undefined;
  readonly plot_bgcolor?: string | undefined;
  readonly dragmode?: "zoom" | "pan" | undefined;
  readonly hovermode?: "closest" | "x" | false | undefined;
}

/** A chart as plain JSON: shown by `showPlot`, drawn by `plotPng`, or handed to plotly as it is. */
export interface Plot {
  readonly data: readonly PlotTrace[];
  readonly layout: PlotLayout;
}

/** The house colours, in the order in which series take them: legible for colour-blind readers (Okabe and Ito). */
const SERIES_COLORS: readonly string[] = [
  "#0072b2",
  "#e69f00",
  "#009e73",
  "#d55e00",
  "#cc79a7",
  "#56b4e9",
  "#7f7f7f",
];

/** The colour of series `index`, going round. */
export function seriesColor(index: number): string {
  return SERIES_COLORS[index % SERIES_COLORS.length] as string;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  // Two of these would make TeX of a name where MathJax is loaded, as in nbconvert's pages.
  $: "&#36;",
};

/** Makes any text safe as a label in plotly, which reads labels as a kind of HTML. */
export function plotText(text: string): string {
  return text.replace(/[&<>$]/g, (char) => ENTITIES[char] as string);
}

/** What a reader sees of a label made with {@link plotText}. */
export function labelText(label: string): string {
  return label.replace(/&#36;/g, "$").replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
}

/** The title part of a layout. */
export function titled(title: string | undefined): Pick<PlotLayout, "title"> {
  return title === undefined ? {} : { title: { text: plotText(title) } };
}

/** Packs numbers the way plotly unpacks them. */
export function packArray(values: Int8Array | Float32Array, shape?: readonly [number, number]): PackedArray {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return {
    dtype: values instanceof Int8Array ? "i1" : "f4",
    bdata: base64Of(bytes),
    ...(shape && { shape: `${shape[0]}, ${shape[1]}` }),
  };
}

/** The numbers of a packed array. */
export function unpackArray(packed: PackedArray): Int8Array | Float32Array {
  const bytes = bytesOfBase64(packed.bdata);
  return packed.dtype === "i1" ? new Int8Array(bytes.buffer) : new Float32Array(bytes.buffer);
}

/** Base64 of bytes. */
export function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

/** Bytes of base64. */
export function bytesOfBase64(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "base64"));
}
