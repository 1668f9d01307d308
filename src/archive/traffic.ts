/** Counts what an archive asks of its store. */
import type { ArchiveStore } from "./store.js";

/** What has been read of a store so far. */
export interface Traffic {
  /** Reads of values, whole or by ranges, and listings. */
  readonly requests: number;
  /** Bytes of values. */
  readonly bytesRead: number;
}

/** The same store, counting. */
export function countedStore(store: ArchiveStore): { store: ArchiveStore; traffic: () => Traffic } {
  let requests = 0;
  let bytesRead = 0;
  const reading = async (read: Promise<Uint8Array | undefined>): Promise<Uint8Array | undefined> => {
    requests++;
    const bytes = await read;
    bytesRead += bytes?.length ?? 0;
    return bytes;
  };
  const { getRange, readInto, list, names } = store;
  const listing = (work: () => Promise<string[]>): (() => Promise<string[]>) => {
    return async () => {
      requests++;
      return await work();
    };
  };
  return {
    store: {
      ...store,
      get: (key, options) => reading(store.get(key, options)),
      ...(getRange === undefined
        ? {}
        : { getRange: (key, range, options) => reading(getRange(key, range, options)) }),
      ...(readInto === undefined
        ? {}
        : {
            readInto: async (key, offset, target) => {
              requests++;
              const bytes = await readInto(key, offset, target);
              bytesRead += bytes ?? 0;
              return bytes;
            },
          }),
      ...(list === undefined ? {} : { list: listing(list) }),
      ...(names === undefined ? {} : { names: listing(names) }),
    },
    traffic: () => ({ requests, bytesRead }),
  };
}
