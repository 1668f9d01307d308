/** Builds the libopusfile peer where a C compiler, pkg-config and libopusfile are installed. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("./opusfile.c", import.meta.url));
const folder = fileURLToPath(new URL("../../out/peers", import.meta.url));
const program = `${folder}/opusfile`;

/** What `opusfile decode` reports. */
export interface DecodeReport {
  readonly samples: number;
  readonly channels: number;
  readonly holes: number;
  /** Decoding alone, in seconds. */
  readonly seconds: number;
}

/** What `opusfile seek` reports. */
export interface SeekReport {
  readonly segments: number;
  readonly samples: number;
  readonly channels: number;
  /** Seeking and decoding alone, in seconds. */
  readonly seconds: number;
}

/** Why the peer cannot be built here; undefined where it can. */
export function opusfileMissing(): string | undefined {
  if (spawnSync("pkg-config", ["--exists", "opusfile"]).status !== 0)
    return "pkg-config finds no libopusfile";
  if (spawnSync("cc", ["--version"]).status !== 0) return "no C compiler";
  return undefined;
}

/** The path of the program, built if its source is newer. */
export function buildOpusfile(): string {
  if (existsSync(program) && statSync(program).mtimeMs > statSync(source).mtimeMs) return program;
  mkdirSync(folder, { recursive: true });
  const flags = execFileSync("pkg-config", ["--cflags", "--libs", "opusfile"], { encoding: "utf8" });
  // Renamed into place: two test files may build it at once.
  const partial = `${program}.${process.pid}`;
  execFileSync("cc", [
    "-O2",
    "-Wall",
    "-Wextra",
    "-Werror",
    source,
    ...flags.trim().split(/\s+/),
    "-o",
    partial,
  ]);
  renameSync(partial, program);
  return program;
}

/** Decodes a whole file in order into `out`: float32, interleaved, 48 kHz. */
export function opusfileDecode(file: string, out: string): DecodeReport {
  return report(["decode", file, out]) as DecodeReport;
}

/** Seeks (80 ms of pre-roll, libopusfile's own) and decodes each segment of a list file. */
export function opusfileSeek(file: string, list: string, out?: string): SeekReport {
  return report(["seek", file, list, ...(out === undefined ? [] : [out])]) as SeekReport;
}

function report(args: readonly string[]): unknown {
  return JSON.parse(execFileSync(buildOpusfile(), args, { encoding: "utf8" }));
}
