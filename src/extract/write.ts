/** Streams segments to files: one `.npy`, or a folder of WAV files. */
import { randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import path from "node:path";
import { argumentError, OpusZarrError } from "../errors.js";
import { writeFileAtomic } from "../files.js";
import { elementBytes, npyHeader } from "../tensor/npy.js";
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
  const beside = `${file}.${randomBytes(4).toString("hex")}.part`;
  let handle: FileHandle | undefined;
  try {
    handle = await open(beside, "wx");
    let shape: readonly [number, number] | undefined;
    let at = 0;
    for await (const part of parts) {
      const [, channels, samples] = part.shape;
      if (part.ragged || (shape && shape[1] !== samples)) {
        throw argumentError(
          "segments",
          "segments of one length for a .npy file (or --format wav)",
          "segments of several",
        );
      }
      if (shape === undefined)
        at = await writeAll(handle, npyHeader([segments, channels, samples], part.dtype), 0);
      shape = [channels, samples];
      at = await writeAll(handle, elementBytes(part.data), at);
    }
    if (shape === undefined) await writeAll(handle, npyHeader([0, 1, 0], "float32"), 0);
    await handle.sync();
    await handle.close();
    await rename(beside, file);
  } catch (error) {
    await handle?.close().catch(() => {});
    await rm(beside, { force: true });
    if (error instanceof OpusZarrError || (error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new OpusZarrError("io", `npy: ${(error as Error).message}`, { path: file }, error);
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, at: number): Promise<number> {
  for (let done = 0; done < bytes.length; ) {
    done += (await handle.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
  }
  return at + bytes.length;
}

/** Writes each segment as `RECORDING_START_END.wav` into a folder; equal segments are one file. */
export async function writeWavs(folder: string, parts: AsyncIterable<SegmentTensor>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for await (const part of parts) {
    const [, channels] = part.shape;
    for (const [row, segment] of part.segments.entries()) {
      const sound = {
        sampleRateHz: part.sampleRate,
        channels: Array.from({ length: channels }, (_, c) => segmentSamples(part, row, c)),
      };
      const name = `${segment.recording}_${segment.startSample}_${segment.endSample}.wav`;
      await writeFileAtomic(path.join(folder, name), wavBytes(sound), { flush: false });
    }
  }
}
