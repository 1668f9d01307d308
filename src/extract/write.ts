/** Streams segments to files: one `.npy`, or a folder of WAV files. */
import path from "node:path";
import { argumentError, type OpusZarrError } from "../errors.js";
import { type Append, makeFolders, writeFileAtomic, writeWhole } from "../files.js";
import { elementBytes, NPY_MAGIC, npyHeader } from "../tensor/npy.js";
import { segmentSamples, type SegmentTensor } from "../tensor/tensor.js";
import { wavBytes } from "../tensor/wav.js";

/**
 * Writes parts of a tensor to one `.npy` file `[segments, channels, samples]`; it appears when it is whole.
 *
 * @param parts tensors of the same channels and length, in order
 * @throws {OpusZarrError} of kind `argument` when segments differ in length: a `.npy` has one shape
 */
export async function writeNpy(
  file: string,
  segments: number,
  parts: AsyncIterable<SegmentTensor>,
): Promise<void> {
  const fill = async (append: Append): Promise<void> => {
    let shape: readonly [number, number] | undefined;
    for await (const part of parts) {
      const [, channels, samples] = part.shape;
      if (part.ragged || (shape && shape[1] !== samples)) throw severalLengths();
      if (shape === undefined) await append(npyHeader([segments, channels, samples], part.dtype));
      shape = [channels, samples];
      await append(elementBytes(part.data));
    }
    if (shape === undefined) await append(npyHeader([0, 1, 0], "float32"));
  };
  await writeWhole(file, fill, { replaces: NPY_MAGIC });
}

/** A `.npy` has one shape. */
export function severalLengths(): OpusZarrError {
  const expected = "segments of one length for a .npy file (or --format wav)";
  return argumentError("segments", expected, "segments of several");
}

/**
 * Writes each segment as `RECORDING_START_END.wav` into a folder; equal segments are one file.
 *
 * @returns names of the files
 */
export async function writeWavs(folder: string, parts: AsyncIterable<SegmentTensor>): Promise<string[]> {
  const names = new Set<string>();
  await makeFolders(folder);
  for await (const part of parts) {
    const [, channels] = part.shape;
    for (const [row, segment] of part.segments.entries()) {
      const sound = {
        sampleRateHz: part.sampleRate,
        channels: Array.from({ length: channels }, (_, c) => segmentSamples(part, row, c)),
      };
      const name = `${segment.recording}_${segment.startSample}_${segment.endSample}.wav`;
      await writeFileAtomic(path.join(folder, name), wavBytes(sound), { flush: false });
      names.add(name);
    }
  }
  return [...names];
}
