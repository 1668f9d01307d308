/** The tables that `extract --segments` takes. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CliRun, cli, type Folder, temporaryFolder, writeRecordings } from "../importer/tools.js";

let folder: Folder;
let store: string;
/** What the table of our own columns gives. */
let expected: Buffer;

const OWN = "recording,start_s,end_s\nin__r0,0,0.5\nin__r1,0.1,0.6\n";
const RAVEN = [
  ["Selection", "View", "Channel", "Begin Time (s)", "End Time (s)", "Begin File", "Species"],
  ["1", "Spectrogram 1", "1", "0.0", "0.5", "r0.wav", "WOTH"],
  ["1", "Waveform 1", "1", "0.0", "0.5", "r0.wav", "WOTH"],
  ["2", "Spectrogram 1", "1", "0.1", "0.6", "r1.wav", "OVEN"],
]
  .map((row) => `${row.join("\t")}\n`)
  .join("");

beforeAll(() => {
  folder = temporaryFolder();
  store = folder.at("a.zarr");
  writeRecordings(folder, 2);
  cli(["import", folder.at("in"), "--store", store]);
  extract("own.csv", OWN);
  expected = readFileSync(folder.at("own.csv.npy"));
});
afterAll(() => folder.remove());

function extract(name: string, table: string | Uint8Array, ...more: string[]): CliRun {
  const file = folder.write(name, table);
  return cli(["extract", store, "--segments", file, "--out", `${file}.npy`, ...more]);
}

describe("segments out of", () => {
  it.each([
    ["a Raven selection table, a selection of two views once", "a.raven.txt", RAVEN],
    [
      "CSV with semicolons and decimal commas",
      "b.csv",
      "recording;start_s;end_s\nin__r0;0,0;0,5\nin__r1;0,1;0,6\n",
    ],
    ["CSV with other names of columns", "c.csv", "file,begin,end\nr0.wav,0,0.5\nr1.wav,0.1,0.6\n"],
    ["CSV in samples", "d.csv", "recording,start_sample,end_sample\nin__r0,0,24000\nin__r1,4800,28800\n"],
  ])("%s are those of the table with seconds", (_, name, table) => {
    expect(extract(name, table)).toMatchObject({ status: 0, stderr: "" });
    expect(readFileSync(folder.at(`${name}.npy`)).equals(expected)).toBe(true);
  });

  it("Audacity's labels are on the recording of the same name, or the one that they are said to be about", () => {
    const labels = "0.0\t0.5\tWOTH\n0.1\t0.6\tOVEN\n";
    expect(extract("r1.txt", labels)).toMatchObject({ status: 0, stderr: "" });
    const lost = extract("labels.txt", labels);
    expect(lost).toMatchObject({ status: 2, stdout: "" });
    expect(lost.stderr).toMatch(
      /2 of 2 annotations match no recording: labels\.txt line 1 and 1 more: .*--about/,
    );
    expect(extract("labels.txt", labels, "--about", "in__r1").status).toBe(0);
    const [named, said] = ["r1.txt.npy", "labels.txt.npy"].map((file) => readFileSync(folder.at(file)));
    expect(named?.equals(said as Buffer)).toBe(true);
  });

  it("annotations that end after their recording are refused, or padded when asked for", () => {
    const late = RAVEN.replaceAll("0.6", "1.6").replaceAll("0.0\t0.5", "0.0\t1.5");
    expect(extract("late.txt", late)).toMatchObject({ status: 2, stdout: "" });
    expect(extract("late.txt", late, "--out-of-range", "pad")).toMatchObject({ status: 0, stderr: "" });
    expect(readFileSync(folder.at("late.txt.npy")).length).toBeGreaterThan(2 * 4 * 72_000);
  });

  it("annotations in shards, put together, are the same file", () => {
    for (const shard of ["0/2", "1/2"])
      expect(extract("shards.txt", RAVEN, "--shard", shard)).toMatchObject({ status: 0 });
    expect(cli(["finalize", store]).status).toBe(0);
    expect(readFileSync(folder.at("shards.txt.npy")).equals(expected)).toBe(true);
  });

  it("anything else are an error, which says what columns there should be", () => {
    const run = extract("wrong.csv", "a,b,c\n1,2,3\n");
    expect(run).toMatchObject({ status: 2, stdout: "" });
    expect(run.stderr).toMatch(
      /expected columns recording,start_sample,end_sample or .*annotation table: .*"a"/,
    );
    expect(extract("nothing.csv", "").stderr).toMatch(/expected columns recording.*empty/);
  });
});
