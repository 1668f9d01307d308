/** Of a long recording in a bucket, clips fetch what they need; and another reader of Zarr opens it there. */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  type Archive,
  extractSegments,
  importRecordings,
  openArchive,
  planSegments,
  type Recording,
  type SegmentRequest,
} from "../../dist/index.js";
import { bundledDataset } from "../../src/datasets/bundled.js";
import { longRecordingPages } from "../../src/datasets/long-recording.js";
import { seededRandom } from "../../src/random.js";
import { type Folder, temporaryFolder } from "../importer/tools.js";
import { PYTHON, pythonHas } from "../python.js";
import { MISSING, type S3Environment, type S3Server, SERVER_VERSION, startServer, within } from "./server.js";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const CLIP_SECONDS = 2;
const script = fileURLToPath(new URL("../archive/read_archive.py", import.meta.url));
const noPython = pythonHas("zarr, s3fs")
  ? ""
  : " (needs Python with zarr 3 and s3fs; name one in OPUS_ZARR_PYTHON)";

describe(`an hour in a bucket of ${SERVER_VERSION}${MISSING}`, () => {
  let server: S3Server;
  let folder: Folder;
  let environment: S3Environment;
  let file: string;

  beforeAll(async () => {
    if (MISSING !== "") return;
    server = await startServer();
    environment = server.environment("writer");
    folder = temporaryFolder();
    file = folder.at("hour.opus");
    writeFileSync(
      file,
      Buffer.concat([...longRecordingPages(readFileSync(bundledDataset().opus), { durationSeconds: 3655 })]),
    );
    await within(environment, async () => {
      const archive = await openArchive("s3://recordings/hour", { mode: "a" });
      expect(await importRecordings(archive, [file])).toMatchObject({ imported: 1, bytes: 73_565_428 });
    });
  });
  afterAll(async () => {
    await server?.stop();
    folder?.remove();
  });

  const opened = async (): Promise<{ archive: Archive; recording: Recording }> => {
    const archive = await openArchive("s3://recordings/hour");
    return { archive, recording: await archive.recording("hour") };
  };
  const randomClips = (recording: Recording, count: number, seed: number): SegmentRequest[] => {
    const random = seededRandom(seed);
    return Array.from({ length: count }, () => {
      const startSeconds = random() * (recording.durationSeconds - CLIP_SECONDS);
      return { startSeconds, endSeconds: startSeconds + CLIP_SECONDS };
    });
  };

  it.skipIf(MISSING !== "")("gives ten clips for 1.5 MB and 25 requests, opening it included", async () => {
    await within(environment, async () => {
      for (let seed = 1; seed <= 5; seed++) {
        const { archive, recording } = await opened();
        const clips = await extractSegments(recording, randomClips(recording, 10, seed));
        expect(clips.shape).toEqual([10, 1, 96_000]);
        const { requests, bytesRead } = archive.traffic;
        console.log(`ten clips: ${bytesRead} bytes in ${requests} requests`);
        expect(bytesRead).toBeLessThanOrEqual(1_500_000);
        expect(requests).toBeLessThanOrEqual(25);
        expect(clips.stats.bytesRead).toBeGreaterThan(400_000);
        expect(clips.stats.bytesRead).toBeLessThan(bytesRead);
      }
    });
  });

  it.skipIf(MISSING !== "")("gives 1,000 clips for 1.2 times the pages that they need", async () => {
    await within(environment, async () => {
      const { archive, recording } = await opened();
      const requests = randomClips(recording, 1_000, 7);
      const index = await recording.index();
      const before = archive.traffic;
      const clips = await extractSegments(recording, requests);
      expect(clips.shape).toEqual([1_000, 1, 96_000]);
      const fetched = archive.traffic.bytesRead - before.bytesRead;
      // Each clip planned alone: its pages, pre-roll included; pages that several need count once.
      const needed = new Uint8Array(index.pages);
      for (const { startSample, endSample } of clips.segments) {
        const { batches } = planSegments(index, [{ startSample, endSample }]);
        for (const { firstPage, endPage } of batches) needed.fill(1, firstPage, endPage);
      }
      const neededBytes = needed.reduce((sum, is, page) => sum + is * (index.pageSize[page] ?? 0), 0);
      console.log(
        `fetched ${fetched} bytes of ${neededBytes} needed: ${(fetched / neededBytes).toFixed(3)} times`,
      );
      expect(fetched).toBeLessThanOrEqual(1.2 * neededBytes);
    });
  });

  it.skipIf(MISSING !== "")("is read at the same places whether in a bucket or in memory", async () => {
    await within(environment, async () => {
      const local = await openArchive(new Map(), { mode: "a" });
      await importRecordings(local, [file]);
      const { recording } = await opened();
      const requests = randomClips(recording, 20, 9);
      const there = await extractSegments(recording, requests);
      const here = await extractSegments(await local.recording("hour"), requests);
      expect(Buffer.from(there.data.buffer).equals(Buffer.from(here.data.buffer))).toBe(true);
      expect(there.stats.bytesRead).toBe(here.stats.bytesRead);
      expect(there.stats.storeReads).toBe(here.stats.storeReads);
    });
  });

  it.skipIf(MISSING !== "" || noPython !== "")(`opens in zarr-python through s3fs${noPython}`, async () => {
    const own = Object.entries(process.env).filter(([name]) => !name.startsWith("AWS_"));
    const env = { ...Object.fromEntries(own), ...environment };
    const { stdout } = await promisify(execFile)(PYTHON, [script, "s3://recordings/hour"], {
      env,
      maxBuffer: 1 << 28,
    });
    const { recordings } = JSON.parse(stdout) as {
      recordings: Record<string, { sha256: string; sumOfSizes: number }>;
    };
    const bytes = readFileSync(file);
    expect(Object.keys(recordings)).toEqual(["hour"]);
    expect(recordings["hour"]).toMatchObject({
      sha256: createHash("sha256").update(bytes).digest("hex"),
      sumOfSizes: bytes.length,
      offsetsRise: true,
      sizesOfPages: true,
    });
  });
});
