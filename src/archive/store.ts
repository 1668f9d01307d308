/** What an archive asks of the place it lies in: a zarrita store, and where it can, listing and commits. */
import type { AbsolutePath, AsyncReadable, GetOptions, RangeQuery } from "@zarrita/storage";

/** Arrays that a recording's group holds. */
export const RECORDING_ARRAYS: readonly string[] = [
  "audio_data_blob_array",
  "opus_index",
  "opus_runs",
  "opus_unsettled",
];

/** Writes the parts of one recording where nobody sees them, until all are there. */
export interface Staging {
  /** Writes a whole value at `key`, a path inside the recording such as `opus_index/c/0/0`. */
  set(key: string, value: Uint8Array): Promise<void>;
  /**
   * Opens a value that is written piece by piece; its length is `bytes`.
   *
   * @param sectors its pieces start at whole sectors, of the value and of the memory they lie in, so that a store on a
   * disk can write them past the system's cache
   */
  open(key: string, bytes: number, sectors?: boolean): Promise<StagedValue>;
  /**
   * Makes the recording visible under `id`, all at once.
   *
   * @returns false if a recording of that name is there already: nothing has changed then, and another
   * name can be tried
   */
  commit(id: string): Promise<boolean>;
  /** Removes everything that was written and not committed. */
  discard(): Promise<void>;
  /** Opens a value that is no part of the recording: room to work in. Absent where there is no disk. */
  scratch?(): Promise<Scratch>;
}

/** A value being written. */
export interface StagedValue {
  /** Writes `bytes` from byte `at` of the value on. */
  write(bytes: Uint8Array, at: number): Promise<void>;
  /** Makes sure that all of it is on the disk; called again, it does nothing. */
  close(): Promise<void>;
}

/** A value to be written and read again, gone once it is closed or its process ends. */
export interface Scratch {
  write(bytes: Uint8Array, at: number): Promise<void>;
  /** Reads from `start` on into `target`, as much as there is; returns how many bytes that were. */
  readInto(target: Uint8Array, start: number): Promise<number>;
  close(): Promise<void>;
}

/** What is left of an import that did not finish. */
export interface Orphan {
  readonly name: string;
  /** Whether its importer may still be at work: then it is not to be touched. */
  readonly live: boolean;
}

/** A zarrita store that an archive can be kept in. */
export interface ArchiveStore extends AsyncReadable {
  /** Reads a whole value; undefined where there is none. */
  get(key: AbsolutePath, options?: GetOptions): Promise<Uint8Array | undefined>;
  /** Reads bytes of a value, fewer where it ends before; undefined where there is none. Absent: values are read whole. */
  getRange?(key: AbsolutePath, range: RangeQuery, options?: GetOptions): Promise<Uint8Array | undefined>;
  /**
   * Fills `target` with a value's bytes from `offset` on, where no new memory is needed for them.
   *
   * @returns how many bytes there were; undefined where there is no such value
   */
  readInto?(key: AbsolutePath, offset: number, target: Uint8Array): Promise<number | undefined>;
  /** Writes one value whole, or not at all. Absent on read-only stores. */
  set?(key: AbsolutePath, value: Uint8Array): Promise<void>;
  /** Removes one value; absent where nothing can be removed. */
  remove?(key: AbsolutePath): Promise<void>;
  /** Keys of all values below `prefix`, which ends with a slash; absent where the store has no listing. */
  keys?(prefix: AbsolutePath): Promise<AbsolutePath[]>;
  /** Names of the recordings; absent where the store has no listing. */
  list?(): Promise<string[]>;
  /** All names that are taken, whether by recordings or not, in one listing. */
  names?(): Promise<string[]>;
  /** Starts a recording; absent on read-only stores. */
  stage?(id: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<Staging>;
  /**
   * What imports that did not finish have left, those still at work among them; `everywhere` looks at every name, where
   * that costs more.
   */
  orphans?(options?: { readonly everywhere?: boolean }): Promise<Orphan[]>;
  /** Removes an orphan that {@link orphans} named. */
  removeOrphan?(name: string): Promise<void>;
  /** Whether something that is no archive lives here already. */
  foreign?(): Promise<boolean>;
  /** Where this is, for messages. */
  readonly place: string;
}
