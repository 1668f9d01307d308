/** Archives in other places than folders: a Map, any zarrita store, a web server. */
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  buildPageIndex,
  extractSegments,
  importRecordings,
  openArchive,
  verifyArchive,
  zarr,
} from "../../dist/index.js";
import { type Folder, sha256, smallOpus, temporaryFolder } from "../importer/tools.js";

let folder: Folder;
let files: string[];

beforeAll(() => {
  folder = temporaryFolder();
  files = [1, 2].map((n) => folder.write(`r${n}.opus`, smallOpus(n)));
});
afterAll(() => folder.remove());

describe("a Map", () => {
  it("holds an archive like a folder does", async () => {
    const map = new Map<string, Uint8Array>();
    const archive = await openArchive(map, { mode: "a" });
    const report = await importRecordings(archive, files, { chunkSizeMb: 0.004 });
    expect(report).toMatchObject({ imported: 2, failed: 0 });
    expect(await archive.list()).toEqual(["r1", "r2"]);
    const recording = await archive.recording("r2");
    expect(sha256(await recording.readBytes(0, Number.POSITIVE_INFINITY))).toBe(sha256(smallOpus(2)));
    expect(await verifyArchive(archive)).toMatchObject({ recordings: 2, ok: 2, problems: [] });
    expect((await importRecordings(archive, files)).skipped).toBe(2);

    const local = await openArchive(folder.at("a.zarr"), { mode: "a" });
    await importRecordings(local, files, { chunkSizeMb: 0.004 });
    for (const [key, value] of map) {
      expect(sha256(readFileSync(path.join(folder.at("a.zarr"), key)))).toBe(sha256(value));
    }
  });

  it("reads through zarrita itself", async () => {
    const map = new Map<string, Uint8Array>();
    await importRecordings(await openArchive(map, { mode: "a" }), files);
    const root = zarr.root(map as never);
    const blob = await zarr.open.v3(root.resolve("r1/audio_data_blob_array"), { kind: "array" });
    const { data } = await zarr.get(blob);
    expect(sha256(data as Uint8Array)).toBe(sha256(smallOpus(1)));
  });
});

describe("a store that cannot be listed", () => {
  it("takes recordings, and gives them by their id", async () => {
    const map = new Map<string, Uint8Array>();
    const store = {
      get: async (key: string) => map.get(key),
      set: async (key: string, value: Uint8Array) => void map.set(key, value),
    };
    const archive = await openArchive(store as never, { mode: "a" });
    expect(await importRecordings(archive, files)).toMatchObject({ imported: 2 });
    expect(await importRecordings(archive, files)).toMatchObject({ skipped: 2 });
    const recording = await archive.recording("r1");
    expect((await extractSegments(recording, [{ startSample: 0, endSample: 480 }])).shape).toEqual([
      1, 1, 480,
    ]);
    await expect(archive.list()).rejects.toMatchObject({ kind: "argument" });
    await expect(archive.recording("r9")).rejects.toMatchObject({ kind: "not-found" });
  });

  it("gets other content under a taken id beside it", async () => {
    const map = new Map<string, Uint8Array>();
    const store = {
      get: async (key: string) => map.get(key),
      set: async (k: string, v: Uint8Array) => void map.set(k, v),
    };
    const archive = await openArchive(store as never, { mode: "a" });
    await importRecordings(archive, files);
    const other = folder.write("other/r1.opus", smallOpus(3));
    const beside = `r1-${sha256(smallOpus(3)).slice(0, 8)}`;
    expect((await importRecordings(archive, [other])).recordings[0]).toMatchObject({
      id: beside,
      status: "imported",
    });
    expect((await importRecordings(archive, [other])).recordings[0]).toMatchObject({
      id: beside,
      status: "skipped",
    });
  });
});

describe("over http", () => {
  let server: Server;
  let url: string;
  const asked: { key: string; range: string | undefined }[] = [];

  beforeAll(async () => {
    const local = await openArchive(folder.at("http.zarr"), { mode: "a" });
    await importRecordings(local, files, { chunkSizeMb: 0.004 });
    server = createServer((request, response) => {
      const key = decodeURIComponent(request.url ?? "");
      asked.push({ key, range: request.headers.range });
      let bytes: Uint8Array;
      try {
        bytes = readFileSync(path.join(folder.root, key));
      } catch {
        response.writeHead(404).end();
        return;
      }
      const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
      if (range === null) response.writeHead(200).end(bytes);
      else response.writeHead(206).end(bytes.subarray(Number(range[1]), Number(range[2]) + 1));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/http.zarr`;
  });
  afterAll(() => server.close());

  it("reads a recording whose id is known, by byte ranges", async () => {
    const archive = await openArchive(url);
    expect(archive.writable).toBe(false);
    const recording = await archive.recording("r1");
    expect(sha256(await recording.readBytes(0, 1e9))).toBe(sha256(smallOpus(1)));
    asked.length = 0;
    expect(await recording.readBytes(5000, 5010)).toEqual(new Uint8Array(smallOpus(1).slice(5000, 5010)));
    const chunk = Math.ceil(smallOpus(1).length / Math.ceil(smallOpus(1).length / (0.004 * 2 ** 20)));
    const from = 5000 % chunk;
    expect(asked.filter(({ key }) => key.includes("/c/"))).toEqual([
      {
        key: `/http.zarr/r1/audio_data_blob_array/c/${Math.floor(5000 / chunk)}`,
        range: `bytes=${from}-${from + 9}`,
      },
    ]);
    const { index } = await buildPageIndex(recording);
    expect(index.pages).toBe(5);
    expect(index.samplePos).toEqual((await recording.index()).samplePos);
    const local = await (await openArchive(folder.at("http.zarr"))).recording("r1");
    const segments = [{ startSample: 1000, endSample: 2000 }];
    expect((await extractSegments(recording, segments)).data).toEqual(
      (await extractSegments(local, segments)).data,
    );
  });

  it("says how to make it listable, and lists by consolidated metadata", async () => {
    const archive = await openArchive(new URL(url));
    await expect(archive.list()).rejects.toThrow(/consolidated metadata \(opus-zarr finalize\)/);
    await expect(archive.recording("nosuch")).rejects.toMatchObject({ kind: "not-found" });
    const root = JSON.parse(readFileSync(folder.at("http.zarr/zarr.json"), "utf8"));
    const metadata: Record<string, unknown> = {};
    for (const name of ["r1", "r1/opus_index", "r2"]) {
      metadata[name] = JSON.parse(readFileSync(folder.at("http.zarr", name, "zarr.json"), "utf8"));
    }
    root.consolidated_metadata = { kind: "inline", must_understand: false, metadata };
    folder.write("http.zarr/zarr.json", JSON.stringify(root));
    expect(await (await openArchive(url)).list()).toEqual(["r1", "r2"]);
    await expect(archive.recording("nosuch")).rejects.toThrow(/there are 2, such as r1, r2/);
    expect(await verifyArchive(archive)).toMatchObject({ recordings: 2, ok: 2 });
  });

  it("refuses to be written to", async () => {
    const archive = await openArchive(url, { mode: "a" }).catch((error: unknown) => error);
    if (archive instanceof Error) expect(archive).toMatchObject({ kind: "argument" });
    else {
      await expect(importRecordings(archive as never, files)).rejects.toMatchObject({
        kind: "argument",
        place: { field: "archive" },
      });
    }
  });

  it("sends user, password and query along, shows none of them, and asks again where the server fails", async () => {
    const seen: (string | undefined)[] = [];
    let count = 0;
    const front = createServer((incoming, response) => {
      seen.push(incoming.headers.authorization, incoming.url?.split("?")[1]);
      if (count++ % 3 === 0)
        return void (count % 2 ? response.writeHead(503).end() : incoming.socket.destroy());
      const { pathname } = new URL(incoming.url ?? "", "http://x");
      const { range } = incoming.headers;
      void fetch(`http://127.0.0.1:${new URL(url).port}${pathname}`, {
        headers: range ? { range } : {},
      }).then(async (answer) =>
        response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer())),
      );
    });
    await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
    const { port } = front.address() as AddressInfo;
    const archive = await openArchive(`http://me:pass%2Fword@127.0.0.1:${port}/http.zarr?signature=hidden`);
    expect(archive.store.place).toBe(`http://127.0.0.1:${port}/http.zarr`);
    const recording = await archive.recording("r1");
    expect(sha256(await recording.readBytes(0, 1e9))).toBe(sha256(smallOpus(1)));
    expect(new Set(seen)).toEqual(new Set([`Basic ${btoa("me:pass/word")}`, "signature=hidden"]));
    front.close();
    front.closeAllConnections();
  });

  it("is not found where no archive is", async () => {
    await expect(openArchive(`${url}/r1/opus_index/none`)).rejects.toMatchObject({ kind: "not-found" });
  });
});
