/** The ground truth of a soundscape as tables that other programs read. */
import type { SoundscapeEvent } from "./soundscape.js";

/**
 * A plain table: `label,start_s,end_s,low_hz,high_hz`, one line an event.
 *
 * @example
 * ```ts
 * soundscapeCsv([{ label: "rain", startSeconds: 1, endSeconds: 2.5, lowHz: 1000, highHz: 12000 }]);
 * // label,start_s,end_s,low_hz,high_hz
 * // rain,1.000,2.500,1000,12000
 * ```
 */
export function soundscapeCsv(events: readonly SoundscapeEvent[]): string {
  const rows = events.map((e) =>
    [e.label, e.startSeconds.toFixed(3), e.endSeconds.toFixed(3), e.lowHz, e.highHz].join(","),
  );
  return `${["label,start_s,end_s,low_hz,high_hz", ...rows].join("\n")}\n`;
}

const RAVEN_COLUMNS = [
  "Selection",
  "View",
  "Channel",
  "Begin Time (s)",
  "End Time (s)",
  "Low Freq (Hz)",
  "High Freq (Hz)",
  "Annotation",
];

/** A Raven selection table: tab-separated, one line an event, the label in the column `Annotation`. */
export function soundscapeRaven(events: readonly SoundscapeEvent[]): string {
  const rows = events.map((e, i) => [
    i + 1,
    "Spectrogram 1",
    1,
    e.startSeconds.toFixed(3),
    e.endSeconds.toFixed(3),
    e.lowHz.toFixed(1),
    e.highHz.toFixed(1),
    e.label,
  ]);
  return `${[RAVEN_COLUMNS, ...rows].map((row) => row.join("\t")).join("\n")}\n`;
}

/**
 * Samples as 16-bit little-endian PCM, what encoders take.
 *
 * @param samples within ±1
 * @returns two bytes a sample
 */
export function pcm16(samples: Float32Array): Uint8Array {
  const bytes = new Uint8Array(2 * samples.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < samples.length; i++) {
    const step = Math.round((samples[i] as number) * 32_767);
    view.setInt16(2 * i, Math.min(32_767, Math.max(-32_768, step)), true);
  }
  return bytes;
}
