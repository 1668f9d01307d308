/** Work cut into shards: the same results as in one piece, whatever happens to a shard on the way. */
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  bundledDataset,
  type FinalizeReport,
  finalizeShards,
  type ImportReport,
  importRecordings,
  openArchive,
  type VerifyReport,
} from "../../dist/index.js";
import {
  cli,
  cliJson,
  ended,
  type Folder,
  smallOpus,
  startCli,
  temporaryFolder,
  tree,
  writeRecordings,
} from "../importer/tools.js";

const SHARDS = 3;
let folder: Folder;

beforeAll(() => {
  folder = temporaryFolder();
  writeRecordings(folder, 12);
  expect(cli(importArgs("whole.zarr")).status).toBe(0);
  expect(cli(["finalize", folder.at("whole.zarr")]).status).toBe(0);
});
afterAll(() => folder.remove());

const importArgs = (store: string): string[] => ["import", folder.at("in"), "--store", folder.at(store)];
const shardsOf = (args: readonly string[], shards = SHARDS): string[][] =>
  Array.from({ length: shards }, (_, i) => [...args, "--shard", `${i}/${shards}`]);
const finalize = (store: string, ...flags: string[]): { json: FinalizeReport; status: number | null } =>
  cliJson<FinalizeReport>(["finalize", folder.at(store), ...flags]);

describe("an import in shards", () => {
  it("is the archive of one run, to the byte; finalize names what is missing, and twice changes nothing", () => {
    const runs = shardsOf(importArgs("s.zarr"));
    const reports = [2, 0].map((i) => cliJson<ImportReport>(runs[i] as string[]).json);
    const named = cli(["finalize", folder.at("s.zarr")]);
    expect(named.status).toBe(1);
    expect(named.stdout).toMatch(/import-[0-9a-f]{12}: 2 of 3 shards done\n {2}missing: 1\/3\n/);
    expect(readdirSync(folder.at("s.zarr"))).not.toContain("catalogue.csv");
    reports.push(cliJson<ImportReport>(runs[1] as string[]).json);
    expect(reports.reduce((sum, report) => sum + report.imported, 0)).toBe(12);
    const bytes = reports.map((report) => report.bytes);
    expect(Math.max(...bytes) / Math.min(...bytes)).toBeLessThan(1.3);
    expect(cliJson<ImportReport>(runs[1] as string[]).json).toMatchObject({ imported: 0, failed: 0 });

    const { json, status } = finalize("s.zarr");
    expect(status).toBe(0);
    expect(json).toMatchObject({ recordings: 12, changed: true, complete: true });
    expect(json.jobs).toMatchObject([{ command: "import", shards: 3, done: 3, missing: [], failed: [] }]);
    expect(tree(folder.at("s.zarr"))).toEqual(tree(folder.at("whole.zarr")));
    expect(finalize("s.zarr").json).toEqual({
      recordings: 12,
      changed: false,
      complete: true,
      jobs: [],
      damaged: [],
    });
    expect(tree(folder.at("s.zarr"))).toEqual(tree(folder.at("whole.zarr")));
  });

  it("killed half-way says so, and is completed by running it again; the same shard twice at once is no harm", async () => {
    const runs = shardsOf(importArgs("k.zarr"));
    const child = startCli(runs[1] as string[]);
    const end = ended(child);
    for (let i = 0; i < 4000 && !existsSync(folder.at("k.zarr/.shards")); i++) await sleep(2);
    child.kill("SIGKILL");
    await end;
    for (const i of [0, 2]) expect(cli(runs[i] as string[]).status).toBe(0);
    const { json } = finalize("k.zarr");
    const [job] = json.jobs;
    // Where the record was written but not yet renamed into place, it is as if the shard had never begun.
    expect([...(job?.missing ?? []), ...(job?.begun ?? []).map(({ shard }) => shard)]).toEqual([1]);
    const both = await Promise.all([startCli(runs[1] as string[]), startCli(runs[1] as string[])].map(ended));
    expect(both.map(({ status }) => status)).toEqual([0, 0]);
    expect(finalize("k.zarr").status).toBe(0);
    expect(tree(folder.at("k.zarr"))).toEqual(tree(folder.at("whole.zarr")));
  }, 120_000);

  it("keeps failures in the record until they are gone or forgotten", () => {
    const bad = folder.write("bad/b.opus", "no sound at all\n");
    const args = ["import", folder.at("bad"), folder.at("in"), "--store", folder.at("f.zarr")];
    expect(
      shardsOf(args)
        .map((run) => cli(run).status)
        .sort(),
    ).toEqual([0, 0, 1]);
    for (let round = 0; round < 2; round++) {
      const run = cli(["finalize", folder.at("f.zarr")]);
      expect(run.status).toBe(1);
      expect(run.stdout).toContain(`failed: ${bad}: `);
      expect(run.stdout).toContain("12 recordings");
    }
    expect(readdirSync(folder.at("f.zarr"))).toContain("catalogue.csv");
    expect(finalize("f.zarr", "--force")).toMatchObject({ status: 0, json: { changed: true } });
    expect(tree(folder.at("f.zarr"))).toEqual(tree(folder.at("whole.zarr")));
  });

  it("of which a shard saw other files is not complete", () => {
    const args = ["import", folder.at("grow"), "--store", folder.at("g.zarr")];
    for (let i = 0; i < 4; i++) folder.write(`grow/r${i}.opus`, smallOpus(i + 1));
    const runs = shardsOf(args);
    for (const i of [0, 1]) expect(cli(runs[i] as string[]).status).toBe(0);
    folder.write("grow/r9.opus", smallOpus(9));
    expect(cli(runs[2] as string[]).status).toBe(0);
    const run = cli(["finalize", folder.at("g.zarr")]);
    expect(run.status).toBe(1);
    expect(run.stdout).toContain("cut from other work than the rest, to be run again: 2/3");
    for (const again of runs) expect(cli(again).status).toBe(0);
    expect(finalize("g.zarr").json).toMatchObject({ complete: true, recordings: 5 });
  });

  it("works in a store that is no folder", async () => {
    const map = new Map<string, Uint8Array>();
    const archive = await openArchive(map, { mode: "a" });
    for (const shard of ["0/2", "1/2"]) await importRecordings(archive, [folder.at("in")], { shard });
    expect([...map.keys()].filter((key) => key.startsWith("/.shards/"))).toHaveLength(2);
    expect(await finalizeShards(archive)).toMatchObject({ recordings: 12, complete: true, changed: true });
    expect([...map.keys()].filter((key) => key.includes(".shards"))).toEqual([]);
  });

  it("none of which left anything is missing as a whole, for who knows how many there should be", () => {
    cli(importArgs("n.zarr"));
    const { json, status } = finalize("n.zarr", "--job", "import-0123456789ab", "--shards", "2");
    expect(status).toBe(1);
    expect(json.jobs).toMatchObject([{ done: 0, missing: [0, 1], complete: false }]);
  });
});

describe("a verification in shards", () => {
  it("holds every recording once, and finalize adds it up", () => {
    const runs = shardsOf(["verify", folder.at("whole.zarr")]);
    const reports = runs.map((run) => cliJson<VerifyReport>(run).json);
    expect(reports.reduce((sum, report) => sum + report.ok, 0)).toBe(12);
    for (const report of reports) expect(report.recordings).toBeGreaterThan(1);
    const { json } = finalize("whole.zarr");
    expect(json.jobs).toMatchObject([
      { job: "verify-4f53cda18c2b", counts: { recordings: 12, ok: 12, damaged: 0 } },
    ]);
  });
});

describe("an extraction in shards", () => {
  const rows = Array.from(
    { length: 60 },
    (_, i) => `in__r${(i * 7) % 12},${0.1 + (i % 9) / 10},${0.3 + (i % 9) / 10}`,
  );

  it("is the .npy of one run, to the byte", () => {
    const table = folder.write("clips.csv", `recording,start_s,end_s\n${rows.join("\n")}\n`);
    const args = (out: string): string[] => [
      ...["extract", folder.at("whole.zarr"), "--segments", table, "--out", folder.at("npy", out)],
    ];
    folder.write("npy/note.txt", "");
    expect(cli(args("whole.npy")).status).toBe(0);
    const runs = shardsOf(args("s.npy"));
    const reports = runs.map((run) => cliJson<{ segments: number; decodedSeconds: number }>(run).json);
    expect(reports.reduce((sum, report) => sum + report.segments, 0)).toBe(60);
    for (const { decodedSeconds } of reports) expect(decodedSeconds).toBeGreaterThan(1);
    const again = cliJson<{ segments: number; decodedSeconds: number }>(runs[0] as string[]).json;
    expect(again).toMatchObject({ segments: reports[0]?.segments, decodedSeconds: 0 });
    rmSync(folder.at("npy/s.npy.shards/1-of-3.npy"));
    const gone = cli(["finalize", folder.at("whole.zarr")]);
    expect(gone.stdout).toMatch(/expected the part of a shard that is done \(run that shard again\)/);
    expect(cli(runs[1] as string[]).status).toBe(0);
    expect(finalize("whole.zarr")).toMatchObject({ status: 0, json: { complete: true, changed: true } });
    expect(readdirSync(folder.at("npy")).sort()).toEqual(["note.txt", "s.npy", "whole.npy"]);
    const files = tree(folder.at("npy"));
    expect(files["s.npy"]).toBe(files["whole.npy"]);
    expect(finalize("whole.zarr").json).toMatchObject({ changed: false, jobs: [] });
  });

  it("is the folder of WAV files of one run", () => {
    const table = folder.write("clips.csv", `recording,start_s,end_s\n${rows.join("\n")}\n`);
    const args = (out: string): string[] => [
      ...[
        "extract",
        folder.at("whole.zarr"),
        "--segments",
        table,
        "--out",
        folder.at(out),
        "--format",
        "wav",
      ],
    ];
    expect(cli(args("wav")).status).toBe(0);
    for (const run of shardsOf(args("wav-shards"))) expect(cli(run).status).toBe(0);
    expect(finalize("whole.zarr").status).toBe(0);
    expect(tree(folder.at("wav-shards"))).toEqual(tree(folder.at("wav")));
  });

  it("whose table was changed in between is not put together", () => {
    const table = folder.write("t.csv", `recording,start_s,end_s\n${rows.join("\n")}\n`);
    const args = ["extract", folder.at("whole.zarr"), "--segments", table, "--out", folder.at("t.npy")];
    for (const run of shardsOf(args)) expect(cli(run).status).toBe(0);
    writeFileSync(table, "recording,start_s,end_s\nin__r0,0,0.2\n");
    const run = cli(["finalize", folder.at("whole.zarr")]);
    expect(run.stdout).toContain("expected the table that the shards were cut from, got another one");
    expect(existsSync(folder.at("t.npy"))).toBe(false);
    expect(finalize("whole.zarr", "--force").status).toBe(0);
    expect(finalize("whole.zarr").json.jobs).toEqual([]);
    expect(existsSync(folder.at("t.npy.shards"))).toBe(false);
  });
});

describe("a dataset in shards", () => {
  it.each([
    ["wav", []],
    ["npy", ["--shard-windows", "20"]],
  ] as const)("is the folder of one run, to the byte: %s", (format, more) => {
    const { opus, raven } = bundledDataset();
    const store = folder.at(`${format}.zarr`);
    expect(cli(["import", opus, folder.at("in"), "--store", store]).status).toBe(0);
    const args = (out: string): string[] => [
      ...["dataset", store, "--annotations", raven, "--out", folder.at(format, out), "--window", "1"],
      ...[
        "--hop",
        "0.5",
        "--background",
        "margin=0",
        "--unannotated",
        "background",
        "--format",
        format,
        ...more,
      ],
    ];
    expect(cli(args("whole")).status).toBe(0);
    const runs = shardsOf(args("shards"));
    const reports = runs.map((run) => cliJson<{ windows: number }>(run).json);
    for (const { windows } of reports) expect(windows).toBeGreaterThan(0);
    expect(existsSync(folder.at(format, "shards", "metadata.csv"))).toBe(false);
    expect(finalize(`${format}.zarr`)).toMatchObject({ status: 0, json: { complete: true, changed: true } });
    expect(tree(folder.at(format, "shards"))).toEqual(tree(folder.at(format, "whole")));
    expect(cli(runs[1] as string[]).status).toBe(0);
    expect(finalize(`${format}.zarr`).json).toMatchObject({ changed: false, jobs: [] });
  });
});
