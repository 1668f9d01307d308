/** The shards of a dataset put together. */
import type { Archive } from "../archive/open.js";
import type { ShardRecord } from "../archive/shard-records.js";
import { type CreateDatasetOptions, createDataset } from "./create.js";

/**
 * Makes one dataset of what all shards have written: with every file there, a run over the whole only writes the tables
 * and `dataset.json`.
 */
export async function mergeDataset(archive: Archive, records: readonly ShardRecord[]): Promise<void> {
  await createDataset(archive, (records[0] as ShardRecord).merge as unknown as CreateDatasetOptions);
}
