/** Which recordings stand under an id already, or beside it under the id and the beginning of a hash. */
import { type Archive, type Recording, recordingIfThere } from "../archive/open.js";

/** The names of an archive, listed once for a whole import. */
export interface TakenNames {
  /**
   * Recordings under `id`, and under `id` with `-` and hexadecimal digits.
   *
   * @param sha256 hash of a source, where it is known: what may stand under it is looked up in any case
   */
  recordings(id: string, sha256?: string): Promise<Recording[]>;
  /** Notes a name that this import committed. */
  add(name: string): void;
  /** Whether this import committed it. */
  isNew(name: string): boolean;
  /** Lists anew: another importer was at work. */
  refresh(): Promise<void>;
}

/** Digits of the source's SHA-256 that are tried behind an id that other content has: nearly always the first. */
const HASH_DIGITS: readonly number[] = [8, 16, 64];

/** Ids that content may get when `id` is taken. */
export function besides(id: string, sha256: string): string[] {
  return HASH_DIGITS.map((digits) => `${id}-${sha256.slice(0, digits)}`);
}

/** Whether a recording was put under `id`, or beside it because other content has the id; not only named like it. */
export function standsUnder(recording: Recording, id: string): boolean {
  return recording.id === id || besides(id, recording.attributes.source.sha256).includes(recording.id);
}

/** Lists the names of an archive. */
export async function takenNames(archive: Archive): Promise<TakenNames> {
  let byId = new Map<string, Set<string>>();
  const note = (id: string, name: string): void => {
    const names = byId.get(id);
    if (names === undefined) byId.set(id, new Set([name]));
    else names.add(name);
  };
  const fresh = new Set<string>();
  const list = (name: string): void => {
    note(name, name);
    const beside = /^(.+)-([0-9a-f]+)$/.exec(name);
    if (beside?.[1] !== undefined && HASH_DIGITS.includes(beside[2]?.length ?? 0)) note(beside[1], name);
  };
  const refresh = async (): Promise<void> => {
    byId = new Map();
    for (const name of (await archive.store.names?.()) ?? []) list(name);
  };
  await refresh();
  return {
    add(name) {
      fresh.add(name);
      list(name);
    },
    isNew: (name) => fresh.has(name),
    refresh,
    async recordings(id, sha256) {
      // Not all stores can be listed, and another importer may have been at work since.
      const names = new Set([
        id,
        ...(byId.get(id) ?? []),
        ...(sha256 === undefined ? [] : besides(id, sha256)),
      ]);
      const found: Recording[] = [];
      for (const name of names) {
        const recording = await recordingIfThere(archive.store, name);
        if (recording !== undefined) found.push(recording);
      }
      return found;
    },
  };
}
