/** All recordings of an archive, of which some may be damaged: one that cannot be opened is a row that says why. */
import { errorMessage, isOpusZarrError } from "../errors.js";
import { mapMany } from "./many.js";
import type { Archive, Recording } from "./open.js";

/** A recording that is there and cannot be opened. */
export interface DamagedRecording {
  readonly id: string;
  /** Why, in one line. */
  readonly error: string;
}

/** What of an archive can be opened, and what cannot. */
export interface OpenedRecordings {
  /** Sorted by id. */
  readonly recordings: readonly Recording[];
  readonly damaged: readonly DamagedRecording[];
}

/**
 * Opens every recording of an archive.
 *
 * @throws {OpusZarrError} where the archive cannot be listed
 * @example
 * ```ts
 * const { recordings, damaged } = await openRecordings(archive);
 * for (const { id, error } of damaged) console.log(id, error);
 * ```
 */
export async function openRecordings(archive: Archive): Promise<OpenedRecordings> {
  const opened = await mapMany(await archive.list(), async (id): Promise<Recording | DamagedRecording> => {
    try {
      return await archive.recording(id);
    } catch (error) {
      if (!isOpusZarrError(error)) throw error;
      return { id, error: errorMessage(error) };
    }
  });
  return {
    recordings: opened.filter((one) => "index" in one),
    damaged: opened.filter((one) => "error" in one),
  };
}
