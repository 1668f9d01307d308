/** A recording out of an archive again, byte for byte. */
import { createHash } from "node:crypto";
import { formatError } from "../errors.js";
import { type Append, writeWhole } from "../files.js";
import { BYTES_PER_MB } from "../units.js";
import type { Recording } from "./open.js";

/** "OggS". */
const CAPTURE = Uint8Array.of(0x4f, 0x67, 0x67, 0x53);

/** What an export wrote. */
export interface Exported {
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Writes a recording's Ogg Opus file.
 *
 * The file appears under its name when it is whole and its SHA-256 is the one that the import noted; its folder is made.
 *
 * @throws {OpusZarrError} of kind `format` if the blob is not what was imported, `io` if it cannot be written,
 *   `conflict` if something else than an Ogg file is there
 */
export async function exportRecording(
  recording: Recording,
  file: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Exported> {
  return await writeWhole(
    file,
    async (append) => {
      const exported = await copyOut(recording, append, options.signal);
      const expected = recording.attributes.blob_sha256;
      if (exported.sha256 === expected) return exported;
      throw formatError(`blob: expected SHA-256 ${expected}, got ${exported.sha256}`, {
        recording: recording.id,
      });
    },
    { replaces: CAPTURE },
  );
}

async function copyOut(
  recording: Recording,
  append: Append,
  signal: AbortSignal | undefined,
): Promise<Exported> {
  const blob = await recording.blob();
  const hash = createHash("sha256");
  for (let start = 0; start < blob.byteLength; start += 8 * BYTES_PER_MB) {
    signal?.throwIfAborted();
    const bytes = await blob.read(start, start + 8 * BYTES_PER_MB, signal);
    hash.update(bytes);
    await append(bytes);
  }
  return { bytes: blob.byteLength, sha256: hash.digest("hex") };
}
