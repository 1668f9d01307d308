/** A progress bar that stays in its place, in a notebook or a terminal. */
import type { ImportProgress } from "../importer/options.js";
import { importProgressText } from "../importer/progress.js";
import { positiveNumber } from "../units.js";
import { notebookHost } from "./host.js";
import { escapeHtml } from "./html.js";

/** Options of {@link progressBar}. */
export interface ProgressOptions {
  /** What is being done. Default `progress`. */
  readonly label?: string | undefined;
  /** What is counted, such as `pages`. Default nothing. */
  readonly unit?: string | undefined;
}

/** A running progress bar. */
export interface ProgressBar {
  /** Sets how much of the total is done. */
  update(done: number): void;
  /** Adds to what is done; 1 unless said otherwise. */
  tick(amount?: number): void;
  /** Draws the last state and ends the line; more calls do nothing. */
  finish(): void;
}

/** Redraws at most this often, in milliseconds: ten times a second looks smooth. */
const REDRAW_MS = 100;

let bars = 0;

/**
 * A progress bar with rate and time left, updated in place.
 *
 * In a notebook it is one output that changes; in a terminal one line on stderr; nothing where stderr is a file.
 *
 * @param total how much there is to do, above 0, in any unit
 * @param options `label` and `unit`
 * @returns the bar: call `update` or `tick` while working, `finish` at the end
 * @throws {OpusZarrError} of kind `argument` when `total` is no positive number
 * @example
 * ```ts
 * const bar = progressBar(3, { label: "import", unit: "files" });
 * for (let file = 0; file < 3; file++) bar.tick();
 * bar.finish();
 * ```
 */
export function progressBar(total: number, options: ProgressOptions = {}): ProgressBar {
  positiveNumber("total", total);
  const place = openPlace();
  const began = performance.now();
  let done = 0;
  let finished = false;
  const draw = (): void => {
    const state = progressState({ done, total, seconds: (performance.now() - began) / 1000 });
    place.draw(state.share, progressText(state, options));
  };
  const update = (value: number): void => {
    if (finished) return;
    done = Math.max(0, Math.min(total, value));
    if (place.due()) draw();
  };
  return {
    update,
    tick: (amount = 1) => update(done + amount),
    finish() {
      if (finished) return;
      draw();
      finished = true;
      place.end();
    },
  };
}

/**
 * Shows how far an import is, in its place: files, bytes, rate, time left and pages.
 *
 * @param options `label`, `import` by default
 * @returns what `importRecordings` takes for `onProgress`; one for each import
 * @example
 * ```ts
 * await importRecordings(archive, ["site1/"], { onProgress: importProgress() });
 * ```
 */
export function importProgress(
  options: Pick<ProgressOptions, "label"> = {},
): (progress: ImportProgress) => void {
  const place = openPlace();
  let ended = false;
  return (progress) => {
    const { files, filesDone, bytes, bytesDone } = progress;
    if (ended || (filesDone < files && !place.due())) return;
    ended = filesDone === files;
    place.draw(
      bytes > 0 ? bytesDone / bytes : 1,
      `${labelText(options, "import")}  ${importProgressText(progress)}`,
    );
    if (ended) place.end();
  };
}

/** One place on the page or the terminal, drawn over and over. */
interface Place {
  /** Whether it was left alone for long enough. */
  due(): boolean;
  draw(share: number, text: string): void;
  end(): void;
}

function openPlace(): Place {
  const host = notebookHost();
  const id = `opus-zarr-progress-${process.pid}-${Date.now().toString(36)}-${bars++}`;
  let drawn = Number.NEGATIVE_INFINITY;
  return {
    due: () => performance.now() - drawn >= REDRAW_MS,
    draw(share, text) {
      drawn = performance.now();
      host.show({ "text/plain": text, "text/html": progressHtml(share, text) }, id);
    },
    end() {
      if (host.kind === "terminal" && process.stderr.isTTY) process.stderr.write("\n");
    },
  };
}

function labelText({ label }: ProgressOptions, otherwise: string): string {
  return (label ?? otherwise).replace(/\p{Cc}/gu, "\uFFFD");
}

/** How far something is, and how fast it goes. */
export interface ProgressState {
  readonly done: number;
  readonly total: number;
  /** From 0 to 1. */
  readonly share: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** Infinite while nothing is done. */
  readonly secondsLeft: number;
}

/** Rate and time left from what is done so far. */
export function progressState(at: { done: number; total: number; seconds: number }): ProgressState {
  const perSecond = at.seconds > 0 ? at.done / at.seconds : 0;
  const secondsLeft =
    at.done >= at.total ? 0 : perSecond > 0 ? (at.total - at.done) / perSecond : Number.POSITIVE_INFINITY;
  return { ...at, share: at.done / at.total, perSecond, secondsLeft };
}

/** `import  45% 450/1000 pages  123 pages/s  4 s left`. */
export function progressText(state: ProgressState, options: ProgressOptions = {}): string {
  const unit = options.unit === undefined ? "" : ` ${options.unit}`;
  const time =
    state.secondsLeft === 0
      ? `in ${duration(state.seconds)}`
      : Number.isFinite(state.secondsLeft)
        ? `${duration(state.secondsLeft)} left`
        : "…";
  const counted = `${short(state.done)}/${short(state.total)}${unit}`;
  const rate = `${short(state.perSecond)}${unit}/s`;
  return `${labelText(options, "progress")}  ${Math.floor(state.share * 100)}%  ${counted}  ${rate}  ${time}`;
}

function progressHtml(share: number, text: string): string {
  const percent = (share * 100).toFixed(1);
  return `<div style="font-size:13px"><div style="width:320px;max-width:100%;height:10px;background:#8883;border-radius:5px;overflow:hidden">\
<div style="width:${percent}%;height:100%;background:#0072b2"></div></div>${escapeHtml(text)}</div>`;
}

/** Whole numbers in full, others with three digits that count. */
function short(value: number): string {
  return Number.isInteger(value) || value >= 1000
    ? Math.round(value).toLocaleString("en-US")
    : String(Number(value.toPrecision(3)));
}

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`. */
function duration(seconds: number): string {
  if (seconds < 10) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
