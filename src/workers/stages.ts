/** The stages that run on worker threads, by name: what goes in, what comes out. */
import type { DecodeOutcome, DecodeTask } from "../decode/task.js";
import type { ResampleTask } from "../decode/resample-rows.js";
import { isOpusZarrError } from "../errors.js";
import type { ScanTask } from "../pageindex/batch.js";
import type { PageScan } from "../pageindex/scan.js";

/** A task for a worker; plain data only. */
export type StageTask =
  | { readonly kind: "scan"; readonly task: ScanTask; readonly bytes: Uint8Array }
  | { readonly kind: "decode"; readonly task: DecodeTask; readonly bytes: Uint8Array }
  | { readonly kind: "resample"; readonly task: ResampleTask };

/** What each stage yields. */
export type StageResult<K extends StageTask["kind"]> = K extends "scan"
  ? PageScan
  : K extends "decode"
    ? DecodeOutcome
    : number;

/** What a worker is sent, and answers. */
export interface WorkerRequest {
  readonly number: number;
  readonly task: StageTask;
}
export type WorkerAnswer =
  | { readonly number: number; readonly value: StageResult<StageTask["kind"]> }
  | { readonly number: number; readonly error: unknown };

/** Runs a task on this thread. */
export async function runStage(task: StageTask): Promise<StageResult<StageTask["kind"]>> {
  if (task.kind === "scan") {
    const { scanBatch } = await import("../pageindex/batch.js");
    return scanBatch(task.bytes, task.task);
  }
  if (task.kind === "resample") {
    const { resampleRows } = await import("../decode/resample-rows.js");
    return await resampleRows(task.task);
  }
  const { decodeOnThread } = await import("../decode/thread.js");
  return await decodeOnThread(task.bytes, task.task);
}

/** An error as plain data, for the way between threads. */
export function plainError(error: unknown): unknown {
  if (!isOpusZarrError(error)) return error;
  return { kind: error.kind, message: error.message, place: error.place };
}
