/** A recording out of an archive again, byte for byte. */
import { createHash, randomBytes } from "node:crypto";
import { type FileHandle, open, rename } from "node:fs/promises";
import { formatError, OpusZarrError } from "../errors.js";
import { removePart, systemReason, writeAll } from "../files.js";
import { BYTES_PER_MB } from "../units.js";
import type { Recording } from "./open.js";

/** What an export wrote. */
export interface Exported {
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Writes a recording's Ogg Opus file.
 *
 * The file appears under its name when it is whole and its SHA-256 is the one that the import noted.
 *
 * @throws {OpusZarrError} of kind `format` if the blob is not what was imported, `io` if it cannot be written
 */
export async function exportRecording(
  recording: Recording,
  file: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Exported> {
  const beside = `${file}.${randomBytes(4).toString("hex")}.part`;
  let handle: FileHandle | undefined;
  try {
    handle = await open(beside, "wx");
    const exported = await copyOut(recording, handle, options.signal);
    await handle.sync();
    const expected = recording.attributes.blob_sha256;
    if (exported.sha256 !== expected) {
      throw formatError(`blob: expected SHA-256 ${expected}, got ${exported.sha256}`, {
        recording: recording.id,
      });
    }
    await handle.close();
    await rename(beside, file);
    return exported;
  } catch (error) {
    await handle?.close().catch(() => {});
    await removePart(beside);
    if (error instanceof OpusZarrError || options.signal?.aborted) throw error;
    throw new OpusZarrError("io", `export: ${systemReason(error)}`, { path: file }, error);
  }
}

async function copyOut(
  recording: Recording,
  handle: FileHandle,
  signal: AbortSignal | undefined,
): Promise<Exported> {
  const blob = await recording.blob();
  const hash = createHash("sha256");
  for (let start = 0; start < blob.byteLength; start += 8 * BYTES_PER_MB) {
    signal?.throwIfAborted();
    const bytes = await blob.read(start, start + 8 * BYTES_PER_MB, signal);
    hash.update(bytes);
    await writeAll(handle, bytes, start);
  }
  return { bytes: blob.byteLength, sha256: hash.digest("hex") };
}
