/** What the tests of imports share: folders, small recordings, the command line, archives as plain files. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { VerifyReport } from "../../dist/index.js";
import { fixture } from "../streams/fixtures.js";
import { fileOf, type PageOptions, pagesOf } from "../streams/stream.js";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** A temporary folder and its removal. */
export interface Folder {
  readonly root: string;
  /** A path in it. */
  at(...names: string[]): string;
  /** Writes a file, and the folders above it. */
  write(name: string, bytes: Uint8Array | string): string;
  remove(): void;
}

export function temporaryFolder(): Folder {
  const root = mkdtempSync(path.join(tmpdir(), "opus-zarr-import-"));
  const at = (...names: string[]): string => path.join(root, ...names);
  return {
    root,
    at,
    write(name, bytes) {
      mkdirSync(path.dirname(at(name)), { recursive: true });
      writeFileSync(at(name), bytes);
      return at(name);
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** A recording of `packets` packets of 20 ms; each `serial` gives another file. */
export function smallOpus(serial: number, packets = 60, options: PageOptions = {}): Uint8Array {
  const stream = fixture("celt-20ms");
  const some = { ...stream, packets: stream.packets.slice(0, packets) };
  return fileOf(pagesOf(some, { serial, packetsPerPage: 20, ...options }));
}

/** Writes recordings `r0.opus`, `r1.opus`, … into the folder `in`: each another one, and longer than the one before. */
export function writeRecordings(folder: Folder, count: number): void {
  for (let i = 0; i < count; i++) folder.write(`in/r${i}.opus`, smallOpus(i + 1, 60 + 40 * i));
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** What a run of the command line left. */
export interface CliRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
}

export function cli(args: readonly string[], options: CliOptions = {}): CliRun {
  const started = performance.now();
  const run = spawnSync(process.execPath, [main, ...args], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
  });
  const seconds = (performance.now() - started) / 1000;
  return { status: run.status, stdout: run.stdout, stderr: run.stderr, seconds };
}

/** Runs with `--json` and reads the one document on stdout. */
export function cliJson<T>(args: readonly string[], options: CliOptions = {}): CliRun & { readonly json: T } {
  const run = cli([...args, "--json"], options);
  return { ...run, json: JSON.parse(run.stdout) as T };
}

/** Starts the command line and leaves it running. */
export function startCli(args: readonly string[], { cwd, env }: CliOptions = {}): ChildProcess {
  const stdio = ["ignore", "pipe", "pipe"] as const;
  return spawn(process.execPath, [main, ...args], {
    stdio: [...stdio],
    cwd,
    env: { ...process.env, ...env },
  });
}

/** How a process ended. */
export function ended(child: ChildProcess): Promise<{ status: number | null; signal: string | null }> {
  return new Promise((resolve) => child.on("close", (status, signal) => resolve({ status, signal })));
}

/** Every file of a folder by its path, with a hash of its content: two archives are one if these are. */
export function tree(folder: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const name of readdirSync(folder, { recursive: true }).map(String).sort()) {
    const file = path.join(folder, name);
    files[name] = statSync(file).isDirectory() ? "folder" : sha256(readFileSync(file));
  }
  return files;
}

/** Runs `verify` in a process of its own. */
export function verifyReport(store: string, ...flags: string[]): VerifyReport {
  return cliJson<VerifyReport>(["verify", store, ...flags]).json;
}
