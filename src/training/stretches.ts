/** What is decoded for windows: windows that overlap are cut out of one stretch, decoded once. */
import { BYTES_PER_MB } from "../units.js";
import type { DatasetRecording } from "./groups.js";
import type { DatasetLayout, Part, PlacedWindow } from "./layout.js";

/** A longer stretch saves little, and would make the parts that memory is shared out to uneven. */
const STRETCH_BYTES = 16 * BYTES_PER_MB;
/** Of a sample as it is decoded. */
const SAMPLE_BYTES = 4;

/** A run of samples of one recording, with the windows that lie on it. */
export interface Stretch {
  readonly recording: string;
  readonly startSample: number;
  readonly endSample: number;
  /** In their order. */
  readonly windows: readonly PlacedWindow[];
  /** Whether a part of the dataset begins here. */
  readonly opensPart: boolean;
}

/**
 * Plans what is decoded for the windows of some parts.
 *
 * No stretch reaches across parts, so that a part has the same bytes whether or not others are written with it. At
 * another rate than its recording's a window is a stretch by itself, as it stands on a grid of its own.
 *
 * @param sampleRate of the dataset in Hz; undefined for each recording's own
 * @returns stretches in the order of the windows
 */
export function planStretches(
  layout: DatasetLayout,
  parts: readonly Part[],
  {
    recordings,
    sampleRate,
  }: {
    readonly recordings: ReadonlyMap<string, DatasetRecording>;
    readonly sampleRate: number | undefined;
  },
): Stretch[] {
  return parts.flatMap((part) => {
    const stretches: OpenStretch[] = [];
    for (const window of layout.windows.slice(part.first, part.end)) {
      const recording = recordings.get(window.recording) as DatasetRecording;
      const own = sampleRate === undefined || sampleRate === recording.sampleRate;
      const most = own ? STRETCH_BYTES / SAMPLE_BYTES / recording.channels : 0;
      const last = stretches.at(-1);
      if (last !== undefined && continues(last, window, most)) {
        last.endSample = Math.max(last.endSample, window.endSample);
        last.windows.push(window);
      } else {
        const { recording: id, startSample, endSample } = window;
        stretches.push({
          recording: id,
          startSample,
          endSample,
          windows: [window],
          opensPart: stretches.length === 0,
        });
      }
    }
    return stretches;
  });
}

interface OpenStretch extends Stretch {
  endSample: number;
  readonly windows: PlacedWindow[];
}

/** Whether a window begins on the stretch, and the two together are not too long. */
function continues(stretch: Stretch, window: PlacedWindow, mostSamples: number): boolean {
  return (
    window.recording === stretch.recording &&
    window.startSample >= stretch.startSample &&
    window.startSample <= stretch.endSample &&
    window.endSample - stretch.startSample <= mostSamples
  );
}
