/** Small C programs of ours over the system's libraries, where there is a compiler: for differential tests. */
import { spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Compiles `source` against `library`.
 *
 * @returns the program's path; undefined without cc, pkg-config or the library
 */
export function compiled(source: string, library: string): string | undefined {
  const flags = spawnSync("pkg-config", ["--cflags", "--libs", library], { encoding: "utf8" });
  if (flags.status !== 0) return undefined;
  const program = join(mkdtempSync(join(tmpdir(), "opus-zarr-cc-")), "program");
  const cc = spawnSync("cc", ["-O2", "-o", program, source, ...flags.stdout.trim().split(/\s+/)]);
  if (cc.error !== undefined) return undefined;
  if (cc.status !== 0) throw new Error(`cc: ${cc.stderr}`);
  return program;
}

/** Runs a program on input and gives the lines that it printed. */
export function linesOf(program: string, args: readonly string[], input?: Uint8Array): string[] {
  const options = {
    encoding: "utf8",
    maxBuffer: 1 << 28,
    ...(input === undefined ? {} : { input }),
  } as const;
  const run = spawnSync(program, [...args], options);
  if (run.status !== 0) throw new Error(`${program} ended with ${run.status ?? run.signal}: ${run.stderr}`);
  return run.stdout.trimEnd().split("\n");
}
