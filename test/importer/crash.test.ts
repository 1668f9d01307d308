/** Imports that are killed, stopped, run twice at once, or meet a full disk. */
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ImportReport } from "../../dist/index.js";
import { writeTones } from "../input/fixtures.js";
import {
  cli,
  cliJson,
  ended,
  type Folder,
  startCli,
  temporaryFolder,
  tree,
  verifyReport,
  writeRecordings,
} from "./tools.js";

/** Moments at which an import is killed; more of them with OPUS_ZARR_KILLS=100. */
const KILLS = Number(process.env["OPUS_ZARR_KILLS"] ?? 25);

let folder: Folder;
beforeEach(() => {
  folder = temporaryFolder();
  writeRecordings(folder, 20);
});
afterEach(() => folder.remove());

const args = (store: string): string[] => [
  "import",
  folder.at("in"),
  "--store",
  store,
  "--chunk-size-mb",
  "0.02",
];

function wholeArchive(): Record<string, string> {
  expect(cli(args(folder.at("whole.zarr"))).status).toBe(0);
  return tree(folder.at("whole.zarr"));
}

describe("an import", () => {
  it(`killed at ${KILLS} moments shows whole recordings only, and is completed by running it again`, async () => {
    const whole = wholeArchive();
    const started = performance.now();
    cli(args(folder.at("timed.zarr")));
    const usualMs = performance.now() - started;
    let killed = 0;
    let store = folder.at("k0.zarr");
    for (let k = 0; k < KILLS; k++) {
      const child = startCli(args(store));
      const end = ended(child);
      // Spread over the whole run, the program's own start included.
      await sleep(usualMs * (0.1 + 0.9 * ((k * 0.618) % 1)));
      child.kill("SIGKILL");
      if ((await end).signal === "SIGKILL") killed++;
      if (!readdirSync(folder.root).includes(store.slice(folder.root.length + 1))) continue;
      if (!readdirSync(store).includes("zarr.json")) continue;
      const report = verifyReport(store);
      expect(report.problems).toEqual([]);
      expect(report.damaged).toBe(0);
      // Every other time the next import goes on with what this one left.
      if (k % 2 === 1) {
        expect(cli(args(store)).status).toBe(0);
        expect(tree(store)).toEqual(whole);
        store = folder.at(`k${k + 1}.zarr`);
      }
    }
    expect(killed).toBeGreaterThan(KILLS / 3);
    expect(cli(args(store)).status).toBe(0);
    expect(tree(store)).toEqual(whole);
  }, 900_000);

  it("run twice at once leaves the archive of a single run", async () => {
    const whole = wholeArchive();
    for (let round = 0; round < 3; round++) {
      const store = folder.at(`two${round}.zarr`);
      const both = [startCli(args(store)), startCli(args(store))];
      const ends = await Promise.all(both.map(ended));
      expect(ends).toEqual([
        { status: 0, signal: null },
        { status: 0, signal: null },
      ]);
      expect(tree(store)).toEqual(whole);
    }
  }, 300_000);

  it.each(["SIGINT", "SIGTERM"] as const)(
    "stopped by %s leaves nothing broken",
    async (signal) => {
      const store = folder.at("s.zarr");
      const child = startCli([...args(store), "--workers", "1"]);
      const end = ended(child);
      for (let i = 0; i < 400 && !readdirSync(folder.root).includes("s.zarr"); i++) await sleep(5);
      await sleep(60);
      child.kill(signal);
      expect(await end).toEqual({ status: signal === "SIGINT" ? 130 : 143, signal: null });
      expect(verifyReport(store)).toMatchObject({ damaged: 0, orphans: 0, problems: [] });
      expect(readdirSync(store)).not.toContain(".staging");
      expect(cli(args(store)).status).toBe(0);
      expect(tree(store)).toEqual(wholeArchive());
    },
    120_000,
  );

  it.skipIf(process.platform === "win32")(
    "stopped while a program encodes for it clears up as well",
    async () => {
      // In ffmpeg's place: a program that never comes to its end. Of the shell nothing but itself may be there.
      const forever = `exec '${process.execPath}' -e 'setInterval(() => {}, 1000)'`;
      const program = folder.write("ffmpeg", `#!/bin/sh\n: > '${folder.at("started")}'\n${forever}\n`);
      chmodSync(program, 0o755);
      const wav = folder.at("long.wav");
      writeTones(wav, { sampleRateHz: 48_000, frames: 4_800 });
      const store = folder.at("s.zarr");
      const child = startCli(["import", wav, "--store", store], { env: { OPUS_ZARR_FFMPEG: program } });
      const end = ended(child);
      for (let i = 0; i < 1000 && !existsSync(folder.at("started")); i++) await sleep(20);
      child.kill("SIGINT");
      expect(await end).toEqual({ status: 130, signal: null });
      expect(readdirSync(store)).toEqual(["zarr.json"]);
    },
    60_000,
  );
});

function mountable(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  const trial = temporaryFolder();
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", trial.root]).status === 0;
  if (mounted) spawnSync("umount", [trial.root]);
  trial.remove();
  return mounted;
}

describe("a full disk", () => {
  it.skipIf(!mountable())(
    "is a clear reason; what was there stays whole (needs root, to mount a small disk)",
    () => {
      const disk = folder.at("disk");
      mkdirSync(disk);
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=700k", "tmpfs", disk]);
      try {
        const run = cliJson<ImportReport>([...args(`${disk}/a.zarr`), "--workers", "1"]);
        expect(run.status).toBe(1);
        expect(run.json.imported).toBeGreaterThan(2);
        expect(run.json.failed).toBeGreaterThan(2);
        for (const row of run.json.recordings.filter(({ status }) => status === "failed")) {
          expect(row.error).toMatch(/the disk is full: free some space and run the same command again/);
        }
        const report = verifyReport(`${disk}/a.zarr`);
        expect(report).toMatchObject({ recordings: run.json.imported, ok: run.json.imported, orphans: 0 });
        execFileSync("mount", ["-o", "remount,size=8m", disk]);
        expect(cli(args(`${disk}/a.zarr`)).status).toBe(0);
        expect(tree(`${disk}/a.zarr`)).toEqual(wholeArchive());
      } finally {
        execFileSync("umount", [disk]);
      }
    },
    120_000,
  );
});
