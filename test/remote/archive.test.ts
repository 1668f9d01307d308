/** An archive in a bucket is what it is in a folder: round trip, exact segments, kills, two writers, a bad network. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  extractSegments,
  finalizeArchive,
  importRecordings,
  type ImportReport,
  openArchive,
  verifyArchive,
  type VerifyReport,
} from "../../dist/index.js";
import { s3Store } from "../../dist/archive/s3-store.js";
import { wavBytes } from "../../src/tensor/wav.js";
import { differences, randomSegments } from "../extract/comparison.js";
import { sequential } from "../extract/streams.js";
import { type Folder, sha256, smallOpus, temporaryFolder, tree } from "../importer/tools.js";
import { testStreams } from "../streams/streams.js";
import { startProxy } from "./proxy.js";
import { run, start } from "./run.js";
import { MISSING, type S3Environment, type S3Server, SERVER_VERSION, startServer, within } from "./server.js";

/** Moments at which an import is killed; more of them with OPUS_ZARR_KILLS=100. */
const KILLS = Math.ceil(Number(process.env["OPUS_ZARR_KILLS"] ?? 25) / 4);

const CHUNK_MB = 0.02;
const noFfmpeg = spawnSync("ffmpeg", ["-version"]).status === 0 ? "" : " (needs ffmpeg)";

// Servers and processes share a machine with other tests.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

describe(`an archive in a bucket of ${SERVER_VERSION}${MISSING}`, () => {
  let server: S3Server;
  let folder: Folder;
  let environment: S3Environment;
  /** Keys of the archive of one plain import, with their ETags. */
  let whole: Record<string, string>;

  const at = (name: string): string => `s3://recordings/${name}`;
  const importInto = (name: string, ...flags: string[]): string[] => [
    ...["import", folder.at("in"), "--store", at(name), "--chunk-size-mb", String(CHUNK_MB)],
    ...["--json", ...flags],
  ];
  const cliJson = async <T>(args: readonly string[]): Promise<T> =>
    JSON.parse((await run([...args, "--json"], environment)).stdout) as T;

  beforeAll(async () => {
    if (MISSING !== "") return;
    console.log(SERVER_VERSION);
    server = await startServer();
    environment = server.environment("writer");
    folder = temporaryFolder();
    for (let i = 0; i < 12; i++) folder.write(`in/r${i}.opus`, smallOpus(i + 1, 60 + 60 * i));
    const done = await run(importInto("whole"), environment);
    expect(done.stderr).toBe("");
    expect(JSON.parse(done.stdout)).toMatchObject({ imported: 12, failed: 0 });
    whole = await server.objects("whole/");
  });
  afterAll(async () => {
    await server?.stop();
    folder?.remove();
  });

  it.skipIf(MISSING !== "")(
    "holds the files of one in a folder, byte for byte, and nothing else",
    async () => {
      const local = await openArchive(folder.at("local.zarr"), { mode: "a" });
      await importRecordings(local, [folder.at("in")], { chunkSizeMb: CHUNK_MB });
      const files = tree(folder.at("local.zarr"));
      const bucket = await server.bucket();
      const objects: Record<string, string> = {};
      for (const key of Object.keys(whole)) {
        objects[key] = sha256((await bucket.get(`whole/${key}`))?.body ?? new Uint8Array(0));
      }
      expect(objects).toEqual(
        Object.fromEntries(Object.entries(files).filter(([, hash]) => hash !== "folder")),
      );
    },
  );

  it.skipIf(MISSING !== "")("gives recordings back, lists and verifies them", async () => {
    const listed = await cliJson<{ recordings: { id: string }[] }>(["ls", at("whole")]);
    expect(listed.recordings.map(({ id }) => id).sort()).toEqual(
      Array.from({ length: 12 }, (_, i) => `in__r${i}`).sort(),
    );
    const out = folder.at("out.opus");
    expect((await run(["export", at("whole"), "in__r7", out], environment)).status).toBe(0);
    expect(sha256(readFileSync(out))).toBe(sha256(readFileSync(folder.at("in/r7.opus"))));
    expect(await cliJson<VerifyReport>(["verify", at("whole")])).toMatchObject({
      recordings: 12,
      ok: 12,
      orphans: 0,
    });
    expect(await cliJson<ImportReport>(importInto("whole").slice(0, -1))).toMatchObject({
      imported: 0,
      skipped: 12,
    });
    expect(await server.objects("whole/")).toEqual(whole);
  });

  it.skipIf(MISSING !== "")("gives every segment as a sequential decode has it", async () => {
    // How bytes come does not depend on what they are: some will do.
    const streams = testStreams().filter(({ channels }, i) => channels <= 2 && i % 12 === 0);
    for (const { name, bytes } of streams) folder.write(`streams/${name}.opus`, bytes);
    await within(environment, async () => {
      const archive = await openArchive(at("exact"), { mode: "a" });
      const files = streams.map(({ name }) => folder.at(`streams/${name}.opus`));
      expect(await importRecordings(archive, files, { chunkSizeMb: CHUNK_MB })).toMatchObject({ failed: 0 });
      for (const stream of streams) {
        const recording = await archive.recording(stream.name);
        const segments = randomSegments(stream.totalSamples, 6, { seed: 5, longest: 24_000 });
        const clips = await extractSegments(recording, segments);
        const { channels } = await sequential(stream);
        expect(differences(clips, segments, channels), stream.name).toEqual([]);
      }
    });
  });

  it.skipIf(MISSING !== "")("keeps other content under a taken id beside it", async () => {
    await within(environment, async () => {
      const archive = await openArchive(at("beside"), { mode: "a" });
      await importRecordings(archive, [folder.write("a/x.opus", smallOpus(1))]);
      const other = smallOpus(2, 400);
      const report = await importRecordings(archive, [folder.write("b/x.opus", other)], {
        chunkSizeMb: CHUNK_MB,
      });
      const id = `x-${sha256(other).slice(0, 8)}`;
      expect(report.recordings).toMatchObject([{ id, status: "imported" }]);
      expect(await verifyArchive(archive)).toMatchObject({ recordings: 2, ok: 2, orphans: 0 });
      expect(await (await archive.recording(id)).readBytes(0, 1e9)).toEqual(new Uint8Array(other));
      const keys = Object.keys(await server.objects("beside/"));
      expect(keys.filter((key) => !/^(x|x-[0-9a-f]{8})\//.test(key))).toEqual(["zarr.json"]);
    });
  });

  it.skipIf(MISSING !== "")(
    "is finalized once, and listed by that where listing is not allowed",
    async () => {
      await within(environment, async () => {
        const archive = await openArchive(at("beside"), { mode: "a" });
        expect(await finalizeArchive(archive)).toEqual({ recordings: 2, changed: true, damaged: [] });
        expect(await finalizeArchive(archive)).toEqual({ recordings: 2, changed: false, damaged: [] });
        const bucket = await server.bucket();
        const refused = Object.assign(new Error("s3: no permission to list there"), {
          name: "OpusZarrError",
          kind: "io",
        });
        const deaf = { ...bucket, list: () => Promise.reject(refused) };
        expect(await s3Store(deaf, "beside/").list?.()).toEqual(await archive.list());
        await expect(s3Store(deaf, "whole/").list?.()).rejects.toBe(refused);
      });
    },
  );

  it.skipIf(MISSING !== "")("refuses a prefix under which something else lives", async () => {
    await (await server.bucket()).put("foreign/notes.txt", new Uint8Array(3));
    await within(environment, async () => {
      await expect(openArchive(at("foreign"), { mode: "a" })).rejects.toMatchObject({ kind: "conflict" });
      await expect(openArchive(at("nothing"))).rejects.toMatchObject({ kind: "not-found" });
    });
  });

  it.skipIf(MISSING !== "")(
    `shows whole recordings only when its import is killed, at ${KILLS} moments, and is completed by the next`,
    async () => {
      const count = async (): Promise<number> => Object.keys(await server.objects(`${store}/`)).length;
      const all = Object.keys(whole).length;
      let killed = 0;
      let store = "k0";
      for (let k = 0; k < KILLS; k++) {
        // By what is there, not by the clock: claims and all, from the first object to nearly the last.
        const before = await count();
        const enough = before + 1 + Math.floor((all - before) * 0.9 * ((k * 0.618) % 1));
        const { child, ended } = start(importInto(store), environment);
        while (child.exitCode === null && (await count()) < enough) await sleep(5);
        child.kill("SIGKILL");
        if ((await ended).signal === "SIGKILL") killed++;
        if (!("zarr.json" in (await server.objects(`${store}/`)))) continue;
        await within(environment, async () => {
          const report = await verifyArchive(await openArchive(at(store), { mode: "a" }), {
            repair: k % 4 === 3,
          });
          expect(report).toMatchObject({ damaged: 0, problems: [] });
        });
        if (k % 2 === 0) continue;
        expect((await run(importInto(store), environment)).status).toBe(0);
        expect(await server.objects(`${store}/`)).toEqual(whole);
        store = `k${k + 1}`;
      }
      expect(killed).toBeGreaterThan(0);
      expect((await run(importInto(store), environment)).status).toBe(0);
      expect(await server.objects(`${store}/`)).toEqual(whole);
    },
  );

  it.skipIf(MISSING !== "")("that two write at once is the one of a single writer", async () => {
    for (const round of ["one", "two"]) {
      const both = [start(importInto(round), environment), start(importInto(round), environment)];
      const ends = await Promise.all(both.map(({ ended }) => ended));
      expect(ends.map(({ status }) => status)).toEqual([0, 0]);
      const reports = ends.map(({ stdout }) => JSON.parse(stdout) as ImportReport);
      expect(reports.reduce((sum, { imported }) => sum + imported, 0)).toBe(12);
      expect(reports.reduce((sum, { skipped }) => sum + skipped, 0)).toBe(12);
      expect(await server.objects(`${round}/`)).toEqual(whole);
    }
  });

  it.skipIf(MISSING !== "")(
    "takes different content of one id from two writers at once, unmixed",
    async () => {
      for (const side of ["left", "right"]) {
        for (let i = 0; i < 6; i++) {
          folder.write(`${side}/f/r${i}.opus`, smallOpus(side === "left" ? 100 + i : 200 + i, 600));
        }
      }
      const args = (side: string): string[] => [
        ...[
          "import",
          folder.at(side, "f"),
          "--store",
          at("sides"),
          "--chunk-size-mb",
          String(CHUNK_MB),
          "--json",
        ],
      ];
      const ends = await Promise.all(["left", "right"].map((side) => run(args(side), environment)));
      expect(ends.map(({ status }) => status)).toEqual([0, 0]);
      const report = await cliJson<VerifyReport>(["verify", at("sides")]);
      expect(report).toMatchObject({ recordings: 12, ok: 12, orphans: 0, problems: [] });
    },
  );

  it.skipIf(MISSING !== "")("is the same where one request of ten fails", async () => {
    const proxy = await startProxy(server.port);
    try {
      const poor = server.environment("writer", proxy.port);
      const done = await run(importInto("poor"), poor);
      expect(JSON.parse(done.stdout)).toMatchObject({ imported: 12, failed: 0 });
      expect(await server.objects("poor/")).toEqual(whole);
      await within(poor, async () => {
        const archive = await openArchive(at("poor"));
        expect(await verifyArchive(archive)).toMatchObject({ recordings: 12, ok: 12, orphans: 0 });
        const local = await openArchive(folder.at("local.zarr"));
        const segments = [
          { recording: "in__r11", startSample: 100, endSample: 9_000 },
          { recording: "in__r3", startSample: 50_000, endSample: 58_900 },
        ];
        const clips = await extractSegments(archive, segments);
        expect(clips.data).toEqual((await extractSegments(local, segments)).data);
      });
      expect(proxy.failed()).toBeGreaterThan(20);
    } finally {
      await proxy.stop();
    }
  });

  it.skipIf(MISSING !== "")("takes over from a writer on another machine that is silent", async () => {
    const bucket = await server.bucket();
    const store = s3Store(bucket, "silent/", 1_000);
    const claim = { owner: "another-machine.1~1~aaaaaaaaaaaa", renewals: 3 };
    await bucket.put("silent/.staging/r1", new TextEncoder().encode(JSON.stringify(claim)));
    await bucket.put("silent/r1/audio_data_blob_array/c/9", new Uint8Array(5));
    const staging = await store.stage?.("r1");
    await staging?.set("audio_data_blob_array/c/0", new Uint8Array(4).fill(1));
    await staging?.set("zarr.json", new Uint8Array(3));
    // Waits until the other is taken for dead.
    expect(await staging?.commit("r1")).toBe(true);
    await staging?.discard();
    const keys = Object.keys(await server.objects("silent/")).sort();
    expect(keys).toEqual(["r1/audio_data_blob_array/c/0", "r1/zarr.json"]);
  });

  it.skipIf(MISSING !== "")("leaves nothing of a writer that was taken for dead", async () => {
    const bucket = await server.bucket();
    const store = s3Store(bucket, "zombie/");
    const staging = await store.stage?.("r1");
    await staging?.set("audio_data_blob_array/c/0", new Uint8Array(4).fill(1));
    await staging?.set("zarr.json", new Uint8Array(4));
    const there = await bucket.get("zombie/.staging/r1");
    const other = new TextEncoder().encode(JSON.stringify({ owner: "another.1~1~b", renewals: 0 }));
    await bucket.put("zombie/.staging/r1", other, { ifMatch: there?.etag ?? "" });
    await expect(staging?.commit("r1")).rejects.toMatchObject({ kind: "conflict" });
    await staging?.discard();
    const keys = Object.keys(await server.objects("zombie/")).sort();
    // What is left is for the one who took its place to clear.
    expect(keys).toEqual([".staging/r1", "r1/audio_data_blob_array/c/0"]);
  });

  it.skipIf(MISSING !== "")("is cleared of what lies there without a zarr.json", async () => {
    const bucket = await server.bucket();
    for (const key of ["zarr.json", "in__r0/zarr.json"]) {
      await bucket.put(`orphans/${key}`, (await bucket.get(`whole/${key}`))?.body ?? new Uint8Array(0));
    }
    await bucket.put("orphans/lost/opus_index/c/0/0", new Uint8Array(8));
    const report = await cliJson<VerifyReport>(["verify", at("orphans"), "--repair"]);
    expect(report).toMatchObject({ recordings: 1, orphans: 0, repaired: 1 });
    expect(Object.keys(await server.objects("orphans/")).some((key) => key.startsWith("lost"))).toBe(false);
  });

  it.skipIf(MISSING !== "")(
    "takes recordings out of a bucket: one, those below a prefix, those of a pattern",
    async () => {
      const bucket = await server.bucket();
      for (const name of ["site/a.opus", "site/day/b.opus", "site/notes.txt"]) {
        const bytes = name.endsWith("txt") ? new TextEncoder().encode("notes") : smallOpus(name.length, 300);
        await bucket.put(`sources/${name}`, bytes);
      }
      await within(environment, async () => {
        const ids = async (...paths: string[]): Promise<string[]> => {
          const store = new Map<string, Uint8Array>();
          const report = await importRecordings(await openArchive(store, { mode: "a" }), paths);
          expect(report.failed).toBe(0);
          return report.recordings.map(({ id }) => id);
        };
        expect(await ids(at("sources/site/a.opus"))).toEqual(["a"]);
        expect(await ids(at("sources/site"))).toEqual(["site__a", "site__day__b"]);
        expect(await ids(at("sources/site/"))).toEqual(["site__a", "site__day__b"]);
        expect(await ids(at("sources/*/**/*.opus"))).toEqual(["a", "b"]);
        const archive = await openArchive(at("from-bucket"), { mode: "a" });
        const report = await importRecordings(archive, [
          at("sources/site"),
          at("sources/none"),
          at("sources/site/no.opus"),
        ]);
        expect(report).toMatchObject({ imported: 2, failed: 2 });
        expect((await importRecordings(archive, [at("sources/site")])).skipped).toBe(2);
        const { attributes } = await archive.recording("site__day__b");
        expect(attributes.source).toMatchObject({
          name: "site/day/b.opus",
          sha256: sha256(smallOpus("site/day/b.opus".length, 300)),
        });
        expect(await verifyArchive(archive)).toMatchObject({ ok: 2 });
      });
    },
  );

  it.skipIf(MISSING !== "" || noFfmpeg !== "")(
    `has ffmpeg read objects as it reads files${noFfmpeg}`,
    async () => {
      const samples = Float32Array.from({ length: 60_000 }, (_, i) => Math.sin(i / 7) / 2);
      const wav = wavBytes({ sampleRateHz: 24_000, channels: [samples] });
      const file = folder.write("wav/tone.wav", wav);
      await (await server.bucket()).put("sources/tone.wav", wav);
      await within(environment, async () => {
        const archive = await openArchive(at("encoded"), { mode: "a" });
        const here = await openArchive(folder.at("encoded.zarr"), { mode: "a" });
        expect(await importRecordings(archive, [at("sources/tone.wav")])).toMatchObject({ imported: 1 });
        await importRecordings(here, [file]);
        const [far, near] = await Promise.all([archive.recording("tone"), here.recording("tone")]);
        expect(far.totalSamples).toBe(120_000);
        expect(far.attributes.source.sha256).toBe(sha256(wav));
        expect(far.attributes.blob_sha256).toBe(near.attributes.blob_sha256);
        expect(JSON.stringify(far.attributes)).not.toContain("127.0.0.1");
      });
    },
  );

  it.skipIf(MISSING !== "")("is imported in shards and put together as one", async () => {
    const shards = [0, 1, 2].map((i) => run(importInto("shards", "--shard", `${i}/3`), environment));
    expect((await Promise.all(shards)).map(({ status }) => status)).toEqual([0, 0, 0]);
    expect((await run(["finalize", at("shards")], environment)).status).toBe(0);
    const { "zarr.json": root, ...rest } = await server.objects("shards/");
    const { "zarr.json": _, ...recordings } = whole;
    const catalogue = Object.keys(rest).filter((key) => !(key in recordings));
    expect(Object.fromEntries(Object.entries(rest).filter(([key]) => key in recordings))).toEqual(recordings);
    expect(catalogue.filter((key) => /^\.(shards|staging)/.test(key))).toEqual([]);
    expect((await run(["finalize", at("shards")], environment)).status).toBe(0);
    expect((await server.objects("shards/"))["zarr.json"]).toBe(root);
  });

  it.skipIf(MISSING !== "")("keeps ranges that were read, if it is told to", async () => {
    await within(environment, async () => {
      const twice = async (cacheMb: number): Promise<number[]> => {
        const archive = await openArchive(at("whole"), { cacheMb });
        const recording = await archive.recording("in__r9");
        await recording.index();
        const reads: number[] = [];
        for (let i = 0; i < 2; i++) {
          const before = archive.traffic.bytesRead;
          await extractSegments(recording, [{ startSample: 20_000, endSample: 40_000 }]);
          reads.push(archive.traffic.bytesRead - before);
        }
        return reads;
      };
      const [first = 0, second = 0] = await twice(0);
      expect(second).toBe(first);
      const [cold = 0, warm = 0] = await twice(1);
      expect(cold).toBe(first);
      // The array's own metadata is read anew.
      expect(warm).toBeLessThan(1_000);
      expect(cold).toBeGreaterThan(5_000);
    });
    await expect(openArchive(folder.at("local.zarr"), { cacheMb: -1 })).rejects.toMatchObject({
      kind: "argument",
    });
  });
});
