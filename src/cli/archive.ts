/** `ls`, `info`, `export`, `verify`: what is in an archive. */
import type { CAC } from "cac";
import type { RecordingAttributes } from "../archive/attributes.js";
import { exportRecording } from "../archive/export.js";
import { openArchive, type Recording } from "../archive/open.js";
import { type DamagedRecording, openRecordings } from "../archive/open-each.js";
import { verifyArchive } from "../archive/verify.js";
import { bytesText, durationText } from "../units.js";
import { interruptSignal, plain, print, printJson, progressLine, table } from "./output.js";

interface JsonFlag {
  readonly json?: boolean;
}

/** Adds the commands. */
export function register(cli: CAC): void {
  cli
    .command("ls <store>", "List the recordings of an archive")
    .option("--json", "One JSON document on stdout")
    .action(list);
  cli
    .command("info <store> [recording]", "What an archive, or one recording, holds")
    .option("--json", "One JSON document on stdout")
    .action(info);
  cli
    .command("export <store> <recording> <file>", "Write a recording's Ogg Opus file again, byte for byte")
    .action(exportOne);
  cli
    .command("verify <store>", "Hold every recording against its checksums and its index")
    .option(
      "--repair",
      "Rebuild indexes that do not fit, clear what crashed imports left; never touches a blob",
    )
    .option("--shard <i/N>", "Only share i of N, counted from 0; or slurm, kubernetes/N, auto")
    .option("--json", "One JSON document on stdout")
    .action(verify);
}

interface Listed {
  readonly id: string;
  readonly seconds: number;
  readonly sampleRate: number;
  readonly channels: number;
  readonly samples: number;
  readonly bytes: number;
  readonly startUtc: string | null;
  /** What the recorder's clock showed. */
  readonly startLocal: string | null;
  readonly holes: number;
}

function listed(recording: Recording): Listed {
  const { attributes } = recording;
  return {
    id: recording.id,
    seconds: recording.durationSeconds,
    sampleRate: recording.sampleRate,
    channels: recording.channels,
    samples: recording.totalSamples,
    bytes: attributes.source.bytes,
    startUtc: attributes.start_time?.utc ?? null,
    startLocal: attributes.start_time?.local ?? null,
    holes: attributes.holes.length,
  };
}

interface ListedArchive {
  readonly recordings: readonly Listed[];
  readonly damaged: readonly DamagedRecording[];
}

/** What can be told of an archive; a recording that cannot be opened makes the exit status 1. */
async function listArchive(store: string): Promise<ListedArchive> {
  const { recordings, damaged } = await openRecordings(await openArchive(store));
  if (damaged.length > 0) process.exitCode = 1;
  return { recordings: recordings.map(listed), damaged };
}

async function list(store: string, flags: JsonFlag): Promise<void> {
  const { recordings, damaged } = await listArchive(String(store));
  if (flags.json) return printJson({ recordings: [...recordings, ...damaged].sort(byId) });
  if (recordings.length + damaged.length === 0) return print("No recordings.");
  const rows = recordings.map((r) => [
    r.id,
    durationText(r.seconds),
    `${r.sampleRate} Hz`,
    String(r.channels),
    bytesText(r.bytes),
    r.startUtc ?? (r.startLocal === null ? "" : `${r.startLocal}, no zone`),
    r.holes > 0 ? String(r.holes) : "",
  ]);
  print(
    table(["recording", "duration", "rate", "channels", "size", "start", "holes"], rows),
    ...damagedLines(damaged),
  );
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}

function damagedLines(damaged: readonly DamagedRecording[]): string[] {
  return damaged.map(({ id, error }) => plain(`damaged  ${id}: ${error}`));
}

async function info(store: string, id: string | undefined, flags: JsonFlag): Promise<void> {
  if (id === undefined) return await archiveInfo(String(store), flags);
  const recording = await (await openArchive(String(store))).recording(String(id));
  const index = await recording.index();
  const { attributes } = recording;
  const facts = {
    ...listed(recording),
    pages: index.pages,
    preSkip: attributes.pre_skip,
    totalSamples: recording.totalSamples,
    attributes,
  };
  if (flags.json) return printJson(facts);
  const { source } = attributes;
  print(
    `${recording.id}`,
    `  source         ${plain(source.name)}, ${source.bytes} bytes, SHA-256 ${source.sha256}`,
    `  samples        ${recording.totalSamples} (${durationText(recording.durationSeconds)})`,
    `  sample rate    ${recording.sampleRate} Hz${rescaled(attributes.sampling_rescale_factor)}`,
    `  channels       ${recording.channels} (mapping family ${attributes.mapping.family})`,
    `  pre-skip       ${attributes.pre_skip}`,
    `  output gain    ${attributes.output_gain_db} dB`,
    `  pages          ${index.pages}`,
    `  links          ${attributes.links.length}`,
    `  start          ${startText(attributes.start_time)}`,
    ...encodedFrom(attributes.transcoded),
    ...attributes.holes.map((hole) => holeLine(hole, recording.sampleRate)),
    ...(source.warnings ?? []).map((warning) => `  warning        ${plain(warning)}`),
    ...fieldLines("recorder", attributes.recorder ?? {}),
    ...fieldLines("user", attributes.user),
    ...fieldLines("tag", attributes.tags),
  );
}

function holeLine(hole: RecordingAttributes["holes"][number], sampleRate: number): string {
  const { start_sample: start, end_sample: end, start_byte: first, end_byte: last, reason } = hole;
  const seconds = (sample: number): string => (sample / sampleRate).toFixed(2);
  // Bytes that belong to no page may be no sound either.
  const sound =
    start === end
      ? `no sound lost at ${seconds(start)} s`
      : `${seconds(start)} to ${seconds(end)} s, samples ${start} to ${end}`;
  return `  hole           ${sound}, bytes ${first} to ${last}: ${reason}`;
}

function rescaled(factor: number): string {
  return factor === 1
    ? ""
    : ` (samples kept as though at 48000 Hz; rescale factor ${Number(factor.toFixed(4))})`;
}

function startText(start: RecordingAttributes["start_time"]): string {
  if (start === null) return "not known";
  const time = start.utc ?? `${start.local}, zone not known`;
  return `${time} (from ${plain(start.origin)})${start.note === undefined ? "" : `; ${start.note}`}`;
}

function encodedFrom(transcoded: RecordingAttributes["transcoded"]): string[] {
  if (transcoded === null) return [];
  const { source_codec: codec, source_rate: rate, source_channels: channels, ffmpeg } = transcoded;
  return [`  encoded from   ${codec}, ${rate} Hz, channels: ${channels}, by ffmpeg ${plain(String(ffmpeg))}`];
}

function fieldLines(label: string, fields: { readonly [name: string]: unknown }): string[] {
  return Object.entries(fields).map(
    ([name, value]) =>
      `  ${label.padEnd(14)} ${plain(name)} = ${plain(typeof value === "string" ? value : JSON.stringify(value))}`,
  );
}

async function archiveInfo(store: string, flags: JsonFlag): Promise<void> {
  const { recordings, damaged } = await listArchive(store);
  const facts = {
    format: 1,
    recordings: recordings.length,
    seconds: recordings.reduce((sum, r) => sum + r.seconds, 0),
    bytes: recordings.reduce((sum, r) => sum + r.bytes, 0),
    damaged,
  };
  if (flags.json) return printJson(facts);
  print(
    `${plain(store)}: ${facts.recordings} recordings, ${durationText(facts.seconds)}, ${bytesText(facts.bytes)} of sources`,
    ...damagedLines(damaged),
  );
}

async function exportOne(store: string, id: string, file: string): Promise<void> {
  const recording = await (await openArchive(String(store))).recording(String(id));
  const { bytes, sha256 } = await exportRecording(recording, String(file), { signal: interruptSignal() });
  print(`${plain(String(file))}: ${bytes} bytes, SHA-256 ${sha256}`);
}

interface VerifyFlags extends JsonFlag {
  readonly repair?: boolean;
  readonly shard?: string;
}

async function verify(store: string, flags: VerifyFlags): Promise<void> {
  const line = progressLine(flags.json === true);
  const archive = await openArchive(String(store), { mode: flags.repair ? "a" : "r" });
  const report = await verifyArchive(archive, {
    repair: flags.repair === true,
    ...(flags.shard === undefined ? {} : { shard: String(flags.shard) }),
    signal: interruptSignal(),
    onProgress: (p) => line.show(`${p.recordingsDone}/${p.recordings} recordings`),
  });
  line.clear();
  if (flags.json) printJson(report);
  else {
    for (const { recording, problem, repaired } of report.problems) {
      print(plain(`${repaired ? "repaired" : "damaged"}  ${recording}: ${problem}`));
    }
    print(
      `${report.recordings} recordings: ${report.ok} ok, ${report.damaged} damaged, ${report.repaired} repaired, ${report.orphans} orphans`,
    );
  }
  if (report.damaged > 0 || report.orphans > 0) process.exitCode = 1;
}
