/** Imports into a folder: what comes out again, which ids recordings get, what is done twice and what is not. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type Archive,
  exportRecording,
  finalizeShards,
  type ImportOptions,
  type ImportReport,
  importRecordings,
  openArchive,
  verifyArchive,
} from "../../dist/index.js";
import { haveFfmpeg, writeTones } from "../input/fixtures.js";
import { testStreams } from "../streams/streams.js";
import { type Folder, sha256, smallOpus, temporaryFolder, tree } from "./tools.js";

const day = fileURLToPath(new URL("../../../shared/recordings/S4A03895_20190522_day.opus", import.meta.url));

let folder: Folder;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

const open = (name = "a.zarr"): Promise<Archive> => openArchive(folder.at(name), { mode: "a" });
async function run(paths: readonly string[], options: ImportOptions = {}): Promise<ImportReport> {
  return await importRecordings(await open(), paths, options);
}
const statuses = (report: ImportReport): string[] => report.recordings.map((r) => `${r.id} ${r.status}`);
async function expectVerified(archive: Archive, recordings: number): Promise<void> {
  const report = await verifyArchive(archive);
  expect(report.problems).toEqual([]);
  expect(report).toMatchObject({ recordings, ok: recordings, damaged: 0, orphans: 0 });
}

describe("a recording", () => {
  it.skipIf(!existsSync(day))(
    "of 46,080,000 samples comes out as it went in (needs ../shared/recordings)",
    async () => {
      const report = await run([day]);
      expect(report.recordings[0]).toMatchObject({ pages: 963, samples: 46_080_000, status: "imported" });
      const recording = await (await open()).recording("S4A03895_20190522_day");
      expect(recording).toMatchObject({ sampleRate: 48_000, channels: 1, totalSamples: 46_080_000 });
      expect(recording.attributes).toMatchObject({ pre_skip: 312, transcoded: null, holes: [] });
      await exportRecording(recording, folder.at("out.opus"));
      expect(readFileSync(folder.at("out.opus")).equals(readFileSync(day))).toBe(true);
    },
  );

  it.each([1, 7777, 30_000, 65_536, 1_000_000])(
    "comes out as it went in with chunks of %i bytes, whatever the batch",
    async (chunkBytes) => {
      const streams = testStreams().filter((stream) => stream.bytes.length < 100 * chunkBytes);
      const files = streams.slice(0, 12).map((s) => folder.write(`${s.name}.opus`, s.bytes));
      if (chunkBytes === 1) files.push(folder.write("tiny.opus", smallOpus(1, 1)));
      const report = await run(files, { chunkSizeMb: chunkBytes / 2 ** 20, batchSizeMb: 0.0625 });
      expect(report.recordings.filter((row) => row.status === "failed")).toEqual([]);
      const archive = await open();
      for (const row of report.recordings) {
        const recording = await archive.recording(row.id);
        await exportRecording(recording, folder.at("out"));
        const bytes = readFileSync(row.source);
        expect(readFileSync(folder.at("out")).equals(bytes)).toBe(true);
        expect(row).toMatchObject({ bytes: bytes.length, sha256: sha256(bytes) });
        const chunks = readdirSync(folder.at("a.zarr", row.id, "audio_data_blob_array", "c"));
        expect(chunks.length).toBe(
          Math.ceil(bytes.length / Math.ceil(bytes.length / Math.ceil(bytes.length / chunkBytes))),
        );
      }
      await expectVerified(archive, files.length);
    },
  );

  it("gives the same archive whatever the batch size and the number of workers", async () => {
    const files = testStreams().map((s) => folder.write(`in/${s.name}.opus`, s.bytes));
    const shapes: ImportOptions[] = [
      { batchSizeMb: 0.0625, workers: 1 },
      { batchSizeMb: "auto", workers: 8 },
      { batchSizeMb: 4, maxMemoryMb: 1 },
    ];
    const trees: Record<string, string>[] = [];
    for (const [i, options] of shapes.entries()) {
      const archive = await open(`${i}.zarr`);
      const report = await importRecordings(archive, files, options);
      expect(report.recordings.filter((row) => row.status === "failed")).toEqual([]);
      trees.push(tree(folder.at(`${i}.zarr`)));
    }
    expect(trees[1]).toEqual(trees[0]);
    expect(trees[2]).toEqual(trees[0]);
    await expectVerified(await open("1.zarr"), files.length);
  });

  it("leaves nothing behind in .staging", async () => {
    await run([folder.write("a.opus", smallOpus(1)), folder.write("b.opus", "no sound")]);
    expect(readdirSync(folder.at("a.zarr")).sort()).toEqual(["a", "zarr.json"]);
  });
});

describe("ids", () => {
  it("are paths below the folder that holds what was named", async () => {
    const bytes = smallOpus(1);
    for (const name of [
      "site1/20190522.opus",
      "site1/night 2/ä.b.opus",
      "site1/.hidden/x.opus",
      "site1/notes.txt",
    ]) {
      folder.write(name, bytes);
    }
    expect(statuses(await run([folder.at("site1/")]))).toEqual([
      "site1__20190522 imported",
      "site1__night_2___.b imported",
    ]);
    expect(statuses(await run([folder.at("site1/20190522.opus")]))).toEqual(["20190522 imported"]);
    const recording = await (await open()).recording("site1__night_2___.b");
    expect(recording.attributes.source.name).toBe("site1/night 2/ä.b.opus");
  });

  it("never hide a recording or take the archive's own name", async () => {
    const files = [".opus", "..opus", "zarr.json.opus", ".staging.opus"].map((name, i) =>
      folder.write(name, smallOpus(i + 1)),
    );
    const report = await run(files);
    expect(report.failed).toBe(0);
    expect((await (await open()).list()).length).toBe(4);
    await expectVerified(await open(), 4);
  });

  it("may be as long as the file system has names", async () => {
    const name = "n".repeat(250);
    expect(statuses(await run([folder.write(`${name}.opus`, smallOpus(1))]))).toEqual([`${name} imported`]);
  });

  it("are found by globs, each file once", async () => {
    for (const name of ["a1.opus", "a2.opus", "b1.opus", "sub/a3.opus"])
      folder.write(name, smallOpus(name.charCodeAt(1)));
    const report = await run([folder.at("a*.opus"), folder.at("a1.opus"), folder.at("**/a{2,3}.opus")]);
    expect(statuses(report)).toEqual(["a1 imported", "a2 imported", "a3 imported"]);
  });
});

describe("what is there already", () => {
  it("is skipped by size and time, without reading it", async () => {
    const file = folder.write("a.opus", smallOpus(1));
    await run([file]);
    const { mtime } = statSync(file);
    folder.write("a.opus", new Uint8Array(statSync(file).size));
    utimesSync(file, mtime, mtime);
    expect(statuses(await run([file]))).toEqual(["a skipped"]);
    expect((await run([file], { check: "content" })).failed).toBe(1);
  });

  it("is skipped, and what an import that was killed at its very end left goes all the same", async () => {
    const file = folder.write("a.opus", smallOpus(1));
    await run([file]);
    const whole = tree(folder.at("a.zarr"));
    mkdirSync(folder.at("a.zarr/.staging"));
    expect(statuses(await run([file]))).toEqual(["a skipped"]);
    expect(tree(folder.at("a.zarr"))).toEqual(whole);
  });

  it("is skipped by content where the time is another", async () => {
    const file = folder.write("a.opus", smallOpus(1));
    await run([file]);
    utimesSync(file, 1, 1);
    const report = await run([file], { check: "content" });
    expect(statuses(report)).toEqual(["a skipped"]);
    expect(report).toMatchObject({ imported: 0, skipped: 1, failed: 0, bytes: 0, pages: 0 });
    expect(statuses(await run([file]))).toEqual(["a skipped"]);
  });

  it("gets another content beside it, once, under the beginning of its hash", async () => {
    const [one, two] = [smallOpus(1), smallOpus(2)];
    await run([folder.write("a.opus", one)]);
    const beside = `a-${sha256(two).slice(0, 8)}`;
    const other = folder.write("other/a.opus", two);
    for (const duplicates of ["skip", "error"] as const) {
      const archive = await openArchive(folder.at(`${duplicates}.zarr`), { mode: "a" });
      await importRecordings(archive, [folder.at("a.opus")]);
      expect(statuses(await importRecordings(archive, [other], { duplicates }))).toEqual([
        `${beside} imported`,
      ]);
    }
    expect(statuses(await run([other]))).toEqual([`${beside} imported`]);
    expect(statuses(await run([other]))).toEqual([`${beside} skipped`]);
    expect(statuses(await run([folder.at("a.opus")]))).toEqual(["a skipped"]);
    await expectVerified(await open(), 2);
  });

  it("is kept twice if that is wanted, and not more often", async () => {
    const bytes = smallOpus(1);
    const file = folder.write("a.opus", bytes);
    const copy = `a-${sha256(bytes).slice(0, 8)}`;
    await run([file]);
    expect(statuses(await run([file], { duplicates: "keep" }))).toEqual([`${copy} imported`]);
    expect(statuses(await run([file], { duplicates: "keep" }))).toEqual([`${copy} skipped`]);
    expect(statuses(await run([file]))).toEqual(["a skipped"]);
    await expectVerified(await open(), 2);
  });

  it("is an error if that is wanted", async () => {
    const file = folder.write("a.opus", smallOpus(1));
    await run([file]);
    const report = await run([file], { duplicates: "error" });
    expect(statuses(report)).toEqual(["a failed"]);
    expect(report.recordings[0]?.error).toMatch(/same content is there already as a .*a\.opus/);
  });

  it("does not count under another id", async () => {
    const bytes = smallOpus(1);
    const files = [folder.write("a.opus", bytes), folder.write("b.opus", bytes)];
    expect(statuses(await run(files, { duplicates: "error" }))).toEqual(["a imported", "b imported"]);
  });

  it("is told apart from an id that looks like a hash", async () => {
    const [one, two] = [smallOpus(1), smallOpus(2)];
    const hash = sha256(two);
    const looks = `a-${hash.slice(0, 8)}`;
    expect(statuses(await run([folder.write(`${looks}.opus`, one)]))).toEqual([`${looks} imported`]);
    // The same content, but the digits are not of its hash: it is not what an import would have put beside `a`.
    expect(statuses(await run([folder.write("a.opus", one)]))).toEqual(["a imported"]);
    const report = await run([folder.write("other/a.opus", two)]);
    expect(statuses(report)).toEqual([`a-${hash.slice(0, 16)} imported`]);
    await expectVerified(await open(), 3);
  });

  it("takes its turn among files of one id, in the same order each time", async () => {
    const files = ["x/a.opus", "y/a.opus", "z/a.opus"].map((name, i) => folder.write(name, smallOpus(i + 1)));
    // Of one length and one time, as recorders with one schedule leave them: what is in them counts.
    for (const file of files) utimesSync(file, 1_558_483_200, 1_558_483_200);
    const first = statuses(await run(files));
    expect(first[0]).toBe("a imported");
    expect(new Set(first).size).toBe(3);
    const again = await importRecordings(await open("b.zarr"), [...files].reverse());
    expect(statuses(again)).toEqual(first);
    expect(tree(folder.at("b.zarr"))).toEqual(tree(folder.at("a.zarr")));
  });
});

describe("shards", () => {
  it("share the files out, all of them and each once, as a single run would import them", async () => {
    for (let i = 0; i < 11; i++) folder.write(`in/r${i}.opus`, smallOpus(i + 1, 10));
    folder.write("in/r3.ogg", smallOpus(99, 10));
    const rows: string[] = [];
    for (let i = 0; i < 4; i++) rows.push(...statuses(await run([folder.at("in")], { shard: `${i}/4` })));
    expect(rows.length).toBe(12);
    const whole = await importRecordings(await open("b.zarr"), [folder.at("in")]);
    expect(rows.sort()).toEqual(statuses(whole).sort());
    for (const store of ["a.zarr", "b.zarr"]) await finalizeShards(await open(store));
    expect(tree(folder.at("a.zarr"))).toEqual(tree(folder.at("b.zarr")));
  });

  it.each(["2/2", "-1/2", "0/0", "1", "a/b", "0/2/3", ""])("refuse %j", async (shard) => {
    await expect(run([folder.write("a.opus", smallOpus(1))], { shard })).rejects.toMatchObject({
      kind: "argument",
      place: { field: "shard" },
    });
  });
});

describe("reports and options", () => {
  it("has a row a file and the sums of what was imported", async () => {
    const good = [1, 2].map((n) => folder.write(`g${n}.opus`, smallOpus(n)));
    await run([good[0] as string]);
    const report = await run([...good, folder.write("bad.opus", "text"), folder.at("absent.opus")]);
    expect(report).toMatchObject({
      imported: 1,
      skipped: 1,
      failed: 2,
      bytes: smallOpus(2).length,
      pages: 5,
    });
    const failed = report.recordings.filter((row) => row.status === "failed");
    expect(failed.map((row) => row.source).sort()).toEqual([folder.at("absent.opus"), folder.at("bad.opus")]);
    expect(failed.every((row) => (row.error ?? "").includes(row.source))).toBe(true);
  });

  it.each([
    ["batchSizeMb", { batchSizeMb: 0 }],
    ["batchSizeMb", { batchSizeMb: Number.NaN }],
    ["batchSizeMb", { batchSizeMb: "large" as "auto" }],
    ["chunkSizeMb", { chunkSizeMb: -1 }],
    ["workers", { workers: 1.5 }],
    ["maxMemoryMb", { maxMemoryMb: Number.POSITIVE_INFINITY }],
    ["duplicates", { duplicates: "overwrite" as "skip" }],
    ["check", { check: "name" as "mtime" }],
    ["bitrateKbps", { bitrateKbps: 1 }],
    ["vbr", { vbr: "maybe" as "on" }],
    ["timezone", { timezone: "Mars/Olympus" }],
    ["timezone", { timezone: 2 as unknown as "+02:00" }],
    ["meta", { meta: "site=north" as unknown as { site: "north" } }],
    ["metaCsv", { metaCsv: 5 as unknown as "5" }],
  ])("names a wrong %s", async (field, options) => {
    const file = folder.write("a.opus", smallOpus(1));
    await expect(run([file], options)).rejects.toMatchObject({ kind: "argument", place: { field } });
    expect(await (await open()).list()).toEqual([]);
  });

  it("tells how far it is, in files, bytes, pages, rate and time left", async () => {
    const files = [1, 2, 3].map((n) => folder.write(`r${n}.opus`, smallOpus(n)));
    const seen: {
      filesDone: number;
      bytesDone: number;
      secondsLeft: number | null;
      bytesPerSecond: number;
    }[] = [];
    const report = await run([...files, folder.write("bad.opus", "text")], {
      onProgress: (p) => seen.push(p),
    });
    const last = seen.at(-1);
    expect(last).toMatchObject({ files: 4, filesDone: 4, failed: 1, pages: report.pages, secondsLeft: 0 });
    expect(last?.bytesDone).toBe(files.reduce((sum, file) => sum + statSync(file).size, 4));
    expect(seen.every((p, i) => i === 0 || p.bytesDone >= (seen[i - 1]?.bytesDone ?? 0))).toBe(true);
    expect(last?.bytesPerSecond).toBeGreaterThan(0);
  });

  it.skipIf(!haveFfmpeg)("tells how far an encoder is while it runs (needs ffmpeg)", async () => {
    writeTones(folder.at("bat.wav"), { sampleRateHz: 250_000, frames: 250_000 });
    const bytes = statSync(folder.at("bat.wav")).size;
    const before: number[] = [];
    await run([folder.at("bat.wav")], {
      onProgress: (p) => {
        if (p.filesDone === 0) before.push(p.bytesDone);
      },
    });
    // The stream that is copied in the end has fewer bytes than the file.
    expect(Math.max(...before)).toBeGreaterThan(0.9 * bytes);
  });

  it("keeps what users say of recordings", async () => {
    folder.write("in/a.opus", smallOpus(1));
    folder.write("in/b.opus", smallOpus(2));
    const metaCsv = folder.write("meta.csv", "file,site,observer\na.opus,north,\nother.opus,south,B\n");
    await run([folder.at("in")], { meta: { project: "p", site: "unknown" }, metaCsv });
    const archive = await open();
    expect((await archive.recording("in__a")).attributes.user).toEqual({ project: "p", site: "north" });
    expect((await archive.recording("in__b")).attributes.user).toEqual({ project: "p", site: "unknown" });
  });

  it("refuses a table that says nothing of any file", async () => {
    const metaCsv = folder.write("meta.csv", "file,site\nb.opus,north\nc.opus,north\n");
    const file = folder.write("a.opus", smallOpus(1));
    await expect(run([file], { metaCsv })).rejects.toThrow(
      /metaCsv: expected a row for at least one of the files, such as a\.opus, got "none in 2 rows"/,
    );
  });

  it("reads start times out of names, into UTC only with a zone", async () => {
    folder.write("in/20190522_040000.opus", smallOpus(1));
    await run([folder.at("in")]);
    const naive = (await (await open()).recording("in__20190522_040000")).attributes.start_time;
    expect(naive).toMatchObject({ utc: null, offset: null, local: "2019-05-22T04:00:00" });
    const zoned = await open("b.zarr");
    await importRecordings(zoned, [folder.at("in")], { timezone: "+02:00" });
    const start = (await zoned.recording("in__20190522_040000")).attributes.start_time;
    expect(start).toMatchObject({ utc: "2019-05-22T02:00:00Z", offset: "+02:00" });
  });

  it("stops where its signal says so, and keeps what was finished", async () => {
    const files = Array.from({ length: 12 }, (_, i) => folder.write(`r${i}.opus`, smallOpus(i + 1)));
    const controller = new AbortController();
    const onProgress = (p: { filesDone: number }): void => {
      if (p.filesDone >= 3) controller.abort(new Error("enough"));
    };
    const stopped = run(files, { workers: 1, signal: controller.signal, onProgress });
    await expect(stopped).rejects.toThrow("enough");
    const archive = await open();
    expect((await archive.list()).length).toBe(3);
    await expectVerified(archive, 3);
    expect(await run(files)).toMatchObject({ imported: 9, skipped: 3 });
  });

  it("does not touch a folder with other things in it", async () => {
    folder.write("mine/photo.jpg", "x");
    await expect(openArchive(folder.at("mine"), { mode: "a" })).rejects.toMatchObject({ kind: "conflict" });
    expect(readdirSync(folder.at("mine"))).toEqual(["photo.jpg"]);
  });

  it("refuses a file that changes while it is read", async () => {
    const file = folder.write("a.opus", smallOpus(1));
    const onProgress = (): void => utimesSync(file, 5, 5);
    const report = await run([file], { onProgress });
    expect(report.recordings[0]?.error).toMatch(/changed while it was read/);
    expect(await (await open()).list()).toEqual([]);
  });

  it("imports a link and a read-only copy like the file itself", async () => {
    mkdirSync(folder.at("in"));
    folder.write("a.opus", smallOpus(1));
    copyFileSync(folder.at("a.opus"), folder.at("in/b.opus"));
    expect((await run([folder.at("a.opus"), folder.at("in")])).imported).toBe(2);
  });

  it("names a path that is too long for an id, and what helps", async () => {
    const long = "y".repeat(150);
    folder.write(`${long}/${long}.opus`, smallOpus(1));
    const report = await run([folder.at(long)]);
    expect(report.recordings[0]?.error).toMatch(
      /at most 255 characters .name a folder further in., got "one of 302"/,
    );
    expect((await run([folder.at(long, `${long}.opus`)])).imported).toBe(1);
  });

  it.skipIf(process.platform === "win32")(
    "imports the links in a folder, and names one that leads nowhere",
    async () => {
      mkdirSync(folder.at("in/more"), { recursive: true });
      folder.write("elsewhere/a.opus", smallOpus(1));
      symlinkSync(folder.at("elsewhere/a.opus"), folder.at("in/a.opus"));
      symlinkSync(folder.at("elsewhere/gone.opus"), folder.at("in/gone.opus"));
      symlinkSync(folder.at("in/more"), folder.at("in/folder.opus"));
      const report = await run([folder.at("in")]);
      expect(statuses(report)).toEqual(["in__a imported", "in__gone failed"]);
      expect(report.recordings[1]?.error).toMatch(/no such file/);
      expect(statuses(await run([folder.at("in/*.opus")]))).toEqual(["a imported", "gone failed"]);
    },
  );
});
