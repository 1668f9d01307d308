/** The whole surface of the command line: which commands and options there are, and the keys of every JSON document. */
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { wavBytes } from "../../src/tensor/wav.js";
import { cli, cliJson, type Folder, smallOpus, temporaryFolder } from "../importer/tools.js";

/** What scripts hold on to: it may grow, but nothing of it may go. */
const SURFACE: Readonly<Record<string, readonly string[]>> = {
  import: ["store", "batch-size-mb", "chunk-size-mb", "workers", "shard", "duplicates", "json"],
  ls: ["json"],
  info: ["json"],
  index: ["batch-size-mb", "strategy", "verify", "json"],
  extract: ["segments", "out", "format", "accuracy", "decoder", "strategy", "dtype", "workers", "json"],
  export: [],
  verify: ["repair", "shard", "json"],
  sweep: ["sizes", "repeats", "json"],
  demo: [],
  lab: [],
  kernel: [],
  annotations: [],
  dataset: ["annotations", "out", "shard", "json"],
  finalize: ["job", "shards", "force", "json"],
  slurm: ["tasks", "time", "partition", "dir", "dry-run", "resubmit", "json"],
};

let folder: Folder;
let store: string;
let segments: string;

beforeAll(() => {
  folder = temporaryFolder();
  store = folder.at("a.zarr");
  folder.write("site1/a.opus", smallOpus(1));
  folder.write("site1/bad.opus", "no sound at all\n");
  segments = folder.write(
    "clips.csv",
    "recording,start_sample,end_sample\nsite1__a,4800,9600\nsite1__a,0,4800\n",
  );
  cli(["import", folder.at("site1"), "--store", store]);
});
afterAll(() => folder.remove());

describe("help", () => {
  const help = cli(["--help"]).stdout;

  it("names every command once", () => {
    for (const command of Object.keys(SURFACE)) {
      expect(help.match(new RegExp(`^  ${command}\\b.*$`, "gm")), command).toHaveLength(1);
    }
  });

  it.each(Object.entries(SURFACE))("of %s has its options", (command, options) => {
    const run = cli([command, "--help"]);
    expect(run).toMatchObject({ status: 0, stderr: "" });
    const given = [...run.stdout.matchAll(/^ {2}--([a-z-]+)/gm)].map(([, name]) => name);
    expect(given).toEqual(expect.arrayContaining([...options]));
    expect(new Set(given).size).toBe(given.length);
    expect(run.stdout).not.toMatch(/ $/m);
  });

  it("tells the exit statuses once, and how to ask for a command's options", () => {
    expect(help.match(/--help$/gm)).toHaveLength(1);
    expect(help).toMatch(/Exit status:\n {2}0 all done, 1 some item failed/);
    expect(cli(["lab", "--help"]).stdout).not.toContain("(default: true)");
  });

  it("names what a call must have, and shows one", () => {
    expect(cli(["import", "--help"]).stdout).toMatch(/\$ opus-zarr import PATH… --store DIR\n/);
    for (const command of ["import", "extract", "dataset", "annotations", "slurm"])
      expect(cli([command, "--help"]).stdout, command).toMatch(/Examples:\n {2}\$ opus-zarr /);
  });
});

describe("JSON documents", () => {
  const documents: readonly (readonly [
    name: string,
    args: () => readonly string[],
    keys: readonly string[],
  ])[] = [
    [
      "import",
      () => ["import", folder.at("site1"), "--store", store],
      ["imported", "skipped", "failed", "bytes", "pages", "seconds", "recordings"],
    ],
    ["ls", () => ["ls", store], ["recordings"]],
    ["info of an archive", () => ["info", store], ["format", "recordings", "seconds", "bytes"]],
    [
      "index",
      () => ["index", store, "site1__a"],
      ["pages", "batches", "accesses", "storeReads", "seconds", "pagesPerSecond", "phases"],
    ],
    [
      "extract",
      () => ["extract", store, "--segments", segments, "--out", folder.at("clips.npy")],
      [
        ...["segments", "batches", "decoderRuns", "seconds", "audioSeconds", "decodedSeconds", "accuracy"],
        ...["preRollSeconds", "holes"],
      ],
    ],
    ["verify", () => ["verify", store], ["recordings", "ok", "damaged", "orphans", "repaired"]],
    ["sweep", () => ["sweep", store, "site1__a", "--sizes", "1", "--repeats", "1"], ["rows", "best"]],
    ["finalize", () => ["finalize", store], ["recordings", "changed", "complete", "jobs"]],
  ];

  it.each(documents)("%s: one on stdout with its keys, nothing on stderr", (name, args, keys) => {
    const { json, stdout, stderr, status } = cliJson<Record<string, unknown>>(args());
    expect(Object.keys(json)).toEqual(expect.arrayContaining([...keys]));
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
    expect(stderr).toBe("");
    expect(status).toBe(name === "import" ? 1 : 0);
  });

  it("have a row a recording", () => {
    const { json } = cliJson<{ recordings: Record<string, unknown>[] }>([
      "import",
      folder.at("site1"),
      "--store",
      store,
    ]);
    const [good, bad] = json.recordings;
    const keys = ["id", "source", "status", "bytes", "pages", "samples", "sha256"];
    expect(Object.keys(good ?? {})).toEqual(expect.arrayContaining(keys));
    expect(Object.keys(bad ?? {})).toEqual(expect.arrayContaining([...keys, "error"]));
  });
});

it("import says once at length what many files want, and that they are still to come", () => {
  for (const name of ["a", "b", "c"])
    folder.write(`waves/${name}.wav`, wavBytes({ channels: [new Float32Array(480)], sampleRateHz: 48_000 }));
  folder.write("waves/d.opus", smallOpus(3));
  const call = ["import", folder.at("waves"), "--store", folder.at("waves.zarr")];
  const env = { PATH: "", OPUS_ZARR_FFMPEG: "nowhere" };
  expect(cli(call, { env }).status).toBe(1);
  const { stdout, status } = cli(call, { env });
  expect(status).toBe(1);
  expect(stdout.match(/install it/g)).toHaveLength(1);
  expect(stdout.match(/\.wav: no program "nowhere" \(as above\)$/gm)).toHaveLength(2);
  expect(stdout).toMatch(
    /0 imported, 1 skipped, 3 failed: .* Nothing new: all but what failed is there already\.\n$/,
  );
});

it("info tells where a hole lies in seconds, and of bytes that were no sound", () => {
  const other = folder.at("b.zarr");
  const pages = smallOpus(2);
  const lost = Buffer.from(pages);
  lost.fill(0, lost.length / 2, lost.length / 2 + 9);
  folder.write("site2/lost.opus", lost);
  folder.write("site2/tail.opus", Buffer.concat([pages, Buffer.from("stray")]));
  cli(["import", folder.at("site2"), "--store", other]);
  expect(cli(["info", other, "site2__tail"]).stdout).toMatch(
    /hole +no sound lost at 1\.\d\d s, bytes \d+ to/,
  );
  expect(cli(["info", other, "site2__lost"]).stdout).toMatch(
    /hole +0\.\d\d to 0\.\d\d s, samples \d+ to \d+, bytes \d+ to/,
  );
});

describe("a wrong call", () => {
  const wrong = Object.keys(SURFACE).filter((command) => !["demo", "lab"].includes(command));

  it.each(wrong)("of %s without arguments exits with 2, and says so on stderr alone", (command) => {
    const run = cli([command], { cwd: folder.root });
    expect(run).toMatchObject({ status: 2, stdout: "" });
    expect(run.stderr).toMatch(/^opus-zarr: /);
  });

  it("of a command that there is none of says so, and where to look", () => {
    const run = cli(["imprt", "site1/"]);
    expect(run).toMatchObject({ status: 2, stdout: "" });
    expect(run.stderr).toBe('opus-zarr: expected a command, got "imprt" (see opus-zarr --help)\n');
  });

  it("of an option that there is none of says where they are told", () => {
    expect(cli(["ls", store, "--jsn"]).stderr).toBe(
      "opus-zarr: Unknown option `--jsn` (see opus-zarr ls --help)\n",
    );
  });

  it("of extract with a WAV file as the one .npy exits with 2 and writes nothing", () => {
    const out = folder.at("clips.wav");
    const run = cli(["extract", store, "--segments", segments, "--out", out]);
    expect(run).toMatchObject({ status: 2, stdout: "" });
    expect(run.stderr).toContain("--format wav");
    expect(existsSync(out)).toBe(false);
  });

  it("of extract with a segment that ends after the recording says where that ends; pad fills it up", () => {
    const late = folder.write("late.csv", "recording,start_s,end_s\nsite1__a,1,1.5\n");
    const out = folder.at("late.npy");
    const call = ["extract", store, "--segments", late, "--out", out];
    const run = cli(call);
    expect(run).toMatchObject({ status: 2, stdout: "" });
    expect(run.stderr).toMatch(/endSample: expected at most the recording's \d+ samples, 1\.\d+ s .*"pad"/);
    expect(existsSync(out)).toBe(false);
    expect(cli([...call, "--out-of-range", "pad"])).toMatchObject({ status: 0, stderr: "" });
    expect(existsSync(out)).toBe(true);
    expect(cli([...call, "--out-of-range", "cut"])).toMatchObject({ status: 2, stdout: "" });
  });

  it("of finalize with a job that left nothing says so", () => {
    expect(cli(["finalize", store, "--job", "x"]).stdout).toMatch(/^x: closed before, or never begun\n/);
  });

  // What slurm does not know is the option of the command that it is to run.
  const own = Object.keys(SURFACE).filter((command) => command !== "slurm");

  it.each(own)("of %s with an unknown option exits with 2 and does nothing", (command) => {
    const run = cli([command, "x", "y", "z", "--no-such-thing"], { cwd: folder.root });
    expect(run.status).toBe(2);
    expect(run.stderr).toMatch(/no-?such-?thing|noSuchThing|such/i);
    expect(existsSync(folder.at("out"))).toBe(false);
  });

  it.each([
    ["--format", "mp3"],
    ["--accuracy", "nearly"],
    ["--decoder", "other"],
    ["--strategy", "guess"],
    ["--dtype", "float64"],
    ["--workers", "many"],
  ])("of extract with %s %s exits with 2 and writes nothing", (option, value) => {
    const out = folder.at("none.npy");
    const run = cli(["extract", store, "--segments", segments, "--out", out, option, value]);
    expect(run).toMatchObject({ status: 2, stdout: "" });
    expect(existsSync(out)).toBe(false);
  });
});
