/** `finalize STORE`: closes work that was done in shards. */
import type { CAC } from "cac";
import { openArchive } from "../archive/open.js";
import { finalizeShards, type FinalizeReport } from "../finalize/finalize.js";
import type { ShardJobReport } from "../finalize/jobs.js";
import { numberOption, plain, print, printJson, textOption } from "./output.js";

interface FinalizeFlags {
  readonly job?: string;
  readonly shards?: string | number;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Adds the command. */
export function register(cli: CAC): void {
  cli
    .command(
      "finalize <store>",
      "Check that all shards are there, put their results together, write the catalogue",
    )
    .option("--job <name>", "Only this job, such as import-0f3a…")
    .option("--shards <n>", "Shards to expect; by default as many as the records say")
    .option("--force", "Forget jobs that will not be completed, and failures that stay")
    .option("--json", "One JSON document on stdout")
    .action(run);
}

async function run(store: string, flags: FinalizeFlags): Promise<void> {
  const shards = numberOption("--shards", flags.shards);
  // Only what is there is finalized: a name mistyped must not become an archive.
  await openArchive(String(store));
  const report = await finalizeShards(await openArchive(String(store), { mode: "a" }), {
    job: textOption(flags.job),
    shards,
    force: flags.force === true,
  });
  if (flags.json) printJson(report);
  else print(...unknownJob(flags.job, report), ...told(report));
  if ((!report.complete && flags.force !== true) || report.damaged.length > 0) process.exitCode = 1;
}

/** Of a job that is closed nothing is left; of one mistyped neither. */
function unknownJob(job: string | undefined, { jobs }: FinalizeReport): string[] {
  return job === undefined || jobs.length > 0 ? [] : [`${plain(job)}: closed before, or never begun`];
}

function told({ jobs, recordings, changed, damaged }: FinalizeReport): string[] {
  return [
    ...jobs.flatMap(jobLines),
    ...damaged.map(({ id, error }) => plain(`damaged  ${id}: ${error}`)),
    `${recordings} recordings; ${changed ? "finalized" : "nothing to change"}`,
  ];
}

function jobLines({ job, shards, done, missing, begun, differing, failed }: ShardJobReport): string[] {
  const name = (shard: number): string => `${shard}/${shards}`;
  return [
    `${job}: ${done} of ${shards} shards done`,
    ...(missing.length > 0 ? [`  missing: ${missing.map(name).join(", ")}`] : []),
    ...begun.map(({ shard, host }) => `  begun on ${plain(host)} and not ended: ${name(shard)}`),
    ...(differing.length > 0
      ? [`  cut from other work than the rest, to be run again: ${differing.map(name).join(", ")}`]
      : []),
    ...failed.map((line) => `  failed: ${plain(line)}`),
  ];
}
