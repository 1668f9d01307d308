/** What is no recording, or half of one: a typed reason, and an archive in which nothing is wrong. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Archive, importRecordings, openArchive, verifyArchive } from "../../dist/index.js";
import { bundledDataset } from "../../src/datasets/bundled.js";
import { haveFfmpeg } from "../input/fixtures.js";
import { wavBytes } from "../metadata/wav-fixture.js";
import { testStream } from "../streams/streams.js";
import { type Folder, sha256, smallOpus, temporaryFolder } from "./tools.js";

let folder: Folder;
let archive: Archive;
beforeEach(async () => {
  folder = temporaryFolder();
  archive = await openArchive(folder.at("a.zarr"), { mode: "a" });
});
afterEach(() => folder.remove());

async function expectNothingWrong(recordings: number): Promise<void> {
  const report = await verifyArchive(archive);
  expect(report).toMatchObject({ recordings, ok: recordings, damaged: 0, orphans: 0, problems: [] });
}

async function reasonFor(file: string): Promise<string> {
  const report = await importRecordings(archive, [file]);
  expect(report).toMatchObject({ imported: 0, skipped: 0, failed: 1, bytes: 0 });
  const reason = report.recordings[0]?.error ?? "";
  expect(reason).toContain(file);
  await expectNothingWrong(0);
  return reason;
}

const noFfmpeg = haveFfmpeg ? "" : " (needs ffmpeg)";

describe("what is no recording", () => {
  it("is told for what it is", async () => {
    expect(await reasonFor(folder.write("empty.opus", ""))).toMatch(/is empty/);
    expect(await reasonFor(folder.write("text.opus", "To whom it may concern\n"))).toMatch(
      /is text, not sound/,
    );
    expect(await reasonFor(folder.at("absent.opus"))).toMatch(/expected a file, a folder or a glob/);
    expect(await reasonFor(folder.at("no*.opus"))).toMatch(/expected a file, a folder or a glob/);
    mkdirSync(folder.at("nothing"));
    expect(await reasonFor(folder.at("nothing"))).toMatch(/expected audio files/);
  });

  const noFifo = spawnSync("mkfifo", ["--version"]).error === undefined ? "" : " (needs mkfifo)";
  it.skipIf(noFifo !== "")(`is told for what it is, also where it is no file${noFifo}`, async () => {
    expect(spawnSync("mkfifo", [folder.at("pipe.opus")]).status).toBe(0);
    expect(await reasonFor(folder.at("pipe.opus"))).toMatch(/expected a regular file/);
  });

  it(`is named when ffmpeg cannot read it either${noFfmpeg}`, async () => {
    const random = new Uint8Array(5000).map((_, i) => (i * 193 + (i >> 3) * 57) & 255);
    const file = folder.write("random.opus", random);
    expect(await reasonFor(file)).toMatch(haveFfmpeg ? /ffmpeg cannot read it/ : /no program "ffmpeg"/);
  });

  it.each([
    ["no head", { keep: (page: number) => page > 1 }],
    ["only a head", { keep: (page: number) => page < 1 }],
    ["only headers", { keep: (page: number) => page < 2 }],
  ])("such as an Ogg file of %s", async (_, { keep }) => {
    const { pages } = await pagesOfSmall();
    expect(
      await reasonFor(folder.write("part.opus", Buffer.concat(pages.filter((_page, i) => keep(i))))),
    ).toMatch(haveFfmpeg ? /./ : /expected|no program/);
  });
});

async function pagesOfSmall(): Promise<{ pages: Uint8Array[] }> {
  const { readPages } = await import("../../src/ogg/packets.js");
  const bytes = smallOpus(1);
  return { pages: readPages(bytes).map((page) => bytes.slice(page.at, page.at + page.size)) };
}

describe("a WAV file named .opus", () => {
  const wav = (): string =>
    folder.write(
      "named.opus",
      wavBytes({ sampleRateHz: 32_000, frames: 16_000, sample: (i) => Math.sin(i / 9) / 2 }),
    );

  it.skipIf(!haveFfmpeg)(`is imported through ffmpeg all the same${noFfmpeg}`, async () => {
    const file = wav();
    const report = await importRecordings(archive, [file]);
    expect(report).toMatchObject({ imported: 1, failed: 0 });
    const { attributes } = await archive.recording("named");
    const bytes = readFileSync(file);
    expect(attributes.source).toMatchObject({ format: "wav", bytes: bytes.length, sha256: sha256(bytes) });
    expect(attributes.blob_sha256).not.toBe(attributes.source.sha256);
    expect(attributes.transcoded).toMatchObject({ source_codec: "pcm_s16le", source_rate: 32_000 });
    expect(attributes.total_samples).toBe(24_000);
    await expectNothingWrong(1);
    expect((await importRecordings(archive, [file], { check: "content" })).skipped).toBe(1);
  });

  it.skipIf(!haveFfmpeg)(
    `that was cut short is imported as far as it goes, and says so${noFfmpeg}`,
    async () => {
      const whole = wavBytes({ sampleRateHz: 48_000, frames: 9_600 });
      const file = folder.write("cut.wav", whole.slice(0, 44 + 2 * 4_800));
      const [row] = (await importRecordings(archive, [file])).recordings;
      expect(row).toMatchObject({ status: "imported", samples: 4_800 });
      expect(row?.warnings).toEqual([expect.stringMatching(/cut short: 9600 of 19200 bytes/)]);
    },
  );

  it("says how to get ffmpeg where there is none", async () => {
    const report = await importRecordings(archive, [wav()], { ffmpegPath: folder.at("no-ffmpeg") });
    expect(report.recordings[0]?.error).toMatch(/ffmpeg is needed.*apt-get install ffmpeg.*OPUS_ZARR_FFMPEG/);
    await expectNothingWrong(0);
  });
});

describe("Ogg Vorbis named .opus", () => {
  it.skipIf(!haveFfmpeg)(`is imported through ffmpeg${noFfmpeg}`, async () => {
    const { ffmpeg } = await import("../input/fixtures.js");
    const file = folder.at("v.opus");
    ffmpeg("-f", "lavfi", "-i", "sine=duration=1:sample_rate=44100", "-c:a", "libvorbis", "-f", "ogg", file);
    expect((await importRecordings(archive, [file])).imported).toBe(1);
    expect((await archive.recording("v")).attributes.source).toMatchObject({ format: "ogg-vorbis" });
    await expectNothingWrong(1);
  });
});

describe("a file cut short", () => {
  it.each([
    ["of 1 s a page", () => new Uint8Array(readFileSync(bundledDataset().opus))],
    ["with packets over several pages", () => testStream("packets-over-pages").bytes],
    ["of two links", () => testStream("chained").bytes],
  ])("%s, anywhere: a typed reason, or a recording without anything wrong", async (_, whole) => {
    const bytes = whole();
    const cuts = fc.sample(fc.integer({ min: 1, max: bytes.length - 1 }), { numRuns: 70, seed: 17 });
    const files = cuts.map((cut, i) => folder.write(`in/${i}.opus`, bytes.subarray(0, cut)));
    // Without ffmpeg: what is left of a first page is no business of another decoder's.
    const report = await importRecordings(archive, files, { ffmpegPath: folder.at("none") });
    for (const row of report.recordings) {
      const cut = cuts[Number(row.id)] ?? 0;
      if (row.status === "failed") {
        expect(row.error).toMatch(/expected|ffmpeg is needed|is text, not sound/);
        expect(row.error).toContain(row.source);
        continue;
      }
      const recording = await archive.recording(row.id);
      const last = recording.attributes.holes.at(-1);
      const index = await recording.index();
      const end = (index.byteOffset.at(-1) ?? 0) + (index.pageSize.at(-1) ?? 0);
      // What is not whole at the end is a hole, unless the cut fell between two pages.
      expect([end, last?.end_byte]).toContain(cut);
      expect(await recording.readBytes(0, cut)).toHaveLength(cut);
    }
    expect(report.imported).toBeGreaterThan(50);
    await expectNothingWrong(report.imported);
  });
});
