/** `dataset.json`: everything that decided about a dataset, and what came of it. */
import { createHash } from "node:crypto";
import { WRITER } from "../version.js";
import type { DatasetRecording } from "./groups.js";
import type { DatasetLayout } from "./layout.js";
import type { DatasetPlan } from "./model.js";
import type { WriteSettings } from "./settings.js";

/** Version of the layout of `dataset.json` and the files that it speaks of. */
const DATASET_FORMAT = 1;

/** What a dataset is made of. */
export interface DescriptionInput {
  readonly plan: DatasetPlan;
  readonly layout: DatasetLayout;
  readonly recordings: ReadonlyMap<string, DatasetRecording>;
  readonly settings: WriteSettings;
  readonly about: Readonly<Record<string, unknown>>;
}

/** A digest of all that decides about the bytes of a dataset. */
export function datasetFingerprint(input: DescriptionInput): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify({ writer: WRITER, ...commonPart(input), parts: input.layout.parts }));
  for (const window of input.layout.windows) {
    const { recording, startSample, endSample, labels, split, group, file } = window;
    hash.update(JSON.stringify([recording, startSample, endSample, labels, split, group, file]));
  }
  return hash.digest("hex");
}

/** The document. */
export function datasetDescription(
  input: DescriptionInput,
  result: {
    readonly fingerprint: string;
    readonly decoder: string;
    readonly holeSeconds: number;
    readonly holes: number;
  },
): string {
  const { plan, layout, settings } = input;
  const document = {
    opus_zarr_dataset: DATASET_FORMAT,
    writer: WRITER,
    decoder: result.decoder,
    exactness: {
      accuracy: settings.accuracy,
      meaning:
        settings.accuracy === "exact"
          ? "samples equal those of a decode of the whole recording from its start by the same decoder"
          : "80 ms of pre-roll (RFC 7845): the first samples of a window may differ audibly",
      windows_with_holes: result.holes,
      hole_seconds: result.holeSeconds,
    },
    ...commonPart(input),
    windows: layout.windows.length,
    files: new Set(layout.windows.map(({ file }) => file)).size,
    classes: plan.classes,
    splits: plan.splits,
    groups_in_several_splits: plan.groupsInSeveralSplits,
    dropped: plan.dropped,
    unannotated_recordings: plan.unannotated,
    too_short_recordings: plan.tooShort,
    fingerprint: result.fingerprint,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function commonPart({
  plan,
  layout,
  recordings,
  settings,
  about,
}: DescriptionInput): Record<string, unknown> {
  const counts = new Map<string, number>();
  for (const { recording } of layout.windows) counts.set(recording, (counts.get(recording) ?? 0) + 1);
  return {
    format: settings.format,
    content: settings.content,
    dtype: settings.dtype,
    sample_rate: layout.shape?.sampleRate ?? settings.sampleRate ?? null,
    shape: layout.shape?.dimensions ?? null,
    channels: settings.channels ?? "all",
    ...(settings.content === "mel" ? { mel: settings.mel } : {}),
    seed: plan.seed,
    ...about,
    recordings: [...counts].map(([id, windows]) => {
      const source = recordings.get(id)?.attributes.source;
      return { id, source: source?.name, sha256: source?.sha256, windows };
    }),
  };
}
