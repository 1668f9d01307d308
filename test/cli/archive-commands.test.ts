/** The command line over an archive: documents, exit statuses, what lands on which stream. */
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ImportReport, IndexReport, VerifyReport } from "../../dist/index.js";
import { cli, cliJson, type Folder, sha256, smallOpus, temporaryFolder } from "../importer/tools.js";

let folder: Folder;
let store: string;
const bytes = smallOpus(1);

beforeAll(() => {
  folder = temporaryFolder();
  store = folder.at("a.zarr");
  folder.write("site1/20190522.opus", bytes);
  folder.write("site1/bad.opus", "no sound at all\n");
});
afterAll(() => folder.remove());

const importArgs = (): string[] => ["import", folder.at("site1/"), "--store", store];

describe("import", () => {
  it("writes one JSON document to stdout, with a row a file, and exits with 1 as one failed", () => {
    const { json, status, stderr, stdout } = cliJson<ImportReport>(importArgs());
    expect(status).toBe(1);
    expect(stderr).toBe("");
    expect(stdout.trim().split("\n").length).toBe(1);
    expect(Object.keys(json)).toEqual([
      ...["imported", "skipped", "failed", "bytes", "pages", "seconds", "recordings"],
    ]);
    expect(json).toMatchObject({ imported: 1, skipped: 0, failed: 1, bytes: bytes.length, pages: 5 });
    expect(json.seconds).toBeGreaterThan(0);
    const [good, bad] = json.recordings;
    expect(good).toEqual({
      id: "site1__20190522",
      source: folder.at("site1/20190522.opus"),
      status: "imported",
      bytes: bytes.length,
      pages: 5,
      samples: 60 * 960 - 312 - 101,
      sha256: sha256(bytes),
      holes: 0,
    });
    expect(bad).toMatchObject({ id: "site1__bad", status: "failed" });
    expect(bad?.error).toMatch(/is text, not sound/);
  });

  it("says in words what it did, and that nothing was new", () => {
    const run = cli(importArgs());
    expect(run.status).toBe(1);
    expect(run.stdout).toMatch(/failed {4}.*bad\.opus: is text, not sound/);
    expect(run.stdout).toMatch(/0 imported, 1 skipped, 1 failed: .* Nothing new: all but what failed/);
    const only = cli(["import", folder.at("site1/20190522.opus"), "--store", folder.at("b.zarr")]);
    expect(only).toMatchObject({ status: 0, stderr: "" });
    const again = cli(["import", folder.at("site1/20190522.opus"), "--store", folder.at("b.zarr")]);
    expect(again).toMatchObject({ status: 0, stderr: "" });
    expect(again.stdout).toMatch(/0 imported, 1 skipped, 0 failed: .* everything is there already/);
  });

  it("takes all options, and a zone west of Greenwich", () => {
    const meta = folder.write("meta.csv", "file,site\n20190522_040000.opus,north\n");
    const file = folder.write("20190522_040000.opus", bytes);
    const options = [
      "--batch-size-mb",
      "auto",
      "--chunk-size-mb",
      "0.01",
      "--workers",
      "2",
      "--shard",
      "0/1",
    ];
    const more = [
      "--duplicates",
      "keep",
      "--check",
      "content",
      "--max-memory-mb",
      "16",
      "--timezone",
      "-03:00",
    ];
    const user = ["--meta", "project=p", "--meta", "who=A", "--meta", "who=B", "--meta-csv", meta];
    const encoder = ["--bitrate", "96", "--vbr", "off", "--application", "lowdelay"];
    const run = cli([
      "import",
      file,
      "--store",
      folder.at("c.zarr"),
      ...options,
      ...more,
      ...user,
      ...encoder,
    ]);
    expect(run).toMatchObject({ status: 0, stderr: "" });
    const { json } = cliJson<{ attributes: Record<string, unknown> }>([
      ...["info", folder.at("c.zarr"), "20190522_040000"],
    ]);
    expect(json.attributes).toMatchObject({
      user: { project: "p", who: ["A", "B"], site: "north" },
      start_time: { utc: "2019-05-22T07:00:00Z", offset: "-03:00", origin: "file name" },
    });
    expect(readdirSync(folder.at("c.zarr/20190522_040000/audio_data_blob_array/c")).length).toBe(
      Math.ceil(bytes.length / (0.01 * 2 ** 20)),
    );
  });

  it("leaves no archive behind where the call is wrong, and names what can be said", () => {
    const file = folder.write("w.opus", bytes);
    const run = cli(["import", file, "--store", folder.at("wrong.zarr"), "--batch-size-mb", "fast"]);
    expect(run.stderr).toMatch(/expected a number, auto, import, extraction or mixed, got "fast"/);
    expect(cli(["import", file, "--store", folder.at("wrong.zarr"), "--check", "x"]).status).toBe(2);
    expect(readdirSync(folder.root)).not.toContain("wrong.zarr");
  });

  it("takes a number for a site's name, and other text, as it stands", () => {
    const file = folder.write("n.opus", bytes);
    cli(["import", file, "--store", folder.at("n.zarr"), "--meta", "site=007", "--meta", "note=a=b, c"]);
    const { json } = cliJson<{ attributes: { user: unknown } }>(["info", folder.at("n.zarr"), "n"]);
    expect(json.attributes.user).toEqual({ site: "007", note: "a=b, c" });
  });
});

describe("words of a call", () => {
  it("stay as they were written: a name of digits, a zone with a plus", () => {
    folder.write("digits/20190522_040000.opus", bytes);
    const cwd = folder.at("digits");
    const run = cli(["import", "20190522_040000.opus", "--store", "0522", "--timezone", "+0200"], { cwd });
    expect(run).toMatchObject({ status: 0, stderr: "" });
    expect(readdirSync(cwd).sort()).toEqual(["0522", "20190522_040000.opus"]);
    const { json } = cliJson<{ attributes: Record<string, unknown> }>(["info", "0522", "20190522_040000"], {
      cwd,
    });
    expect(json.attributes).toMatchObject({ start_time: { utc: "2019-05-22T02:00:00Z" } });
  });

  it("that begin with a dash are names behind a bare --, and else refused", () => {
    folder.write("dash/-i.opus", bytes);
    folder.write("dash/-v.opus", bytes);
    const cwd = folder.at("dash");
    for (const name of ["-i.opus", "-v.opus"]) {
      const run = cli(["import", name, "--store", "a.zarr"], { cwd });
      expect(run.status).toBe(2);
      expect(run.stderr).toMatch(/put \.\/ before it.*, got "-[iv]\.opus"/);
    }
    const run = cli(["import", "--store", "a.zarr", "--", "-i.opus", "-v.opus"], { cwd });
    expect(run).toMatchObject({ status: 0, stderr: "" });
    expect(run.stdout).toMatch(/2 imported/);
  });
});

describe("a wrong call", () => {
  it.each([
    ["no store", ["import", "x.opus"], /--store: expected a folder/],
    ["no path", ["import", "--store", "s"], /import: expected one path or more/],
    [
      "a batch size of no size",
      ["import", "x.opus", "--store", "s", "--batch-size-mb", "huge"],
      /--batch-size-mb/,
    ],
    ["a negative batch size", ["import", "x.opus", "--store", "s", "--batch-size-mb=-4"], /batchSizeMb/],
    ["a shard that is none", ["import", "x.opus", "--store", "s", "--shard", "4/4"], /shard: expected i\/N/],
    ["a zone that is none", ["import", "x.opus", "--store", "s", "--timezone", "Mars"], /[Tt]imezone|zone/],
    ["a bit rate that is none", ["import", "x.opus", "--store", "s", "--bitrate", "x"], /--bitrate/],
    [
      "metadata without a key",
      ["import", "x.opus", "--store", "s", "--meta", "north"],
      /meta: expected key=value/,
    ],
    [
      "a table that is not there",
      ["import", "x.opus", "--store", "s", "--meta-csv", "no.csv"],
      /meta-csv.*no\.csv/,
    ],
    ["an unknown option", ["import", "x.opus", "--store", "s", "--fast"], /[Uu]nknown option/],
    ["an unknown command", ["digest"], /./],
    ["no command", [], /./],
    ["an archive that is not there", ["ls", "none.zarr"], /expected a Zarr group.*none\.zarr/],
    [
      "an archive that is a file",
      ["import", "x.opus", "--store", "site1/bad.opus"],
      /archive: expected a folder, got "a file"/,
    ],
    ["an archive to verify that is not there", ["verify", "none.zarr"], /expected a Zarr group/],
    ["no archive", ["ls"], /./],
  ])("with %s exits with 2 and says why", (_, args, reason) => {
    const run = cli(args, { cwd: folder.root });
    expect(run.status).toBe(2);
    expect(run.stdout + run.stderr).toMatch(reason);
    expect(run.stderr).not.toMatch(/\n\s+at /);
  });

  it("with an unknown recording exits with 2 and names near ones", () => {
    for (const args of [
      ["info", store, "2019"],
      ["export", store, "2019", "x"],
      ["index", store, "2019"],
    ]) {
      const run = cli(args, { cwd: folder.root });
      expect(run.status).toBe(2);
      expect(run.stderr).toMatch(/expected one of the archive's, got "2019".*site1__20190522/);
    }
    expect(cli(["info", store, "../a.zarr"]).status).toBe(2);
    expect(readdirSync(folder.root)).not.toContain("x");
  });

  it("on a folder with other things in it writes nothing there", () => {
    folder.write("photos/a.jpg", "x");
    const run = cli(["import", folder.at("site1/20190522.opus"), "--store", folder.at("photos")]);
    expect(run).toMatchObject({ status: 1, stdout: "" });
    expect(run.stderr).toMatch(/folder with other things in it/);
    expect(readdirSync(folder.at("photos"))).toEqual(["a.jpg"]);
  });
});

describe("ls and info", () => {
  it("list what is there", () => {
    const { json } = cliJson<{ recordings: { id: string; samples: number }[] }>(["ls", store]);
    expect(json.recordings.map((r) => r.id)).toEqual(["site1__20190522"]);
    expect(cli(["ls", store]).stdout).toMatch(
      /^recording +duration .*\nsite1__20190522 +1\.19 s +48000 Hz +1 /,
    );
    expect(cliJson<{ recordings: number }>(["info", store]).json).toMatchObject({ recordings: 1, format: 1 });
  });

  it("tell all of one recording", () => {
    const { json } = cliJson<Record<string, unknown>>(["info", store, "site1__20190522"]);
    expect(json).toMatchObject({ pages: 5, preSkip: 312, sampleRate: 48_000, channels: 1, holes: 0 });
    expect(cli(["info", store, "site1__20190522"]).stdout).toMatch(/pages {10}5\n/);
  });
});

describe("export", () => {
  it("gives the file back, byte for byte, or nothing at all", () => {
    const run = cli(["export", store, "site1__20190522", folder.at("out.opus")]);
    expect(run.status).toBe(0);
    expect(readFileSync(folder.at("out.opus")).equals(bytes)).toBe(true);
    const chunk = folder.at("a.zarr/site1__20190522/audio_data_blob_array/c/0");
    const spoilt = new Uint8Array(bytes);
    spoilt[5000] = (spoilt[5000] ?? 0) ^ 1;
    writeFileSync(chunk, spoilt);
    const failed = cli(["export", store, "site1__20190522", folder.at("spoilt.opus")]);
    expect(failed.status).toBe(1);
    expect(failed.stderr).toMatch(/expected SHA-256/);
    expect(readdirSync(folder.root).filter((name) => /^(spoilt|\.part)/.test(name))).toEqual([]);
    writeFileSync(chunk, bytes);
  });
});

describe("index", () => {
  it("reports what building took, for each strategy and way to confirm pages", () => {
    for (const strategy of ["batch", "page", "sequential"]) {
      for (const verify of ["crc", "headers"]) {
        const args = ["index", store, "site1__20190522", "--strategy", strategy, "--verify", verify];
        const { json, status } = cliJson<IndexReport>([...args, "--batch-size-mb", "0.01"]);
        expect(status).toBe(0);
        const batches = strategy === "page" ? 5 : Math.ceil(bytes.length / (0.01 * 2 ** 20));
        // The first page may tell batches to be read again, where they begin inside one.
        expect(json).toMatchObject({ pages: 5, batches });
        expect(json.accesses).toBeGreaterThanOrEqual(batches);
        expect(json.storeReads).toBeGreaterThanOrEqual(json.accesses);
        expect(json.pagesPerSecond).toBeCloseTo(json.pages / json.seconds, 3);
        expect(Object.keys(json.phases)).toEqual(["locate", "detail", "accumulate"]);
      }
    }
    expect(cli(["index", store, "site1__20190522", "--strategy", "guess"]).status).toBe(2);
    expect(cli(["index", store, "site1__20190522", "--verify", "trust"]).status).toBe(2);
  });
});

describe("verify", () => {
  const report = (...flags: string[]): { json: VerifyReport; status: number | null } =>
    cliJson<VerifyReport>(["verify", store, ...flags]);

  it("finds nothing wrong where nothing is", () => {
    const { json, status } = report();
    expect(json).toEqual({ recordings: 1, ok: 1, damaged: 0, orphans: 0, repaired: 0, problems: [] });
    expect(status).toBe(0);
  });

  it("finds an index that does not fit, and rebuilds it on request", () => {
    const chunk = folder.at("a.zarr/site1__20190522/opus_index/c/0/0");
    const index = new Uint8Array(readFileSync(chunk));
    const spoilt = index.slice();
    spoilt[24] = (spoilt[24] ?? 0) ^ 1;
    writeFileSync(chunk, spoilt);
    const found = report();
    expect(found).toMatchObject({ status: 1, json: { ok: 0, damaged: 1, repaired: 0 } });
    expect(found.json.problems[0]?.problem).toMatch(/byteOffset: expected \d+, got \d+ in row 1/);
    expect(report("--repair")).toMatchObject({ status: 0, json: { ok: 1, damaged: 0, repaired: 1 } });
    expect(readFileSync(chunk).equals(index)).toBe(true);
    rmSync(folder.at("a.zarr/site1__20190522/opus_runs"), { recursive: true });
    expect(report()).toMatchObject({ status: 1, json: { damaged: 1 } });
    expect(report("--repair")).toMatchObject({ status: 0, json: { ok: 1, repaired: 1 } });
    expect(report()).toMatchObject({ status: 0, json: { ok: 1 } });
  });

  it("finds attributes that are not so, and writes them anew", () => {
    const file = folder.at("a.zarr/site1__20190522/zarr.json");
    const whole = readFileSync(file, "utf8");
    writeFileSync(file, whole.replace(/"total_samples": ?\d+/g, '"total_samples": 5'));
    expect(report().json.problems[0]?.problem).toMatch(/attributes: total_samples: expected \d+, got 5/);
    expect(report("--repair").status).toBe(0);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(JSON.parse(whole));
  });

  it("finds a blob that is not what was imported, and never touches it", () => {
    const chunk = folder.at("a.zarr/site1__20190522/audio_data_blob_array/c/0");
    const spoilt = new Uint8Array(bytes);
    spoilt[5000] = (spoilt[5000] ?? 0) ^ 1;
    writeFileSync(chunk, spoilt);
    const found = report("--repair");
    expect(found).toMatchObject({ status: 1, json: { damaged: 1, repaired: 0 } });
    expect(found.json.problems[0]?.problem).toMatch(/blob: expected SHA-256/);
    expect(readFileSync(chunk).equals(spoilt)).toBe(true);
    rmSync(chunk);
    expect(report("--repair").json.problems[0]?.problem).toMatch(/chunk 0 is missing/);
    writeFileSync(chunk, bytes);
    expect(report().status).toBe(0);
  });

  it("finds what imports that died left, and clears it on request", () => {
    folder.write("a.zarr/.staging/x~gone.1~4194305~00/audio_data_blob_array/c/0", "x");
    const dead = report();
    // Of another machine's importer it cannot be told whether it lives.
    expect(dead).toMatchObject({ status: 0, json: { orphans: 0 } });
    renameSync(folder.at("a.zarr/.staging/x~gone.1~4194305~00"), folder.at("a.zarr/half"));
    expect(report()).toMatchObject({ status: 1, json: { recordings: 1, orphans: 1 } });
    expect(report("--repair")).toMatchObject({ status: 0, json: { orphans: 0, repaired: 1 } });
    expect(readdirSync(store)).not.toContain("half");
  });
});
